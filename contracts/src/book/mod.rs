//! A ledger in a map, for tests and benches: five members (`a` to `e`, the first four validate, so f is 1; `e` is a regulator), keys and ids made from
//! words, and a tiny language of calls ([`line`]). Every block is loaded exactly by `keys` and `more_keys`, so a key that they forget
//! is a fault here too.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary uses a part of it"
)]
mod amendment;
mod care;
mod erasure;
mod explained;
mod law;
mod line;
mod person;
mod word;

use amanat_contracts::{
    Env, Execution, Failure, Inadmissible, Loaded, boundary_keys, events_most, execute, keys,
    more_boundary_keys, more_keys,
};
use amanat_types::call::Call;
use amanat_types::code::{KeyPurpose, MemberKind};
use amanat_types::codec::{List, Text};
use amanat_types::genesis::{self, Genesis, GenesisMember};
use amanat_types::id::{BlobDigest, SealingKey};
use amanat_types::key::MemberSigner;
use amanat_types::release::ReleaseRequest;
use amanat_types::state::{MemberKey, Record};
use amanat_types::stored::{StoredRoot, batch_root};
use amanat_types::transaction::{self, Body};
use amanat_types::{
    Digest, Event, Height, MemberId, PublicKey, Signature, StateKey, TimestampMs, Transaction,
};
pub use amendment::named;
use commonware_codec::DecodeExt as _;
pub use line::{Line, blob, parse};
use std::collections::BTreeMap;
pub use word::*;

/// Time of genesis; times in lines count from here.
pub const START_MS: u64 = 1_000_000_000;

/// A ledger in a map.
#[derive(Clone)]
pub struct Book {
    /// Finalised state.
    pub state: BTreeMap<StateKey, Vec<u8>>,
    /// The next block.
    pub env: Env,
    /// The next sequence number of every member.
    pub sequence: u64,
}

/// The genesis of every book but those of [`Book::of`].
pub fn start() -> Genesis {
    start_of(5, 4)
}

/// A genesis of so many members, the first of which validate.
pub fn start_of(members: u16, validators: u16) -> Genesis {
    let member = |number: u16| {
        let key = |purpose| MemberKey {
            purpose,
            key: member_key(MemberId::new(number), purpose),
        };
        let mut keys = vec![key(KeyPurpose::Transaction), key(KeyPurpose::Vault)];
        if number <= validators {
            keys.push(key(KeyPurpose::Consensus));
        }
        GenesisMember {
            member: MemberId::new(number),
            name: Text::new("member").unwrap(),
            // The fifth is the authority of the tables.
            kind: match number {
                5 => MemberKind::Regulator,
                _ => MemberKind::Hospital,
            },
            keys: List::new(keys).unwrap(),
            sealing: SealingKey::new([7; 32]),
        }
    };
    Genesis {
        version: genesis::VERSION,
        name: Text::new("book").unwrap(),
        time_ms: TimestampMs::new(START_MS),
        protocol: genesis::PROTOCOL,
        epoch_blocks: 100,
        members: List::new((1..=members).map(member).collect()).unwrap(),
    }
}

/// As [`start`], with members of other kinds: `c` is a research body, `d` an insurer.
pub fn start_of_kinds() -> Genesis {
    let mut genesis = start();
    let mut members = genesis.members.into_vec();
    members[2].kind = MemberKind::Research;
    members[3].kind = MemberKind::Insurer;
    genesis.members = List::new(members).unwrap();
    genesis
}

/// Key of a member, a true point of the curve.
pub fn member_key(member: MemberId, purpose: KeyPurpose) -> PublicKey {
    let mut seed = [purpose.number(); 32];
    seed[..2].copy_from_slice(&member.number().to_be_bytes());
    MemberSigner::from_seed(seed).public_key()
}

impl Book {
    /// A ledger at genesis.
    pub fn new() -> Self {
        Self::founded(&start())
    }

    /// A ledger of so many members, the first of which validate.
    pub fn of(members: u16, validators: u16) -> Self {
        Self::founded(&start_of(members, validators))
    }

    /// A ledger that starts with `genesis`.
    pub fn founded(genesis: &Genesis) -> Self {
        genesis.check().unwrap();
        Self {
            state: amanat_contracts::genesis(genesis),
            env: Env {
                network: genesis.digest(),
                height: Height::new(1),
                time_ms: TimestampMs::new(START_MS),
                protocol: genesis.protocol,
                epoch: 0,
                last_of_epoch: false,
            },
            sequence: 1,
        }
    }

