//! Setting a member up: files that are made once, files that are refused, and what is said about them.
use crate::member::{Network, amanat, init_line, told};
use amanat::config::check::Configured;
use amanat::config::endpoint::Endpoint;
use amanat::keys::Keys;
use amanat::member_file::{Addresses, Identity, MemberFile};
use amanat::passphrase::Source;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn init_makes_files_of_its_owner_alone_and_never_twice() {
    let network = Network::members();
    let names = [
        "keys.toml",
        "node.toml",
        "gateway.toml",
        "clients.toml",
        "member.toml",
    ];
    let read = || names.map(|name| network.text(&format!("m1/{name}")));
    for name in names {
        let about = std::fs::metadata(network.file(&format!("m1/{name}"))).expect("is there");
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let before = read();
    let (code, _, errors) = network.run(&init_line(1, &network.places[0]));
    assert_eq!(code, 1);
    assert!(errors.contains("keys.toml is there already"), "{errors}");
    assert_eq!(read(), before);
    for name in ["node.toml", "gateway.toml"] {
        Configured::read(&network.file(&format!("m1/{name}"))).expect("a configuration");
    }
}

#[test]
fn init_names_the_field_that_is_wrong() {
    let network = Network::members();
    let line = init_line(5, &network.free(1)[0]);
    let refused = |line: &str, field: &str| {
        let (code, _, errors) = network.run(line);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains(field), "{errors}");
        assert!(!network.file("m5").exists());
    };
    refused(
        &line.replace("hospital", "castle"),
        "kind: must be one of hospital",
    );
    refused(
        &line.replace("--member 5", "--member 0"),
        "member: numbers begin with 1",
    );
    let long = "n".repeat(65);
    refused(&line.replace("Member-5", &long), "name: at most 64 bytes");
    let unreachable = line.replacen("--listen 127.0.0.1", "--listen 0.0.0.0", 1);
    refused(&unreachable, "listen: others cannot reach");
    std::fs::write(network.file("passphrase"), "short\n").expect("writes");
    refused(&line, "passphrase: at least 12 characters");
    std::fs::write(network.file("passphrase"), "long enough a phrase\n").expect("writes");
    let (code, _, errors) = network.run(&format!("{unreachable} --reach 127.0.0.1"));
    assert_eq!(code, 0, "{errors}");
}

#[test]
fn keys_open_with_their_passphrase_and_no_other() {
    let network = Network::members();
    let keys = network.file("m1/keys.toml");
    assert!(Keys::is_sealed(&keys).expect("well formed"));
    let open = || Keys::open(&keys, &Source::existing(Some(network.file("passphrase"))));
    let before = open().expect("opens").vault_signer().public_key();
    let (code, _, errors) = network.run("keys passphrase --keys m1/keys.toml");
    assert_eq!(code, 2);
    assert!(
        errors.contains("--passphrase-file, AMANAT_PASSPHRASE"),
        "{errors}"
    );
    let change = |old: &str, new: &str| {
        let mut command = amanat();
        command.args(["keys", "passphrase", "--keys", "m1/keys.toml"]);
        command
            .env("AMANAT_PASSPHRASE", old)
            .env("AMANAT_NEW_PASSPHRASE", new);
        told(command.current_dir(network.path()).output().expect("runs"))
    };
    let sealed = network.text("m1/keys.toml");
    let (code, _, errors) = change("correct horse battery stapler", "another good passphrase");
    assert_eq!(code, 1);
    assert!(errors.contains("does not open"), "{errors}");
    let (code, _, errors) = change(crate::member::PASSPHRASE, "short");
    assert_eq!(
        (code, network.text("m1/keys.toml")),
        (1, sealed.clone()),
        "{errors}"
    );
    let (code, _, errors) = change(crate::member::PASSPHRASE, "another good passphrase");
    assert_eq!(code, 0, "{errors}");
    assert!(open().is_err(), "the old passphrase opens nothing now");
    std::fs::write(network.file("passphrase"), "another good passphrase").expect("writes");
    assert_eq!(open().expect("opens").vault_signer().public_key(), before);
    let mode = std::fs::metadata(&keys)
        .expect("is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let passphrase = network.file("passphrase");
    std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o604)).expect("chmod");
    let error = open().map(drop).expect_err("refused").to_string();
    assert!(error.contains("read by everyone"), "{error}");
}

#[test]
fn a_node_does_not_start_with_another_passphrase() {
    let network = Network::founded();
    let mut command = amanat();
    command.args(["node", "--config", "m1/node.toml"]);
    command.env("AMANAT_PASSPHRASE", "correct horse battery stapler");
    let (code, _, errors) = told(command.current_dir(network.path()).output().expect("runs"));
    assert_eq!(code, 2);
    assert!(errors.contains("the passphrase is another"), "{errors}");
    let ledger = network.file("m1/node/ledger");
    assert!(!ledger.exists(), "nothing was opened");
}

