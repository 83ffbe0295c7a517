//! Mandates and disclosures in tables: who may, each boundary in time, what they open, and what binds them. `d` is an insurer, `e` an
//! authority.
use crate::book::{Book, disclosure_id, mandate_id, time};
use amanat_types::StateKey;
use amanat_types::state::{DisclosureState, MandateState};
use commonware_codec::DecodeExt as _;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 x3/p1 y1/p2                => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  e+o1      practitioner o1 role=officer until=500         => ok
    0  e+o2      practitioner o2 role=officer                   => ok
    0  e+pr      practitioner pr role=privacy-officer           => ok
    0  e+cl      practitioner cl                                => ok
    0  a+o3      practitioner o3 role=officer                   => ok
    0  a+o4      practitioner o4 role=officer                   => ok
    0  a+c1      checkin v p1 open=x1,x2 write                  => ok
    0  b+c1      checkin w p1 open=x1 write                     => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
    0  a         deposit r3 x1 by=visit:a/v                     => ok
    0  b         deposit s1 x1 by=visit:b/w                     => ok
";

fn book(text: &str) -> Book {
    Book::of_kinds(&format!("{WORLD}{text}"))
}

/// Who opens a mandate: an authority, two of its officers, for a purpose of the law, on what was shown to be the patient's.
pub const MANDATE: &str = "
    9  e+o1+o2   mandate m p1 open=x1 until=9                   => UntilInThePast [CallRefused]
    9  e+o1+o2   mandate m p1 open=x1 until=366d+10             => UntilTooFar
    # A hospital mandates itself, or an insurer; with an authority's officers, too.
    9  a+o3+o4   mandate m p1 open=x1                           => NotAnAuthority
    9  d+o1+o2   mandate m p1 open=x1                           => NotAnAuthority
    # One officer alone; with one who looks after privacy, a clinician, another member's; one whose registration has ended.
    9  e         mandate m p1 open=x1                           => TooFewOfficers
    9  e+o1      mandate m p1 open=x1                           => TooFewOfficers
    9  e+o1+pr   mandate m p1 open=x1                           => TooFewOfficers
    9  e+o1+cl   mandate m p1 open=x1                           => TooFewOfficers
    9  e+o1+o3   mandate m p1 open=x1                           => TooFewOfficers
    500 e+o1+o2  mandate m p1 open=x1                           => TooFewOfficers
    9  e+o1+o2   mandate m p9 open=x1                           => PatientUnknown
    # Treatment under the name of the law.
    9  e+o1+o2   mandate m p1 open=x1 for=TREAT                 => PurposeNotAllowed
    9  e+o1+o2   mandate m p1 open=x1 for=HPAYMT                => PurposeNotAllowed
    9  e+o1+o2   mandate m p1 open=x1 notice=180d+10            => NoticeTooFar
    9  e+o1+o2   mandate m p1                                   => NoIndexes
    9  e+o1+o2   mandate m p1 open=x9                           => IndexUnknown
    # An index of somebody else; the right one, guessed without its salt.
    9  e+o1+o2   mandate m p1 open=y1                           => IndexNotOwned
    9  e+o1+o2   mandate m p1 open=x1~                          => IndexNotOwned
    9  e+o1+o2   mandate m p1 open=x1,x1                        => IndexRepeated
    499 e+o1+o2  mandate m p1 open=x2,x1 notice=180d+499        => ok [MandateOpened]
    9  e+o1+o2   mandate m p1 open=x1                           => MandateExists
    9  e+o2+o1   mandate n p1 open=x1 for=PUBHLTH until=366d+9  => ok
";

