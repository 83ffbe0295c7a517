//! Law, payment, research and reviews at `$prepare`, and the bases that they give.
use amanat_exchange::Basis;
use amanat_exchange::amendment::AmendmentAsk;
use amanat_exchange::erasure::ErasureAsk;
use amanat_exchange::legal::LegalAsk;
use amanat_types::call::{self, Call as Signed, Disclosed, Enrolled};
use amanat_types::code::DisclosureCause;
use amanat_types::codec::List;
use amanat_types::id::{Commitment, Salt};
use amanat_types::{DisclosureId, EnrolmentId, LocalId, MandateId, Refusal, StudyId};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::fake::PATIENT;

fn kept(text: &str) -> Commitment {
    Commitment::text(&Salt::new([1; 32]), text.as_bytes())
}

/// What the exchange would sign, with a fixed salt.
pub fn signed(ask: LegalAsk) -> Result<Signed, amanat_exchange::Error> {
    let local = LocalId::new([3; 16]);
    Ok(match ask {
        LegalAsk::Mandate(ask) => Signed::OpenMandate(call::OpenMandate {
            local,
            patient: ask.paper.patient,
            purpose: ask.purpose,
            statute: kept(&ask.statute),
            openings: List::empty(),
            until_ms: ask.until_ms,
            notice_ms: ask.notice_ms,
        }),
        LegalAsk::EndMandate(mandate) => Signed::EndMandate(call::EndMandate { mandate }),
        LegalAsk::Disclose(ask) => Signed::Disclose(call::Disclose {
            local,
            patient: ask.paper.patient,
            recipient: ask.recipient,
            cause: ask.cause,
            ground: kept(&ask.ground),
            records: List::new(ask.records).map_err(|_| Refusal::NamesUnfit)?,
            openings: List::empty(),
            until_ms: ask.until_ms,
            notice_ms: ask.notice_ms,
        }),
        LegalAsk::EndDisclosure(disclosure) => {
            Signed::EndDisclosure(call::EndDisclosure { disclosure })
        }
        LegalAsk::Study(ask) => Signed::RegisterStudy(call::RegisterStudy {
            local,
            protocol: kept(&ask.protocol),
            until_ms: ask.until_ms,
        }),
        LegalAsk::ApproveStudy(study) => Signed::ApproveStudy(call::ApproveStudy { study }),
        LegalAsk::EndStudy(study) => Signed::EndStudy(call::EndStudy { study }),
        LegalAsk::Enrol(_, study, paper) => Signed::Enrol(call::Enrol {
            local,
            study,
            patient: paper.patient,
            openings: List::empty(),
        }),
        LegalAsk::Withdraw(enrolment) => Signed::Withdraw(call::Withdraw { enrolment }),
        LegalAsk::Review(ask) => Signed::ReviewGlass(call::ReviewGlass {
            ticket: ask.ticket,
            upheld: ask.upheld,
            finding: kept(&ask.finding),
            authority: ask.authority,
        }),
        LegalAsk::Breach(ask) => Signed::DeclareBreach(call::DeclareBreach {
            tickets: List::new(ask.tickets).expect("few"),
            statement: kept(&ask.statement),
            authority: ask.authority,
        }),
        LegalAsk::DemandName(ticket, authority) => {
            Signed::DemandName(call::DemandName { ticket, authority })
        }
        LegalAsk::Amendment(AmendmentAsk::Ask(record, request)) => {
            Signed::AskAmendment(call::AskAmendment {
                patient: PATIENT,
                record,
                request,
                openings: List::empty(),
            })
        }
        LegalAsk::Amendment(AmendmentAsk::Answer(call)) => Signed::AnswerAmendment(call),
        LegalAsk::Amendment(AmendmentAsk::Disagree(call)) => Signed::Disagree(call),
        LegalAsk::Erasure(ErasureAsk::Hold(ask)) => Signed::Hold(call::Hold {
            local,
            patient: None,
            records: List::new(ask.records).map_err(|_| Refusal::NamesUnfit)?,
            openings: List::empty(),
            ground: kept(&ask.ground),
            until_ms: ask.until_ms,
        }),
        LegalAsk::Erasure(ErasureAsk::EndHold(hold)) => Signed::EndHold(call::EndHold { hold }),
        LegalAsk::Erasure(ErasureAsk::Erase(records)) => Signed::Erase(call::Erase {
            patient: PATIENT,
            records: List::new(records).map_err(|_| Refusal::NamesUnfit)?,
            openings: List::empty(),
        }),
        LegalAsk::NameStaff(ticket) => Signed::NameStaff(call::NameStaff {
            ticket,
            name: kept("somebody"),
        }),
    })
}

