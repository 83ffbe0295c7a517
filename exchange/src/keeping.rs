//! Becoming custodian of another member's records, and placing own records at other holders: vault first, ledger last.
//!
//! For each batch: copies from the holders; from the custodian that named this member, the keys wrapped anew ([`Predecessors`]); both
//! together to f+1 holders, in this member's name; then one `Keep`. Vaults keep an entry for each record *and* custodian, so what was there
//! stays beside it untouched, and a record is opened through whoever the ledger names, before and after. Nothing is remembered between
//! batches: whoever is killed, or meets a fault, begins again, and finds on the ledger what is left.
use crate::Error;
use crate::fetch::Wanted;
use crate::holders::put_at;
use crate::seek::{copies, copy_of};
use amanat_client::judge::value;
use amanat_client::stores::{BlobGot, BlobPut, Holders, Predecessors};
use amanat_client::submit::{Draft, accepted};
use amanat_client::{Fault, Ledger, Stores, Submitter};
use amanat_envelope::{SealingSecret, SingleCustodian, Wrap};
use amanat_types::call::{Call, Keep};
use amanat_types::codec::List;
use amanat_types::state::{Record, RosterState, Succession};
use amanat_types::{MemberId, RecordId, Refusal, StateKey, limits};
use commonware_codec::{DecodeExt as _, Read};
use std::cmp::Reverse;

/// Ciphertext of one batch.
const BATCH_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// One member's road to records that it is to keep.
#[derive(Debug)]
pub struct Keeping<L, S> {
    submitter: Submitter<L>,
    stores: S,
    secret: SealingSecret,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// Records that were moved or placed anew.
    pub done: u64,
    /// Records for which nothing was to be done: they are another's by now, retracted, or held well.
    pub none: u64,
    /// Records that could not be moved, each by itself, and why.
    pub left: Vec<(RecordId, Error)>,
}

impl Report {
    /// Records that were looked at.
    pub fn seen(&self) -> u64 {
        let left = u64::try_from(self.left.len()).unwrap_or(u64::MAX);
        self.done.saturating_add(self.none).saturating_add(left)
    }
}

impl<L: Ledger, S: Stores + Holders + Predecessors> Keeping<L, S> {
    /// Acts as the member of `submitter`; `secret` opens what is sealed to it.
    pub const fn new(submitter: Submitter<L>, stores: S, secret: SealingSecret) -> Self {
        Self {
            submitter,
            stores,
            secret,
        }
    }

    /// Takes over those of `records` whose custodian is `from`, which named this member its successor. `step` is told after each batch.
    ///
    /// May be stopped and repeated. Errors: [`Error::Refused`] with `NotSuccessor`, or as the ledger, the custodian and the vaults
    /// refuse; [`Error::Fault`]. A record that fails by itself is in the report, and the others go on.
    pub async fn take_over(
        &self,
        from: MemberId,
        records: Vec<RecordId>,
        step: impl FnMut(&Report),
    ) -> Result<Report, Error> {
        let named: Option<Succession> = self.one(StateKey::succession(from)).await?;
        if named.and_then(|named| named.successor) != Some(self.own()) {
            return Err(Refusal::NotSuccessor.into());
        }
        self.run(from, records, step).await
    }

    /// Places those of `records` anew that this member keeps and that fewer than f+1 active members hold.
    ///
    /// As [`Self::take_over`].
    pub async fn spread(
        &self,
        records: Vec<RecordId>,
        step: impl FnMut(&Report),
    ) -> Result<Report, Error> {
        self.run(self.own(), records, step).await
    }

    /// Gives those of `records` whose custodian this member is to `each`, as they lie in the vaults: sealed, beside the wrap. Retracted ones
    /// too. An error of `each` ends it.
    pub async fn sealed(
        &self,
        records: &[RecordId],
        mut each: impl FnMut(BlobGot) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for some in records.chunks(limits::TICKET_RECORDS_MAX) {
            let keys = some.iter().map(StateKey::record).collect();
            let states: Vec<Option<Record>> = self.values(keys).await?;
            let own = some.iter().zip(states).filter_map(|(record, state)| {
                let state = state.filter(|state| state.member == self.own())?;
                let record = *record;
                Some(Wanted { record, state })
            });
            for batch in batches(own.collect()) {
                let blobs = copies(&self.stores, self.own(), &batch).await?;
                blobs.into_iter().try_for_each(&mut each)?;
            }
        }
        Ok(())
    }

