//! `$prepare` of law, payment, research, the review of broken glass, requests for amendment, legal holds and erasure.
use amanat_exchange::CardPaper;
use amanat_exchange::amendment::AmendmentAsk;
use amanat_exchange::erasure::{ErasureAsk, HoldAsk};
use amanat_exchange::legal::{BreachAsk, DiscloseAsk, LegalAsk, MandateAsk, ReviewAsk, StudyAsk};
use amanat_types::call::{
    AmendmentAnswer, AmendmentRef, AnswerAmendment, Disagree, Unamended, Unit,
};
use amanat_types::code::{AmendmentReason, DisclosureCause};
use amanat_types::{
    DisclosureId, EnrolmentId, HoldId, MandateId, MemberId, PublicKey, RecordId, StudyId, TicketId,
    TimestampMs,
};

use super::call::{Ask, HEX_ID};
use super::fields::Field;
use crate::cases::Call;
use crate::outcome::Problem;

/// What is said of an answer that is none.
const ANSWERS: &str = "must be accepted, extended, not-ours, not-in-set, not-open or accurate";
/// No key: nothing is signed by it.
const NOBODY: PublicKey = PublicKey::P256([0; 33]);

/// Reads the call of this name; nothing if none has it.
pub(super) fn read(name: &str, ask: &Ask<'_>) -> Result<Option<Call>, Problem> {
    let call = match name {
        "open-mandate" => LegalAsk::Mandate(MandateAsk {
            caller_id: ask.caller_id()?,
            paper: ask.shown()?,
            purpose: Ask::purpose(ask.fields.one("purpose")?)?,
            statute: ask.words()?,
            until_ms: ask.until()?,
            notice_ms: ask.notice()?,
        }),
        "end-mandate" => LegalAsk::EndMandate(ask.named("mandate", MandateId::from_hex)?),
        "disclose" => {
            let rule = "must be payment or report";
            let cause = ask.fields.one("cause")?;
            LegalAsk::Disclose(DiscloseAsk {
                caller_id: ask.caller_id()?,
                paper: ask.shown()?,
                recipient: MemberId::new(ask.fields.one("recipient")?.number()?),
                cause: cause.word(rule, DisclosureCause::parse)?,
                ground: ask.words()?,
                records: ask.records()?,
                until_ms: ask.until()?,
                notice_ms: ask.notice()?,
            })
        }
        "end-disclosure" => {
            LegalAsk::EndDisclosure(ask.named("disclosure", DisclosureId::from_hex)?)
        }
        "register-study" => LegalAsk::Study(StudyAsk {
            caller_id: ask.caller_id()?,
            protocol: ask.words()?,
            until_ms: ask.until()?,
        }),
        "approve-study" => LegalAsk::ApproveStudy(ask.named("study", StudyId::from_hex)?),
        "end-study" => LegalAsk::EndStudy(ask.named("study", StudyId::from_hex)?),
        "enrol" => {
            let study = ask.named("study", StudyId::from_hex)?;
            LegalAsk::Enrol(ask.caller_id()?, study, ask.shown()?)
        }
        "withdraw" => LegalAsk::Withdraw(ask.named("enrolment", EnrolmentId::from_hex)?),
        "review-glass" => {
            let authority = ask.fields.optional("authority")?.map(Field::number);
            LegalAsk::Review(ReviewAsk {
                ticket: ask.named("ticket", TicketId::from_hex)?,
                upheld: ask.fields.one("upheld")?.boolean()?,
                finding: ask.words()?,
                authority: authority.transpose()?.map(MemberId::new),
            })
        }
        "declare-breach" => LegalAsk::Breach(breach(ask)?),
        "demand-name" => {
            let authority = MemberId::new(ask.fields.one("authority")?.number()?);
            LegalAsk::DemandName(ask.named("ticket", TicketId::from_hex)?, authority)
        }
        "name-staff" => LegalAsk::NameStaff(ask.named("ticket", TicketId::from_hex)?),
        other => match (amendment(other, ask)?, erasure(other, ask)?) {
            (Some(call), _) => LegalAsk::Amendment(call),
            (None, Some(call)) => LegalAsk::Erasure(call),
            (None, None) => return Ok(None),
        },
    };
    Ok(Some(Call::Legal(call, ask.fields.keys()?)))
}