/// What a mandate opens: to its authority alone, for its purpose, above the patient's word; and what ends it.
pub const LAW: &str = "
    9  e+o1+o2   mandate m p1 open=x1 until=100                 => ok
    9  e         request t by=mandate:e/no indexes=x1 for=HLEGAL => MandateUnknown [AccessRefused]
    9  a         request t by=mandate:e/m indexes=x1 for=HLEGAL => MandateNotYours
    100 e        request t by=mandate:e/m indexes=x1 for=HLEGAL => MandateExpired
    9  e         request t by=mandate:e/m indexes=x1 for=PUBHLTH => PurposeNotAllowed
    9  e         request t by=mandate:e/m indexes=x1 for=TREAT  => PurposeNotAllowed
    9  e         request t by=mandate:e/m indexes=x1 for=HLEGAL of=p2 => PatientMismatch
    9  e         request t by=mandate:e/m indexes=x1,x2 for=HLEGAL => ScopeOutsideBasis
    9  e         request t by=mandate:e/m records=a/r2 for=HLEGAL => ScopeOutsideBasis
    9  e         request t by=mandate:e/m records=a/no for=HLEGAL => RecordUnknown
    99 e         request t by=mandate:e/m indexes=x1 for=HLEGAL of=p1 => ok [TicketIssued]
    # The law stands above the patient's word.
    9  a+c1      restrict k p1 access=read-write                => ok
    9  a+c1      restrict l p1 who=e indexes=x1                 => ok
    9  e         request u by=mandate:e/m records=a/r1,b/s1 for=HLEGAL => ok
    # Nobody ends it but who opened it: not the patient's card, nor one officer.
    9  e+o1+o2   endmandate e/no                                => MandateUnknown [CallRefused]
    9  a+o3+o4   endmandate e/m                                 => MandateNotYours
    9  a+c1      endmandate e/m                                 => MandateNotYours
    9  e         endmandate e/m                                 => TooFewOfficers
    9  e+o1+pr   endmandate e/m                                 => TooFewOfficers
    99 e+o1+o2   endmandate e/m                                 => ok [MandateClosed]
    99 e+o1+o2   endmandate e/m                                 => MandateEnded
    9  e         request w by=mandate:e/m indexes=x1 for=HLEGAL => MandateEnded
    # Expired, it may be ended all the same.
    9  e+o1+o2   mandate n p1 open=x1 until=100                 => ok
    100 e+o1+o2  endmandate e/n                                 => ok
";

/// Who discloses what to whom.
pub const DISCLOSE: &str = "
    9  a         disclose d p1 open=x1 records=a/r1 until=9     => UntilInThePast [CallRefused]
    9  a         disclose d p1 open=x1 records=a/r1 until=180d+10 => UntilTooFar
    9  a         disclose d p9 open=x1 records=a/r1             => PatientUnknown
    # For payment to an insurer, a report to an authority, and neither to another.
    9  a         disclose d p1 to=b open=x1 records=a/r1        => RecipientUnfit
    9  a         disclose d p1 to=a open=x1 records=a/r1        => RecipientUnfit
    9  a         disclose d p1 to=e open=x1 records=a/r1        => RecipientUnfit
    9  a         disclose d p1 to=z open=x1 records=a/r1        => RecipientUnfit
    9  a         disclose d p1 to=d open=x1 records=a/r1 report => RecipientUnfit
    9  a         disclose d p1 to=b open=x1 records=a/r1 report => RecipientUnfit
    # Nobody keeps a payment from the patient.
    9  a         disclose d p1 open=x1 records=a/r1 notice=10   => NoticeTooFar
    9  a         disclose d p1 to=e open=x1 records=a/r1 report notice=180d+10 => NoticeTooFar
    9  a         disclose d p1 open=x9 records=a/r1             => IndexUnknown
    # Another patient is named, whose word would bind it in place of the owner's.
    9  a         disclose d p2 open=x1 records=a/r1             => IndexNotOwned
    9  a         disclose d p2 open=y1 records=a/r1             => RecordNotShown
    9  a         disclose d p1 open=x1,x1 records=a/r1          => IndexRepeated
    9  a         disclose d p1 open=x1 records=                 => NamesUnfit
    9  a         disclose d p1 open=x1 records=a/r1,a/r1        => NamesUnfit
    9  a         disclose d p1 open=x1 records=a/no             => RecordUnknown
    # Another member's record; one that was taken back; one that was not shown to be the patient's.
    9  a         disclose d p1 open=x1 records=b/s1             => RecordNotYours
    9  b         disclose d p1 open=x1 records=a/r1             => RecordNotYours
    9  a         disclose d p1 open=x1 records=a/r1,a/r2        => RecordNotShown
    9  a         disclose d p1 records=a/r1                     => RecordNotShown
    9  a         disclose d p1 open=x1,x2 records=a/r1,a/r2 until=180d+9 => ok [RecordsDisclosed]
    9  a         disclose d p1 open=x1 records=a/r1             => DisclosureExists
    9  a         disclose f p1 to=e open=x1 records=a/r1 report notice=180d+9 => ok
    9  a         retract a/r3                                   => ok
    9  a         disclose g p1 open=x1 records=a/r3             => RecordRetracted
