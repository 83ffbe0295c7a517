//! Read: only under a ticket, only what hashes to what the ledger says, and no more than the basis opens.
use crate::deposit::{drafts, observation, resource, visit};
use crate::world::{World, later};
use amanat_exchange::card::patient_categories;
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::*;
use amanat_fhir::search::Search;
use amanat_fhir::{Category, ResourceType};
use amanat_types::call::Grantee;
use amanat_types::code::GrantAccess;
use amanat_types::{MemberId, Purpose, Refusal};

fn search(query: &str) -> Search {
    Search::parse(query).unwrap()
}

/// A patient who was checked in, with records of that visit.
pub struct Visited {
    pub world: World,
    _folder: tempfile::TempDir,
    pub exchange: Exchange<World, World>,
    pub context: WriteContext,
    /// Reads under the visit.
    pub read: ReadContext,
    pub done: Vec<Deposited>,
}

pub async fn visited(records: usize) -> Visited {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (_, context, basis) = visit(&exchange, &world).await;
    let done = exchange
        .deposit_bundle(&world.actor(), Some(&context), drafts(records))
        .await
        .unwrap();
    let read = ReadContext {
        basis,
        purpose: Purpose::Treat,
        patient: None,
    };
    Visited {
        world,
        _folder: folder,
        exchange,
        context,
        read,
        done,
    }
}

#[tokio::test]
async fn what_comes_back_is_what_went_in_but_for_id_and_version() {
    let Visited {
        world,
        exchange,
        read,
        done,
        context,
        ..
    } = &visited(30).await;
    let mut opened = exchange
        .read(&world.actor(), read, done[7].record)
        .await
        .unwrap();
    assert_eq!(
        opened.resource.id(),
        Some(done[7].record.to_string().as_str())
    );
    let mut expected = observation(7).resource;
    expected.set_id("x").unwrap();
    expected
        .set_version("1", &amanat_fhir::instant(done[7].updated_ms.get()))
        .unwrap();
    opened.resource.set_id("x").unwrap();
    assert_eq!(
        amanat_fhir::canonical(&opened.resource),
        amanat_fhir::canonical(&expected)
    );
    // In pages, each record once.
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let page = exchange
            .everything(&world.actor(), read, context.patient, cursor.as_deref(), 7)
            .await
            .unwrap();
        seen.extend(page.opened.iter().map(|one| one.record));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, done.iter().map(|one| one.record).collect::<Vec<_>>());
    assert!(
        exchange
            .everything(&world.actor(), read, context.patient, Some("zz"), 7)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_blob_that_is_not_the_ledgers_is_refused_and_another_holder_asked() {
    let Visited {
        world,
        exchange,
        read,
        done,
        ..
    } = &visited(3).await;
    world.ill(|ills| ills.flips.insert(1));
    assert!(
        exchange
            .read(&world.actor(), read, done[0].record)
            .await
            .is_ok()
    );
    // A wrap that is none spoils a blob as well.
    world.ill(|ills| ills.flips.clear());
    world.ill(|ills| ills.wraps.insert(1));
    assert!(
        exchange
            .read(&world.actor(), read, done[1].record)
            .await
            .is_ok()
    );
    // No holder has it whole: a fault, never a byte.
    world.ill(|ills| ills.flips.extend([1, 2, 3, 4]));
    let error = exchange
        .read(&world.actor(), read, done[0].record)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Fault(Fault::Damaged { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_holder_that_cannot_judge_is_passed_over_and_a_ticket_that_is_over_ends_the_asking() {
    let Visited {
        world,
        exchange,
        read,
        done,
        ..
    } = &visited(1).await;
    let asked = || world.inside.lock().unwrap().gets;
    world.ill(|ills| ills.refuses.insert(1, Refusal::TipTooOld));
    let opened = exchange.read(&world.actor(), read, done[0].record).await;
    assert!(opened.is_ok());
    assert_eq!(asked(), 2);
    // Another holder would say the same of the ticket: only the ledger is asked again, once.
    world.ill(|ills| ills.refuses.insert(1, Refusal::TicketEnded));
    let error = exchange
        .read(&world.actor(), read, done[0].record)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::TicketEnded)));
    assert_eq!(asked(), 4);
}

#[tokio::test]
async fn a_grant_opens_its_categories_for_its_purpose_until_it_is_revoked() {
    let (world, folders) = (
        World::new(),
        [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()],
    );
    let (one, other) = (world.of(1), world.of(2));
    let hospital = one.open(folders[0].path()).await;
    let reader = other.open(folders[1].path()).await;
    let (card, context, _) = visit(&hospital, &one).await;
    let patient =
        resource(r#"{"resourceType":"Patient","identifier":[{"system":"urn:mr","value":"77"}]}"#);
    let allergy =
        resource(r#"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/x"}}"#);
    let drafts = vec![
        Draft {
            resource: patient,
            caller_id: b"p".to_vec(),
        },
        Draft {
            resource: allergy,
            caller_id: b"a".to_vec(),
        },
    ];
    let done = hospital
        .deposit_bundle(&one.actor(), Some(&context), drafts)
        .await
        .unwrap();

    let none = ReadContext {
        basis: Basis::None,
        purpose: Purpose::Treat,
        patient: Some(context.patient),
    };
    let refused = reader
        .read(&other.actor(), &none, done[0].record)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::NoBasis)));

    let ask = GrantAsk {
        caller_id: b"g".to_vec(),
        grantee: Grantee::Member(MemberId::new(2)),
        access: GrantAccess::Read,
        purposes: vec![Purpose::Treat],
        until_ms: later(1_000_000),
    };
    let granted = hospital
        .grant(&one.actor(), &card, &[Category::Demographics], ask)
        .await
        .unwrap();
    let (whose, categories) = reader
        .accept_letter(&other.actor(), &granted.letter)
        .await
        .unwrap();
    assert_eq!(
        (whose, categories),
        (context.patient, vec![Category::Demographics])
    );
    assert!(
        hospital
            .accept_letter(&one.actor(), &granted.letter)
            .await
            .is_err()
    );
    reader.wait_for(granted.accepted.height).await.unwrap();
    let bases = reader.bases(&other.actor(), &context.patient).unwrap();
    assert_eq!(
        bases.iter().map(|basis| basis.read).collect::<Vec<_>>(),
        [Some(Basis::Consent(granted.grant))]
    );

    let read = ReadContext {
        basis: Basis::Consent(granted.grant),
        purpose: Purpose::Treat,
        patient: Some(context.patient),
    };
    let kind = ResourceType::find("Patient").unwrap();
    for (query, count) in [
        ("identifier=urn:mr|77", 1),
        ("identifier=78", 0),
        ("_id=00", 0),
        ("", 1),
    ] {
        let page = reader
            .search(&other.actor(), &read, kind, &search(query))
            .await
            .unwrap();
        assert_eq!(page.opened.len(), count, "{query}");
        assert_eq!(page.notice, everything::notice());
    }
    let logical = done[0].record.to_string();
    assert_eq!(
        reader.patient_of(&other.actor(), &logical).unwrap(),
        Some(context.patient)
    );
    let page = reader
        .everything(&other.actor(), &read, context.patient, None, 100)
        .await
        .unwrap();
    assert_eq!(
        page.opened.iter().map(|one| one.record).collect::<Vec<_>>(),
        [done[0].record]
    );

    let outside = reader
        .read(&other.actor(), &read, done[1].record)
        .await
        .unwrap_err();
    assert!(matches!(
        outside,
        Error::Refused(Refusal::ScopeOutsideBasis)
    ));
    let research = ReadContext {
        purpose: Purpose::Hresch,
        ..read
    };
    let purpose = reader
        .read(&other.actor(), &research, done[0].record)
        .await
        .unwrap_err();
    assert!(matches!(
        purpose,
        Error::Refused(Refusal::PurposeNotAllowed)
    ));

    hospital
        .revoke(&one.actor(), granted.grant, &card)
        .await
        .unwrap();
    let revoked = reader
        .read(&other.actor(), &read, done[0].record)
        .await
        .unwrap_err();
    assert!(matches!(revoked, Error::Refused(Refusal::GrantRevoked)));

    // The access log at the hospital: three refusals, the check-in's and the consent's tickets, and the end.
    let events = hospital
        .audit_events(&one.actor(), &context.patient, &logical)
        .await
        .unwrap();
    let texts: Vec<String> = events
        .iter()
        .map(|event| event.text("outcomeDesc").unwrap().to_owned())
        .collect();
    let count = |part: &str| texts.iter().filter(|text| text.contains(part)).count();
    assert_eq!(
        (
            count("ticket issued"),
            count("refused"),
            count("consent-revoked")
        ),
        (2, 4, 1),
        "{texts:#?}"
    );
}

