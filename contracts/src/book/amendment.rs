//! Words of requests for amendment.
use super::line::Words;
use super::word::*;
use amanat_types::call::*;
use amanat_types::code::AmendmentReason;

/// The call of a line, if it is one of these.
///
/// ```text
/// ask a/r1 p1 note=a/n open=x1
/// answer a/r1:0 accepted     answer a/r1:0 accurate note=a/n     answer a/r1:0 extended note=a/n
/// disagree a/r1:0 note=a/n
/// ```
pub fn call(w: &Words<'_>) -> Option<Call> {
    let note = || record(w.get("note", ""));
    Some(match w.at(0) {
        "ask" => Call::AskAmendment(AskAmendment {
            record: record(w.at(1)),
            patient: patient(w.at(2)),
            request: note(),
            openings: openings(w.get("open", "")),
        }),
        "answer" => Call::AnswerAmendment(AnswerAmendment {
            amendment: named(w.at(1)),
            answer: match w.at(2) {
                "accepted" => AmendmentAnswer::Accepted(Unit),
                "extended" => AmendmentAnswer::Extended(note()),
                reason => AmendmentAnswer::Refused(Unamended {
                    reason: AmendmentReason::parse(reason).unwrap(),
                    letter: note(),
                }),
            },
        }),
        "disagree" => Call::Disagree(Disagree {
            amendment: named(w.at(1)),
            statement: note(),
        }),
        _ => return None,
    })
}

/// `a/r1:0`: the first request for the amendment of a record.
pub fn named(word: &str) -> AmendmentRef {
    let (about, number) = word.split_once(':').unwrap();
    AmendmentRef {
        record: record(about),
        number: number.parse().unwrap(),
    }
}
