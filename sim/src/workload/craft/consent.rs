//! A patient of the client's member: registered with a card, consents, and revokes.
use super::Author;
use crate::dice::Dice;
use crate::party::{FAULTY, member_signer};
use amanat_types::call::{
    Call, DeclareIndexes, Grant, Grantee, IndexDeclaration, Opening, ReadBasis, RegisterPatient,
    Request, Revoke, Scope, WriteBasis,
};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::id::{Commitment, Salt, SealingKey};
use amanat_types::key::NAMESPACE_TRANSACTION;
use amanat_types::transaction::Body;
use amanat_types::{
    BlindIndex, GrantId, LocalId, PatientId, PublicKey, Purpose, RecordId, Signature, TicketId,
    TimestampMs, Transaction,
};
use commonware_codec::Encode as _;
use commonware_cryptography::{Signer as _, secp256r1::standard::PrivateKey};

/// End of what is granted and asked for: beyond the end of every run.
const UNTIL: TimestampMs = TimestampMs::new(3_600_000);

/// A patient with a card and one index.
pub struct Patient {
    id: PatientId,
    card: PrivateKey,
    opening: Opening,
}

/// A consent, and a record that was written on it.
#[derive(Clone, Copy)]
pub struct Consent {
    grant: GrantId,
    index: BlindIndex,
    /// The record.
    pub record: RecordId,
}

impl Patient {
    /// Somebody new.
    pub fn new(dice: &mut Dice) -> Self {
        let mut salt = [0; 32];
        salt[..16].copy_from_slice(&dice.bytes());
        let opening = Opening {
            index: BlindIndex::new(dice.bytes()),
            salt: Salt::new(salt),
        };
        Self {
            id: PatientId::new(dice.bytes()),
            card: PrivateKey::from_seed(dice.any()),
            opening,
        }
    }

    fn key(&self) -> PublicKey {
        let key = self.card.public_key().encode();
        PublicKey::P256(key.as_ref().try_into().expect("a compressed point"))
    }

    fn openings(&self) -> amanat_types::call::Openings {
        List::new(vec![self.opening.clone()]).expect("one")
    }
}

impl Author {
    /// Signed by the member and by the patient's card.
    fn by_card(&mut self, mut body: Body, patient: &Patient) -> Transaction {
        let member = member_signer(self.member);
        let keys = vec![member.public_key(), patient.key()];
        body.signers = List::new(keys).expect("two");
        let signature = patient
            .card
            .sign(NAMESPACE_TRANSACTION, body.id().as_bytes());
        let signature = signature.encode();
        let signature = Signature::P256(signature.as_ref().try_into().expect("r and s"));
        Transaction::with(body, &member, vec![signature])
    }

    /// The patient and its index are registered.
    pub fn register(&mut self, patient: &Patient) -> Transaction {
        let Opening { index, salt } = patient.opening.clone();
        let owner = Commitment::owner(&salt, &patient.id, &index);
        let declarations = List::new(vec![IndexDeclaration { index, owner }]).expect("one");
        let calls = vec![
            Call::DeclareIndexes(DeclareIndexes { declarations }),
            Call::RegisterPatient(RegisterPatient {
                patient: patient.id,
                card: patient.key(),
                emergency: List::empty(),
            }),
        ];
        let body = self.body(Vec::new(), calls);
        self.by_card(body, patient)
    }

    /// The patient lets the member read and write; the member writes.
    pub fn consent(&mut self, patient: &Patient, dice: &mut Dice) -> (Transaction, Consent) {
        let (local, index) = (LocalId::new(dice.bytes()), patient.opening.index);
        let grant = GrantId::derive(self.number(), local);
        let mut deposit = self.record(LocalId::new(dice.bytes()));
        (deposit.index, deposit.basis) = (index, WriteBasis::Grant(grant));
        let record = RecordId::derive(self.number(), deposit.local);
        let mut body = self.deposits(vec![deposit], FAULTY + 1);
        let given = Call::Grant(Grant {
            local,
            patient: patient.id,
            grantee: Grantee::Member(self.number()),
            access: GrantAccess::ReadWrite,
            purposes: List::new(vec![Purpose::Treat]).expect("one"),
            openings: patient.openings(),
            until_ms: UNTIL,
        });
        let calls = std::iter::once(given).chain(body.calls.iter().cloned());
        body.calls = List::new(calls.collect()).expect("two");
        let consent = Consent {
            grant,
            index,
            record,
        };
        (self.by_card(body, patient), consent)
    }

    /// A ticket on a consent.
    pub fn request(&mut self, consent: &Consent, dice: &mut Dice) -> (Transaction, TicketId) {
        let local = LocalId::new(dice.bytes());
        let call = Call::Request(Request {
            local,
            patient: None,
            scope: Scope::Indexes(List::new(vec![consent.index]).expect("one")),
            basis: ReadBasis::Consent(consent.grant),
            purpose: Purpose::Treat,
            until_ms: UNTIL,
            reader: SealingKey::new([5; 32]),
            openings: List::empty(),
        });
        let body = self.body(Vec::new(), vec![call]);
        (self.sign(body), TicketId::derive(self.number(), local))
    }

    /// The patient takes a consent back.
    pub fn revoke(&mut self, consent: &Consent, patient: &Patient) -> Transaction {
        let call = Call::Revoke(Revoke {
            grant: consent.grant,
        });
        let body = self.body(Vec::new(), vec![call]);
        self.by_card(body, patient)
    }
}
