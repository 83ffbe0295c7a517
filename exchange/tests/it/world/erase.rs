//! The scripted ledger's holds and erasures, as they come: what the contract refuses is tested there.
use super::*;

impl Inside {
    /// One of these calls; of no other does the scripted ledger know.
    pub(super) fn erasure(&mut self, member: MemberId, call: &Call, events: &mut Vec<Event>) {
        match call {
            Call::Hold(call) => events.push(Event::RecordsHeld(RecordsHeld {
                hold: HoldId::derive(member, call.local),
                member,
                authority: false,
                patient: call.patient,
                records: call.records.clone(),
                ground: call.ground,
                until_ms: call.until_ms,
            })),
            Call::Erase(call) => {
                for record in &call.records {
                    let key = StateKey::record(record);
                    let old: Record = self.get(&key).unwrap();
                    let erased = Record {
                        retracted: Some(amanat_types::code::RetractReason::Erased),
                        ..old
                    };
                    self.put(key, &erased);
                }
                events.push(Event::RecordsErased(RecordsErased {
                    patient: call.patient,
                    member,
                    records: call.records.clone(),
                }));
            }
            other => panic!("the scripted ledger does not know {}", other.name()),
        }
    }
}
