//! Which ways to a patient's records were open at a past height, by a ledger that is executed again: the list that `who_could` gave then.
use crate::govern::{status, until};
use crate::leave::{House, actor, gateway, house, observation};
use crate::member::{Network, Process};
use crate::operate::json;
use amanat_exchange::care::{SeatAsk, TeamAsk};
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::explain::{Reader, Verdict, Way};
use amanat_exchange::register::PractitionerAsk;
use amanat_exchange::restrict::RestrictAsk;
use amanat_exchange::{
    Basis, Card as _, Cosigner, Prepared, ReadContext, SoftCard, SoftKey, WriteContext,
};
use amanat_types::call::{Covered, Denied, Grantee, Restriction, WriteBasis};
use amanat_types::code::GrantAccess;
use amanat_types::codec::List;
use amanat_types::{MemberId, PatientId, Purpose, RecordId, Role, TimestampMs};
use serde_json::{Value, json as value};

/// Whose patient it is, and who reads by consent.
const HOST: usize = 1;
const READER: usize = 2;
const HOUR_MS: u64 = 3_600_000;
/// Long enough to be given on a loaded machine; the test waits for its end.
const BRIEF_MS: u64 = 15_000;

/// What happened, each at its height, and the lists that were told at the tip then.
struct Happened {
    patient: PatientId,
    record: RecordId,
    practitioner: String,
    restriction: String,
    granted: u64,
    restricted: u64,
    teamed: u64,
    revoked: u64,
    /// A grant that ends by itself, and when.
    brief: (u64, TimestampMs),
    /// With the height at which it was told, and whether of the record alone.
    told: Vec<(u64, bool, Vec<Way>)>,
}

async fn signed(host: &House, prepared: Prepared, key: &dyn Cosigner) -> u64 {
    let signature = key.cosign(&prepared.id()).expect("signs");
    let who = actor(HOST);
    let done = host.submit_prepared(&who, prepared, vec![signature]).await;
    done.expect("is accepted").height.get()
}

fn ask_grant(until_ms: TimestampMs) -> GrantAsk {
    GrantAsk {
        caller_id: b"grant".to_vec(),
        grantee: Grantee::Member(MemberId::new(2)),
        access: GrantAccess::Read,
        purposes: vec![Purpose::Treat],
        until_ms,
    }
}

