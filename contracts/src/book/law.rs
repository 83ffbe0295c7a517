//! Words of mandates, disclosures, studies and reviews.
use super::line::{Words, owner_of, until};
use super::word::*;
use amanat_types::Purpose;
use amanat_types::call::*;
use amanat_types::code::DisclosureCause;
use amanat_types::codec::List;

/// The call of a line, if it is one of these.
///
/// ```text
/// mandate m p1 open=x1 for=PUBHLTH until=9d notice=180d  endmandate e/m
/// disclose d p1 to=d open=x1 records=a/r1 until=9d       enddisclosure a/d
/// disclose d p1 to=e open=x1 records=a/r1 report notice=9d
/// study s until=9d  approve c/s  endstudy c/s            enrol n c/s p1 open=x1  withdraw a/n
/// breach of=a/t,a/u by=e
/// review a/t upheld by=e                                 demand a/t by=e    staff a/t
/// ```
pub fn call(w: &Words<'_>) -> Option<Call> {
    let notice_ms = || split(w.get("notice", "")).next().map(time);
    Some(match w.at(0) {
        "mandate" => Call::OpenMandate(OpenMandate {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            purpose: Purpose::parse(w.get("for", "HLEGAL")).unwrap(),
            statute: owner_of("statute", "order"),
            openings: openings(w.get("open", "")),
            until_ms: until(w),
            notice_ms: notice_ms(),
        }),
        "endmandate" => Call::EndMandate(EndMandate {
            mandate: mandate_id(w.at(1)),
        }),
        "disclose" => Call::Disclose(Disclose {
            local: local(w.at(1)),
            patient: patient(w.at(2)),
            recipient: member(w.get("to", "d")),
            cause: match w.has("report") {
                true => DisclosureCause::Report,
                false => DisclosureCause::Payment,
            },
            ground: owner_of("claim", "statute"),
            records: super::care::records(w),
            openings: openings(w.get("open", "")),
            until_ms: until(w),
            notice_ms: notice_ms(),
        }),
        "enddisclosure" => Call::EndDisclosure(EndDisclosure {
            disclosure: disclosure_id(w.at(1)),
        }),
        "review" => Call::ReviewGlass(ReviewGlass {
            ticket: ticket(w.at(1)),
            upheld: match w.at(2) {
                "upheld" => true,
                "not" => false,
                other => panic!("no such verdict: {other}"),
            },
            finding: owner_of("finding", "text"),
            authority: split(w.get("by", "")).next().map(member),
        }),
        "breach" => Call::DeclareBreach(DeclareBreach {
            tickets: List::new(split(w.get("of", "")).map(ticket).collect()).unwrap(),
            statement: owner_of("breach", "text"),
            authority: split(w.get("by", "")).next().map(member),
        }),
        "demand" => Call::DemandName(DemandName {
            ticket: ticket(w.at(1)),
            authority: member(w.get("by", "e")),
        }),
        "staff" => Call::NameStaff(NameStaff {
            ticket: ticket(w.at(1)),
            name: owner_of("who", "it was"),
        }),
        "study" => Call::RegisterStudy(RegisterStudy {
            local: local(w.at(1)),
            protocol: owner_of("protocol", "text"),
            until_ms: until(w),
        }),
        "approve" => Call::ApproveStudy(ApproveStudy {
            study: study_id(w.at(1)),
        }),
        "endstudy" => Call::EndStudy(EndStudy {
            study: study_id(w.at(1)),
        }),
        "enrol" => Call::Enrol(Enrol {
            local: local(w.at(1)),
            study: study_id(w.at(2)),
            patient: patient(w.at(3)),
            openings: openings(w.get("open", "")),
        }),
        "withdraw" => Call::Withdraw(Withdraw {
            enrolment: enrolment_id(w.at(1)),
        }),
        _ => return None,
    })
}

/// `c/s:a/n`: an enrolment in a study.
pub fn enrolled(word: &str) -> ReadBasis {
    let (study, enrolment) = word.split_once(':').unwrap();
    ReadBasis::Study(Enrolled {
        study: study_id(study),
        enrolment: enrolment_id(enrolment),
    })
}

/// `a/d` for payment, or as a report.
pub fn disclosed(word: &str, cause: DisclosureCause) -> ReadBasis {
    ReadBasis::Disclosure(Disclosed {
        disclosure: disclosure_id(word),
        cause,
    })
}
