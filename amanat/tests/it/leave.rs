//! A member leaves, by the commands of `docs/operate/members.md`, on processes that run: what it kept is opened without it.
use crate::govern::{act, proposal, until};
use crate::member::{Network, Process};
use amanat::config::{self, GatewayConfig};
use amanat::keys::{Keys, seed_bytes};
use amanat::passphrase::Source;
use amanat::run::key;
use amanat::{genesis_file, member_file};
use amanat_client::{Asker, Clock, Doors, HttpClient, MemberClient, NodeClient};
use amanat_envelope::SealingSecret;
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::consent::{GrantAsk, Granted};
use amanat_exchange::{
    Actor, Basis, Card as _, Config, Draft, Exchange, ReadContext, SoftCard, StorageKey,
    WriteContext,
};
use amanat_fhir::Limits;
use amanat_types::call::{Grantee, WriteBasis};
use amanat_types::code::{GrantAccess, RetractReason};
use amanat_types::{MemberId, PatientId, Purpose, RecordId};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// The member that leaves, its successor, and who reads.
const LEAVER: usize = 5;
const SUCCESSOR: usize = 1;
const READER: usize = 2;
const HOUR_MS: u64 = 3_600_000;
const PATIENCE: Duration = Duration::from_secs(120);

pub type House = Exchange<NodeClient, MemberClient>;

/// The use cases of one member, beside its processes, in a folder of its own.
pub async fn house(network: &Network, member: usize, folder: &Path) -> House {
    let at = |name: &str| network.file(&format!("m{member}/{name}"));
    let passphrase = Source::existing(Some(network.file("passphrase")));
    let keys = Keys::open(&at("keys.toml"), &passphrase).expect("keys");
    let configured: GatewayConfig = config::read(&at("gateway.toml")).expect("a configuration");
    let genesis = genesis_file::read(&at("genesis.json")).expect("a genesis");
    let id = MemberId::new(configured.member);
    let files = member_file::read_folder(&at("members")).expect("public files");
    let doors = files.values().map(|file| {
        let doors = Doors {
            key: amanat_types::PublicKey::from_hex(&file.vault),
            vault: file.vault_at.to_string(),
            custodian: file.custodian_at.to_string(),
        };
        (MemberId::new(file.member), doors)
    });
    let asker = Asker {
        network: genesis.digest(),
        member: id,
        signer: keys.vault_signer(),
        clock: Clock::system(),
    };
    let stores = MemberClient::new(asker, doors.collect()).expect("doors");
    let own = keys.vault_signer().public_key();
    let http = HttpClient::proving(&own, "the node").expect("a key");
    let node = NodeClient::new(http, &configured.node.to_string());
    let config = Config {
        member: id,
        network: genesis.digest(),
        signer: keys.transaction_signer(key::EXCHANGE).expect("a key"),
        sealing: SealingSecret::from_seed(&seed_bytes(&keys.sealing).expect("a seed")),
        storage: StorageKey::new([7; 32]),
        clock: Clock::system(),
    };
    Exchange::open(folder, config, node, stores)
        .await
        .expect("opens")
}

pub fn actor(member: usize) -> Actor {
    let id = MemberId::new(u16::try_from(member).expect("small"));
    Actor::new(id, "test").expect("a name")
}

fn draft(text: &str, name: &str) -> Draft {
    let resource = amanat_fhir::parse(text.as_bytes(), Limits::RESOURCE).expect("JSON");
    Draft {
        resource: amanat_fhir::check(resource).expect("a resource"),
        caller_id: name.as_bytes().to_vec(),
    }
}

pub fn observation(n: usize) -> Draft {
    let text = format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"t{n}"}},"valueQuantity":{{"value":{n}.5}}}}"#
    );
    draft(&text, &format!("o{n}"))
}

/// A visit of an hour, for reading and writing: on what basis its member writes, and reads.
pub async fn visit(house: &House, member: usize, card: &SoftCard) -> (WriteContext, Basis) {
    let until_ms = amanat::now_ms().plus(HOUR_MS);
    let ask = CheckInAsk {
        caller_id: b"visit".to_vec(),
        write: true,
        until_ms,
        ticket_until_ms: until_ms,
    };
    let all = amanat_exchange::card::patient_categories();
    let visit = house.check_in(&actor(member), card, &all, ask).await;
    let encounter = visit.expect("checks in").encounter;
    let context = WriteContext {
        patient: card.patient(),
        basis: WriteBasis::Encounter(encounter),
    };
    (context, Basis::Treatment(encounter))
}

