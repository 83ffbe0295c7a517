//! Studies in tables: who registers, approves and ends them, who enrols and withdraws, and what they open. `c` is a research body, `e` an
//! authority.
use crate::book::Book;

const WORLD: &str = "
    0  a         declare x1/p1 x2/p1 y1/p2 z/kid                => ok
    0  a+c1      patient p1 card=c1                             => ok
    0  a+c2      patient p2 card=c2                             => ok
    0  b+cm      patient mum card=cm                            => ok
    0  a+rg      practitioner rg role=registrar                 => ok
    0  a+dr      practitioner dr                                => ok
    0  a+c1+rg+k1 second p1 k1                                  => ok
    0  e+o1      practitioner o1 role=officer                   => ok
    0  e+o2      practitioner o2 role=officer                   => ok
    0  e+pr      practitioner pr role=privacy-officer           => ok
    0  a+o3      practitioner o3 role=officer                   => ok
    0  a+o4      practitioner o4 role=officer                   => ok
    0  a+c1      checkin v p1 open=x1,x2 write                  => ok
    0  a         deposit r1 x1 by=visit:a/v                     => ok
    0  a         deposit r2 x2 by=visit:a/v                     => ok
";

fn check(text: &str) {
    Book::of_kinds(&format!("{WORLD}{text}"));
}

/// Who registers, approves and ends a study.
pub const STUDY: &str = "
    9  c         study s until=9                                => UntilInThePast [CallRefused]
    9  c         study s until=3660d+10                         => UntilTooFar
    9  a         study s                                        => NotResearch
    9  d         study s                                        => NotResearch
    9  e+o1+o2   study s                                        => NotResearch
    9  c         study s until=3660d+9                          => ok [StudyRegistered]
    9  c         study s                                        => StudyExists
    9  e+o1+o2   approve c/no                                   => StudyUnknown
    # A study approves itself; a hospital does; one officer; with one who looks after privacy, or another's.
    9  c         approve c/s                                    => NotAnAuthority
    9  c+o1+o2   approve c/s                                    => NotAnAuthority
    9  a+o3+o4   approve c/s                                    => NotAnAuthority
    9  e+o1      approve c/s                                    => TooFewOfficers
    9  e+o1+pr   approve c/s                                    => TooFewOfficers
    9  e+o1+o3   approve c/s                                    => TooFewOfficers
    9  e+o1+o2   approve c/s                                    => ok [StudyApproved]
    9  e+o1+o2   approve c/s                                    => StudyApproved
    9  c         study t until=100 ; study u                    => ok
    100 e+o1+o2  approve c/t                                    => StudyExpired
    99 e+o1+o2   approve c/t                                    => ok
    9  c         endstudy c/no                                  => StudyUnknown
    9  a         endstudy c/s                                   => StudyNotYours
    # An authority ends what it approved, by two officers.
    9  e+o1+o2   endstudy c/u                                   => StudyNotYours
    9  e+o1      endstudy c/s                                   => TooFewOfficers
    9  e+o1+o2   endstudy c/s                                   => ok [StudyClosed]
    9  c         endstudy c/s                                   => StudyEnded
    9  c         endstudy c/u                                   => ok
    9  e+o1+o2   approve c/u                                    => StudyEnded
    100 c        endstudy c/t                                   => ok
";

/// Who enrols in what, and who withdraws.
pub const ENROL: &str = "
    9  c         study s until=100 ; study u                    => ok
    9  e+o1+o2   approve c/s                                    => ok
    9  a+c1      enrol n c/no p1 open=x1                        => StudyUnknown [CallRefused]
    9  a+c1      enrol n c/u p1 open=x1                         => StudyNotApproved
    100 a+c1     enrol n c/s p1 open=x1                         => StudyExpired
    9  a+c1      enrol n c/s p9 open=x1                         => PatientUnknown
    # The study, a hospital, another patient's card, an officer.
    9  c         enrol n c/s p1 open=x1                         => CardNotPresent
    9  a         enrol n c/s p1 open=x1                         => CardNotPresent
    9  a+c2      enrol n c/s p1 open=x1                         => CardNotPresent
    9  e+o1+o2   enrol n c/s p1 open=x1                         => CardNotPresent
    9  a+c1      enrol n c/s p1                                 => NoIndexes
    9  a+c1      enrol n c/s p1 open=x9                         => IndexUnknown
    9  a+c1      enrol n c/s p1 open=y1                         => IndexNotOwned
    9  a+c1      enrol n c/s p1 open=x1,x1                      => IndexRepeated
    99 a+c1      enrol n c/s p1 open=x2,x1                      => ok [SubjectEnrolled]
    9  a+c1      enrol n c/s p1 open=x1                         => EnrolmentExists
    9  a+c1      withdraw a/no                                  => EnrolmentUnknown
    9  c         withdraw a/n                                   => CardNotPresent
    9  a+c2      withdraw a/n                                   => CardNotPresent
    # Anywhere.
    9  b+c1      withdraw a/n                                   => ok [SubjectWithdrawn]
    9  b+c1      withdraw a/n                                   => EnrolmentWithdrawn
    # A guardian, for a child.
    9  a+dr      nocard w kid open=z                            => ok
    9  a+cm+rg   link kid mum parent until=1970.03              => ok
    9  c         study w until=9d                               => ok
    9  e+o1+o2   approve c/w                                    => ok
    9  a+cm      enrol k c/w kid open=z                         => LinkNotInForce
    24h+9 a+cm   enrol k c/w kid open=z                         => ok
    9  c         endstudy c/s                                   => ok
    9  a+c1      enrol m c/s p1 open=x1                         => StudyEnded
    24h+9 c      withdraw a/k                                   => CardNotPresent
    24h+9 a+cm   withdraw a/k                                   => ok
