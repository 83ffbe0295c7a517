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
    let mut acts = Vec::new();
    if dice.once_in(4) {
        for (name, member) in [("pa", "a"), ("pb", "b")] {
            let code = dice.pick(&["PK", "PK-SD", "IN"]);
            let name = name.to_owned();
            acts.push((0, act("a", &[], Deed::Place { member, name, code })));
        }
    }
    if dice.once_in(3) {
        let name = "keep".to_owned();
        acts.push((0, act("a", &[], Deed::Retention { name })));
    }
    acts.extend([
        (0, act("a", &["c1"], visit)),
        (1, act("a", &[], deposit("r1", "x1", by()))),
        (1, act("a", &[], deposit("r2", "x2", by()))),
    ]);
    acts.extend(theme(dice, now, until));
    acts
}

fn theme(dice: &mut Dice, now: Ms, until: Ms) -> Vec<(Ms, Act)> {
    let staff = ["c1", "cg", "k1"];
    match dice.below(13) {
        12 => refused(until),
        11 => moved(dice, now),
        8 => authority(dice, now, until),
        9 => research(dice, now),
        10 => staff_ticket(until),
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

/// A mandate, a report and a payment, each with a ticket.
fn authority(dice: &mut Dice, now: Ms, until: Ms) -> Vec<(Ms, Act)> {
    let disclose = |name: &str, to: Word, report: bool, until: Ms| Deed::Disclose {
        name: name.to_owned(),
        patient: "p1",
        to,
        report,
        indexes: vec!["x1"],
        records: vec!["a/r1".to_owned()],
        until,
    };
    let mandate = Deed::Mandate {
        name: "m".to_owned(),
        patient: "p1",
        purpose: "HLEGAL",
        indexes: vec!["x1", "x2"],
        until: now + dice.pick(&[5 * HOUR, 40 * DAY]),
    };
    let soon = dice.pick(&[now + 5 * HOUR, until]);
    let ticket = |name: &str, by: By, purpose: Word| Deed::Ask {
        name: name.to_owned(),
        by,
        purpose,
        scope: Scope::Records(vec!["a/r1".to_owned()]),
        patient: None,
        openings: Vec::new(),
        until: now + 23 * HOUR,
    };
    let by = |name: &str| format!("a/{name}");
    vec![
        (1, act("e", &["eo1", "eo2"], mandate)),
        (1, act("a", &[], disclose("d1", "e", true, soon))),
        (1, act("a", &[], disclose("d2", "g", false, soon))),
        (
            1,
            act(
                "e",
                &[],
                ticket("t1", By::Mandate("e/m".to_owned()), "HLEGAL"),
            ),
        ),
        (
            1,
            act("e", &[], ticket("t2", By::Report(by("d1")), "PUBHLTH")),
        ),
        (
            1,
            act("g", &[], ticket("t3", By::Payment(by("d2")), "HPAYMT")),
        ),
    ]
}

/// A permit to nurses of hospitals within a country, with a ticket; perhaps the hospital moves away.
fn moved(dice: &mut Dice, now: Ms) -> Vec<(Ms, Act)> {
    let placed = |name: &str, code: Word| Deed::Place {
        member: "b",
        name: name.to_owned(),
        code,
    };
    let permit = Deed::Permit {
        name: "p".to_owned(),
        patient: "p1",
        to: To::RoleAtKindWithin("nurse", "hospital", "PK"),
        access: "read",
        purposes: vec!["TREAT"],
        indexes: vec!["x1", "x2"],
        records: Vec::new(),
        heights: None,
        from: 0,
        until: now + 20 * DAY,
        paper: false,
    };
    let ask = Deed::Ask {
        name: "t".to_owned(),
        by: By::Permit("a/p".to_owned()),
        purpose: "TREAT",
        scope: Scope::Indexes(vec!["x1", "x2"]),
        patient: None,
        openings: Vec::new(),
        until: now + 23 * HOUR,
    };
    let mut acts = vec![
        (0, act("a", &[], placed("here", "PK-SD"))),
        (1, act("a", &["c1"], permit)),
        (1, act("b", &["bnu"], ask)),
    ];
    if dice.once_in(2) {
        acts.push((0, act("a", &[], placed("gone", "IN"))));
    }
    acts
}

/// A study, with a subject who enrolled with or without the second key, and a ticket.
fn research(dice: &mut Dice, now: Ms) -> Vec<(Ms, Act)> {
    let s = || "h/s".to_owned();
    let study = Deed::Study {
        name: "s".to_owned(),
        until: now + dice.pick(&[30 * HOUR, 20 * DAY, 300 * DAY]),
    };
    let enrol = Deed::Enrol {
        name: "n".to_owned(),
        study: s(),
        patient: "p1",
        indexes: vec!["x1", "x2"],
    };
    let (signers, later): (&[&str], Ms) = match dice.once_in(2) {
        true => (&["c1", "k1"], 1),
        false => (&["c1"], DAY),
    };
    let ask = |name: &str, after: Ms| Deed::Ask {
        name: name.to_owned(),
        by: By::Study(s(), "a/n".to_owned()),
        purpose: "HRESCH",
        scope: Scope::Indexes(vec!["x1", "x2"]),
        patient: None,
        openings: Vec::new(),
        until: now + after + 22 * HOUR,
    };
    vec![
        (1, act("h", &[], study)),
        (1, act("e", &["eo1", "eo2"], Deed::Approve { study: s() })),
        (1, act("a", signers, enrol)),
        (0, act("h", &[], ask("t", 0))),
        (later, act("h", &[], ask("u", later))),
    ]
}

/// A ticket of staff without a card, of whom an authority demands who it was; nearly thirty days go by.
fn staff_ticket(until: Ms) -> Vec<(Ms, Act)> {
    let ask = |name: &str, later: Ms| Deed::Ask {
        name: name.to_owned(),
        by: By::Care("a/v".to_owned(), "ann", "nurse", "icu"),
        purpose: "TREAT",
        scope: Scope::Indexes(vec!["x1", "x2"]),
        patient: None,
        openings: Vec::new(),
        until: until - 90 * DAY + later,
    };
    let demand = Deed::Demand {
        ticket: "a/t".to_owned(),
    };
    vec![
        (1, act("a", &[], ask("t", HOUR))),
        (1, act("e", &["eo1"], demand)),
        (30 * DAY - 1, act("a", &[], ask("u", 30 * DAY + 20 * HOUR))),
    ]
}

/// A request at another hospital, refused, disagreed with; the insurer is given the record and what was said, with a ticket.
fn refused(until: Ms) -> Vec<(Ms, Act)> {
    let there = Deed::CheckIn {
        name: "w".to_owned(),
        patient: "p1",
        indexes: vec!["x1"],
        write: true,
        until,
        ticket_until: until - 90 * DAY + 23 * HOUR,
    };
    let by = |visit: &str| By::Visit(visit.to_owned());
    let about = || "a/r1".to_owned();
    let wish = Deed::Wish {
        about: about(),
        patient: "p1",
        note: "b/s1".to_owned(),
        indexes: vec!["x1"],
    };
    let answer = Deed::Answer {
        about: about(),
        number: 0,
        how: "accurate",
        note: "a/r5".to_owned(),
    };
    let disagree = Deed::Disagree {
        about: about(),
        number: 0,
        note: "b/s2".to_owned(),
    };
    let all = || ["a/r1", "a/r5", "b/s1", "b/s2"].map(str::to_owned).to_vec();
    let disclose = Deed::Disclose {
        name: "d".to_owned(),
        patient: "p1",
        to: "g",
        report: false,
        indexes: vec!["x1"],
        records: all(),
        until,
    };
    let ask = Deed::Ask {
        name: "t".to_owned(),
        by: By::Payment("a/d".to_owned()),
        purpose: "HPAYMT",
        scope: Scope::Records(all()),
        patient: None,
        openings: Vec::new(),
        until: until - 90 * DAY + 23 * HOUR,
    };
    vec![
        (1, act("b", &["c1"], there)),
        (1, act("b", &[], deposit("s1", "x1", by("b/w")))),
        (1, act("b", &["c1"], wish)),
        (1, act("a", &[], deposit("r5", "x1", by("a/v")))),
        (1, act("a", &[], answer)),
        (1, act("b", &[], deposit("s2", "x1", by("b/w")))),
        (1, act("b", &["c1"], disagree)),
        (1, act("a", &[], disclose)),
        (1, act("g", &[], ask)),
    ]
}