";

/// What a disclosure opens: these records to this recipient; payment is bound by the patient's word, a report is not.
pub const OPENS: &str = "
    9  a         disclose d p1 open=x1 records=a/r1 until=100   => ok
    9  a         disclose f p1 to=e open=x1 records=a/r1 report until=100 => ok
    9  d         request t by=pay:a/no records=a/r1 for=HPAYMT  => DisclosureUnknown [AccessRefused]
    9  b         request t by=pay:a/d records=a/r1 for=HPAYMT   => DisclosureNotYours
    9  a         request t by=pay:a/d records=a/r1 for=HPAYMT   => DisclosureNotYours
    100 d        request t by=pay:a/d records=a/r1 for=HPAYMT   => DisclosureExpired
    9  d         request t by=pay:a/d records=a/r1 for=TREAT    => PurposeNotAllowed
    9  d         request t by=pay:a/d records=a/r1 for=HRESCH   => PurposeNotAllowed
    9  d         request t by=pay:a/d records=a/r1 for=HPAYMT of=p2 => PatientMismatch
    # An insurer asks for more than what the claim names: another record, the whole index.
    9  d         request t by=pay:a/d records=a/r1,a/r3 for=HPAYMT => ScopeOutsideBasis
    9  d         request t by=pay:a/d records=b/s1 for=HPAYMT   => ScopeOutsideBasis
    9  d         request t by=pay:a/d indexes=x1 for=HPAYMT     => ScopeOutsideBasis
    # Payment taken as a report, which no restriction would bind, and the other way round.
    9  d         request t by=report:a/d records=a/r1 for=PUBHLTH => DisclosureUnknown
    9  d         request t by=report:a/d records=a/r1 for=HPAYMT => DisclosureUnknown
    9  e         request t by=pay:a/f records=a/r1 for=PUBHLTH  => DisclosureUnknown
    9  e         request t by=report:a/f records=a/r1 for=HLEGAL => PurposeNotAllowed
    99 d         request t by=pay:a/d records=a/r1 for=HPAYMT of=p1 => ok [TicketIssued]
    9  e         request t by=report:a/f records=a/r1 for=PUBHLTH => ok
    # Paid out of pocket (45 CFR 164.522(a)(1)(vi)): the insurer sees it no more; the authority does.
    9  a+c1      restrict k p1 who=d for=HPAYMT                 => ok
    9  d         request u by=pay:a/d records=a/r1 for=HPAYMT   => Restricted
    9  a+c1      restrict l p1                                  => ok
    9  e         request u by=report:a/f records=a/r1 for=PUBHLTH => ok
    9  a         enddisclosure a/no                             => DisclosureUnknown [CallRefused]
    9  d         enddisclosure a/d                              => DisclosureNotYours
    9  d+c1      enddisclosure a/d                              => DisclosureNotYours
    99 a         enddisclosure a/d                              => ok [DisclosureClosed]
    99 a         enddisclosure a/d                              => DisclosureEnded
    9  a+c1      lift p1 a/k ; lift p1 a/l                      => ok
    9  d         request w by=pay:a/d records=a/r1 for=HPAYMT   => DisclosureEnded
    100 a        enddisclosure a/f                              => ok
";

