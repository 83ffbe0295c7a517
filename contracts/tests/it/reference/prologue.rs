//! How histories begin, so that there is something to meet: a visit, records, and one of a few themes.
use super::act::{Act, By, Deed, Ms, Scope, To, Word};
use super::dice::Dice;
use super::draw::HOUR;
use super::model::DAY;

fn act(member: Word, signers: &[&str], deed: Deed) -> Act {
    let signers = signers.iter().map(|signer| (*signer).to_owned()).collect();
    Act {
        member,
        signers,
        deed,
    }
}

fn deposit(name: &str, index: Word, by: By) -> Deed {
    let name = name.to_owned();
    Deed::Deposit {
        name,
        index,
        by,
        over: None,
    }
}

fn link(patient: Word, kind: Word, until: Ms) -> Deed {
    Deed::Link {
        patient,
        guardian: "gu",
        kind,
        reads: true,
        decides: true,
        from: 0,
        until,
        by_order: false,
    }
}

/// What the guardian asks for in a patient's name.
fn request(name: &str, patient: Word, index: Word, until: Ms) -> Deed {
    Deed::Ask {
        name: name.to_owned(),
        by: By::Patient(patient),
        purpose: "PATRQT",
        scope: Scope::Indexes(vec![index]),
        patient: None,
        openings: vec![index],
        until,
    }
}

/// Acts, each with the time that goes before it.
pub fn acts(dice: &mut Dice, now: Ms) -> Vec<(Ms, Act)> {
    let until = now + 90 * DAY;
    let visit = Deed::CheckIn {
        name: "v".to_owned(),
        patient: "p1",
        indexes: vec!["x1", "x2"],
        write: true,
        until,
        ticket_until: now + 23 * HOUR,
    };
    let by = || By::Visit("a/v".to_owned());
    let mut acts = vec![
        (0, act("a", &["c1"], visit)),
        (1, act("a", &[], deposit("r1", "x1", by()))),
        (1, act("a", &[], deposit("r2", "x2", by()))),
    ];
    acts.extend(theme(dice, now, until));
    acts
}

fn theme(dice: &mut Dice, now: Ms, until: Ms) -> Vec<(Ms, Act)> {
    let staff = ["c1", "cg", "k1"];
    match dice.below(8) {
        0 => vec![
            (1, act("a", &staff, link("p1", "contingent", until))),
            (
                HOUR,
                act(
                    "a",
                    &["adr", "ad2"],
                    Deed::Incapable {
                        patient: "p1",
                        until: now + dice.pick(&[5 * HOUR, 20 * DAY]),
                    },
                ),
            ),
            (
                1,
                act("b", &["cg"], request("t", "p1", "x1", now + 23 * HOUR)),
            ),
        ],
        1 => vec![
            (1, act("a", &staff, link("p1", "executor", until))),
            (1, act("a", &["adr", "arg"], Deed::Dead { patient: "p1" })),
            (
                DAY,
                act("b", &["cg"], request("t", "p1", "x1", now + 46 * HOUR)),
            ),
        ],
        2 => vec![
            (
                1,
                act(
                    "a",
                    &["cg", "arg"],
                    link("kid", "parent", dice.pick(super::FIRSTS)),
                ),
            ),
            (
                1,
                act(
                    "a",
                    &["ck", "arg"],
                    Deed::Issue {
                        patient: "kid",
                        card: "ck",
                    },
                ),
            ),
            (
                DAY,
                act(
                    "a",
                    &["cg"],
                    Deed::CheckIn {
                        name: "w".to_owned(),
                        patient: "kid",
                        indexes: vec!["z1"],
                        write: true,
                        until,
                        ticket_until: now + 46 * HOUR,
                    },
                ),
            ),
            (
                1,
                act("a", &[], deposit("r3", "z1", By::Visit("a/w".to_owned()))),
            ),
            (
                1,
                act("b", &["cg"], request("t", "kid", "z1", now + 46 * HOUR)),
            ),
        ],
        3 => vec![
            (
                1,
                act(
                    "a",
                    &staff,
                    link("p1", "proxy", now + dice.pick(&[6 * HOUR, 80 * DAY])),
                ),
            ),
            (
                1,
                act("b", &["cg"], request("t", "p1", "x2", now + 23 * HOUR)),
            ),
        ],
        4 | 5 => {
            let order = Deed::Order {
                name: "o".to_owned(),
                visit: "a/v".to_owned(),
                to: dice.pick(&["b", "c"]),
                indexes: vec!["x1", "x2"],
                refers: None,
                until: now + dice.pick(&[5 * HOUR, 40 * DAY]),
            };
            let Deed::Order { to, .. } = &order else {
                return Vec::new();
            };
            let result = act(to, &[], deposit("r4", "x1", By::Order("a/o".to_owned())));
            vec![(1, act("a", &["adr"], order)), (1, result)]
        }
        _ => {
            let grant = Deed::Grant {
                name: "g".to_owned(),
                patient: "p1",
                to: dice.pick(&[To::Member("b"), To::Practitioner("bdr")]),
                access: "read-write",
                purposes: vec!["TREAT"],
                indexes: vec!["x1", "x2"],
                until: now + dice.pick(&[5 * HOUR, 40 * DAY]),
            };
            let permit = Deed::Permit {
                name: "p".to_owned(),
                patient: "p1",
                to: dice.pick(&[To::Member("b"), To::RoleAt("nurse", "b")]),
                access: "read",
                purposes: vec!["TREAT", "HRESCH"],
                indexes: vec!["x1", "x2"],
                records: dice.pick(&[Vec::new(), vec!["a/r1".to_owned()]]),
                heights: None,
                from: 0,
                until: now + dice.pick(&[5 * HOUR, 20 * DAY]),
                paper: false,
            };
            vec![
                (1, act("a", &["c1"], grant)),
                (1, act("a", &["c1"], permit)),
            ]
        }
    }
}
