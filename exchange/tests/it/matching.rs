//! Finding people: among the Patients that stand, by what they are known by.
use crate::deposit::{reopen, resource, visit};
use crate::world::World;
use amanat_exchange::*;
use amanat_fhir::Checked;
use amanat_fhir::matching::Grade;
use amanat_projection::store::Urgency;
use amanat_projection::{Store, Table};
use amanat_types::code::RetractReason;

fn patient(name: &str, cnic: &str) -> Checked {
    resource(&format!(
        r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:pk:cnic","value":"{cnic}"}}],"name":[{{"text":"{name}"}}],"birthDate":"1988-02-03","address":[{{"text":"kept out"}}]}}"#
    ))
}

fn draft(id: &str, resource: Checked) -> Draft {
    Draft {
        resource,
        caller_id: id.as_bytes().to_vec(),
    }
}

/// Whoever was deposited before Patients were compared, or whose own store was lost, is found once the Patient is read, or deposited again.
#[tokio::test]
async fn who_was_not_kept_is_found_after_a_read_or_a_repeat() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let actor = world.actor();
    let exchange = world.open(folder.path()).await;
    let (_, context, basis) = visit(&exchange, &world).await;
    let one = draft("one", patient("Amina Bibi", "35202-1234567-1"));
    let done = exchange.deposit(&actor, Some(&context), one.clone()).await;
    let record = done.unwrap().record;
    exchange.close().await.unwrap();
    drop(exchange);
    let asked = patient("Aminah Bibi", "3520212345671");
    let found = |exchange: &Exchange<World, World>| {
        let found = exchange.match_patient(&actor, &asked, (true, 10));
        let found = found.unwrap().into_iter().map(|one| one.record);
        found.collect::<Vec<_>>()
    };
    for by_read in [true, false] {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        forget_likenesses(folder.path());
        let exchange = reopen(&world, folder.path()).await;
        assert_eq!(found(&exchange), []);
        if by_read {
            let read = ReadContext {
                basis,
                purpose: amanat_types::Purpose::Treat,
                patient: Some(context.patient),
            };
            exchange.read(&actor, &read, record).await.unwrap();
        } else {
            let again = exchange.deposit(&actor, Some(&context), one.clone()).await;
            assert!(again.unwrap().existed);
        }
        assert_eq!(found(&exchange), [record]);
        exchange.close().await.unwrap();
    }
}

/// The store of an exchange as a program left it that did not compare Patients.
fn forget_likenesses(folder: &std::path::Path) {
    let store = Store::open(&folder.join("exchange.redb"), &[9; 32]).unwrap();
    let written = store.write(Urgency::Durable, |batch| {
        let kept = batch.scan(Table::new("likeness"), b"")?;
        assert_eq!(kept.len(), 1);
        let mut kept = kept.iter();
        kept.try_for_each(|row| batch.remove(Table::new("likeness"), b"", &row.key))
    });
    written.unwrap();
}

#[tokio::test]
async fn who_stands_is_found_and_who_was_corrected_or_taken_back_is_not() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let actor = world.actor();
    let record = {
        let exchange = world.open(folder.path()).await;
        let (_, context, _) = visit(&exchange, &world).await;
        let one = draft("one", patient("Amina Bibi", "35202-1234567-1"));
        // The ledger takes it, and the answer is lost: it is settled at the next start.
        world.ill(|ills| ills.unheard = 1);
        let done = exchange.deposit(&actor, Some(&context), one.clone()).await;
        assert!(done.is_err());
        let record = exchange.record_id(&actor, &one.caller_id);
        exchange.close().await.unwrap();
        record
    };
    // What was kept is there after a restart.
    let exchange = reopen(&world, folder.path()).await;
    let look = |asked: &Checked, certain| {
        let found = exchange
            .match_patient(&actor, asked, (certain, 10))
            .unwrap();
        let found = found
            .into_iter()
            .map(|one| (one.record, one.agreement.grade));
        found.collect::<Vec<_>>()
    };
    let by_card = patient("Somebody Else", "3520212345671");
    assert_eq!(look(&by_card, false), [(record, Grade::Possible)]);
    assert_eq!(look(&by_card, true), []);
    let same = patient("Aminah Bibi", "3520212345671");
    assert_eq!(look(&same, true), [(record, Grade::Certain)]);
    let nobody = resource(r#"{"resourceType":"Patient"}"#);
    assert_eq!(look(&nobody, false), []);
    for most in [0, 101] {
        assert!(
            exchange
                .match_patient(&actor, &same, (false, most))
                .is_err()
        );
    }
    exchange
        .retract(&actor, record, RetractReason::Duplicate)
        .await
        .unwrap();
    assert_eq!(look(&same, false), []);
}