    /// The own member's node.
    pub const fn ledger(&self) -> &L {
        self.submitter.ledger()
    }

    fn own(&self) -> MemberId {
        self.submitter.sponsor().member
    }

    async fn run(
        &self,
        from: MemberId,
        mut records: Vec<RecordId>,
        mut step: impl FnMut(&Report),
    ) -> Result<Report, Error> {
        records.sort_unstable();
        records.dedup();
        let mut report = Report::default();
        for some in records.chunks(limits::TICKET_RECORDS_MAX) {
            let roster: Option<RosterState> = self.one(StateKey::roster()).await?;
            let roster = roster.ok_or_else(|| Error::damaged("the state", "it has no roster"))?;
            let wanted = self.wanted(from, &roster, some).await?;
            let none = some.len().saturating_sub(wanted.len());
            report.none += u64::try_from(none).unwrap_or(u64::MAX);
            for batch in batches(wanted) {
                self.batch(from, &roster, batch, &mut report).await?;
                step(&report);
            }
        }
        step(&report);
        Ok(report)
    }

    /// Those that are to be moved now.
    async fn wanted(
        &self,
        from: MemberId,
        roster: &RosterState,
        records: &[RecordId],
    ) -> Result<Vec<Wanted>, Error> {
        let keys = records.iter().map(StateKey::record).collect();
        let states: Vec<Option<Record>> = self.values(keys).await?;
        let is_active = |member: &&MemberId| roster.members.binary_search(member).is_ok();
        let is_wanted = |state: &Record| {
            let held = state.holders.iter().filter(is_active).count();
            let short = from != self.own() || held < enough(roster);
            state.member == from && state.retracted.is_none() && short
        };
        let found = records.iter().zip(states);
        let found = found.filter_map(|(record, state)| {
            let state = state.filter(is_wanted)?;
            let record = *record;
            Some(Wanted { record, state })
        });
        Ok(found.collect())
    }

