//! Which state values a transaction may touch: a first round from its bytes, a second from what the first loaded.
//!
//! Two rounds suffice. What is known only from a stored value is
//!
//! - what stands behind the key of a co-signer: a practitioner (and the emergencies that wait for a justification), or a patient with
//!   what is known of the person, whether the card signs for itself or as somebody's guardian;
//! - whose grant, permit, encounter, order, disclosure, enrolment or record asked to be amended it is that a call names only by its id: that patient's person, to know who speaks, and what
//!   that patient denies;
//! - whose ticket it is of which a name is demanded: the names that its member owes;
//! - on which records a hold lies that a call ends, naming the hold only.
//!
//! No transaction changes an actor once written (the end of an epoch may, after all of them), nor whose a grant, permit, encounter,
//! order, disclosure or enrolment is, so the second round holds for every place in the block. What an earlier transaction of the same block writes names only
//! values that that transaction's own rounds cover: whoever gives a patient a card, a key, a grant, a permit or an encounter names the
//! patient in its bytes, and an order is its encounter's patient's, by the same argument. A guardian's own guardians are never asked:
//! who needs one speaks for nobody.
mod calls;

use crate::fault::Fault;
use crate::table::{Name, load};
use amanat_types::call::{
    AmendmentAnswer, Call, Denied, Deposit, Disclose, Enrol, Grant, Grantee, Keep, Openings,
    Permit, PermitGrantee, Propose, ReadBasis, RegisterWithoutCard, Request, Scope, Seat,
    WriteBasis,
};
use amanat_types::code::JournalKind;
use amanat_types::state::{self, Actor};
use amanat_types::{
    BlindIndex, DisclosureId, EncounterId, EnrolmentId, GrantId, HoldId, Jurisdiction, MandateId,
    MemberId, OrderId, PatientId, PermitId, PractitionerId, ProposalId, PublicKey, RecordId,
    StateKey, StudyId, TicketId, Transaction,
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
    /// What is known of a patient as a person.
    PersonName(id: PatientId) "person" state::Person => StateKey::person(id);
    /// What a patient denies.
    RestrictionsName(id: PatientId) "restrictions" state::Restrictions => StateKey::restrictions(id);
    /// A permit.
    PermitName(id: PermitId) "permit" state::PermitState => StateKey::permit(id);
    /// The care team of an encounter.
    TeamName(id: EncounterId) "team" state::TeamState => StateKey::team(id);
    /// An order.
    OrderName(id: OrderId) "order" state::OrderState => StateKey::order(id);
    /// The results of an order.
    ResultsName(id: OrderId) "results" state::Results => StateKey::results(id);
    /// Requests for the amendment of a record.
    AmendmentsName(id: RecordId) "amendments" state::Amendments => StateKey::amendments(id);
    /// A mandate.
    MandateName(id: MandateId) "mandate" state::MandateState => StateKey::mandate(id);
    /// A disclosure.
    DisclosureName(id: DisclosureId) "disclosure" state::DisclosureState => StateKey::disclosure(id);
    /// How often a member broke the glass.
    GlassMemberName(member: MemberId) "glass-member" state::GlassDay => StateKey::glass_member(*member);
    /// How often a practitioner broke the glass.
    GlassPractitionerName(id: PractitionerId) "glass-practitioner" state::GlassDay => StateKey::glass_practitioner(id);
    /// What a member found of broken glass.
    ReviewName(ticket: TicketId, reviewer: MemberId) "review" state::ReviewState => StateKey::review(ticket, *reviewer);
    /// A breach of what was opened under a ticket.
    BreachName(ticket: TicketId) "breach" state::BreachState => StateKey::breach(ticket);
    /// Names that a member owes.
    NamesOwedName(member: MemberId) "names-owed" state::NamesOwed => StateKey::names_owed(*member);
    /// Who the staff on a ticket was.
    NameName(ticket: TicketId) "name" state::NameState => StateKey::name(ticket);
    /// A study.
    StudyName(id: StudyId) "study" state::StudyState => StateKey::study(id);
    /// An enrolment.
    EnrolmentName(id: EnrolmentId) "enrolment" state::EnrolmentState => StateKey::enrolment(id);
    /// Where a member is.
    JurisdictionName(member: MemberId) "jurisdiction" Jurisdiction => StateKey::jurisdiction(*member);
    /// For how long records are kept.
    RetentionName() "retention" state::Retention => StateKey::retention();
    /// A legal hold.
    HoldName(id: HoldId) "hold" state::HoldState => StateKey::hold(id);
    /// The legal holds on a record.
    HoldsName(id: RecordId) "holds" state::Holds => StateKey::holds(id);
    /// That a record was erased, and who has deleted it.
    ErasureName(id: RecordId) "erasure" state::ErasureState => StateKey::erasure(id);
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

/// Keys that `tx` may touch beyond [`keys`], once those are in `loaded`: what stands behind the co-signers' keys, and who speaks for the
/// patients behind what its calls name, and what they deny.
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
                    more.push(GlassPractitionerName(id).key());
                }
            }
            Some(Actor::Card(id) | Actor::Second(id)) => {
                more.push(PatientName(id).key());
                more.push(PersonName(id).key());
            }
            Some(Actor::Member(_) | Actor::Retired(_)) | None => {}
        }
    }
    for call in calls {
        if let Call::DemandName(call) = call
            && let Some(ticket) = load(loaded, TicketName(call.ticket))?
        {
            more.push(NamesOwedName(ticket.member).key());
        }
        if let Call::EndHold(call) = call
            && let Some(hold) = load(loaded, HoldName(call.hold))?
        {
            more.extend(hold.records.iter().map(|record| HoldsName(*record).key()));
        }
        let Some((behind, asks)) = Behind::of(call) else {
            continue;
        };
        let Some(patient) = behind.patient(loaded)? else {
            continue;
        };
        if asks.speaker {
            more.push(PatientName(patient).key());
            more.push(PersonName(patient).key());
        }
        if asks.restrictions {
            more.push(RestrictionsName(patient).key());
        }
    }
    Ok(more)
}

