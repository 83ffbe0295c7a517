//! Which state values a transaction may touch: a first round from its bytes, a second from what the first loaded.
//!
//! Two rounds suffice. What is known only from a stored value is what stands behind the key of a co-signer: a practitioner (and the
//! emergencies that wait for a justification) or a patient. No transaction changes an actor once written (the end of an epoch may, after all of them), so the second round
//! holds for every place in the block; an actor that an earlier transaction of the same block writes names only values that that
//! transaction's own first round covers.
use crate::fault::Fault;
use crate::table::{Name, load};
use amanat_types::call::{
    BlockCard, Call, Deposit, Grantee, Keep, Openings, Propose, ReadBasis, RegisterWithoutCard,
    Request, Scope, WriteBasis,
};
use amanat_types::code::JournalKind;
use amanat_types::state::{self, Actor};
use amanat_types::{
    BlindIndex, EncounterId, GrantId, MemberId, PatientId, PractitionerId, ProposalId, PublicKey,
    RecordId, StateKey, TicketId, Transaction,
};
use std::collections::{BTreeMap, BTreeSet};

/// Values as loaded: a key that is absent from the state maps to `None`; a key that was not asked for is not in the map.
pub type Loaded = BTreeMap<StateKey, Option<Vec<u8>>>;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident($($field:ident: $type:ty),*) $what:literal $value:ty => $key:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $name($(pub $type),*);
            impl Name for $name {
                type Value = $value;
                const WHAT: &'static str = $what;
                fn key(&self) -> StateKey {
                    let Self($($field),*) = self;
                    $key
                }
            }
        )*

        /// Any of the names; sorted, so that each is hashed once.
        #[expect(clippy::enum_variant_names, reason = "the variants are the names")]
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        pub enum Touched { $($name($name)),* }
        impl Touched {
            /// Its key.
            pub fn key(&self) -> StateKey {
                match self { $(Self::$name(name) => name.key()),* }
            }
        }
        $(impl From<$name> for Touched {
            fn from(name: $name) -> Self {
                Self::$name(name)
            }
        })*

        /// Names of the kinds of values, as in `docs/state.md`.
        #[cfg(test)]
        pub const WHATS: &[&str] = &[$($what),*];
    };
}

names! {
    /// The roster.
    RosterName() "roster" state::RosterState => StateKey::roster();
    /// A member.
    MemberName(id: MemberId) "member" state::Member => StateKey::member(*id);
    /// The limits that members set.
    LimitsName() "limits" state::NetworkLimits => StateKey::limits();
    /// The proposals that are open or scheduled.
    ProposalsName() "proposals" state::Proposals => StateKey::proposals();
    /// A proposal.
    ProposalName(id: ProposalId) "proposal" state::Proposal => StateKey::proposal(id);
    /// Who holds a key.
    ActorName(key: PublicKey) "actor" state::Actor => StateKey::actor(key);
    /// The sequence window of a key.
    SequenceName(key: PublicKey) "sequence" state::Sequence => StateKey::sequence(key);
    /// A practitioner.
    PractitionerName(id: PractitionerId) "practitioner" state::Practitioner => StateKey::practitioner(id);
    /// A patient.
    PatientName(id: PatientId) "patient" state::Patient => StateKey::patient(id);
    /// Who owns a blind index.
    IndexName(index: BlindIndex) "index" state::IndexOwner => StateKey::index(index);
    /// An encounter.
    EncounterName(id: EncounterId) "encounter" state::Encounter => StateKey::encounter(id);
    /// A grant.
    GrantName(id: GrantId) "grant" state::GrantState => StateKey::grant(id);
    /// A record.
    RecordName(id: RecordId) "record" state::Record => StateKey::record(id);
    /// Whom a member named its successor.
    SuccessionName(member: MemberId) "succession" state::Succession => StateKey::succession(*member);
    /// A ticket.
    TicketName(id: TicketId) "ticket" state::Ticket => StateKey::ticket(id);
    /// Emergencies of a practitioner.
    EmergenciesName(id: PractitionerId) "emergencies" state::Emergencies => StateKey::emergencies(id);
    /// The last anchor of a journal.
    AnchorName(member: MemberId, journal: JournalKind) "anchor" state::AnchorState => StateKey::anchor(*member, *journal);
}

/// The names of one transaction, each once.
struct Names {
    sponsor: MemberId,
    names: BTreeSet<Touched>,
}

/// Keys that `tx` may touch, as far as its bytes tell. No key stands twice.
///
/// Load them, then ask [`more_keys`].
pub fn keys(tx: &Transaction) -> Vec<StateKey> {
    let body = &tx.body;
    let mut names = Names {
        sponsor: body.sponsor,
        names: BTreeSet::new(),
    };
    names.add(RosterName());
    names.add(LimitsName());
    names.add(MemberName(body.sponsor));
    if let Some(key) = body.signers.first() {
        names.add(SequenceName(*key));
    }
    for key in &body.signers {
        names.add(ActorName(*key));
    }
    for root in &body.stored {
        names.add(ActorName(root.holder));
    }
    for call in &body.calls {
        names.call(call);
    }
    names.names.iter().map(Touched::key).collect()
}

