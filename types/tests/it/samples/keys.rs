//! Keys of the state that every protocol version has.
use super::*;
use amanat_types::StateKey;

/// Each by the name of its kind.
pub fn state_keys() -> Vec<(&'static str, StateKey)> {
    vec![
        ("roster", StateKey::roster()),
        ("member", StateKey::member(MemberId::new(1))),
        ("limits", StateKey::limits()),
        ("proposals", StateKey::proposals()),
        ("proposal", StateKey::proposal(&id(ProposalId::new, 1))),
        ("actor", StateKey::actor(&PublicKey::Ed25519([1; 32]))),
        ("sequence", StateKey::sequence(&PublicKey::Ed25519([1; 32]))),
        (
            "practitioner",
            StateKey::practitioner(&id(PractitionerId::new, 1)),
        ),
        ("patient", StateKey::patient(&id(PatientId::new, 1))),
        ("index", StateKey::index(&id(BlindIndex::new, 1))),
        ("encounter", StateKey::encounter(&id(EncounterId::new, 1))),
        ("grant", StateKey::grant(&id(GrantId::new, 1))),
        ("record", StateKey::record(&id(RecordId::new, 1))),
        ("succession", StateKey::succession(MemberId::new(1))),
        ("ticket", StateKey::ticket(&id(TicketId::new, 1))),
        (
            "emergencies",
            StateKey::emergencies(&id(PractitionerId::new, 1)),
        ),
        (
            "anchor",
            StateKey::anchor(MemberId::new(1), JournalKind::Vault),
        ),
        ("person", StateKey::person(&id(PatientId::new, 1))),
    ]
}