    /// Moves a batch; if one record spoils it, each alone.
    async fn batch(
        &self,
        from: MemberId,
        roster: &RosterState,
        batch: Vec<Wanted>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let moved = async {
            let blobs = copies(&self.stores, self.own(), &batch).await?;
            let puts = self.fit(from, &batch, blobs).await?;
            self.place(from, roster, &batch, puts).await
        };
        match moved.await {
            Ok(()) => {
                report.done += u64::try_from(batch.len()).unwrap_or(u64::MAX);
                return Ok(());
            }
            Err(error) if !is_of_one(&error) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "a batch did not move: each record is tried alone")
            }
        }
        for one in batch {
            let record = one.record;
            match self.alone(from, roster, one).await {
                Ok(()) => report.done += 1,
                Err(error) if is_of_one(&error) => report.left.push((record, error)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves one record: a wrap that does not open is looked for at the next holder.
    async fn alone(&self, from: MemberId, roster: &RosterState, one: Wanted) -> Result<(), Error> {
        let mut last = Error::damaged(format!("record {}", one.record), "no holder has it whole");
        for holder in one.holders(self.own()) {
            let part = std::slice::from_ref(&one);
            let fitted = async {
                let blob = copy_of(&self.stores, holder, &one).await?;
                self.fit(from, part, vec![blob]).await
            };
            match fitted.await {
                Ok(puts) => return self.place(from, roster, part, puts).await,
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// What is put into the vaults: each copy beside a wrap that this member opens. No record is opened.
    async fn fit(
        &self,
        from: MemberId,
        batch: &[Wanted],
        blobs: Vec<BlobGot>,
    ) -> Result<Vec<BlobPut>, Error> {
        let wraps = blobs.iter().map(|blob| (blob.record, blob.wrap.clone()));
        let mut wraps: Vec<(RecordId, Vec<u8>)> = wraps.collect();
        if from != self.own() {
            wraps = self.stores.hand_over(from, wraps).await?;
        }
        let network = self.submitter.sponsor().network;
        for (record, wrap) in &wraps {
            let wrap = Wrap::decode(wrap.clone()).map_err(|_| Refusal::WrapWrong)?;
            SingleCustodian::unwrap(&self.secret, &network, *record, &wrap)
                .map_err(|_| Refusal::WrapWrong)?;
        }
        let puts = batch.iter().zip(blobs).zip(wraps);
        let puts = puts.map(|((one, blob), (_, wrap))| BlobPut {
            blob: one.state.blob,
            record: one.record,
            wrap,
            bytes: blob.bytes,
        });
        Ok(puts.collect())
    }

    /// Brings a batch to f+1 holders, then to the ledger.
    async fn place(
        &self,
        from: MemberId,
        roster: &RosterState,
        batch: &[Wanted],
        puts: Vec<BlobPut>,
    ) -> Result<(), Error> {
        let order = order(roster, self.own(), from, batch);
        let (stores, clock) = (&self.stores, self.submitter.clock());
        let stored = put_at(
            (stores, clock),
            order,
            enough(roster),
            puts,
            &mut Vec::new(),
        )
        .await?;
        let records = batch.iter().map(|one| one.record).collect();
        let keep = Keep {
            from,
            records: List::new(records).map_err(|_| Refusal::TooManyRecords)?,
        };
        let draft = Draft {
            calls: vec![Call::Keep(keep)],
            stored,
            ..Draft::default()
        };
        self.submitter.submit(draft).await.and_then(accepted)?;
        Ok(())
    }

    async fn one<T: Read<Cfg = ()>>(&self, key: StateKey) -> Result<Option<T>, Error> {
        Ok(self.values(vec![key]).await?.pop().flatten())
    }

    async fn values<T: Read<Cfg = ()>>(
        &self,
        keys: Vec<StateKey>,
    ) -> Result<Vec<Option<T>>, Error> {
        let answer = self.submitter.ledger().state(keys).await?;
        let values = answer.values.iter().map(|bytes| value(bytes.as_deref()));
        Ok(values.collect::<Result<_, Fault>>()?)
    }
}

/// How many members must hold a blob.
fn enough(roster: &RosterState) -> usize {
    let wanted = roster.faulty_max().saturating_add(1);
    wanted.min(limits::HOLDERS_MAX)
}

/// Whom to ask to hold a batch: oneself, then those that hold most of it already, never the one that leaves.
fn order(roster: &RosterState, own: MemberId, from: MemberId, batch: &[Wanted]) -> Vec<MemberId> {
    let members = roster.members.iter().copied();
    let mut order: Vec<MemberId> = members
        .filter(|member| *member != from || from == own)
        .collect();
    let held = |member: &MemberId| {
        let holds = batch
            .iter()
            .filter(|one| one.state.holders.contains(member));
        holds.count()
    };
    order.sort_by_cached_key(|member| (*member != own, Reverse(held(member))));
    order
}

/// Batches of at most [`BATCH_BYTES_MAX`], in order.
fn batches(wanted: Vec<Wanted>) -> Vec<Vec<Wanted>> {
    let mut batches: Vec<Vec<Wanted>> = Vec::new();
    let mut bytes = 0u64;
    for one in wanted {
        let size = one.bytes();
        bytes = bytes.saturating_add(size);
        match batches.last_mut() {
            Some(last) if bytes <= BATCH_BYTES_MAX => last.push(one),
            _ => {
                bytes = size;
                batches.push(vec![one]);
            }
        }
    }
    batches
}

/// Whether an error is of one record of a batch, so that the others may be moved without it.
const fn is_of_one(error: &Error) -> bool {
    matches!(
        error,
        Error::Fault(Fault::Damaged { .. })
            | Error::Refused(
                Refusal::WrapWrong
                    | Refusal::RecordUnknown
                    | Refusal::RecordNotYours
                    | Refusal::RecordRetracted
                    | Refusal::BlobUnknown
            )
    )
}