const FOUND: &str = "genesis --out genesis.json --name test m1/member.toml m2/member.toml m3/member.toml m4/member.toml";

#[test]
fn a_node_at_whose_address_somebody_listens_says_which_and_moves_nothing() {
    let network = Network::founded();
    let kept = network.file("m1/node/ledger/kept");
    std::fs::create_dir_all(kept.parent().expect("the ledger")).expect("creates");
    std::fs::write(&kept, "a").expect("writes");
    let [listen, api, custodian, ..] = network.places[0];
    let addresses = [("listen", listen), ("api", api), ("custodian", custodian)];
    for (key, at) in addresses {
        let taken = TcpListener::bind(at).expect("held for it");
        let line = "node --config m1/node.toml --passphrase-file passphrase --resync";
        let (code, _, errors) = network.run(line);
        assert_eq!(code, 2, "{errors}");
        let named = errors.contains(key) && errors.contains(&at.to_string());
        assert!(named && errors.contains("in use"), "{errors}");
        assert!(kept.exists(), "{key}");
        drop(taken);
    }
}

#[test]
fn a_member_file_that_was_altered_in_any_field_is_refused() {
    let network = Network::members();
    let good = network.text("m2/member.toml");
    let other = network.text("m3/member.toml");
    let fields: Vec<&str> = good.lines().filter(|line| line.contains(" = ")).collect();
    assert_eq!(fields.len(), 12);
    for field in fields {
        let key = field.split(' ').next().expect("a key");
        if key == "kind" || key == "format" {
            continue;
        }
        let theirs = other
            .lines()
            .find(|line| line.starts_with(key))
            .expect("the same key");
        std::fs::write(network.file("m2/member.toml"), good.replace(field, theirs))
            .expect("writes");
        let (code, _, errors) = network.run(FOUND);
        assert_eq!(code, 1, "{key}: {errors}");
        assert!(
            errors.contains("m2/member.toml: signature"),
            "{key}: {errors}"
        );
    }
    let kind = good.replace("\"hospital\"", "\"regulator\"");
    std::fs::write(network.file("m2/member.toml"), kind).expect("writes");
    assert_eq!(network.run(FOUND).0, 1);
    let half = good.get(..good.len() / 2).expect("ASCII");
    std::fs::write(network.file("m2/member.toml"), half).expect("writes");
    let (code, _, errors) = network.run(FOUND);
    assert_eq!(code, 1);
    assert!(errors.contains("m2/member.toml"), "{errors}");
    assert!(!network.file("genesis.json").exists());
    std::fs::write(network.file("m2/member.toml"), good).expect("writes");
    assert_eq!(network.run(FOUND).0, 0);
}

#[test]
fn a_genesis_needs_four_members_each_once_and_is_the_same_everywhere() {
    let network = Network::members();
    let refused = |line: &str, word: &str| {
        let (code, _, errors) = network.run(line);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains(word), "{errors}");
    };
    refused(&FOUND.replace(" m4/member.toml", ""), "at least 4");
    refused(
        &FOUND.replace("m4", "m3"),
        "member: stands in m3/member.toml too",
    );
    refused(&format!("{FOUND} --epoch-blocks 9"), "epoch_blocks");
    // Another member that took over the keys of the third.
    std::fs::copy(network.file("m3/keys.toml"), network.file("m4/keys.toml")).expect("copies");
    let (code, _, errors) = network.run("announce --dir m4 --passphrase-file passphrase");
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("are not the keys of member.toml"),
        "{errors}"
    );
    let (code, told, _) = network.run(&format!("{FOUND} --time-ms 1700000000000"));
    assert_eq!(code, 0);
    refused(FOUND, "out: is there already");
    let again = "genesis --out again.json --name test --time-ms 1700000000000 m4/member.toml m2/member.toml m3/member.toml m1/member.toml";
    assert_eq!(network.run(again).0, 0);
    assert_eq!(network.text("genesis.json"), network.text("again.json"));
    let digest = network.text("genesis.json");
    let digest = digest.split("\"digest\": \"").nth(1).expect("a digest");
    let digest = digest.get(..64).expect("64 digits");
    assert!(told.replace(' ', "").contains(digest), "{told}");
}

