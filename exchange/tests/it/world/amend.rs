//! The scripted ledger's amendments: a deposit in another record's place, and requests for one.
use super::*;

impl Inside {
    /// As the contract: of the own record, current, of the same index.
    pub(super) fn amend(
        &mut self,
        body: &transaction::Body,
        amend: &Amend,
        height: Height,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let key = StateKey::record(&amend.supersedes);
        let old: Record = self.get(&key).ok_or(Refusal::RecordUnknown)?;
        if old.member != body.sponsor {
            return Err(Refusal::RecordNotYours);
        }
        if old.superseded_by.is_some() {
            return Err(Refusal::RecordSuperseded);
        }
        if old.index != amend.deposit.index {
            return Err(Refusal::IndexChanged);
        }
        let record = RecordId::derive(body.sponsor, amend.deposit.local);
        let value = Record {
            blob: amend.deposit.blob,
            bucket: amend.deposit.bucket,
            height,
            supersedes: Some(amend.supersedes),
            ..old.clone()
        };
        self.put(StateKey::record(&record), &value);
        let old = Record {
            superseded_by: Some(record),
            ..old
        };
        self.put(key, &old);
        events.push(Event::RecordAmended(RecordAmended {
            superseded: amend.supersedes,
            record,
            index: value.index,
            member: body.sponsor,
            bucket: value.bucket,
        }));
        Ok(())
    }

    /// Requests for amendment, as they come: what the contract refuses is tested there.
    pub(super) fn amendment(&mut self, member: MemberId, call: &Call, events: &mut Vec<Event>) {
        match call {
            Call::AskAmendment(call) => {
                let about: Record = self.get(&StateKey::record(&call.record)).unwrap();
                let asked = self.amendments.entry(call.record).or_default();
                let number = u8::try_from(asked.len()).unwrap();
                asked.push(call.patient);
                events.push(Event::AmendmentAsked(AmendmentAsked {
                    amendment: AmendmentRef {
                        record: call.record,
                        number,
                    },
                    patient: call.patient,
                    member: about.member,
                    request: call.request,
                    by_ms: later(1_000),
                }));
            }
            Call::AnswerAmendment(call) => {
                let asked = &self.amendments[&call.amendment.record];
                events.push(Event::AmendmentAnswered(AmendmentAnswered {
                    amendment: call.amendment,
                    patient: asked[usize::from(call.amendment.number)],
                    member,
                    answer: call.answer,
                    in_time: true,
                }));
            }
            Call::Disagree(call) => {
                let asked = &self.amendments[&call.amendment.record];
                events.push(Event::DisagreementStated(DisagreementStated {
                    amendment: call.amendment,
                    patient: asked[usize::from(call.amendment.number)],
                    statement: call.statement,
                }));
            }
            _ => {}
        }
    }
}