";

/// What an enrolment opens: to the study's member, for research, until it ends; bound by the patient's word.
pub const RESEARCH: &str = "
    9  c         study s until=100 ; study u until=100          => ok
    9  e+o1+o2   approve c/s ; approve c/u                      => ok
    9  a+c1      enrol n c/s p1 open=x1                         => ok
    9  c         request t by=study:c/no:a/n indexes=x1 for=HRESCH => StudyUnknown [AccessRefused]
    9  c         request t by=study:c/s:a/no indexes=x1 for=HRESCH => EnrolmentUnknown
    # Another study of the same member, in which nobody enrolled.
    9  c         request t by=study:c/u:a/n indexes=x1 for=HRESCH => EnrolmentUnknown
    9  a         request t by=study:c/s:a/n indexes=x1 for=HRESCH => StudyNotYours
    9  d         request t by=study:c/s:a/n indexes=x1 for=HRESCH => StudyNotYours
    100 c        request t by=study:c/s:a/n indexes=x1 for=HRESCH => StudyExpired
    9  c         request t by=study:c/s:a/n indexes=x1 for=TREAT => PurposeNotAllowed
    9  c         request t by=study:c/s:a/n indexes=x1 for=HPAYMT => PurposeNotAllowed
    9  c         request t by=study:c/s:a/n indexes=x1 for=HRESCH of=p2 => PatientMismatch
    9  c         request t by=study:c/s:a/n indexes=x1,x2 for=HRESCH => ScopeOutsideBasis
    9  c         request t by=study:c/s:a/n records=a/r2 for=HRESCH => ScopeOutsideBasis
    99 c         request t by=study:c/s:a/n records=a/r1 for=HRESCH of=p1 => ok [TicketIssued]
    9  a+c1      restrict k p1 for=HRESCH                       => ok
    9  c         request u by=study:c/s:a/n indexes=x1 for=HRESCH => Restricted
    9  a+c1      lift p1 a/k                                    => ok
    9  c         request u by=study:c/s:a/n indexes=x1 for=HRESCH => ok
    9  a+c1      withdraw a/n                                   => ok
    9  c         request w by=study:c/s:a/n indexes=x1 for=HRESCH => EnrolmentWithdrawn
    # Enrolled again, and the authority ends the study.
    9  a+c1      enrol m c/s p1 open=x1                         => ok
    9  c         request w by=study:c/s:a/m indexes=x1 for=HRESCH => ok
    9  e+o1+o2   endstudy c/s                                   => ok
    9  c         request y by=study:c/s:a/m indexes=x1 for=HRESCH => StudyEnded
";

/// A long study is standing consent: at once with the second key, else a day later.
pub const STANDING: &str = "
    9  c         study s until=30d+9                            => ok
    9  c         study l until=30d+10                           => ok
    9  e+o1+o2   approve c/s ; approve c/l                      => ok
    9  a+c1      enrol n c/s p1 open=x1                         => ok
    9  c         request t by=study:c/s:a/n indexes=x1 for=HRESCH => ok
    24h+9 a+c1+k1 enrol m c/l p1 open=x1                        => ok
    24h+9 c      request u by=study:c/l:a/m indexes=x1 for=HRESCH until=24h+99 => ok
    9  a+c1      enrol o c/l p1 open=x1                         => ok
    9  c         request w by=study:c/l:a/o indexes=x1 for=HRESCH => EnrolmentNotYet
    24h+8 c      request w by=study:c/l:a/o indexes=x1 for=HRESCH until=24h+99 => EnrolmentNotYet
    24h+9 c      request w by=study:c/l:a/o indexes=x1 for=HRESCH until=24h+99 => ok
    # Taken back before it begins.
    9  a+c1      enrol q c/l p1 open=x1                         => ok
    10 a+c1      withdraw a/q                                   => ok
    24h+9 c      request y by=study:c/l:a/q indexes=x1 for=HRESCH until=24h+99 => EnrolmentWithdrawn
";

#[test]
fn studies() {
    check(STUDY);
}

#[test]
fn enrolments() {
    check(ENROL);
}

#[test]
fn research() {
    check(RESEARCH);
}

#[test]
fn standing() {
    check(STANDING);
}

/// Registered, approved, enrolled, asked and withdrawn in one block, by transactions that name only what they need.
#[test]
fn in_one_block() {
    use amanat_types::receipt::Outcome;
    let mut book = Book::of_kinds(WORLD);
    let lines = [
        "c study s",
        "e+o1+o2 approve c/s",
        "a+c1 enrol n c/s p1 open=x1",
        "c request t by=study:c/s:a/n indexes=x1 for=HRESCH",
        "b+c1 withdraw a/n",
        "c endstudy c/s",
    ];
    let txs: Vec<_> = lines
        .iter()
        .map(|line| book.tx(&format!("0 {line}")))
        .collect();
    let execution = book.block(&txs);
    let accepted =
        |receipt: &amanat_types::Receipt| matches!(receipt.outcome, Outcome::Accepted(_));
    assert!(execution.receipts.iter().all(accepted));
}