    /// A ledger at genesis after the lines of `text`, all of which were accepted.
    pub fn after(text: &str) -> Self {
        let mut book = Self::new();
        book.check(text);
        book
    }

    /// As [`Self::after`], from [`start_of_kinds`].
    pub fn of_kinds(text: &str) -> Self {
        let mut book = Self::founded(&start_of_kinds());
        book.check(text);
        book
    }

    /// The values under `keys`.
    pub fn load(&self, keys: impl IntoIterator<Item = StateKey>, loaded: &mut Loaded) {
        for key in keys {
            loaded.insert(key, self.state.get(&key).cloned());
        }
    }

    /// Everything that `txs` may touch, in two rounds, and what the end of an epoch may.
    pub fn loaded(&self, txs: &[Transaction]) -> Loaded {
        let mut loaded = Loaded::new();
        for tx in txs {
            self.load(keys(tx), &mut loaded);
        }
        let more = txs.iter().map(|tx| more_keys(&loaded, tx).unwrap());
        let more: Vec<StateKey> = more.flatten().collect();
        self.load(more, &mut loaded);
        if self.env.last_of_epoch {
            self.load(boundary_keys(), &mut loaded);
            let mut rounds = 0;
            loop {
                let more = more_boundary_keys(&loaded).unwrap();
                if more.is_empty() {
                    break;
                }
                self.load(more, &mut loaded);
                rounds += 1;
            }
            assert!(rounds <= 3, "{rounds} rounds");
        }
        loaded
    }

    /// Executes a block without keeping what it does. No transaction may emit more than admission counted on: what does not fit its list of
    /// events is a fault, which stops every node.
    pub fn try_block(&self, txs: &[Transaction]) -> Result<Execution, Failure> {
        let execution = execute(&self.env, self.loaded(txs), txs)?;
        for (tx, emitted) in txs.iter().zip(&execution.events) {
            let (count, most) = (emitted.events.len(), events_most(tx));
            assert!(
                count <= most,
                "{count} events, {most} counted: {:?}",
                tx.body.calls
            );
        }
        Ok(execution)
    }

    /// Executes a block and keeps it.
    pub fn block(&mut self, txs: &[Transaction]) -> Execution {
        let execution = self.try_block(txs).unwrap();
        for (key, value) in &execution.writes {
            match value {
                Some(value) => self.state.insert(*key, value.clone()),
                None => self.state.remove(key),
            };
        }
        self.env.height = self.env.height.plus(1);
        if let Some(next) = &execution.next {
            self.env.epoch += 1;
            self.env.last_of_epoch = false;
            self.env.protocol = next.protocol;
        }
        execution
    }

    /// Executes a block that ends its epoch, and keeps it.
    pub fn last_block(&mut self, txs: &[Transaction]) -> Execution {
        self.env.last_of_epoch = true;
        self.block(txs)
    }

    /// The body of a transaction of `sponsor` with the keys of `cosigners`; its deposits are held by `holders`.
    pub fn body(
        &mut self,
        sponsor: MemberId,
        cosigners: &[PublicKey],
        holders: &[MemberId],
        calls: Vec<Call>,
    ) -> Body {
        let mut signers = vec![member_key(sponsor, KeyPurpose::Transaction)];
        signers.extend(cosigners);
        let blobs: Vec<BlobDigest> = calls.iter().flat_map(|call| self.blobs(call)).collect();
        let stored = match blobs.is_empty() {
            true => Vec::new(),
            false => holders
                .iter()
                .map(|holder| stored_root(*holder, batch_root(&blobs)))
                .collect(),
        };
        self.sequence += 1;
        Body {
            version: transaction::VERSION,
            network: self.env.network,
            sponsor,
            sequence: self.sequence,
            last_height: self.env.height.plus(100),
            signers: List::new(signers).unwrap(),
            stored: List::new(stored).unwrap(),
            calls: List::new(calls).unwrap(),
        }
    }