fn word(name: &str, value: impl Into<String>) -> Value {
    json!({ "name": name, "valueString": value.into() })
}

/// The fields of a call that is complete; those that it takes beside its name and keys.
fn fields(name: &str) -> Vec<Value> {
    let id = || "44".repeat(16);
    let until = json!({ "name": "until", "valueInstant": "2026-12-20T20:00:00Z" });
    let text = word("text", "what it stands on");
    let number = |name: &str| json!({ "name": name, "valuePositiveInt": 4 });
    let about = || {
        vec![
            word("id", "a-1"),
            word("patient", PATIENT.to_string()),
            word("category", "laboratory"),
        ]
    };
    match name {
        "open-mandate" => [about(), vec![word("purpose", "PUBHLTH"), text, until]].concat(),
        "disclose" => {
            let rest = vec![
                word("cause", "report"),
                word("record", id()),
                number("recipient"),
                text,
                until,
            ];
            [about(), rest].concat()
        }
        "enrol" => [about(), vec![word("study", id())]].concat(),
        "register-study" => vec![word("id", "a-1"), text, until],
        "end-mandate" => vec![word("mandate", id())],
        "end-disclosure" => vec![word("disclosure", id())],
        "approve-study" | "end-study" => vec![word("study", id())],
        "withdraw" => vec![word("enrolment", id())],
        "review-glass" => {
            let upheld = json!({ "name": "upheld", "valueBoolean": false });
            vec![word("ticket", id()), upheld, text]
        }
        "declare-breach" => vec![word("ticket", id()), text],
        "ask-amendment" => vec![word("record", id()), word("note", id())],
        "answer-amendment" => {
            let answer = word("answer", "accurate");
            let of = vec![word("record", id()), number("number")];
            [of, vec![answer, word("note", id())]].concat()
        }
        "hold" => vec![word("id", "h-1"), word("record", id()), text, until],
        "end-hold" => vec![word("hold", id())],
        "erase" => vec![word("record", id())],
        "disagree" => {
            let of = vec![word("record", id()), number("number")];
            [of, vec![word("note", id())]].concat()
        }
        "demand-name" => vec![word("ticket", id()), number("authority")],
        _ => vec![word("ticket", id())],
    }
}

#[tokio::test]
async fn every_call_is_prepared_and_none_without_one_of_its_fields() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let prepare = async |name: &str, rest: &[Value]| {
        let keys = ["a", "b"].map(|digit| word("key", format!("02{}", digit.repeat(64))));
        let all = [&[word("call", name)], keys.as_slice(), rest].concat();
        let body = json!({ "resourceType": "Parameters", "parameter": all }).to_string();
        desk.fhir(&token, "POST", "/$prepare", &[], &body).await
    };
    for name in [
        "open-mandate",
        "end-mandate",
        "disclose",
        "end-disclosure",
        "register-study",
        "approve-study",
        "end-study",
        "enrol",
        "withdraw",
        "review-glass",
        "demand-name",
        "declare-breach",
        "name-staff",
        "ask-amendment",
        "answer-amendment",
        "disagree",
        "hold",
        "end-hold",
        "erase",
    ] {
        let whole = fields(name);
        let answer = prepare(name, &whole).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{name}: {text}");
        for left_out in 0..whole.len() {
            // A disclosure without records, and a paper without categories, are for the ledger to refuse.
            let name_of = whole[left_out]["name"].as_str().unwrap_or_default();
            if name_of == "category" || (name == "disclose" && name_of == "record") {
                continue;
            }
            let mut some = whole.clone();
            some.remove(left_out);
            let answer = prepare(name, &some).await;
            assert_eq!(answer.status, 422, "{name} without {name_of}");
        }
    }
}

