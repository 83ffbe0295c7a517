//! Provenance: what the ledger says of a record, to whom the record is opened.
use crate::deposit::observation;
use crate::keeping::leaving;
use crate::read::{Visited, visited};
use amanat_exchange::*;
use amanat_fhir::Resource;
use amanat_types::code::RetractReason;
use told::*;

/// What a test looks at.
mod told {
    use amanat_fhir::Resource;

    /// The code of the activity.
    pub fn activity(one: &Resource) -> String {
        let text = String::from_utf8(amanat_fhir::canonical(one)).unwrap();
        let code = text.split(r#"DataOperation","code":""#).nth(1).unwrap();
        code.split('"').next().unwrap().to_owned()
    }

    /// The members that it names, in order.
    pub fn agents(one: &Resource) -> Vec<String> {
        let text = String::from_utf8(amanat_fhir::canonical(one)).unwrap();
        let parts = text.split(r#"ledger","value":""#).skip(1);
        parts
            .map(|part| part.split('"').next().unwrap().to_owned())
            .collect()
    }

    /// The value of a thing of the ledger that it names.
    pub fn named(one: &Resource, kind: &str) -> Option<String> {
        let text = String::from_utf8(amanat_fhir::canonical(one)).unwrap();
        let after = format!(r#"urn:amanat:ledger:{kind}","value":""#);
        let part = text.split(&after).nth(1)?;
        Some(part.split('"').next().unwrap().to_owned())
    }
}

fn ids(steps: &[Resource]) -> Vec<String> {
    let ids = steps.iter().map(|one| one.text("id").unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn a_deposit_and_an_amendment_are_told_with_what_proves_them() {
    let Visited {
        world,
        exchange,
        read,
        done,
        context,
        ..
    } = &visited(2).await;
    let actor = world.actor();
    let old = done[0].record;
    let amended = exchange
        .amend(&actor, Some(context), old, observation(9))
        .await
        .unwrap();
    let both = [old, amended.record];
    let set = exchange.read_many(&actor, read, &both);
    let opened = set.await.unwrap().opened;
    let steps = exchange.provenance(&actor, &opened).await.unwrap();
    assert_eq!(
        ids(&steps),
        [format!("{old}-0"), format!("{}-0", amended.record)]
    );
    assert_eq!(
        (activity(&steps[0]), activity(&steps[1])),
        ("CREATE".into(), "UPDATE".into())
    );
    assert_eq!(named(&steps[0], "record"), None);
    assert_eq!(named(&steps[1], "record"), Some(old.to_string()));
    for (step, of) in steps.iter().zip([&done[0], &amended]) {
        let transaction = of.transaction.unwrap().to_string();
        assert_eq!(agents(step), ["member-1", "member-1"]);
        assert_eq!(named(step, "height"), Some(of.height.to_string()));
        assert_eq!(
            named(step, "receipt"),
            Some(format!("/v1/receipts/{transaction}"))
        );
        assert_eq!(named(step, "transaction"), Some(transaction));
        amanat_fhir::check(step.clone()).unwrap();
    }
    // Another member's actor has no business here.
    let stranger = world.of(2).actor();
    assert!(exchange.provenance(&stranger, &opened).await.is_err());
}

#[tokio::test]
async fn a_change_of_custodian_is_a_step_and_the_author_stays() {
    let leaving = leaving(2).await;
    let actor = leaving.world.of(3).actor();
    let open = async || {
        let read = leaving
            .reader
            .read_many(&actor, &leaving.read, &leaving.records[..1]);
        let opened = read.await.unwrap().opened;
        leaving.reader.provenance(&actor, &opened).await.unwrap()
    };
    assert_eq!(open().await.len(), 1);
    leaving.world.name(1, Some(2));
    leaving.take(2).await.unwrap();
    let steps = open().await;
    let record = leaving.records[0];
    assert_eq!(ids(&steps), [format!("{record}-0"), format!("{record}-1")]);
    assert_eq!(agents(&steps[0]), ["member-1", "member-1"]);
    assert_eq!(agents(&steps[1]), ["member-1", "member-2"]);
    assert_eq!(activity(&steps[1]), "OPERATE");
    assert_ne!(
        named(&steps[0], "transaction"),
        named(&steps[1], "transaction")
    );
}

#[tokio::test]
async fn what_cannot_be_opened_has_none_to_show() {
    let Visited {
        world,
        exchange,
        read,
        done,
        ..
    } = &visited(1).await;
    let actor = world.actor();
    assert!(exchange.read(&actor, read, done[0].record).await.is_ok());
    exchange
        .retract(&actor, done[0].record, RetractReason::Duplicate)
        .await
        .unwrap();
    // Provenance is made of what was opened: nothing of it can be asked for without.
    let opened = exchange.read(&actor, read, done[0].record).await;
    assert!(matches!(opened, Err(Error::NotFound)));
}