/// A visit with a record, a grant that is used, a restriction of the record, a strict team, a revocation.
async fn happen(host: &House, reader: &House) -> Happened {
    let (who, card) = (actor(HOST), SoftCard::generate().expect("a card"));
    let doctor = SoftKey::generate().expect("a key");
    let until_ms = amanat::now_ms().plus(HOUR_MS);
    let ask = PractitionerAsk {
        caller_id: b"doctor".to_vec(),
        role: Role::Clinician,
        until_ms,
    };
    let registered = host.register_practitioner(&who, ask, &doctor).await;
    let (practitioner, _) = registered.expect("registers");
    let registered = host.register_patient(&who, &card).await;
    registered.expect("registers");
    let all = amanat_exchange::card::patient_categories();
    let ask = CheckInAsk {
        caller_id: b"visit".to_vec(),
        write: true,
        until_ms,
        ticket_until_ms: until_ms,
    };
    let visit = host.check_in(&who, &card, &all, ask).await;
    let visit = visit.expect("checks in");
    let context = WriteContext {
        patient: card.patient(),
        basis: WriteBasis::Encounter(visit.encounter),
    };
    let done = host.deposit(&who, Some(&context), observation(0)).await;
    let record = done.expect("deposits").record;
    let ask = ask_grant(until_ms);
    let grant = host.grant(&who, &card, &all, ask).await.expect("grants");
    let accepted = reader.accept_letter(&actor(READER), &grant.letter).await;
    accepted.expect("a letter");
    let context = ReadContext {
        basis: Basis::Consent(grant.grant),
        purpose: Purpose::Treat,
        patient: Some(card.patient()),
    };
    let opened = reader.read_many(&actor(READER), &context, &[record]).await;
    assert_eq!(opened.expect("opens").opened.len(), 1);

    let patient = card.patient();
    let mut told = Vec::new();
    let at = grant.accepted.height.get();
    told.extend(tell(host, &patient, record, at).await);
    let ask = RestrictAsk {
        caller_id: b"restriction".to_vec(),
        patient,
        restriction: Restriction {
            who: Denied::Member(MemberId::new(2)),
            access: GrantAccess::Read,
            purposes: List::empty(),
            what: Covered::Records(List::new(vec![record]).expect("one")),
            until_ms,
        },
    };
    let prepared = host.prepare_restrict(&who, ask, card.public_key()).await;
    let (restriction, prepared) = prepared.expect("prepares");
    let restricted = signed(host, prepared, &card).await;
    told.extend(tell(host, &patient, record, restricted).await);
    let ask = TeamAsk {
        encounter: visit.encounter,
        strict: true,
        seats: vec![SeatAsk::Practitioner(practitioner)],
    };
    let cosigners = [doctor.public_key()];
    let prepared = host.prepare_assign_care(&who, ask, &cosigners).await;
    let teamed = signed(host, prepared.expect("prepares"), &doctor).await;
    told.extend(tell(host, &patient, record, teamed).await);
    let revoked = host.revoke(&who, grant.grant, &card).await;
    let revoked = revoked.expect("revokes").height.get();
    told.extend(tell(host, &patient, record, revoked).await);
    let ends_ms = amanat::now_ms().plus(BRIEF_MS);
    let ask = GrantAsk {
        caller_id: b"brief".to_vec(),
        ..ask_grant(ends_ms)
    };
    let brief = host.grant(&who, &card, &all, ask).await.expect("grants");
    Happened {
        patient,
        record,
        practitioner: practitioner.to_string(),
        restriction: restriction.to_string(),
        granted: grant.accepted.height.get(),
        restricted,
        teamed,
        revoked,
        brief: (brief.accepted.height.get(), ends_ms),
        told,
    }
}

/// What the host's door would tell now, of all records and of the one.
async fn tell(
    host: &House,
    patient: &PatientId,
    record: RecordId,
    at: u64,
) -> Vec<(u64, bool, Vec<Way>)> {
    let mut told = Vec::new();
    for one in [None, Some(record)] {
        let ways = host.who_could(&actor(HOST), patient, one).await;
        told.push((at, one.is_some(), ways.expect("is told")));
    }
    told
}

/// A way as `amanat replay --json` has it, but for its findings.
fn shape(way: &Way) -> Value {
    let (granted, refusal) = match way.verdict {
        Verdict::Granted => (Some(true), None),
        Verdict::Refused(refusal) => (Some(false), Some(refusal.name())),
        Verdict::WhenAsked => (None, None),
    };
    let reader = match way.reader {
        Reader::Member(member) => value!({ "member": member.number() }),
        Reader::Practitioner(member, one) => {
            value!({ "member": member.number(), "practitioner": one.to_string() })
        }
        other => panic!("{other:?}"),
    };
    let withheld = way.withheld.iter().map(ToString::to_string);
    value!({
        "reader": reader,
        "basis": amanat_gateway::name_basis(&way.basis),
        "purpose": way.purpose.as_str(),
        "until_ms": way.until_ms.get(),
        "granted": granted,
        "refusal": refusal,
        "withheld": withheld.collect::<Vec<String>>(),
    })
}

fn ways(network: &Network, happened: &Happened, to: u64, one_record: bool) -> Vec<Value> {
    let line = line(happened, to, one_record);
    let (code, found) = json(network, &line);
    assert_eq!((code, &found["held"]), (0, &true.into()), "{found}");
    assert_eq!(found["who_could"]["height"], to, "{found}");
    assert_eq!(found["explained"], Value::Null);
    let ways = found["who_could"]["ways"].as_array().expect("ways");
    ways.clone()
}