#[tokio::test]
async fn their_bases_are_named_by_headers() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let id = "44".repeat(16);
    let ask = async |basis: &str| {
        let path = format!("/Observation?patient={PATIENT}");
        let headers = [("X-Amanat-Basis", basis)];
        desk.fhir(&token, "GET", &path, &headers, "").await.status
    };
    let bytes = [0x44; 16];
    let disclosed = |cause| {
        Basis::Disclosure(Disclosed {
            disclosure: DisclosureId::new(bytes),
            cause,
        })
    };
    let study = Basis::Study(Enrolled {
        study: StudyId::new(bytes),
        enrolment: EnrolmentId::new(bytes),
    });
    for (good, basis) in [
        (
            format!("mandate/{id}"),
            Basis::Mandate(MandateId::new(bytes)),
        ),
        (
            format!("disclosure/{id}/payment"),
            disclosed(DisclosureCause::Payment),
        ),
        (
            format!("disclosure/{id}/report"),
            disclosed(DisclosureCause::Report),
        ),
        (format!("study/{id}/{id}"), study),
    ] {
        assert_ne!(ask(&good).await, 400, "{good}");
        let asked = desk.fake.asked.lock().expect("lock").last().copied();
        assert_eq!(asked.expect("it asked").basis, basis, "{good}");
    }
    for bad in [
        "mandate/x".to_owned(),
        format!("disclosure/{id}"),
        format!("disclosure/{id}/love"),
        format!("study/{id}"),
    ] {
        assert_eq!(ask(&bad).await, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_amendment_is_a_basis_to_write_and_never_to_read() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let id = "44".repeat(16);
    let read = async |basis: String| {
        let path = format!("/Observation?patient={PATIENT}");
        let headers = [("X-Amanat-Basis", basis.as_str())];
        desk.fhir(&token, "GET", &path, &headers, "").await
    };
    let answer = read(format!("amendment/{id}/0")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.expression(), "X-Amanat-Basis");
    for bad in [
        format!("amendment/{id}"),
        format!("amendment/{id}/256"),
        format!("amendment/{id}/x"),
    ] {
        assert_eq!(read(bad.clone()).await.status, 400, "{bad}");
    }
    for bad in [json!(256), json!(65_536), json!(-1)] {
        let fields = json!([
            word("call", "disagree"), word("record", id.clone()), word("note", id.clone()),
            { "name": "number", "valueInteger": bad }
        ]);
        let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
        let answer = desk.fhir(&token, "POST", "/$prepare", &[], &body).await;
        assert_eq!(answer.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn what_was_committed_to_is_given_with_its_salt() {
    let desk = Desk::start().await;
    let token = desk.token().await;
    let ask = async |commitment: String| {
        let fields = json!([word("commitment", commitment)]);
        let body = json!({ "resourceType": "Parameters", "parameter": fields }).to_string();
        desk.fhir(&token, "POST", "/$committed", &[], &body).await
    };
    let answer = ask(kept("what was said").to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer["parameter"][0]["valueString"], "01".repeat(32));
    let content = answer["parameter"][1]["valueBase64Binary"].as_str();
    assert_eq!(content, Some("d2hhdCB3YXMgc2FpZA=="));
    assert_eq!(ask(kept("something else").to_string()).await.status, 404);
    assert_eq!(ask("44".to_owned()).await.status, 422);
}
