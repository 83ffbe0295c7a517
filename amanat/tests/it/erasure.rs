//! A record is erased for its patient, by processes that run: votes and holds come first, vaults forget it and say so; and deposits that come at
//! once share their holders' signatures before the real contracts.
use crate::govern::{act, proposal, until};
use crate::leave::{House, actor, gateway, house, observation, visit};
use crate::member::{Network, Process};
use amanat_exchange::erasure::{ErasureAsk, HoldAsk};
use amanat_exchange::legal::LegalAsk;
use amanat_exchange::{Card as _, Cosigner as _, Error, Prepared, ReadContext, SoftCard};
use amanat_types::call::Call;
use amanat_types::state::ErasureState;
use amanat_types::{HoldId, Purpose, RecordId, Refusal};
use commonware_codec::DecodeExt as _;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Whose record it is, and who else holds it.
const CUSTODIAN: usize = 1;
const HOLDER: usize = 2;
const HOUR_MS: u64 = 3_600_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// A patient with a card, checked in, and sixty records that were deposited at once.
struct Filed {
    card: SoftCard,
    read: ReadContext,
    records: Vec<RecordId>,
}

async fn filed(house: &House) -> Filed {
    let (card, who) = (SoftCard::generate().expect("a card"), actor(CUSTODIAN));
    house
        .register_patient(&who, &card)
        .await
        .expect("registers");
    let (context, basis) = visit(house, CUSTODIAN, &card).await;
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let house = house.clone();
            let one = async move {
                house
                    .deposit(&actor(CUSTODIAN), Some(&context), observation(n))
                    .await
            };
            tokio::spawn(one)
        })
        .collect();
    let (mut records, mut transactions) = (Vec::new(), BTreeSet::new());
    for task in tasks {
        let done = task.await.expect("ends").expect("deposits");
        records.push(done.record);
        transactions.insert(done.transaction.expect("known"));
    }
    assert_eq!(transactions.len(), 60, "each its own transaction");
    let read = ReadContext {
        basis,
        purpose: Purpose::Treat,
        patient: Some(card.patient()),
    };
    Filed {
        card,
        read,
        records,
    }
}

/// Prepares a call, has the card sign if it must, and submits it; gives what was called.
async fn calls(house: &House, ask: ErasureAsk, card: Option<&SoftCard>) -> Result<Call, Error> {
    let who = actor(CUSTODIAN);
    let keys: Vec<_> = card.iter().map(|card| card.public_key()).collect();
    let ask = LegalAsk::Erasure(ask);
    let prepared: Prepared = house.prepare_legal(&who, ask, &keys).await?;
    let signed = card.map(|card| card.cosign(&prepared.id()).expect("signs"));
    let call = prepared.body.calls[0].clone();
    let signed = signed.into_iter().collect();
    house.submit_prepared(&who, prepared, signed).await?;
    Ok(call)
}

/// Whether the bytes of a record's id stand in a segment of a vault: each entry's heads have it.
fn kept(network: &Network, member: usize, record: RecordId) -> bool {
    let mut folders = vec![network.file(&format!("m{member}"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("reads") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "seg") && has(&path, record) {
                return true;
            }
        }
    }
    false
}

fn has(segment: &Path, record: RecordId) -> bool {
    let bytes = std::fs::read(segment).expect("reads");
    let id = record.as_bytes();
    bytes.windows(id.len()).any(|bytes| bytes == id)
}

/// A value of the state, by its name.
fn state(network: &Network, name: &str) -> Option<Vec<u8>> {
    let line = format!("inspect --config m1/node.toml --json state {name}");
    let (code, told, errors) = network.run(&line);
    assert_eq!(code, 0, "{told} {errors}");
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let bytes = told["bytes"].as_str()?;
    Some(hex::decode(bytes).expect("hex"))
}

/// How many members have said that they deleted a record.
fn confirmed(network: &Network, record: RecordId) -> usize {
    let bytes = state(network, &format!("erasure {record}")).expect("a tombstone");
    let tombstone = ErasureState::decode(bytes).expect("decodes");
    tombstone.confirmed.len()
}

#[test]
fn what_is_erased_is_deleted_by_its_holders_who_say_so() {
    let network = Network::of(4, 10);
    let _nodes: Vec<Process> = (1..=4)
        .map(|member| network.start("node", member))
        .collect();
    until(&network, 1, |status| status["height"].as_u64() > Some(1));
    let mut gateways: Vec<Process> = [CUSTODIAN, HOLDER]
        .iter()
        .map(|member| gateway(&network, *member))
        .collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("folder");
    let house = runtime.block_on(house(&network, CUSTODIAN, folder.path()));
    let filed = runtime.block_on(filed(&house));
    let (record, other) = (filed.records[0], filed.records[1]);
    for member in [CUSTODIAN, HOLDER] {
        assert!(kept(&network, member, record), "member {member}");
    }

    let refused = |ask: ErasureAsk, card: Option<&SoftCard>| match runtime
        .block_on(calls(&house, ask, card))
    {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    let erase = || ErasureAsk::Erase(vec![record]);
    assert_eq!(refused(erase(), Some(&filed.card)), Refusal::RetentionUnset);
    assert_eq!(refused(erase(), None), Refusal::CardNotPresent);
    let id = proposal(&act(&network, 0, 1, "propose retention --days 0"));
    for member in 2..=3 {
        act(&network, 0, member, &format!("vote {id} yes"));
    }
    // In force from an epoch's end on.
    let end = Instant::now() + PATIENCE;
    while state(&network, "retention").is_none() {
        assert!(Instant::now() < end, "the vote is not in force");
        std::thread::sleep(Duration::from_millis(300));
    }
    let hold = ErasureAsk::Hold(HoldAsk {
        caller_id: b"claim".to_vec(),
        records: vec![record],
        ground: "a claim".to_owned(),
        until_ms: amanat::now_ms().plus(HOUR_MS),
    });
    let held = runtime.block_on(calls(&house, hold, None)).expect("holds");
    let Call::Hold(held) = held else {
        panic!("{held:?}");
    };
    assert_eq!(refused(erase(), Some(&filed.card)), Refusal::RecordHeld);
    // One of the vaults is not there when it is erased.
    drop(gateways.pop());
    let hold = HoldId::derive(house.member(), held.local);
    let ended = calls(&house, ErasureAsk::EndHold(hold), None);
    runtime.block_on(ended).expect("ends the hold");
    let erased = calls(&house, erase(), Some(&filed.card));
    runtime.block_on(erased).expect("erases");

    let who = actor(CUSTODIAN);
    let gone = runtime.block_on(house.read(&who, &filed.read, record));
    assert!(
        matches!(gone, Err(Error::Refused(Refusal::RecordErased))),
        "{gone:?}"
    );
    let until_said = |most: usize| {
        let end = Instant::now() + PATIENCE;
        while confirmed(&network, record) < most {
            assert!(Instant::now() < end, "{most} have not said so");
            std::thread::sleep(Duration::from_millis(300));
        }
    };
    until_said(1);
    assert!(!kept(&network, CUSTODIAN, record));
    assert!(kept(&network, HOLDER, record), "its vault does not run");
    gateways.push(gateway(&network, HOLDER));
    until_said(2);
    for member in [CUSTODIAN, HOLDER] {
        assert!(!kept(&network, member, record), "member {member}");
        assert!(kept(&network, member, other), "member {member}");
    }
    let read = house.read(&who, &filed.read, other);
    assert_eq!(runtime.block_on(read).expect("opens").record, other);
}
