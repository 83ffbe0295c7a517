//! Check f: what must be refused, each beside its allowed twin, at the ledger's own interface.
use super::DemoError;
use super::report::Seen;
use super::world::{A, B, World};
use amanat_client::Ledger as _;
use amanat_exchange::Cosigner as _;
use amanat_types::call::{
    DeclareIndexes, Deposit, IndexDeclaration, RegisterPractitioner, StoredPaths, WriteBasis,
};
use amanat_types::code::Role;
use amanat_types::codec::List;
use amanat_types::id::{BlindIndex, BlobDigest, Commitment, EncounterId, LocalId, MemberId};
use amanat_types::key::{MemberSigner, NAMESPACE_TRANSACTION, Signature};
use amanat_types::receipt::Outcome;
use amanat_types::state::Sequence;
use amanat_types::stored::sign_stored;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::Submitted;
use amanat_types::{Call, Digest, Height, Refusal, StateKey};
use commonware_codec::DecodeExt as _;

/// Signs transactions of one member by hand, with its second transaction key, which no gateway uses.
struct Hand {
    member: MemberId,
    signer: MemberSigner,
    network: Digest,
    sequence: u64,
    tip: Height,
}

impl Hand {
    fn body(&mut self, calls: Vec<Call>) -> Result<Body, DemoError> {
        self.sequence += 1;
        let wrong = |error: amanat_types::codec::TooMany| DemoError::Broken(error.to_string());
        Ok(Body {
            version: VERSION,
            network: self.network,
            sponsor: self.member,
            sequence: self.sequence,
            last_height: self.tip.plus(200),
            signers: List::new(vec![self.signer.public_key()]).map_err(wrong)?,
            stored: List::empty(),
            calls: List::new(calls).map_err(wrong)?,
        })
    }

    fn sign(&self, body: Body) -> Transaction {
        Transaction::sign(body, &self.signer)
    }
}

/// A call that does nothing but take effect: it declares an index that nobody uses.
fn harmless() -> Result<Call, DemoError> {
    let mut bytes = [0u8; 48];
    getrandom::fill(&mut bytes).map_err(|error| DemoError::Broken(error.to_string()))?;
    let (index, owner) = bytes.split_at(16);
    let declaration = IndexDeclaration {
        index: BlindIndex::new(index.try_into().unwrap_or_default()),
        owner: Commitment::new(owner.try_into().unwrap_or_default()),
    };
    let declarations =
        List::new(vec![declaration]).map_err(|error| DemoError::Broken(error.to_string()))?;
    Ok(Call::DeclareIndexes(DeclareIndexes { declarations }))
}

/// What became of a submission: the number of a refusal, or that it was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Refused(Refusal),
    Undecided,
}

impl std::fmt::Display for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused(refusal) => write!(f, "{} ({})", refusal.name(), refusal.number()),
            Self::Undecided => f.write_str("undecided"),
        }
    }
}

/// A pair: what was tried, what it must meet, what it met, and what its twin met.
struct Pair {
    what: &'static str,
    must: Refusal,
    got: Fate,
    twin: Fate,
}