fn line(happened: &Happened, to: u64, one_record: bool) -> String {
    let Happened {
        patient, record, ..
    } = happened;
    let line = format!("replay --config m1/node.toml --to {to} --patient {patient}");
    match one_record {
        true => format!("{line} --record {record}"),
        false => line,
    }
}

/// Bases of the ways and what would become of each.
fn outlines(ways: &[Value]) -> Vec<(String, Value)> {
    let ways = ways.iter().map(|way| {
        let basis = way["basis"].as_str().expect("a basis");
        let kind = basis.split('/').next().expect("a kind");
        (kind.to_owned(), way["granted"].clone())
    });
    ways.collect()
}

#[test]
fn the_ways_that_were_open_are_told_as_they_were_told_then() {
    let network = Network::with_epochs(20);
    let nodes: Vec<Process> = (1..=4)
        .map(|member| network.start("node", member))
        .collect();
    until(&network, 1, |status| status["height"].as_u64() > Some(1));
    let gateways = [HOST, READER].map(|member| gateway(&network, member));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folders: [tempfile::TempDir; 2] =
        std::array::from_fn(|_| tempfile::tempdir().expect("folder"));
    let host = runtime.block_on(house(&network, HOST, folders[0].path()));
    let reader = runtime.block_on(house(&network, READER, folders[1].path()));
    let happened = runtime.block_on(happen(&host, &reader));
    let ends = amanat_fhir::instant(happened.brief.1.get());
    let ended = |status: &Value| status["time"].as_str() >= Some(ends.as_str());
    let stands = crate::operate::until("its end", || status(&network, 1), ended);
    let after = stands["height"].as_u64().expect("a height");
    drop((host, reader, runtime, gateways, nodes));

    as_told(&network, &happened);
    // The grant that ended by itself: nothing on the ledger says so but the time of its blocks.
    let open = |to| ways(&network, &happened, to, false).len();
    assert_eq!((open(happened.brief.0), open(after)), (2, 1));
    in_words(&network, &happened);
    refused(&network, &happened);
}

/// The same list as at the tip then, and what counted.
fn as_told(network: &Network, happened: &Happened) {
    for (at, one_record, told) in &happened.told {
        let mut found = ways(network, happened, *at, *one_record);
        for way in &mut found {
            let findings = way.as_object_mut().and_then(|way| way.remove("findings"));
            let findings = findings.expect("findings");
            assert!(findings.as_array().is_some_and(|all| !all.is_empty()));
        }
        let told: Vec<Value> = told.iter().map(shape).collect();
        assert_eq!(found, told, "at {at}, of the record alone: {one_record}");
    }
    let (open, shut) = (Value::from(true), Value::from(false));
    let (visit, grant) = ("encounter".to_owned(), "grant".to_owned());
    let both = vec![(visit.clone(), open.clone()), (grant.clone(), open.clone())];
    let only = vec![(visit.clone(), open.clone())];
    let barred = vec![(visit, open), (grant, shut)];
    // Before the grant, with it, with the record restricted, after the revocation: of all records, and of the one.
    for (to, all, one) in [
        (happened.granted - 1, &only, &only),
        (happened.granted, &both, &both),
        (happened.restricted - 1, &both, &both),
        (happened.restricted, &both, &barred),
        (happened.revoked - 1, &both, &barred),
        (happened.revoked, &only, &only),
    ] {
        assert_eq!(&outlines(&ways(network, happened, to, false)), all, "{to}");
        assert_eq!(&outlines(&ways(network, happened, to, true)), one, "{to}");
    }
    // Who denied it.
    let found = ways(network, happened, happened.restricted, true);
    let findings = found[1]["findings"].as_array().expect("findings");
    let mut denials = findings.iter().filter(|one| one["effect"] == "deny");
    let denial = denials.next().expect("a denial");
    assert_eq!(denial["source"], "restriction");
    assert_eq!(denial["id"], happened.restriction.as_str());
    let permits = |one: &Value| one["effect"] == "permit" && one["source"] == "grant";
    assert!(findings.iter().any(permits), "{findings:?}");
    // By name only, once the team is strict.
    let reader = |to| ways(network, happened, to, false)[0]["reader"].clone();
    assert_eq!(reader(happened.teamed - 1), value!({ "member": 1 }));
    assert_eq!(
        reader(happened.teamed),
        value!({ "member": 1, "practitioner": happened.practitioner })
    );
    // Before anything happened, and of nobody, nothing.
    assert_eq!(ways(network, happened, 0, false), [] as [Value; 0]);
    let nobody = format!("replay --config m1/node.toml --patient {}", "0d".repeat(16));
    let (code, found) = json(network, &nobody);
    assert_eq!((code, &found["who_could"]["ways"]), (0, &value!([])));
}