/// Keys that `tx` may touch beyond [`keys`], once those are in `loaded`: what stands behind the co-signers' keys.
///
/// There is no third round.
pub fn more_keys(loaded: &Loaded, tx: &Transaction) -> Result<Vec<StateKey>, Fault> {
    let calls = &tx.body.calls;
    let emergencies = calls
        .iter()
        .any(|call| matches!(call, Call::BreakGlass(_) | Call::Justify(_)));
    let mut more = Vec::new();
    for key in tx.body.signers.iter().skip(1) {
        match load(loaded, ActorName(*key))? {
            Some(Actor::Practitioner(id)) => {
                more.push(PractitionerName(id).key());
                if emergencies {
                    more.push(EmergenciesName(id).key());
                }
            }
            Some(Actor::Card(id)) => more.push(PatientName(id).key()),
            Some(Actor::Member(_) | Actor::Retired(_)) | None => {}
        }
    }
    Ok(more)
}

impl Names {
    fn add(&mut self, name: impl Into<Touched>) {
        self.names.insert(name.into());
    }

    fn openings(&mut self, openings: &Openings) {
        for opening in openings {
            self.add(IndexName(opening.index));
        }
    }

    fn call(&mut self, call: &Call) {
        let sponsor = self.sponsor;
        match call {
            Call::RegisterPractitioner(call) => {
                let id = PractitionerId::derive(sponsor, call.local);
                self.add(PractitionerName(id));
                self.add(ActorName(call.key));
                // A later transaction of the same block may be co-signed by this key.
                self.add(EmergenciesName(id));
            }
            Call::EndPractitioner(call) => self.add(PractitionerName(call.practitioner)),
            Call::Propose(call) => self.propose(call),
            Call::Vote(call) => {
                self.add(ProposalsName());
                self.add(ProposalName(call.proposal));
            }
            Call::RegisterPatient(call) => {
                self.add(PatientName(call.patient));
                self.add(ActorName(call.card));
                self.openings(&call.emergency);
            }
            Call::IssueCard(call) => {
                self.add(PatientName(call.patient));
                self.add(ActorName(call.card));
            }
            Call::BlockCard(BlockCard { patient, card: _ }) => self.add(PatientName(*patient)),
            Call::DeclareIndexes(call) => {
                for declaration in &call.declarations {
                    self.add(IndexName(declaration.index));
                }
            }
            Call::CheckIn(call) => {
                self.add(EncounterName(EncounterId::derive(sponsor, call.local)));
                self.add(TicketName(TicketId::derive(sponsor, call.local)));
                self.add(PatientName(call.patient));
                self.openings(&call.openings);
            }
            Call::RegisterWithoutCard(call) => self.without_card(call),
            Call::Discharge(call) => self.add(EncounterName(call.encounter)),
            Call::Grant(call) => {
                self.add(GrantName(GrantId::derive(sponsor, call.local)));
                self.add(PatientName(call.patient));
                match call.grantee {
                    Grantee::Member(id) => self.add(MemberName(id)),
                    Grantee::Practitioner(id) => self.add(PractitionerName(id)),
                }
                self.openings(&call.openings);
            }
            Call::Revoke(call) => self.add(GrantName(call.grant)),
            Call::Deposit(call) => self.deposit(call),
            Call::Amend(call) => {
                self.add(RecordName(call.supersedes));
                self.deposit(&call.deposit);
            }
            Call::Retract(call) => self.add(RecordName(call.record)),
            Call::NameSuccessor(_) => self.add(SuccessionName(sponsor)),
            Call::Keep(call) => self.keep(call),
            Call::Request(call) => self.request(call),
            Call::BreakGlass(call) => {
                self.add(TicketName(TicketId::derive(sponsor, call.local)));
                self.add(PatientName(call.patient));
            }
            Call::Justify(call) => self.add(TicketName(call.ticket)),
            Call::Anchor(call) => self.add(AnchorName(sponsor, call.journal)),
        }
    }

    fn propose(&mut self, call: &Propose) {
        self.add(ProposalsName());
        self.add(ProposalName(ProposalId::derive(self.sponsor, call.local)));
        if let Some(member) = call.change.member() {
            self.add(MemberName(member));
        }
        for key in call.change.new_keys() {
            self.add(ActorName(key.key));
        }
    }

    fn without_card(&mut self, call: &RegisterWithoutCard) {
        self.add(EncounterName(EncounterId::derive(self.sponsor, call.local)));
        self.add(PatientName(call.patient));
        self.openings(&call.openings);
    }

    fn deposit(&mut self, call: &Deposit) {
        self.add(RecordName(RecordId::derive(self.sponsor, call.local)));
        match call.basis {
            WriteBasis::Encounter(id) => self.add(EncounterName(id)),
            WriteBasis::Grant(id) => self.add(GrantName(id)),
            WriteBasis::Directory(_) => {}
        }
    }

    fn keep(&mut self, call: &Keep) {
        self.add(SuccessionName(call.from));
        for record in &call.records {
            self.add(RecordName(*record));
        }
    }

    fn request(&mut self, call: &Request) {
        self.add(TicketName(TicketId::derive(self.sponsor, call.local)));
        match call.basis {
            ReadBasis::Consent(id) => self.add(GrantName(id)),
            ReadBasis::Treatment(id) => self.add(EncounterName(id)),
            ReadBasis::Patient(id) => self.add(PatientName(id)),
            ReadBasis::Directory(_) | ReadBasis::None(_) => {}
        }
        match &call.scope {
            Scope::Records(records) => {
                for record in records {
                    self.add(RecordName(*record));
                }
            }
            Scope::Indexes(indexes) if matches!(call.basis, ReadBasis::Directory(_)) => {
                for index in indexes {
                    self.add(IndexName(*index));
                }
            }
            Scope::Indexes(_) => {}
        }
        self.openings(&call.openings);
    }
}