/// Reads a breach to declare, of one ticket or more.
fn breach(ask: &Ask<'_>) -> Result<BreachAsk, Problem> {
    let tickets = ask.fields.many("ticket");
    let tickets = tickets.map(|one| one.word(HEX_ID, TicketId::from_hex));
    let tickets: Vec<TicketId> = tickets.collect::<Result<_, _>>()?;
    if tickets.is_empty() {
        ask.fields.one("ticket")?;
    }
    let authority = ask.fields.optional("authority")?.map(Field::number);
    Ok(BreachAsk {
        tickets,
        statement: ask.words()?,
        authority: authority.transpose()?.map(MemberId::new),
    })
}

/// Reads a call of legal holds or erasure.
fn erasure(name: &str, ask: &Ask<'_>) -> Result<Option<ErasureAsk>, Problem> {
    Ok(Some(match name {
        "hold" => ErasureAsk::Hold(HoldAsk {
            caller_id: ask.caller_id()?,
            records: ask.held()?,
            ground: ask.words()?,
            until_ms: ask.until()?,
        }),
        "end-hold" => ErasureAsk::EndHold(ask.named("hold", HoldId::from_hex)?),
        "erase" => ErasureAsk::Erase(ask.held()?),
        _ => return Ok(None),
    }))
}

/// Reads a call about a request for amendment.
fn amendment(name: &str, ask: &Ask<'_>) -> Result<Option<AmendmentAsk>, Problem> {
    Ok(Some(match name {
        "ask-amendment" => {
            let note = ask.named("note", RecordId::from_hex)?;
            let record = ask.named("record", RecordId::from_hex)?;
            AmendmentAsk::Ask(record, note)
        }
        "answer-amendment" => AmendmentAsk::Answer(AnswerAmendment {
            amendment: ask.amendment()?,
            answer: ask.answer()?,
        }),
        "disagree" => AmendmentAsk::Disagree(Disagree {
            amendment: ask.amendment()?,
            statement: ask.named("note", RecordId::from_hex)?,
        }),
        _ => return Ok(None),
    }))
}

impl Ask<'_> {
    fn named<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        self.fields.one(name)?.word(HEX_ID, parse)
    }

    /// Patient and openings, where nobody's card shows them: all who sign are named beside.
    fn shown(&self) -> Result<CardPaper, Problem> {
        self.paper_of(NOBODY)
    }

    /// The records of a hold or an erasure: one at least.
    fn held(&self) -> Result<Vec<RecordId>, Problem> {
        let records = self.records()?;
        if records.is_empty() {
            self.fields.one("record")?;
        }
        Ok(records)
    }

    fn amendment(&self) -> Result<AmendmentRef, Problem> {
        let number = self.fields.one("number")?;
        let value = u8::try_from(number.number()?);
        Ok(AmendmentRef {
            record: self.named("record", RecordId::from_hex)?,
            number: value.map_err(|_| number.problem("must be 0 to 255"))?,
        })
    }

    fn answer(&self) -> Result<AmendmentAnswer, Problem> {
        let note = || self.named("note", RecordId::from_hex);
        let answer = self.fields.one("answer")?;
        Ok(match answer.text()? {
            "accepted" => AmendmentAnswer::Accepted(Unit),
            "extended" => AmendmentAnswer::Extended(note()?),
            _ => AmendmentAnswer::Refused(Unamended {
                reason: answer.word(ANSWERS, AmendmentReason::parse)?,
                letter: note()?,
            }),
        })
    }

    fn words(&self) -> Result<String, Problem> {
        Ok(self.fields.one("text")?.text()?.to_owned())
    }

    fn until(&self) -> Result<TimestampMs, Problem> {
        self.fields.one("until")?.instant()
    }

    fn notice(&self) -> Result<Option<TimestampMs>, Problem> {
        let notice = self.fields.optional("notice")?.map(Field::instant);
        notice.transpose()
    }
}