impl World {
    /// f. Everything that must be refused, each beside its twin.
    pub async fn hostile(&mut self) -> Result<Seen, DemoError> {
        let mut hand = self.hand(A).await?;
        let mut pairs = Vec::new();
        pairs.push(self.replay(&mut hand).await?);
        pairs.push(self.mutated(&mut hand).await?);
        pairs.push(self.forged(&mut hand).await?);
        pairs.push(self.foreign(&mut hand).await?);
        pairs.push(self.late(&mut hand).await?);
        pairs.push(self.without_basis().await?);
        let ok = pairs
            .iter()
            .all(|pair| pair.got == Fate::Refused(pair.must) && pair.twin == Fate::Accepted);
        let seen: Vec<String> = pairs
            .iter()
            .map(|pair| format!("{}: {}, twin {}", pair.what, pair.got, pair.twin))
            .collect();
        let seen = seen.join("; ");
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    async fn hand(&self, member: u16) -> Result<Hand, DemoError> {
        let layout = &self.network.layout;
        let keys = layout
            .keys(member)
            .map_err(crate::layout::LayoutError::from)?;
        let signer = keys.transaction_signer(crate::run::key::HAND);
        let signer =
            signer.ok_or_else(|| DemoError::Broken("there is no second key".to_owned()))?;
        let node = self.node(member)?;
        let key = StateKey::sequence(&signer.public_key());
        let answer = node.state(vec![key]).await?;
        let used = answer.values.first().and_then(Option::as_ref);
        let used = used.and_then(|value| Sequence::decode(value.to_vec()).ok());
        Ok(Hand {
            member: MemberId::new(member),
            signer,
            network: layout.network(),
            sequence: used.map_or(0, |sequence| sequence.top),
            tip: answer.height,
        })
    }

    async fn submit(&self, member: u16, transaction: &Transaction) -> Result<Fate, DemoError> {
        let answers = self.node(member)?.submit(vec![transaction.clone()]).await?;
        Ok(match answers.first() {
            Some(Submitted::Final(done)) => match done.receipt.outcome {
                Outcome::Accepted(_) => Fate::Accepted,
                Outcome::Refused(refused) => Fate::Refused(refused.refusal),
            },
            Some(Submitted::Refused(refusal)) => Fate::Refused(*refusal),
            _ => Fate::Undecided,
        })
    }

    /// The same bytes again give the first receipt; the same number in another transaction is refused.
    async fn replay(&self, hand: &mut Hand) -> Result<Pair, DemoError> {
        let body = hand.body(vec![harmless()?])?;
        let first = hand.sign(body.clone());
        let twin = self.submit(A, &first).await?;
        let again = self.submit(A, &first).await?;
        let replayed = Body {
            calls: List::new(vec![harmless()?])
                .map_err(|error| DemoError::Broken(error.to_string()))?,
            ..body
        };
        let got = self.submit(A, &hand.sign(replayed)).await?;
        // The second submission of the same bytes must not be a second effect: it is the first receipt.
        let twin = if again == twin { twin } else { again };
        Ok(Pair {
            what: "replayed number",
            must: Refusal::SequenceUsed,
            got,
            twin,
        })
    }

    /// The other form of a card's valid signature on the same body.
    async fn mutated(&self, hand: &mut Hand) -> Result<Pair, DemoError> {
        let card = amanat_exchange::SoftKey::generate()?;
        let call = Call::RegisterPractitioner(RegisterPractitioner {
            local: LocalId::new(*b"demo-f-mutated--"),
            key: card.public_key(),
            role: Role::Technician,
            until_ms: crate::now_ms().plus(3_600_000),
        });
        let mut body = hand.body(vec![call])?;
        body.signers = List::new(vec![hand.signer.public_key(), card.public_key()])
            .map_err(|error| DemoError::Broken(error.to_string()))?;
        let low = card.cosign(&body.id())?;
        let high = Signature::P256(other_form(*low.as_bytes()));
        let mutated = Transaction::with(body.clone(), &hand.signer, vec![high]);
        let got = self.submit(A, &mutated).await?;
        let twin = Transaction::with(body, &hand.signer, vec![low]);
        Ok(Pair {
            what: "mutated signature",
            must: Refusal::SignatureHighS,
            got,
            twin: self.submit(A, &twin).await?,
        })
    }

    async fn forged(&self, hand: &mut Hand) -> Result<Pair, DemoError> {
        let body = hand.body(vec![harmless()?])?;
        let stranger = MemberSigner::from_seed([9; 32]);
        let forged = Transaction {
            signatures: List::new(vec![
                stranger.sign(NAMESPACE_TRANSACTION, body.id().as_bytes()),
            ])
            .map_err(|error| DemoError::Broken(error.to_string()))?,
            body: body.clone(),
        };
        let got = self.submit(A, &forged).await?;
        Ok(Pair {
            what: "forged signature",
            must: Refusal::SignatureInvalid,
            got,
            twin: self.submit(A, &hand.sign(body)).await?,
        })
    }

    async fn foreign(&self, hand: &mut Hand) -> Result<Pair, DemoError> {
        let body = hand.body(vec![harmless()?])?;
        let foreign = Body {
            network: amanat_types::digest("demo/another-network", &[]),
            ..body.clone()
        };
        let got = self.submit(A, &hand.sign(foreign)).await?;
        Ok(Pair {
            what: "another network",
            must: Refusal::WrongNetwork,
            got,
            twin: self.submit(A, &hand.sign(body)).await?,
        })
    }

    async fn late(&self, hand: &mut Hand) -> Result<Pair, DemoError> {
        let body = hand.body(vec![harmless()?])?;
        let late = Body {
            last_height: Height::new(hand.tip.get().saturating_sub(1)),
            ..body.clone()
        };
        let got = self.submit(A, &hand.sign(late)).await?;
        Ok(Pair {
            what: "past its last height",
            must: Refusal::TransactionExpired,
            got,
            twin: self.submit(A, &hand.sign(body)).await?,
        })
    }

    /// B deposits under A's encounter; its twin is A's deposit of the same under its own.
    async fn without_basis(&self) -> Result<Pair, DemoError> {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed).map_err(|error| DemoError::Broken(error.to_string()))?;
        let blob = BlobDigest::new(seed);
        let mut fates = Vec::new();
        for (member, basis) in [
            (B, WriteBasis::Encounter(self.encounter_of_a()?)),
            (B, WriteBasis::Directory(amanat_types::call::Unit)),
        ] {
            let mut hand = self.hand(member).await?;
            let call = Call::Deposit(Deposit {
                local: LocalId::new(seed[..16].try_into().unwrap_or_default()),
                blob,
                bucket: 0,
                index: BlindIndex::directory(MemberId::new(member)),
                basis,
                stored: StoredPaths::empty(),
            });
            let mut body = hand.body(vec![call])?;
            let mut roots = Vec::new();
            for holder in [A, B] {
                let keys = self.network.layout.keys(holder);
                let keys = keys.map_err(crate::layout::LayoutError::from)?;
                roots.push(sign_stored(&keys.vault_signer(), &body.network, &[blob]));
            }
            body.stored = List::new(roots).map_err(|error| DemoError::Broken(error.to_string()))?;
            fates.push(self.submit(member, &hand.sign(body)).await?);
        }
        Ok(Pair {
            what: "deposit without a basis",
            must: Refusal::EncounterNotYours,
            got: fates.first().copied().unwrap_or(Fate::Undecided),
            twin: fates.get(1).copied().unwrap_or(Fate::Undecided),
        })
    }

    fn encounter_of_a(&self) -> Result<EncounterId, DemoError> {
        EncounterId::from_hex(&self.case(4)?.encounter)
            .ok_or_else(|| DemoError::Broken("no encounter".to_owned()))
    }
}

/// `(r, n - s)` of `(r, s)`: the other valid form of an ECDSA P-256 signature.
fn other_form(mut signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    ];
    let mut borrow = 0i16;
    for (digit, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let rest = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(rest < 0);
        *digit = u8::try_from(rest.rem_euclid(256)).unwrap_or(0);
    }
    signature
}
