//! Tickets that somebody asked for in a patient's name stand while that one still speaks, and no longer.
use super::Asked;
use amanat_types::Refusal;

/// Ticket `b/t` of the patient's card, `b/u` of a proxy, `b/c` of a child's parent.
const SPOKEN: &str = "
    0  a         declare x1/p1 k/kid                          => ok
    0  a+c1      patient p1 card=c1                           => ok
    0  b+cm      patient mum card=cm                          => ok
    0  a+dr      practitioner dr                              => ok
    0  a+d2      practitioner d2                              => ok
    0  a+rg      practitioner rg role=registrar               => ok
    0  e+of      practitioner of role=officer                 => ok
    0  e+o2      practitioner o2 role=officer                 => ok
    0  a+c1+rg+k1 second p1 k1                                => ok
    0  a+cm+rg+km second mum km                               => ok
";

fn world(text: &str, ticket: &'static str, record: &'static str) -> Asked {
    let text = format!("{SPOKEN}{text}");
    Asked::of(&text, ticket, &[record])
}

fn own() -> Asked {
    world(
        "
        0  a+c1      checkin v p1 open=x1 write               => ok
        0  a         deposit r1 x1 by=visit:a/v               => ok
        0  b+c1      request t by=card:p1 for=PATRQT indexes=x1 open=x1 until=20h => ok
    ",
        "b/t",
        "a/r1",
    )
}

fn proxy() -> Asked {
    world(
        "
        0  a+c1      checkin v p1 open=x1 write               => ok
        0  a         deposit r1 x1 by=visit:a/v               => ok
        0  a+c1+cm+k1 link p1 mum proxy until=6h              => ok
        0  b+cm      request u by=card:p1 for=PATRQT indexes=x1 open=x1 until=20h => ok
    ",
        "b/u",
        "a/r1",
    )
}

fn ended(asked: &Asked, lines: &[&str]) {
    let mut asked = asked.clone();
    assert_eq!(asked.said(), "ok");
    for line in lines {
        asked = asked.after(line);
        assert_eq!(asked.said(), "BasisEnded", "after {line}");
    }
}

/// Whatever takes the card's word away ends the ticket, and giving the word back does not open it again.
#[test]
fn of_the_own_card() {
    let own = own();
    ended(
        &own,
        &["9 a+k1 suspend p1 c1 => ok", "9 a+c1+k1 resume p1 c1 => ok"],
    );
    ended(
        &own,
        &[
            "9 a+n1+rg+of reissue p1 n1 by=e => ok",
            "9 a+c1 veto p1 => ok",
        ],
    );
    ended(
        &own,
        &[
            "9 a+dr+d2 incapable p1 until=2h => ok",
            "9 a+c1+dr capable p1 => ok",
        ],
    );
    ended(
        &own,
        &["9 a+dr+rg dead p1 => ok", "9 e+of+o2 alive p1 by=e => ok"],
    );
    ended(&own, &["9 a+c1 block p1 c1 => ok"]);
    let renewed = own.after("9 a+c1+rg renew p1 c1 until=5h => ok");
    renewed.ends("5h", Refusal::BasisEnded);
    // Renewed before its end, the card spoke without a break; after it, the ticket had ended for good.
    let before = renewed.after("4h a+c1+rg renew p1 c1 until=9d => ok");
    assert_eq!(before.at("6h").said(), "ok");
    let after = renewed.after("5h a+c1+rg renew p1 c1 until=9d => ok");
    assert_eq!(after.at("6h").said(), "BasisEnded");
    // By time the incapacity is over; the ticket stays ended.
    let incapable = own.after("9 a+dr+d2 incapable p1 until=2h => ok");
    assert_eq!(incapable.at("1h").said(), "BasisEnded");
    assert_eq!(incapable.at("3h").said(), "BasisEnded");
    // A new ticket stands.
    let again = incapable
        .after("3h b+c1 request n by=card:p1 for=PATRQT indexes=x1 open=x1 until=20h => ok");
    let again = Asked {
        ticket: "b/n",
        ..again
    };
    assert_eq!(again.at("3h").said(), "ok");
}