    /// The blobs that `Stored` roots cover for `call`.
    fn blobs(&self, call: &Call) -> Vec<BlobDigest> {
        let Call::Keep(keep) = call else {
            return call
                .deposit()
                .map(|deposit| deposit.blob)
                .into_iter()
                .collect();
        };
        let stored = |id| self.state.get(&StateKey::record(id));
        let records = keep.records.iter().filter_map(stored);
        let blob = |bytes: &Vec<u8>| Record::decode(bytes.clone()).unwrap().blob;
        records.map(blob).collect()
    }

    /// The transaction of one line of text.
    pub fn tx(&mut self, text: &str) -> Transaction {
        self.tx_of(parse(text))
    }

    fn tx_of(&mut self, line: Line) -> Transaction {
        let mut body = self.body(line.sponsor, &line.cosigners, &line.holders, line.calls);
        if let Some(signer) = line.signer {
            let mut signers = body.signers.into_vec();
            signers[0] = signer;
            body.signers = List::new(signers).unwrap();
        }
        unsigned(body)
    }

    /// Moves the clock to `ms` after genesis.
    pub fn at(&mut self, ms: u64) {
        self.env.time_ms = TimestampMs::new(START_MS + ms);
    }

    /// Runs each line of `text` in a block of its own and compares outcome and names of events.
    pub fn check(&mut self, text: &str) {
        for text in text.lines().map(str::trim) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if text.starts_with("epoch") {
                self.check_epoch(text);
                continue;
            }
            if text.split_whitespace().nth(2) == Some("release") {
                self.check_release(text);
                continue;
            }
            let mut line = parse(text);
            self.at(line.at_ms);
            let (expected, events) = (std::mem::take(&mut line.outcome), line.events.take());
            let explained = self.explained(line.sponsor, &line.cosigners, &line.calls);
            let tx = self.tx_of(line);
            if let Some(refusal) = expected.strip_prefix('!') {
                match self.try_block(&[tx]) {
                    Err(Failure::Inadmissible(Inadmissible { refusal: said, .. })) => {
                        assert_eq!(said.name(), refusal, "outcome of: {text}");
                    }
                    other => panic!("{other:?} of: {text}"),
                }
                continue;
            }
            let execution = self.block(&[tx]);
            let (outcome, emitted) = printed(&execution);
            assert_eq!(outcome, expected, "outcome of: {text}");
            Self::check_explained(explained, &outcome, text);
            if let Some(expected) = events {
                assert_eq!(emitted, expected, "events of: {text}");
            }
        }
    }

    /// Asks for a release at the tip: `9 b release b/t records=a/r1 => ok`, by a releaser whose clock is the block's.
    fn check_release(&self, text: &str) {
        let (left, expected) = text.split_once("=>").unwrap();
        let words: Vec<&str> = left.split_whitespace().collect();
        let names = words[4].strip_prefix("records=").unwrap();
        let at = TimestampMs::new(START_MS + ms(words[0]));
        let said = self.released(words[1], words[3], names, at);
        let said = said.map_or_else(|refusal| refusal.name(), |()| "ok");
        assert_eq!(said, expected.trim(), "outcome of: {text}");
    }

    /// What a releaser says at `at` by both clocks.
    pub fn released(
        &self,
        reader: &str,
        under: &str,
        records: &str,
        at: TimestampMs,
    ) -> Result<(), amanat_types::Refusal> {
        use amanat_contracts::release;
        let request = ReleaseRequest {
            ticket: ticket(under),
            seen: Height::new(0),
            records: List::new(split(records).map(record).collect()).unwrap(),
        };
        let tip = release::Tip {
            height: self.env.height,
            time_ms: at,
        };
        match self.judged(&request, member(reader), tip, at) {
            Ok(_) => Ok(()),
            Err(amanat_contracts::Stop::Refused(refusal)) => Err(refusal),
            Err(amanat_contracts::Stop::Fault(fault)) => panic!("{fault}"),
        }
    }

    /// What a releaser says, who loads values by key, and again one who has them in memory.
    pub fn judged(
        &self,
        request: &ReleaseRequest,
        reader: MemberId,
        tip: amanat_contracts::release::Tip,
        now: TimestampMs,
    ) -> Result<amanat_types::release::Release, amanat_contracts::Stop> {
        use amanat_contracts::release::{
            Common, Known, Needs, Round, Values, basis_keys, first_keys, judge, ticket as held,
        };
        let mut loaded = Loaded::new();
        self.load(first_keys(request), &mut loaded);
        let ticket = held(request, &loaded)?;
        self.load(ticket.iter().flat_map(basis_keys), &mut loaded);
        let by_key = judge(request, reader, tip, now, ticket.as_ref(), &loaded);

        let found = |needs: &Needs| -> Vec<Known<'_>> {
            let keys = needs.keys().iter();
            keys.map(|key| Some(self.state.get(key).map(Vec::as_slice)))
                .collect()
        };
        let common = Common::default();
        let (mut first, mut basis) = (Needs::of_many(1), Needs::of_many(1));
        first.first(request);
        let found_first = found(&first);
        let first = first.of(0, &found_first).unwrap();
        let rounds = [first, Round::default()];
        let read = Values {
            common: &common,
            rounds,
        };
        assert_eq!(held(request, &read)?, ticket);
        match &ticket {
            Some(ticket) => basis.basis(ticket),
            None => basis.nothing(),
        }
        let found_basis = found(&basis);
        let rounds = [first, basis.of(0, &found_basis).unwrap()];
        let read = Values {
            common: &common,
            rounds,
        };
        let in_memory = judge(request, reader, tip, now, ticket.as_ref(), &read);
        assert_eq!(in_memory, by_key);
        by_key
    }

    /// Lets the first five members pass, in two epochs without time, where each of `places` is: `b=PK e=IN`.
    pub fn placed(&mut self, places: &str) {
        let at = self.env.time_ms.get() - START_MS;
        let epoch = self.env.epoch;
        for (nth, place) in places.split_whitespace().enumerate() {
            let (member, code) = place.split_once('=').unwrap();
            let proposer = ["a", "b", "c", "d"][nth / 4];
            let name = format!("place-{epoch}-{nth}");
            self.check(&format!(
                "{at} {proposer} propose {name} place {member} {code} => ok [ProposalMade]"
            ));
            for voter in ["a", "b", "c", "d", "e", "f", "g"] {
                let tx = self.tx(&format!("{at} {voter} vote {proposer}/{name} yes"));
                if voter != proposer && self.try_block(std::slice::from_ref(&tx)).is_ok() {
                    self.block(&[tx]);
                }
            }
        }
        self.last_block(&[]);
        self.last_block(&[]);
    }

    /// Ends an epoch with an empty block.
    fn check_epoch(&mut self, text: &str) {
        let (left, right) = text.split_once("=>").unwrap_or((text, "ok"));
        if let Some(at) = left.split_whitespace().nth(1) {
            self.at(ms(at));
        }
        let execution = self.last_block(&[]);
        let emitted: Vec<String> = execution.boundary.iter().map(told).collect();
        if let Some((_, expected)) = right.split_once('[') {
            let expected = expected.trim().trim_end_matches(']').split_whitespace();
            assert_eq!(emitted, expected.collect::<Vec<_>>(), "events of: {text}");
        }
    }
}

