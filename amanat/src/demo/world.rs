//! The running network with everyone in it: doors, cards, practitioners, patients.
use super::DemoError;
use super::door::DoorClient;
use super::input::Input;
use super::report::Rejected;
use crate::clients::ClientFile;
use crate::layout::{Layout, Plan};
use crate::network::Network;
use crate::run::founding_key;

use amanat_client::{Asker, Clock, Doors, Ledger as _, MemberClient, NodeClient};
use amanat_exchange::{SoftCard, SoftKey};
use amanat_fhir::Category;
use amanat_fhir::bundle::Origin;
use amanat_types::id::MemberId;
use amanat_types::receipt::TransactionEvents;
use amanat_types::{Event, Height, RecordId, TransactionId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Hospital A, where the input comes in.
pub const A: u16 = 1;
/// Hospital B, which wants to read.
pub const B: u16 = 2;
/// The regulator, whose officers sign.
pub const D: u16 = 4;

/// A resource that was imported.
pub struct Stored {
    /// Position of its entry.
    pub index: usize,
    /// New reference: `Type/id`.
    pub reference: String,
    /// Its record.
    pub record: RecordId,
    /// Its category.
    pub category: Category,
}

/// A patient of the input.
pub struct Case {
    /// Position of the input.
    pub input: usize,
    /// The card, if there is one.
    pub card: Option<SoftCard>,
    /// Pseudonym, hexadecimal.
    pub pseudonym: String,
    /// Encounter at A under which the record came in.
    pub encounter: String,
    /// FHIR id of the Patient.
    pub logical: String,
    /// What was imported.
    pub stored: Vec<Stored>,
    /// From new references to what the input called them.
    pub origins: BTreeMap<String, Origin>,
}

/// Everyone.
pub struct World {
    /// The processes.
    pub network: Network,
    /// Where the report goes.
    pub out: Option<PathBuf>,
    /// The input.
    pub inputs: Vec<Input>,
    /// A's door.
    pub a: DoorClient,
    /// B's door.
    pub b: DoorClient,
    /// The regulator's door.
    pub d: DoorClient,
    /// A practitioner of A, and one of B.
    pub practitioner_a: SoftKey,
    /// A clinician of B.
    pub practitioner_b: SoftKey,
    /// Patients, those with cards first.
    pub cases: Vec<Case>,
    /// What was not stored.
    pub rejected: Vec<Rejected>,
    /// Directory resources that were stored.
    pub directory: usize,
    /// Height from which this run's transactions stand.
    pub begin: Height,
    /// Ticket of check b, used again in check c.
    pub old_ticket: Option<super::access::OldTicket>,
    /// Scratch counter for ids of callers.
    pub count: u64,
}

impl World {
    /// Starts everything in `folder`.
    pub async fn start(
        folder: &Path,
        out: Option<PathBuf>,
        inputs: Vec<Input>,
    ) -> Result<Self, DemoError> {
        let (layout, _) = Layout::open_or_create(folder, Plan::new(4))?;
        let door = |member| -> Result<DoorClient, DemoError> {
            Ok(DoorClient::new(ClientFile::read(
                &layout.client_file(member),
            )?))
        };
        let (a, b, d) = (door(A)?, door(B)?, door(D)?);
        let network =
            Network::start(layout, |step| crate::answer::tell(&format!("  {step}"))).await?;
        Ok(Self {
            network,
            out,
            inputs,
            a,
            b,
            d,
            practitioner_a: SoftKey::generate()?,
            practitioner_b: SoftKey::generate()?,
            cases: Vec::new(),
            rejected: Vec::new(),
            directory: 0,
            begin: Height::new(1),
            old_ticket: None,
            count: 0,
        })
    }

    /// Client of the node of a member (from 1).
    pub fn node(&self, member: u16) -> Result<&NodeClient, DemoError> {
        let at = usize::from(member).saturating_sub(1);
        self.network
            .nodes
            .get(at)
            .ok_or_else(|| DemoError::Broken(format!("there is no node {member}")))
    }

    /// A client of all vaults and custodians in the name of a member.
    pub fn stores(&self, member: u16) -> Result<MemberClient, DemoError> {
        let layout = &self.network.layout;
        let keys = layout
            .keys(member)
            .map_err(crate::layout::LayoutError::from)?;
        let doors = layout.places.iter().map(|place| {
            let doors = Doors {
                key: founding_key(&layout.genesis, place.member),
                vault: place.vault_endpoint().to_string(),
                custodian: place.custodian_endpoint().to_string(),
            };
            (MemberId::new(place.member), doors)
        });
        let asker = Asker {
            network: layout.network(),
            member: MemberId::new(member),
            signer: keys.vault_signer(),
            clock: Clock::system(),
        };
        Ok(MemberClient::new(asker, doors.collect())?)
    }

    /// A fresh id for a caller's request.
    pub fn fresh(&mut self, what: &str) -> String {
        self.count += 1;
        format!("demo-{what}-{}", self.count)
    }

    /// All events from a height on, with their heights.
    pub async fn events(
        &self,
        from: Height,
    ) -> Result<Vec<(Height, TransactionEvents)>, DemoError> {
        let node = self.node(A)?;
        let mut all = Vec::new();
        let mut from = from;
        loop {
            let page = node.events(from, 64, 0).await?;
            for block in &page.blocks {
                all.extend(
                    block
                        .events
                        .iter()
                        .map(|group| (block.height, group.clone())),
                );
            }
            if page.next <= from || page.next > page.tip {
                return Ok(all);
            }
            from = page.next;
        }
    }

    /// The first event from `from` on that `wanted` takes, with its height and transaction.
    pub async fn find_event(
        &self,
        from: Height,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Option<(Height, TransactionId, Event)>, DemoError> {
        // A's node may be a block behind the node whose member just acted.
        for _ in 0..60 {
            for (height, group) in self.events(from).await? {
                if let Some(event) = group.events.iter().find(|event| wanted(event)) {
                    return Ok(Some((height, group.transaction, event.clone())));
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok(None)
    }

    /// Finalised height at A's node.
    pub async fn tip(&self) -> Result<Height, DemoError> {
        Ok(Height::new(self.node(A)?.status().await?.height))
    }

    /// Patient number `number` of the checks, from 1; each has a card.
    pub fn case(&self, number: usize) -> Result<&Case, DemoError> {
        self.cases
            .iter()
            .filter(|case| case.card.is_some())
            .nth(number - 1)
            .ok_or_else(|| DemoError::Broken(format!("there is no patient {number}")))
    }

    /// The card of patient `number`.
    pub fn card(&self, number: usize) -> Result<&SoftCard, DemoError> {
        self.case(number)?
            .card
            .as_ref()
            .ok_or_else(|| DemoError::Broken(format!("patient {number} has no card")))
    }

    /// Saves the receipt of a transaction, if receipts are wanted, and checks it here.
    pub async fn receipt(&self, name: &str, id: TransactionId) -> Result<PathBuf, DemoError> {
        let proof = self.node(A)?.receipt(id).await?;
        let proof = proof.ok_or_else(|| DemoError::Broken(format!("no receipt of {id}")))?;
        let folder = match &self.out {
            Some(out) => out.join("receipts"),
            None => self.network.layout.dir.join("receipts"),
        };
        let path = folder.join(format!("{name}.receipt"));
        super::write(&path, &crate::verify::receipt_file(&proof))?;
        Ok(path)
    }
}