#[tokio::test]
async fn one_ticket_serves_a_visit() {
    let Visited {
        world,
        exchange,
        read,
        done,
        context,
        ..
    } = &visited(5).await;
    let before = world.ill(|ills| ills.submissions);
    let read = ReadContext {
        patient: Some(context.patient),
        ..*read
    };
    exchange.wait_for(done[0].height).await.unwrap();
    for one in done {
        exchange
            .read(&world.actor(), &read, one.record)
            .await
            .unwrap();
    }
    assert_eq!(world.ill(|ills| ills.submissions), before);
}

#[tokio::test]
async fn ids_of_the_whole_road_are_bounded() {
    assert_eq!(patient_categories().len(), 21);
    assert!(Actor::new(MemberId::new(1), "").is_none());
    assert!(Actor::new(MemberId::new(1), "x".repeat(129)).is_none());
    assert_eq!(id::record_of("ABCDEF00112233445566778899aabbcc"), None);
    assert_eq!(id::record_of("00"), None);
}

#[tokio::test]
async fn a_listing_passes_over_what_is_restricted_and_asks_no_vault_for_it() {
    let Visited {
        world,
        exchange,
        read,
        done,
        context,
        ..
    } = &visited(30).await;
    let asked = || world.inside.lock().unwrap().gets;
    let list = async || {
        let actor = world.actor();
        let before = asked();
        let page = exchange.everything(&actor, read, context.patient, None, 100);
        let page = page.await.unwrap();
        let found: Vec<_> = page.opened.iter().map(|one| one.record).collect();
        (found, asked() - before)
    };
    let (all, of_all) = list().await;
    assert_eq!(all.len(), 30);
    for kept in [3usize, 4, 29] {
        world.ill(|ills| ills.restricted.insert(done[kept].record));
    }
    let open: Vec<_> = done.iter().map(|one| one.record).collect();
    let open: Vec<_> = (0..30)
        .filter(|at| ![3, 4, 29].contains(at))
        .map(|at| open[at])
        .collect();
    let (some, of_some) = list().await;
    assert_eq!(some, open);
    // Each release is in the access log: none is made twice, and none for what is kept back.
    assert_eq!(of_some, of_all);
    let by_name = exchange.read(&world.actor(), read, done[3].record).await;
    assert!(matches!(
        by_name,
        Err(Error::Refused(Refusal::RestrictedByPatient))
    ));
    world.ill(|ills| ills.restricted.extend(done.iter().map(|one| one.record)));
    let (none, of_none) = list().await;
    assert!(none.is_empty());
    assert_eq!(of_none, 0);
}