fn in_words(network: &Network, happened: &Happened) {
    let say = |line: &str| {
        let (code, told, errors) = network.run(line);
        assert_eq!(code, 0, "{errors}");
        told
    };
    let barred = line(happened, happened.restricted, true);
    let english = say(&barred);
    for part in [
        "2 ways were open to this record",
        "Member 1 could open records until",
        "Member 2 could not, although the basis your consent is open until",
        &format!("restriction {} denies: ", happened.restriction),
        "What the law kept from the patient",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
    assert_eq!(english, say(&format!("{barred} --language en")));
    let urdu = say(&format!("{barred} --language ur"));
    for part in [
        "اس ریکارڈ تک 2 راستے کھلے تھے",
        "رکن 2 نہیں کھول سکتا",
        &format!("پابندی {}: ممانعت ہے", happened.restriction),
        "مریض نے اس پر پابندی لگائی ہے",
    ] {
        assert!(urdu.contains(part), "{part} in {urdu}");
    }
    assert!(
        !urdu.contains("could") && !urdu.contains("denies"),
        "{urdu}"
    );
    // One request, too; and its JSON is of no language.
    let Happened {
        record, restricted, ..
    } = happened;
    let request = format!(
        "replay --config m1/node.toml --to {restricted} --member 2 --basis none --purpose TREAT --record {record}"
    );
    let urdu = say(&format!("{request} --language ur"));
    assert!(
        urdu.contains("یہ درخواست رد ہوتی: کوئی قانونی بنیاد نہیں بتائی گئی"),
        "{urdu}"
    );
    let (_, plain) = json(network, &request);
    let (_, found) = json(network, &format!("{request} --language ur"));
    assert_eq!(found["explained"]["refusal"], "NoBasis");
    assert_eq!(found["who_could"], Value::Null);
    assert_eq!(found, plain);
}

/// What is not asked well, and what the state alone cannot tell.
fn refused(network: &Network, happened: &Happened) {
    let (patient, record) = (happened.patient, happened.record);
    let replay = "replay --config m1/node.toml --to 9";
    for (more, code, says) in [
        (
            "--patient 0d",
            1,
            "--patient: must be 32 hexadecimal digits",
        ),
        (
            &*format!("--patient {patient} --record 0d"),
            1,
            "--record: must be 32 hexadecimal digits",
        ),
        (
            &*format!("--patient {patient} --record {record} --record {record}"),
            1,
            "--record: may be given once with --patient",
        ),
        (
            &*format!("--patient {patient} --language fr"),
            1,
            "--language: must be en or ur",
        ),
        (
            &*format!("--patient {patient} --member 2 --basis none --purpose TREAT"),
            2,
            "cannot be used with",
        ),
        (&*format!("--record {record}"), 2, "--patient"),
        (
            &*format!("--patient {patient} --from 7"),
            2,
            "replay from genesis, without --from",
        ),
    ] {
        let (status, told, errors) = network.run(&format!("{replay} {more}"));
        assert_eq!(status, code, "{more}: {told} {errors}");
        assert!(told.is_empty() && errors.contains(says), "{more}: {errors}");
    }
    // From 0 is from genesis.
    let (code, found) = json(network, &format!("{replay} --patient {patient} --from 0"));
    assert_eq!(code, 0, "{found}");
}
