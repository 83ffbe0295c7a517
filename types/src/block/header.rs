//! The header: what the validators of an epoch sign, and all that an outsider needs to check a proof.
use crate::block::NextEpoch;
use crate::block::Roster;
use crate::{Digest, Height, TimestampMs, digest, limits};
use bytes::BufMut;
use commonware_codec::{
    Buf, Encode as _, EncodeSize, Error, FixedSize as _, MaxEncodeSize, Read, ReadExt as _, Write,
};
use commonware_consensus::simplex::types;
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::ed25519;
use commonware_storage::merkle::{Location, mmr};
use commonware_storage::qmdb::sync::Target;
use commonware_utils::range::NonEmptyRange;

/// Version of the header's format that this code writes and reads.
pub const VERSION: u16 = 1;

/// Round, leader and parent under which consensus ordered a block.
pub type Context = types::Context<Digest, ed25519::PublicKey>;

/// Root over a database's operations and the range that is still live: what a joining node syncs to.
pub type SyncTarget = Target<mmr::Family, Digest>;

/// Commits to a block and to the state after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// [`VERSION`]; another one is not decoded.
    pub version: u16,
    /// Where consensus placed the block.
    pub context: Context,
    /// Digest of the parent's header; of the genesis file for the first.
    pub parent: Digest,
    /// Height; genesis is 0.
    pub height: Height,
    /// Block time: above the parent's, by at most [`limits::BLOCK_TIME_STEP_MS_MAX`].
    pub time: TimestampMs,
    /// Version of the rules in force.
    pub protocol: u16,
    /// Root over the transactions' fingerprints.
    pub transactions_root: Digest,
    /// Root over the receipts.
    pub receipts_root: Digest,
    /// Root over the lists of events, one a transaction.
    pub events_root: Digest,
    /// Canonical root of the records: proves that a key has a value, or none.
    pub state_root: Digest,
    /// Sync target of the records.
    pub records: SyncTarget,
    /// Sync target of the bodies; its range starts at the inactivity floor.
    pub bodies: SyncTarget,
    /// At the last block of an epoch, what the next one begins with; elsewhere nothing.
    pub next: Option<NextEpoch>,
}

impl Header {
    /// Upper bound on an encoded header.
    pub const ENCODE_SIZE_MAX: usize = 2
        + Context::MAX_ENCODE_SIZE
        + 5 * Digest::SIZE
        + 8
        + 8
        + 2
        + 2 * (Digest::SIZE + NonEmptyRange::<Location<mmr::Family>>::MAX_ENCODE_SIZE)
        + 1
        + commonware_codec::varint::MAX_U32_VARINT_SIZE
        + limits::MEMBERS_MAX * ed25519::PublicKey::SIZE
        + 2;

    /// The header of height 0. Its state is empty: the first block writes the founding state.
    pub fn genesis(network: Digest, time: TimestampMs, protocol: u16, roster: &Roster) -> Self {
        let (records, bodies) = crate::proof::empty_targets();
        let nothing = crate::merkle::root([].iter());
        Self {
            version: VERSION,
            context: Context {
                round: Round::new(Epoch::zero(), View::zero()),
                leader: roster.keys()[0].clone(),
                parent: (View::zero(), network),
            },
            parent: network,
            height: Height::new(0),
            time,
            protocol,
            transactions_root: nothing,
            receipts_root: nothing,
            events_root: nothing,
            state_root: Digest::from([0; 32]),
            records,
            bodies,
            next: None,
        }
    }

    /// The digest that consensus votes on and the child names as its parent.
    pub fn digest(&self) -> Digest {
        digest("amanat/header", &[self.encode().as_ref()])
    }

    /// Version of the rules for the block after this one.
    pub fn protocol_after(&self) -> u16 {
        self.next
            .as_ref()
            .map_or(self.protocol, |next| next.protocol)
    }

    /// The epoch whose validators ordered this block.
    pub fn epoch(&self) -> u64 {
        self.context.round.epoch().get()
    }
}

impl Write for Header {
    fn write(&self, buf: &mut impl BufMut) {
        self.version.write(buf);
        self.context.write(buf);
        self.parent.write(buf);
        self.height.write(buf);
        self.time.write(buf);
        self.protocol.write(buf);
        self.transactions_root.write(buf);
        self.receipts_root.write(buf);
        self.events_root.write(buf);
        self.state_root.write(buf);
        self.records.write(buf);
        self.bodies.write(buf);
        self.next.write(buf);
    }
}

impl EncodeSize for Header {
    fn encode_size(&self) -> usize {
        2 + self.context.encode_size()
            + 5 * Digest::SIZE
            + self.height.encode_size()
            + self.time.encode_size()
            + 2
            + self.records.encode_size()
            + self.bodies.encode_size()
            + self.next.encode_size()
    }
}

impl Read for Header {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let version = u16::read(buf)?;
        if version != VERSION {
            return Err(Error::Invalid("Header", "unknown version"));
        }
        Ok(Self {
            version,
            context: Context::read(buf)?,
            parent: Digest::read(buf)?,
            height: Height::read(buf)?,
            time: TimestampMs::read(buf)?,
            protocol: u16::read(buf)?,
            transactions_root: Digest::read(buf)?,
            receipts_root: Digest::read(buf)?,
            events_root: Digest::read(buf)?,
            state_root: Digest::read(buf)?,
            records: SyncTarget::read(buf)?,
            bodies: SyncTarget::read(buf)?,
            next: Option::<NextEpoch>::read(buf)?,
        })
    }
}
