//! The rules of the scripted ledger: what becomes of a transaction, and of a request to release.
use super::*;

impl Inside {
    pub fn get<T: commonware_codec::Read<Cfg = ()>>(&self, key: &StateKey) -> Option<T> {
        self.state
            .get(key)
            .map(|bytes| T::decode(bytes.clone()).unwrap())
    }
    pub(super) fn put(&mut self, key: StateKey, value: &impl commonware_codec::Encode) {
        self.state.insert(key, value.encode().to_vec());
    }

    #[expect(
        clippy::result_large_err,
        reason = "a test: the refused event beside its refusal"
    )]
    pub(super) fn apply(
        &mut self,
        body: &transaction::Body,
        height: Height,
    ) -> Result<Vec<Event>, (u16, Refusal, Option<Event>)> {
        let before = self.state.clone();
        let mut events = Vec::new();
        for (at, call) in (0u16..).zip(&body.calls) {
            if let Err((refusal, event)) = self.call(body, call, height, &mut events) {
                self.state = before;
                return Err((at, refusal, event));
            }
        }
        Ok(events)
    }

    #[expect(
        clippy::result_large_err,
        reason = "a test: the refused event beside its refusal"
    )]
    pub(super) fn call(
        &mut self,
        body: &transaction::Body,
        call: &Call,
        height: Height,
        events: &mut Vec<Event>,
    ) -> Result<(), (Refusal, Option<Event>)> {
        let member = body.sponsor;
        match call {
            Call::Deposit(deposit) => {
                let record = RecordId::derive(member, deposit.local);
                if self
                    .ills
                    .refuse_after
                    .is_some_and(|n| self.ills.submissions > n)
                {
                    return Err((Refusal::EncounterEnded, None));
                }
                if self.state.contains_key(&StateKey::record(&record)) {
                    return Err((Refusal::RecordExists, None));
                }
                let value = Record {
                    member,
                    blob: deposit.blob,
                    bucket: deposit.bucket,
                    index: deposit.index,
                    holders: super::stores::holders(body, deposit),
                    height,
                    supersedes: None,
                    superseded_by: None,
                    retracted: None,
                };
                self.put(StateKey::record(&record), &value);
                events.push(Event::RecordDeposited(RecordDeposited {
                    record,
                    index: deposit.index,
                    member,
                    bucket: deposit.bucket,
                }));
            }
            Call::Amend(amend) => self
                .amend(body, amend, height, events)
                .map_err(|refusal| (refusal, None))?,
            Call::Retract(retract) => {
                let key = StateKey::record(&retract.record);
                let mut value: Record = self.get(&key).ok_or((Refusal::RecordUnknown, None))?;
                value.retracted = Some(retract.reason);
                self.put(key, &value);
                events.push(Event::RecordRetracted(RecordRetracted {
                    record: retract.record,
                    member,
                    reason: retract.reason,
                }));
            }
            Call::Keep(keep) => {
                let named: Option<Succession> = self.get(&StateKey::succession(keep.from));
                let named = named.and_then(|named| named.successor);
                if keep.from != member && named != Some(member) {
                    return Err((Refusal::NotSuccessor, None));
                }
                let records = keep.records.iter();
                let records: Vec<Record> = records
                    .map(|record| self.get(&StateKey::record(record)).unwrap())
                    .collect();
                if records.iter().any(|record| record.member != keep.from) {
                    return Err((Refusal::RecordNotYours, None));
                }
                let blobs: Vec<_> = records.iter().map(|record| record.blob).collect();
                let root = stored::batch_root(&blobs);
                assert!(body.stored.iter().all(|stored| stored.root == root));
                assert!(body.stored.len() >= 2, "f+1 holders");
                let roster: RosterState = self.get(&StateKey::roster()).unwrap();
                let holders = roster.members.iter().filter(|m| {
                    body.stored
                        .iter()
                        .any(|s| s.holder == signer(**m).public_key())
                });
                let holders: Vec<MemberId> = holders.copied().collect();
                assert_eq!(holders.len(), body.stored.len(), "active holders");
                assert!(keep.from == member || !holders.contains(&keep.from));
                for (record, state) in keep.records.iter().zip(records) {
                    let holders = List::new(holders.clone()).unwrap();
                    let value = Record {
                        member,
                        holders,
                        ..state
                    };
                    self.put(StateKey::record(record), &value);
                }
                events.push(Event::RecordsKept(RecordsKept {
                    from: keep.from,
                    member,
                    records: keep.records.clone(),
                }));
            }
            Call::AskAmendment(_) | Call::AnswerAmendment(_) | Call::Disagree(_) => {
                self.amendment(member, call, events);
            }
            Call::Disclose(call) => {
                self.disclosed.push(call.records.to_vec());
                events.push(Event::RecordsDisclosed(RecordsDisclosed {
                    disclosure: DisclosureId::derive(member, call.local),
                    member,
                    patient: call.patient,
                    recipient: call.recipient,
                    cause: call.cause,
                    ground: call.ground,
                    records: call.records.clone(),
                    until_ms: call.until_ms,
                    notice_ms: call.notice_ms,
                }));
            }
            Call::DeclareIndexes(call) => {
                for one in &call.declarations {
                    self.put(
                        StateKey::index(&one.index),
                        &IndexOwner::Committed(one.owner),
                    );
                }
            }
            Call::RegisterPatient(call) => {
                events.push(Event::PatientRegistered(PatientRegistered {
                    member,
                    patient: call.patient,
                    card: true,
                }));
            }
            Call::CheckIn(call) => {
                let encounter = EncounterId::derive(member, call.local);
                if self.state.contains_key(&StateKey::encounter(&encounter)) {
                    return Err((Refusal::EncounterExists, None));
                }
                let indexes = sorted(&call.openings);
                let value = Encounter {
                    member,
                    patient: call.patient,
                    registration: None,
                    write: call.write,
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                    closed_ms: None,
                };
                self.put(StateKey::encounter(&encounter), &value);
                events.push(Event::EncounterOpened(EncounterOpened {
                    encounter,
                    member,
                    patient: call.patient,
                    registration: None,
                    write: call.write,
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                }));
                let ticket = Ticket {
                    member,
                    practitioner: None,
                    patient: Some(call.patient),
                    basis: BasisRef::Encounter(encounter),
                    purpose: Purpose::Treat,
                    scope: Scope::Indexes(indexes),
                    reader: call.reader,
                    height,
                    until_ms: call.ticket_until_ms,
                    justification: None,
                };
                self.issue(TicketId::derive(member, call.local), ticket, events);
            }
            Call::Grant(call) => {
                let grant = GrantId::derive(member, call.local);
                if self.state.contains_key(&StateKey::grant(&grant)) {
                    return Err((Refusal::GrantExists, None));
                }
                let indexes = sorted(&call.openings);
                let value = GrantState {
                    patient: call.patient,
                    grantee: call.grantee,
                    access: call.access,
                    purposes: call.purposes.clone(),
                    indexes: indexes.clone(),
                    until_ms: call.until_ms,
                    revoked_ms: None,
                };
                self.put(StateKey::grant(&grant), &value);
                events.push(Event::ConsentGranted(ConsentGranted {
                    grant,
                    patient: call.patient,
                    grantee: call.grantee,
                    indexes,
                    until_ms: call.until_ms,
                }));
            }
            Call::Revoke(call) => {
                let key = StateKey::grant(&call.grant);
                let mut value: GrantState = self.get(&key).ok_or((Refusal::GrantUnknown, None))?;
                value.revoked_ms = Some(TimestampMs::new(1));
                self.put(key, &value);
                events.push(Event::ConsentRevoked(ConsentRevoked {
                    grant: call.grant,
                    patient: value.patient,
                }));
            }
            Call::Permit(call) => {
                let permit = PermitId::derive(member, call.local);
                if self.state.contains_key(&StateKey::permit(&permit)) {
                    return Err((Refusal::PermitExists, None));
                }
                let value = PermitState {
                    patient: call.patient,
                    sponsor: member,
                    grantee: call.grantee,
                    access: call.access,
                    purposes: call.purposes.clone(),
                    indexes: sorted(&call.openings),
                    records: call.records.clone(),
                    deposited: call.deposited,
                    from_ms: call.from_ms,
                    until_ms: call.until_ms,
                    form: call.form,
                    revoked_ms: None,
                };
                events.push(Event::PermitGiven(PermitGiven {
                    permit,
                    patient: call.patient,
                    member,
                    grantee: call.grantee,
                    access: call.access,
                    indexes: value.indexes.clone(),
                    from_ms: call.from_ms,
                    until_ms: call.until_ms,
                    form: call.form,
                }));
                self.put(StateKey::permit(&permit), &value);
            }
            Call::Restrict(call) => {
                let key = StateKey::restrictions(&call.patient);
                let old: Option<Restrictions> = self.get(&key);
                let mut held = old.map_or_else(Vec::new, |old| old.held.to_vec());
                let id = RestrictionId::derive(member, call.local);
                if held.iter().any(|held| held.id == id) {
                    return Err((Refusal::RestrictionExists, None));
                }
                let what = call.restriction.clone();
                events.push(Event::RestrictionSet(RestrictionSet {
                    restriction: id,
                    patient: call.patient,
                    what: what.clone(),
                }));
                let restriction = what;
                held.push(HeldRestriction { id, restriction });
                let held = List::new(held).unwrap();
                self.put(key, &Restrictions { held });
            }
            Call::Request(call) => {
                let ticket = self.judge(member, call, height).map_err(|refusal| {
                    let basis = match call.basis {
                        ReadBasis::Consent(_) => BasisKind::Consent,
                        _ => BasisKind::None,
                    };
                    (
                        refusal,
                        Some(Event::AccessRefused(AccessRefused {
                            member,
                            patient: call.patient,
                            basis,
                            purpose: call.purpose,
                            scope: call.scope.clone(),
                            refusal,
                        })),
                    )
                })?;
                self.issue(TicketId::derive(member, call.local), ticket, events);
            }
            other => self.erasure(member, other, events),
        }
        Ok(())
    }

    pub(super) fn judge(
        &self,
        member: MemberId,
        call: &Request,
        height: Height,
    ) -> Result<Ticket, Refusal> {
        let (indexes, patient, basis) = match call.basis {
            ReadBasis::Consent(id) => {
                let grant: GrantState = self
                    .get(&StateKey::grant(&id))
                    .ok_or(Refusal::GrantUnknown)?;
                if grant.revoked_ms.is_some() {
                    return Err(Refusal::GrantRevoked);
                }
                if !grant.purposes.contains(&call.purpose) {
                    return Err(Refusal::PurposeNotAllowed);
                }
                (grant.indexes.to_vec(), grant.patient, BasisRef::Grant(id))
            }
            ReadBasis::Treatment(id) => {
                let visit: Encounter = self
                    .get(&StateKey::encounter(&id))
                    .ok_or(Refusal::EncounterUnknown)?;
                if visit.closed_ms.is_some() {
                    return Err(Refusal::EncounterEnded);
                }
                (
                    visit.indexes.to_vec(),
                    visit.patient,
                    BasisRef::Encounter(id),
                )
            }
            _ => return Err(Refusal::NoBasis),
        };
        let reached = match &call.scope {
            Scope::Indexes(wanted) => {
                !wanted.is_empty() && wanted.iter().all(|i| indexes.contains(i))
            }
            Scope::Records(wanted) => wanted.iter().all(|id| {
                self.get::<Record>(&StateKey::record(id))
                    .is_some_and(|r| indexes.contains(&r.index))
            }),
        };
        if !reached {
            return Err(Refusal::ScopeOutsideBasis);
        }
        Ok(Ticket {
            member,
            practitioner: None,
            patient: Some(patient),
            basis,
            purpose: call.purpose,
            scope: call.scope.clone(),
            reader: call.reader,
            height,
            until_ms: call.until_ms,
            justification: None,
        })
    }

    pub(super) fn issue(&mut self, id: TicketId, ticket: Ticket, events: &mut Vec<Event>) {
        events.push(Event::TicketIssued(TicketIssued {
            ticket: id,
            member: ticket.member,
            practitioner: None,
            patient: ticket.patient,
            basis: ticket.basis.kind(),
            purpose: ticket.purpose,
            scope: ticket.scope.clone(),
            until_ms: ticket.until_ms,
        }));
        self.put(StateKey::ticket(&id), &ticket);
    }

    pub(super) fn include(&mut self, transaction: &Transaction) -> Finalized {
        if let Some(done) = self.finals.get(&transaction.id()) {
            return done.clone();
        }
        assert_eq!(transaction.shape(), Ok(()));
        assert!(
            transaction
                .checks()
                .iter()
                .all(|check| check.verify().is_ok()),
            "every signature verifies"
        );
        self.ills.submissions += 1;
        let height = Height::new(self.blocks.len() as u64 + 1);
        let (outcome, events) = match self.apply(&transaction.body, height) {
            Ok(events) => (Outcome::Accepted(Unit), events),
            Err((call, refusal, event)) => (
                Outcome::Refused(Refused { call, refusal }),
                event.into_iter().collect(),
            ),
        };
        let id = transaction.id();
        let receipt = Receipt {
            transaction: id,
            outcome,
            units: 1,
        };
        let events = TransactionEvents {
            transaction: id,
            events: List::new(events).unwrap(),
        };
        let time_ms = Clock::system().now();
        self.blocks.push(BlockEvents {
            height,
            time_ms,
            receipts: List::new(vec![receipt.clone()]).unwrap(),
            events: List::new(vec![events.clone()]).unwrap(),
        });
        let done = Finalized {
            height,
            time_ms,
            receipt,
            events,
        };
        self.finals.insert(id, done.clone());
        done
    }

    /// Whether `reader`'s ticket is open for all of `records`.
    pub(super) fn released(
        &self,
        reader: MemberId,
        request: &ReleaseRequest,
    ) -> Result<Ticket, Refusal> {
        let ticket: Ticket = self
            .get(&StateKey::ticket(&request.ticket))
            .ok_or(Refusal::TicketUnknown)?;
        if ticket.member != reader {
            return Err(Refusal::ReaderWrong);
        }
        if let BasisRef::Grant(id) = ticket.basis {
            let grant: GrantState = self.get(&StateKey::grant(&id)).unwrap();
            if grant.revoked_ms.is_some() {
                return Err(Refusal::BasisEnded);
            }
        }
        for id in &request.records {
            let record: Record = self
                .get(&StateKey::record(id))
                .ok_or(Refusal::RecordUnknown)?;
            let covered = match &ticket.scope {
                Scope::Records(records) => records.contains(id),
                Scope::Indexes(indexes) => indexes.contains(&record.index),
            };
            if !covered {
                return Err(Refusal::RecordOutsideTicket);
            }
            if self.ills.restricted.contains(id) {
                return Err(Refusal::RestrictedByPatient);
            }
        }
        Ok(ticket)
    }
}

fn sorted(openings: &Openings) -> Indexes {
    let mut indexes: Vec<BlindIndex> = openings.iter().map(|o| o.index).collect();
    indexes.sort();
    List::new(indexes).unwrap()
}