/// A guardian's ticket ends with the link, with the guardian's own word, and with the patient's life.
#[test]
fn of_a_guardian() {
    let proxy = proxy();
    proxy.ends("6h", Refusal::BasisEnded);
    ended(
        &proxy,
        &[
            "9 a+c1 unlink p1 mum proxy => ok",
            // Linked again: the old ticket does not stand on the new link.
            "9 a+c1+cm+k1 link p1 mum proxy until=6h => ok",
        ],
    );
    ended(
        &proxy,
        &[
            "9 b+cm suspend mum cm => ok",
            "9 b+cm+km resume mum cm => ok",
        ],
    );
    ended(&proxy, &["9 a+dr+d2 incapable mum until=2h => ok"]);
    ended(&proxy, &["9 a+dr+rg dead mum => ok"]);
    // The death taken back gives the guardian its word back, and not the ticket.
    ended(
        &proxy,
        &["9 a+dr+rg dead p1 => ok", "9 e+of+o2 alive p1 by=e => ok"],
    );
    ended(&proxy, &["9 b+cm block mum cm => ok"]);
    // What befalls the patient's card alone does not touch the guardian.
    let suspended = proxy.after("9 a+k1 suspend p1 c1 => ok");
    assert_eq!(suspended.said(), "ok");
    let incapable = proxy.after("9 a+dr+d2 incapable p1 until=2h => ok");
    assert_eq!(incapable.said(), "ok");
}

/// A guardian who may decide and not read has no ticket; one of two links that lets read is enough.
#[test]
fn of_two_links() {
    let asked = world(
        "
        0  a+c1      checkin v p1 open=x1 write               => ok
        0  a         deposit r1 x1 by=visit:a/v               => ok
        0  a+c1+cm+k1 link p1 mum proxy rights=decide         => ok
        0  b+cm      request u by=card:p1 for=PATRQT indexes=x1 open=x1 => RightMissing
        0  a+c1+cm+k1 link p1 mum contingent rights=read      => ok
        0  a+dr+d2   incapable p1 until=9h                    => ok
        0  b+cm      request u by=card:p1 for=PATRQT indexes=x1 open=x1 until=20h => ok
    ",
        "b/u",
        "a/r1",
    );
    asked.ends("9h", Refusal::BasisEnded);
    ended(&asked, &["9 a+cm unlink p1 mum contingent => ok"]);
    // Called anew: the older ticket does not stand on that.
    ended(
        &asked,
        &[
            "9 a+c1+dr capable p1 => ok",
            "9 a+dr+d2 incapable p1 until=9h => ok",
        ],
    );
    let decides = asked.after("9 a+cm unlink p1 mum proxy => ok");
    assert_eq!(decides.said(), "ok");
}

/// A parent's ticket ends in the night in which the child comes of age.
#[test]
fn of_a_parent() {
    let asked = world(
        "
        0  a+dr      nocard w kid open=k                      => ok
        0  a         deposit r2 k by=visit:a/w                => ok
        0  a+cm+rg   link kid mum parent until=1970.03        => ok
        1970.03-1h b+cm request c by=card:kid for=PATRQT indexes=k open=k until=1970.03+9h => ok
    ",
        "b/c",
        "a/r2",
    );
    asked.ends("1970.03", Refusal::BasisEnded);
}

/// Who explains without a call: the patient's own card speaks or says why not; nobody's card has signed.
#[test]
fn of_whoever_explains() {
    use crate::Loaded;
    use crate::book::{START_MS, member, patient};
    use crate::decision::{Claim, Moment, Question, Read, decide};
    use amanat_types::call::{Openings, ReadBasis, Scope};
    use amanat_types::codec::List;
    use amanat_types::state::BasisRef;
    use amanat_types::{Purpose, StateKey, TimestampMs};

    let said = |asked: &Asked, name: &str, at_ms: u64| {
        let id = patient(name);
        let mut loaded = Loaded::new();
        let keys = [
            StateKey::roster(),
            StateKey::patient(&id),
            StateKey::person(&id),
        ];
        asked.book.load(keys, &mut loaded);
        let question = Question {
            member: member("b"),
            present: &[],
            moment: Moment::of(TimestampMs::new(START_MS + at_ms)),
            claim: Claim::Read(Read {
                basis: &ReadBasis::Patient(id),
                purpose: Purpose::Patrqt,
                patient: Some(id),
                scope: &Scope::Records(List::empty()),
                openings: &Openings::empty(),
            }),
        };
        let decision = decide(&question, &loaded).unwrap();
        let verdict = decision.verdict().map(|reach| reach.basis);
        verdict.map(|basis| assert_eq!(basis, BasisRef::Patient(id)))
    };
    let own = own();
    assert_eq!(said(&own, "p1", 9), Ok(()));
    assert_eq!(said(&own, "nobody", 9), Err(Refusal::CardNotPresent));
    let suspended = own.after("9 a+k1 suspend p1 c1 => ok");
    assert_eq!(said(&suspended, "p1", 9), Err(Refusal::CardSuspended));
    let incapable = own.after("9 a+dr+d2 incapable p1 until=50 => ok");
    assert_eq!(said(&incapable, "p1", 49), Err(Refusal::GuardianDecides));
    assert_eq!(said(&incapable, "p1", 50), Ok(()));
}
