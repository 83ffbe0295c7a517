//! Hands the keys of records over to the successor that the own member named on the ledger.
//!
//! This is no release: no ticket stands behind it and nothing is read, but from then on the successor can open what this custodian could.
//! So the same rules hold as for a ticket: the naming stands in finalised state, judged at each request by the own node; the record is
//! the own member's and may still be opened; the journal is written and synced before a key is opened. Its entry has a ticket id of zeros.
//! Whoever is custodian on the ledger is not changed here: the successor's `Keep` does that once it has stored what it got.
use crate::Custodian;
use crate::custodian::{message, parse};
use amanat_client::disk::offload;
use amanat_client::fault::{Failure, Fault};
use amanat_client::judge::value;
use amanat_client::wire::{self, HandOverAnswer, HandOverRequest, WrapItem};
use amanat_client::{Departure, Ledger};
use amanat_envelope::wrap::WrapError;
use amanat_envelope::{Custody as _, ParcelFault, SingleCustodian, Wrap};
use amanat_types::codec::List;
use amanat_types::id::SealingKey;
use amanat_types::release::SignedRequest;
use amanat_types::state::{Member, Record, Succession};
use amanat_types::{Height, MemberId, RecordId, Refusal, StateKey, TicketId};
use commonware_codec::Read;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// What finalised state says of a successor and the records that it asks for.
struct Allowed {
    height: Height,
    to: SealingKey,
}

impl<L: Ledger> Custodian<L> {
    /// Wraps keys anew for the signer of a [`HandOverRequest`]; see [`Self::hand_over_to`].
    ///
    /// Refusals: those of `Judge::member_now`, [`Refusal::Malformed`], those of [`Self::hand_over_to`].
    pub async fn hand_over(&self, signed: SignedRequest) -> Result<HandOverAnswer, Failure> {
        let judge = &self.inner.judge;
        let known = judge.member_now(&signed, wire::HAND_OVER).await?;
        let request = message::<HandOverRequest>(signed)?;
        self.hand_over_to(known.member, request).await
    }

    /// Wraps the keys of records anew for `successor`: all or none. May be repeated.
    ///
    /// The journal entry is durable before any key is opened. Refusals, in this order: [`Refusal::TipTooOld`]; [`Refusal::NotSuccessor`]
    /// (the own member did not name it, or it is not active); for each record in order [`Refusal::RecordUnknown`],
    /// [`Refusal::RecordNotYours`], [`Refusal::RecordRetracted`]; [`Refusal::WrapWrong`].
    pub async fn hand_over_to(
        &self,
        successor: MemberId,
        request: HandOverRequest,
    ) -> Result<HandOverAnswer, Failure> {
        let records: Vec<RecordId> = request.wraps.iter().map(|item| item.record).collect();
        let allowed = self.allowed(successor, &records).await?;
        let wraps = request.wraps.iter().map(parse);
        let wraps = wraps.collect::<Result<Vec<(RecordId, Wrap)>, Refusal>>()?;
        let too_many = |_| Refusal::TooManyRecords;
        let departure = Departure {
            reader: successor,
            ticket: TicketId::new([0; 16]),
            height: allowed.height,
            time_ms: self.inner.judge.now(),
            records: List::new(records.clone()).map_err(too_many)?,
        };
        self.inner.journal.append(departure).await?;
        let anew = self.wrap_anew(allowed.to, wraps).await?;
        let items = records.into_iter().zip(anew).map(|(record, wrap)| {
            let wrap = List::new(wrap.to_bytes()).map_err(too_many)?;
            Ok(WrapItem { record, wrap })
        });
        let items = items.collect::<Result<Vec<_>, Refusal>>()?;
        Ok(HandOverAnswer {
            height: allowed.height,
            wraps: List::new(items).map_err(too_many)?,
        })
    }

    /// Judges by the own node's finalised state.
    async fn allowed(&self, successor: MemberId, records: &[RecordId]) -> Result<Allowed, Failure> {
        let (own, judge) = (self.inner.config.member, &self.inner.judge);
        let named = [StateKey::succession(own), StateKey::member(successor)];
        let keys = named
            .into_iter()
            .chain(records.iter().map(StateKey::record));
        let answer = judge.ledger().state(keys.collect()).await?;
        judge.recent(answer.time_ms)?;
        let [naming, member, rest @ ..] = answer.values.as_ref() else {
            return Err(Fault::damaged("the answer of the own node", "too few values").into());
        };
        let naming: Option<Succession> = decoded(naming.as_deref())?;
        let named = naming.and_then(|naming| naming.successor);
        let member: Option<Member> = decoded(member.as_deref())?;
        let member = member.filter(|member| named == Some(successor) && member.is_active());
        let to = member.ok_or(Refusal::NotSuccessor)?.sealing;
        for record in rest {
            let record: Option<Record> = decoded(record.as_deref())?;
            let record = record.ok_or(Refusal::RecordUnknown)?;
            if record.member != own {
                return Err(Refusal::RecordNotYours.into());
            }
            if record.retracted.is_some() {
                return Err(Refusal::RecordRetracted.into());
            }
        }
        let height = answer.height;
        Ok(Allowed { height, to })
    }

    /// Opens each wrap and makes another for `to`.
    async fn wrap_anew(
        &self,
        to: SealingKey,
        wraps: Vec<(RecordId, Wrap)>,
    ) -> Result<Vec<Wrap>, Failure> {
        let seed = (self.inner.entropy.0)()?;
        let secret = self.inner.secret.clone();
        let network = self.inner.config.network;
        let anew = offload(move || {
            let mut rng = StdRng::from_seed(seed);
            SingleCustodian::hand_over(&secret, &network, &to, &wraps, &mut rng)
        });
        let wrong = |error: WrapError| match error.fault {
            ParcelFault::Recipient(_) => Failure::Fault(Fault::damaged(
                "the successor's sealing key",
                error.fault.to_string(),
            )),
            _ => Failure::Refused(Refusal::WrapWrong),
        };
        anew.await?.map_err(wrong)
    }
}

fn decoded<T: Read<Cfg = ()>>(bytes: Option<&[u8]>) -> Result<Option<T>, Fault> {
    value(bytes)
}