/// An event of the end of an epoch, as lines print it.
pub fn told(event: &Event) -> String {
    match event {
        Event::ChangeDropped(dropped) => format!("ChangeDropped:{}", dropped.refusal.name()),
        other => other.name().to_owned(),
    }
}

/// Runs `text` from genesis.
pub fn check(text: &str) {
    Book::new().check(text);
}

/// A body with signatures that nobody checks here.
pub fn unsigned(body: Body) -> Transaction {
    let signatures = vec![Signature::Ed25519([0; 64]); body.signers.len()];
    Transaction {
        body,
        signatures: List::new(signatures).unwrap(),
    }
}

/// A root that `holder` would sign.
pub fn stored_root(holder: MemberId, root: Digest) -> StoredRoot {
    StoredRoot {
        holder: member_key(holder, KeyPurpose::Vault),
        root,
        signature: Signature::Ed25519([0; 64]),
    }
}

/// Outcome and events of a block's first transaction, as lines print them.
pub fn printed(execution: &Execution) -> (String, Vec<String>) {
    use amanat_types::receipt::Outcome;
    let outcome = match execution.receipts[0].outcome {
        Outcome::Accepted(_) => "ok".to_owned(),
        Outcome::Refused(refused) if refused.call == 0 => refused.refusal.name().to_owned(),
        Outcome::Refused(refused) => format!("{}@{}", refused.refusal.name(), refused.call),
    };
    let events = execution.events[0].events.iter();
    (
        outcome,
        events.map(|event| event.name().to_owned()).collect(),
    )
}
