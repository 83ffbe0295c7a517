//! Words of mandates and disclosures.
use super::line::{Words, owner_of, until};
use super::word::*;
use amanat_types::Purpose;
use amanat_types::call::*;
use amanat_types::code::DisclosureCause;

/// The call of a line, if it is one of these.
///
/// ```text
/// mandate m p1 open=x1 for=PUBHLTH until=9d notice=180d  endmandate e/m
/// disclose d p1 to=d open=x1 records=a/r1 until=9d       enddisclosure a/d
/// disclose d p1 to=e open=x1 records=a/r1 report notice=9d
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
        _ => return None,
    })
}

/// `a/d` for payment, or as a report.
pub fn disclosed(word: &str, cause: DisclosureCause) -> ReadBasis {
    ReadBasis::Disclosure(Disclosed {
        disclosure: disclosure_id(word),
        cause,
    })
}