/// What the leaver has brought in, and the consent under which the reader opens it.
struct Brought {
    records: Vec<RecordId>,
    retracted: RecordId,
    patient: PatientId,
    granted: Granted,
}

/// Four observations of a patient, one of them taken back, one of them superseded by a fifth.
async fn bring(leaver: &House) -> Brought {
    let card = SoftCard::generate().expect("a card");
    let who = actor(LEAVER);
    leaver
        .register_patient(&who, &card)
        .await
        .expect("registers");
    let all = amanat_exchange::card::patient_categories();
    let until = amanat::now_ms().plus(HOUR_MS);
    let (context, _) = visit(leaver, LEAVER, &card).await;
    let drafts = (0..4).map(observation).collect();
    let done = leaver.deposit_bundle(&who, Some(&context), drafts).await;
    let done = done.expect("deposits");
    let new = leaver
        .amend(&who, Some(&context), done[1].record, observation(9))
        .await
        .expect("amends");
    let retracted = done[3].record;
    let reason = RetractReason::EnteredInError;
    leaver
        .retract(&who, retracted, reason)
        .await
        .expect("retracts");
    let ask = GrantAsk {
        caller_id: b"grant".to_vec(),
        grantee: Grantee::Member(MemberId::new(u16::try_from(READER).expect("small"))),
        access: GrantAccess::Read,
        purposes: vec![Purpose::Treat],
        until_ms: until,
    };
    let granted = leaver.grant(&who, &card, &all, ask).await.expect("grants");
    let mut records: Vec<RecordId> = done[..3].iter().map(|one| one.record).collect();
    records.push(new.record);
    Brought {
        records,
        retracted,
        patient: card.patient(),
        granted,
    }
}

/// Whether the reader opens every record, and what it says.
async fn opens(reader: &House, brought: &Brought) -> bool {
    let read = ReadContext {
        basis: Basis::Consent(brought.granted.grant),
        purpose: Purpose::Treat,
        patient: Some(brought.patient),
    };
    let opened = reader
        .read_many(&actor(READER), &read, &brought.records)
        .await;
    let opened = opened.map(|set| {
        let texts = set.opened.iter();
        let texts = texts.map(|one| amanat_fhir::canonical(&one.resource));
        texts
            .map(|text| String::from_utf8(text.to_vec()).expect("UTF-8"))
            .collect::<Vec<_>>()
    });
    match opened {
        Ok(texts) => {
            for (text, n) in texts.iter().zip([0, 1, 2, 9]) {
                assert!(text.contains(&format!("{n}.5")), "{text}");
            }
            texts.len() == 4
        }
        Err(error) => {
            println!("not opened: {error}");
            false
        }
    }
}