#[test]
fn a_file_of_the_members_folder_that_is_strange_is_named() {
    let network = Network::founded();
    let check = |code: i32, word: &str| {
        let told = network.run("config check --config m1/node.toml");
        assert_eq!(told.0, code, "{}", told.1);
        assert!(told.1.contains(word), "{}", told.1);
    };
    check(0, "3 addresses of others");
    let third = network.file("m1/members/member-3.toml");
    let text = std::fs::read_to_string(&third).expect("reads");
    std::fs::remove_file(&third).expect("removes");
    check(0, "no address of member 3 of the genesis");
    std::fs::write(&third, text.replace("Member-3", "Member-9")).expect("writes");
    check(1, "member-3.toml: signature");
    std::fs::write(&third, &text).expect("writes");
    std::fs::write(network.file("m1/members/copy.toml"), &text).expect("writes");
    check(1, "its keys are those of member 3");
    std::fs::remove_file(network.file("m1/members/copy.toml")).expect("removes");
    // A member that moved: new addresses, the same keys, signed anew.
    let moved = network.free(1)[0][0].to_string();
    let node = network.text("m3/node.toml");
    let node = node.replace(&network.places[2][0].to_string(), &moved);
    std::fs::write(network.file("m3/node.toml"), node).expect("writes");
    let (code, _, errors) = network.run("announce --dir m3 --passphrase-file passphrase");
    assert_eq!(code, 0, "{errors}");
    std::fs::copy(network.file("m3/member.toml"), &third).expect("copies");
    check(0, "3 addresses of others");
    assert!(
        std::fs::read_to_string(&third)
            .expect("reads")
            .contains(&moved)
    );
}

/// A public file of another number, made with the keys of member 3.
fn with_the_keys_of_three(network: &Network) -> String {
    let source = Source::existing(Some(network.file("passphrase")));
    let keys = Keys::open(&network.file("m3/keys.toml"), &source).expect("opens");
    let identity = Identity {
        member: 5,
        name: "Member-5".to_owned(),
        kind: "hospital".to_owned(),
    };
    let [node, _, custodian, vault, _] = network.places[2];
    let addresses = Addresses {
        node: node.into(),
        custodian: Endpoint::from(custodian).into(),
        vault: Endpoint::from(vault).into(),
    };
    let file = MemberFile::make(&identity, &keys, vec![addresses]).expect("makes");
    file.text().expect("prints")
}

#[test]
fn keys_of_another_member_found_nothing_and_start_nothing() {
    let network = Network::founded();
    let fifth = with_the_keys_of_three(&network);
    std::fs::write(network.file("fifth.toml"), &fifth).expect("writes");
    let found = FOUND.replace("genesis.json", "other.json");
    let (code, _, errors) = network.run(&format!("{found} fifth.toml"));
    assert_eq!(code, 1);
    assert!(errors.contains("stands in m3/member.toml too"), "{errors}");
    // By itself the file is sound: without the third member it founds a network.
    let (code, _, errors) =
        network.run(&format!("{found} fifth.toml").replace("m3/member.toml ", ""));
    assert_eq!(code, 0, "{errors}");
    // But no two members have the same keys.
    std::fs::write(network.file("m1/members/fifth.toml"), &fifth).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(told.contains("its keys are those of member"), "{told}");
    std::fs::remove_file(network.file("m1/members/fifth.toml")).expect("removes");
    std::fs::copy(network.file("m2/keys.toml"), network.file("m1/keys.toml")).expect("copies");
    for what in ["node", "gateway"] {
        let line = format!("{what} --config m1/{what}.toml --passphrase-file passphrase");
        let (code, _, errors) = network.run(&line);
        assert_eq!(code, 2);
        assert!(
            errors.contains("keys: they are those of member-2"),
            "{errors}"
        );
    }
}

#[test]
fn a_list_of_peers_beside_the_folder_is_refused() {
    let network = Network::founded();
    let text = network.text("m1/node.toml");
    let peer = format!("{text}[[peers]]\nmember = 2\naddress = \"127.0.0.1:1\"\n");
    std::fs::write(network.file("m1/node.toml"), peer).expect("writes");
    let (code, told, _) = network.run("config check --config m1/node.toml");
    assert_eq!(code, 1);
    assert!(
        told.contains("peers: members_folder is there too"),
        "{told}"
    );
    // In place of the folder a list; whom it leaves out is said: a member may have been removed by vote.
    let folder = "members_folder = \"members\"\n";
    let list = |members: &[usize]| {
        let peers = members.iter().map(|member| {
            let address = network.places[member - 1][0];
            format!("[[peers]]\nmember = {member}\naddress = \"{address}\"\n")
        });
        let text = text.replace(folder, &peers.collect::<String>());
        std::fs::write(network.file("m1/node.toml"), text).expect("writes");
        network.run("config check --config m1/node.toml")
    };
    assert_eq!(list(&[2, 3, 4]).0, 0);
    let (code, told, _) = list(&[2, 4]);
    assert_eq!(code, 0);
    assert!(told.contains("no address of member 3"), "{told}");
}