/// Keys by which a request of `member` is explained, with the practitioners who would co-sign.
pub fn to_explain(
    member: MemberId,
    request: &Request,
    present: &[PractitionerId],
) -> Vec<StateKey> {
    let mut names = Names {
        sponsor: member,
        names: BTreeSet::new(),
    };
    names.add(RosterName());
    names.add(MemberName(member));
    for id in present {
        names.add(PractitionerName(*id));
    }
    names.request(request);
    names.names.iter().map(Touched::key).collect()
}

/// Keys beyond [`to_explain`], once those are in `loaded`: what the patient behind the basis denies.
pub fn more_to_explain(request: &Request, loaded: &Loaded) -> Result<Vec<StateKey>, Fault> {
    let Some((behind, _)) = Behind::of(&Call::Request(request.clone())) else {
        return Ok(Vec::new());
    };
    let patient = behind.patient(loaded)?;
    Ok(patient
        .into_iter()
        .map(|patient| RestrictionsName(patient).key())
        .collect())
}

/// A stored value that a call names, and behind which a patient is.
enum Behind {
    Grant(GrantId),
    Permit(PermitId),
    Encounter(EncounterId),
    Order(OrderId),
    Disclosure(DisclosureId),
    Enrolment(EnrolmentId),
    Amendments(RecordId),
}

/// What a call asks of the patient behind what it names.
struct Asks {
    /// Who speaks.
    speaker: bool,
    /// What is denied.
    restrictions: bool,
}

const SPEAKER: Asks = Asks {
    speaker: true,
    restrictions: false,
};
const RESTRICTIONS: Asks = Asks {
    speaker: false,
    restrictions: true,
};
/// An order that is placed may be used and ended later in the block, which names it only.
const BOTH: Asks = Asks {
    speaker: true,
    restrictions: true,
};

impl Behind {
    fn of(call: &Call) -> Option<(Self, Asks)> {
        Some(match call {
            Call::Revoke(call) => (Self::Grant(call.grant), SPEAKER),
            Call::RevokePermit(call) => (Self::Permit(call.permit), SPEAKER),
            Call::Discharge(call) => (Self::Encounter(call.encounter), SPEAKER),
            Call::AssignCare(call) => (Self::Encounter(call.encounter), SPEAKER),
            Call::EndOrder(call) => (Self::Order(call.order), SPEAKER),
            Call::Withdraw(call) => (Self::Enrolment(call.enrolment), SPEAKER),
            Call::Disagree(call) => (Self::Amendments(call.amendment.record), SPEAKER),
            Call::PlaceOrder(call) => (Self::Encounter(call.encounter), BOTH),
            Call::Request(call) => match call.basis {
                ReadBasis::Consent(id) => (Self::Grant(id), RESTRICTIONS),
                ReadBasis::Permit(id) => (Self::Permit(id), RESTRICTIONS),
                ReadBasis::Treatment(id) => (Self::Encounter(id), RESTRICTIONS),
                ReadBasis::Care(care) => (Self::Encounter(care.encounter), RESTRICTIONS),
                ReadBasis::Order(id) => (Self::Order(id), RESTRICTIONS),
                ReadBasis::Disclosure(disclosed) => {
                    (Self::Disclosure(disclosed.disclosure), RESTRICTIONS)
                }
                ReadBasis::Study(enrolled) => (Self::Enrolment(enrolled.enrolment), RESTRICTIONS),
                // What the patient denies binds none of these.
                ReadBasis::Mandate(_)
                | ReadBasis::Patient(_)
                | ReadBasis::Directory(_)
                | ReadBasis::None(_) => return None,
            },
            other => match other.deposit()?.basis {
                WriteBasis::Grant(id) => (Self::Grant(id), RESTRICTIONS),
                WriteBasis::Permit(id) => (Self::Permit(id), RESTRICTIONS),
                WriteBasis::Encounter(id) => (Self::Encounter(id), RESTRICTIONS),
                WriteBasis::Order(id) => (Self::Order(id), RESTRICTIONS),
                // What the patient denies does not bind what it asked for itself.
                WriteBasis::Amendment(_) | WriteBasis::Directory(_) => return None,
            },
        })
    }

    /// The patient, if the value was in the state before the block.
    fn patient(&self, loaded: &Loaded) -> Result<Option<PatientId>, Fault> {
        Ok(match *self {
            Self::Grant(id) => load(loaded, GrantName(id))?.map(|grant| grant.patient),
            Self::Permit(id) => load(loaded, PermitName(id))?.map(|permit| permit.patient),
            Self::Encounter(id) => load(loaded, EncounterName(id))?.map(|visit| visit.patient),
            Self::Order(id) => load(loaded, OrderName(id))?.map(|order| order.patient),
            Self::Disclosure(id) => load(loaded, DisclosureName(id))?.map(|made| made.patient),
            Self::Enrolment(id) => load(loaded, EnrolmentName(id))?.map(|one| one.patient),
            Self::Amendments(id) => load(loaded, AmendmentsName(id))?.map(|asked| asked.patient),
        })
    }
}