fn listens(network: &Network, member: usize, which: usize) {
    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(network.places[member - 1][which]).is_err() {
        assert!(Instant::now() < end, "member {member} does not listen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Runs a command beside a gateway's configuration.
fn beside(network: &Network, code: i32, member: usize, command: &str) -> String {
    let line = format!("{command} --config m{member}/gateway.toml --passphrase-file passphrase");
    let (status, told, errors) = network.run(&line);
    assert_eq!(status, code, "{line}: {told} {errors}");
    format!("{told}{errors}")
}

pub fn gateway(network: &Network, member: usize) -> Process {
    let started = network.start("gateway", member);
    listens(network, member, 3);
    started
}

#[test]
fn a_member_hands_over_is_removed_and_its_records_are_opened_without_it() {
    let network = Network::of(5, 10);
    let mut nodes: Vec<Process> = (1..=5)
        .map(|member| network.start("node", member))
        .collect();
    until(&network, 1, |status| status["height"].as_u64() > Some(1));
    let mut gateways: Vec<Process> = [SUCCESSOR, READER, LEAVER]
        .iter()
        .map(|member| gateway(&network, *member))
        .collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folders: [tempfile::TempDir; 3] =
        std::array::from_fn(|_| tempfile::tempdir().expect("folder"));
    let leaver = runtime.block_on(house(&network, LEAVER, folders[0].path()));
    let successor = runtime.block_on(house(&network, SUCCESSOR, folders[1].path()));
    let reader = runtime.block_on(house(&network, READER, folders[2].path()));
    let brought = runtime.block_on(bring(&leaver));
    let letter = &brought.granted.letter;
    runtime
        .block_on(reader.accept_letter(&actor(READER), letter))
        .expect("a letter");
    assert!(runtime.block_on(opens(&reader, &brought)));
    // Of two records of the successor the leaver's vault holds one: the vaults of members 3 and 4 do not run.
    for n in 0..2 {
        let text = format!(r#"{{"resourceType":"Organization","name":"house {n}"}}"#);
        let organization = draft(&text, &format!("h{n}"));
        let who = actor(SUCCESSOR);
        let done = successor.deposit(&who, None, organization);
        runtime.block_on(done).expect("deposits");
    }

    export_is_whole_and_sealed(&network, &brought);
    hand_over(&network);

    // The custodian does not answer: what can be told is said, and nothing has changed.
    drop(nodes.pop());
    let told = beside(&network, 2, SUCCESSOR, "take-over --from 5");
    assert!(told.contains("run take-over again"), "{told}");
    nodes.push(network.start("node", LEAVER));
    until(&network, LEAVER, |status| status["ready"] == true);
    assert!(runtime.block_on(opens(&reader, &brought)));

    let told = beside(&network, 0, SUCCESSOR, "take-over --from 5 --json");
    assert!(
        told.contains(r#""done":4"#) && told.contains(r#""left":[]"#),
        "{told}"
    );
    let told = beside(&network, 0, SUCCESSOR, "take-over --from 5 --json");
    assert!(told.contains(r#""done":0"#), "{told}");
    let (code, told, _) = network.run("custody --config m3/node.toml --of 5");
    assert!(
        code == 0 && told.contains("keeps 0 records") && told.contains("1 more are retracted"),
        "{told}"
    );
    assert!(runtime.block_on(opens(&reader, &brought)));

    let id = proposal(&act(&network, 0, SUCCESSOR, "propose remove 5"));
    for member in 2..=4 {
        act(&network, 0, member, &format!("vote {id} yes"));
    }
    until(&network, 1, |status| status["validators"] == 4);
    drop((nodes.pop(), gateways.pop()));
    // Nothing of the member that left runs any more, and nothing is remembered of an earlier opening.
    runtime.block_on(reader.close()).expect("closes");
    drop(reader);
    let folder = tempfile::tempdir().expect("folder");
    let reader = runtime.block_on(house(&network, READER, folder.path()));
    runtime
        .block_on(reader.accept_letter(&actor(READER), letter))
        .expect("a letter");
    assert!(runtime.block_on(opens(&reader, &brought)));

    // What the vault that left held for others is brought back to two active holders.
    let (code, told, _) = network.run("custody --config m1/node.toml --of 1 --json");
    assert!(code == 1 && told.contains(r#""short":1"#), "{told}");
    let told = beside(&network, 0, SUCCESSOR, "spread --json");
    assert!(told.contains(r#""done":1"#), "{told}");
    let (code, told, _) = network.run("custody --config m1/node.toml --of 1 --json");
    assert!(code == 0 && told.contains(r#""short":0"#), "{told}");
}

/// Both sign: whoever was asked to, and nobody else.
fn hand_over(network: &Network) {
    let told = act(network, 1, SUCCESSOR, "propose remove 5");
    assert!(
        told.contains("still keeps 4 records") && told.contains("--despite-records"),
        "{told}"
    );
    let told = beside(network, 1, SUCCESSOR, "take-over --from 5");
    assert!(told.contains("NotSuccessor"), "{told}");
    let told = act(network, 0, LEAVER, "hand-over --to 1 --out succession.json");
    assert!(
        told.contains("member 5 names member 1 its successor"),
        "{told}"
    );
    let told = act(network, 1, LEAVER, "submit succession.json");
    assert!(
        told.contains("is missing: `amanat cosign` adds it"),
        "{told}"
    );
    let cosign = "cosign succession.json --passphrase-file passphrase --keys";
    assert_eq!(network.run(&format!("{cosign} m2/keys.toml")).0, 1);
    let (code, told, errors) = network.run(&format!("{cosign} m1/keys.toml"));
    assert!(
        code == 0 && told.contains("can open them"),
        "{told} {errors}"
    );
    let told = act(network, 0, LEAVER, "submit succession.json");
    assert!(told.contains("amanat take-over --from 5"), "{told}");
    let told = beside(network, 1, READER, "take-over --from 5");
    assert!(told.contains("NotSuccessor"), "{told}");
    // It may be taken back, and given anew.
    act(network, 0, LEAVER, "hand-over --withdraw");
    let told = beside(network, 1, SUCCESSOR, "take-over --from 5");
    assert!(told.contains("NotSuccessor"), "{told}");
    act(network, 0, LEAVER, "hand-over --to 1 --out again.json");
    let (code, _, errors) =
        network.run("cosign again.json --passphrase-file passphrase --keys m1/keys.toml");
    assert_eq!(code, 0, "{errors}");
    act(network, 0, LEAVER, "submit again.json");
}

fn export_is_whole_and_sealed(network: &Network, brought: &Brought) {
    use std::os::unix::fs::PermissionsExt as _;
    let told = beside(network, 0, LEAVER, "export --out exported --json");
    assert!(told.contains(r#""records":5"#), "{told}");
    let mode = std::fs::metadata(network.file("exported"))
        .expect("a folder")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    let told = beside(network, 1, LEAVER, "export --out exported");
    assert!(told.contains("is not empty"), "{told}");
    let check = "export --check --from exported --genesis genesis.json";
    let (code, told, errors) = network.run(check);
    assert!(
        code == 0 && told.contains("5 records in 16 files"),
        "{told} {errors}"
    );
    let of = |record: &RecordId, kind: &str| {
        let id = record.to_string();
        network.file(&format!("exported/records/{}/{id}.{kind}", &id[..2]))
    };
    let proof = of(&brought.retracted, "proof");
    let (code, _, errors) = network.run(&format!(
        "verify {} --genesis genesis.json",
        proof.display()
    ));
    assert_eq!(code, 0, "{errors}");
    // A changed byte of any file is found; a blob that the manifest agrees with is found by the ledger's proof.
    for file in [
        of(&brought.records[0], "blob"),
        of(&brought.records[1], "wrap"),
        proof,
        network.file("exported/MANIFEST"),
    ] {
        let bytes = std::fs::read(&file).expect("reads");
        let mut changed = bytes.clone();
        changed[40] ^= 1;
        std::fs::write(&file, &changed).expect("writes");
        assert_eq!(network.run(check).0, 1, "{}", file.display());
        std::fs::write(&file, &bytes).expect("writes");
    }
    relisted(network, &of(&brought.records[0], "blob"), check);
    assert_eq!(network.run(check).0, 0);
    // One that was not finished is gone on with.
    let manifest = network.text("exported/MANIFEST");
    let head: String = manifest
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(network.file("exported/EXPORTING"), head).expect("writes");
    std::fs::remove_file(network.file("exported/MANIFEST")).expect("removes");
    std::fs::remove_file(of(&brought.records[2], "wrap")).expect("removes");
    let (code, _, errors) = network.run(check);
    assert!(code == 1 && errors.contains("is not finished"), "{errors}");
    let told = beside(network, 1, READER, "export --out exported");
    assert!(told.contains("another member"), "{told}");
    beside(network, 0, LEAVER, "export --out exported");
    assert_eq!(network.run(check).0, 0);
}

/// Another blob of the same size, with a manifest that lists it rightly.
fn relisted(network: &Network, blob: &Path, check: &str) {
    use commonware_cryptography::{Hasher as _, Sha256};
    let digest = |bytes: &[u8]| hex::encode(Sha256::hash(&[bytes]).0);
    let (bytes, manifest) = (
        std::fs::read(blob).expect("reads"),
        network.text("exported/MANIFEST"),
    );
    let mut other = bytes.clone();
    other[0] ^= 1;
    let (body, _) = manifest.trim_end().rsplit_once('\n').expect("lines");
    let body = format!("{body}\n").replace(&digest(&bytes), &digest(&other));
    let end = digest(body.as_bytes());
    std::fs::write(blob, &other).expect("writes");
    std::fs::write(
        network.file("exported/MANIFEST"),
        format!("{body}end {end}\n"),
    )
    .expect("writes");
    let (code, _, errors) = network.run(check);
    assert!(
        code == 1 && errors.contains("not those that the ledger names"),
        "{errors}"
    );
    std::fs::write(blob, &bytes).expect("writes");
    std::fs::write(network.file("exported/MANIFEST"), manifest).expect("writes");
}