/// What the patient wrote at `b` about the refusal of `a` goes with the record that `a` discloses, and nothing else of `b` does.
pub const NOTES: &str = "
    9  b         deposit q1 x1 by=visit:b/w ; deposit q2 x1 by=visit:b/w ; deposit w1 x1 by=visit:b/w => ok
    9  b+c1      ask a/r1 p1 note=b/q1 open=x1                  => ok
    9  b+c1      ask a/r3 p1 note=b/q2 open=x1                  => ok
    # Not answered yet; and granted.
    9  a         disclose d p1 open=x1 records=a/r1,b/q1        => RecordNotYours
    9  a         amend r4 over=a/r3 x1 by=visit:a/v             => ok
    9  a         answer a/r3:0 accepted                         => ok
    9  a         disclose d p1 open=x1 records=a/r3,b/q2        => RecordNotYours
    9  a         deposit l1 x1 by=visit:a/v                     => ok
    9  a         answer a/r1:0 accurate note=a/l1               => ok
    9  b+c1      disagree a/r1:0 note=b/w1                      => ok
    # Without the record; with another; what is no note; by whom it was written, who has not the record.
    9  a         disclose d p1 open=x1 records=b/w1             => RecordNotYours
    9  a         disclose d p1 open=x1 records=a/r3,b/w1        => RecordNotYours
    9  a         disclose d p1 open=x1 records=a/r1,b/s1        => RecordNotYours
    9  b         disclose d p1 open=x1 records=a/r1,b/w1        => RecordNotYours
    9  a         disclose d p1 open=x2 records=a/r1,b/w1        => RecordNotShown
    9  a         disclose d p1 open=x1 records=a/r1,a/l1,b/q1,b/w1 => ok [RecordsDisclosed]
    9  a         disclose f p1 open=x1 records=a/r1             => ok
    9  d         request t by=pay:a/d records=a/r1,a/l1,b/q1,b/w1 for=HPAYMT => ok [TicketIssued]
    9  d         request u by=pay:a/d records=b/s1 for=HPAYMT   => ScopeOutsideBasis
    9  d         request u by=pay:a/f records=b/w1 for=HPAYMT   => ScopeOutsideBasis
    9  a+c1      restrict k p1 who=d for=HPAYMT                 => ok
    9  d         request u by=pay:a/d records=b/w1 for=HPAYMT   => Restricted
    9  b         retract b/q1                                   => ok
    9  a         disclose g p1 open=x1 records=a/r1,b/q1        => RecordRetracted
";

/// Made, used and ended in one block, by transactions that name it only.
const ONE_BLOCK: &[&str] = &[
    "a disclose d p1 open=x1 records=a/r1",
    "d request t by=pay:a/d records=a/r1 for=HPAYMT",
    "a enddisclosure a/d",
    "d request u by=pay:a/d records=a/r1 for=HPAYMT",
    "e+o1+o2 mandate m p1 open=x1",
    "e request t by=mandate:e/m indexes=x1 for=HLEGAL",
    "e+o1+o2 endmandate e/m",
    "e request u by=mandate:e/m indexes=x1 for=HLEGAL",
];

#[test]
fn mandates() {
    book(MANDATE);
}

#[test]
fn notes() {
    let book = book(NOTES);
    let made = |name: &str| {
        let key = StateKey::disclosure(&disclosure_id(name));
        DisclosureState::decode(book.state[&key].clone()).unwrap()
    };
    assert_eq!((made("a/d").records.len(), made("a/d").notes.len()), (2, 2));
    assert_eq!((made("a/f").records.len(), made("a/f").notes.len()), (1, 0));
}

#[test]
fn by_law() {
    book(LAW);
}

#[test]
fn disclosures() {
    book(DISCLOSE);
}

#[test]
fn by_disclosure() {
    book(OPENS);
}

#[test]
fn in_one_block() {
    use amanat_types::receipt::Outcome;
    let mut book = book("");
    let txs: Vec<_> = ONE_BLOCK
        .iter()
        .map(|line| book.tx(&format!("0 {line}")))
        .collect();
    let execution = book.block(&txs);
    let said: Vec<&str> = execution
        .receipts
        .iter()
        .map(|receipt| match receipt.outcome {
            Outcome::Accepted(_) => "ok",
            Outcome::Refused(refused) => refused.refusal.name(),
        })
        .collect();
    assert_eq!(
        said,
        [
            "ok",
            "ok",
            "ok",
            "DisclosureEnded",
            "ok",
            "ok",
            "ok",
            "MandateEnded"
        ]
    );
}

/// What was said is kept: sorted indexes, the notice, the end.
#[test]
fn values() {
    let book = book(&format!("{MANDATE}{DISCLOSE}"));
    let key = StateKey::mandate(&mandate_id("e/m"));
    let mandate = MandateState::decode(book.state[&key].clone()).unwrap();
    assert_eq!(mandate.indexes.len(), 2);
    assert!(mandate.indexes.is_sorted());
    assert_eq!(mandate.notice_ms, Some(time("180d+499")));
    let key = StateKey::disclosure(&disclosure_id("a/d"));
    let made = DisclosureState::decode(book.state[&key].clone()).unwrap();
    assert_eq!(made.records.len(), 2);
    assert_eq!(made.until_ms, time("180d+9"));
}
