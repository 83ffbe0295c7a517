//! Erasure and legal holds: whom a call names, what is known here of an erased record afterwards, and what whoever asks for it is told.
use crate::deposit::resource;
use crate::read::{Visited, visited};
use crate::world::later;
use amanat_exchange::erasure::{ErasureAsk, HoldAsk};
use amanat_exchange::legal::LegalAsk;
use amanat_exchange::*;
use amanat_types::call::Call;
use amanat_types::{PublicKey, RecordId, Refusal};

const PATIENT: &str = r#"{"resourceType":"Patient","identifier":[{"system":"urn:pk:cnic","value":"35202-1234567-1"}],"name":[{"text":"Amina Bibi"}],"birthDate":"1988-02-03"}"#;

impl Visited {
    async fn prepared(&self, ask: ErasureAsk) -> Result<Prepared, Error> {
        let actor = self.world.actor();
        let keys: [PublicKey; 0] = [];
        let ask = LegalAsk::Erasure(ask);
        self.exchange.prepare_legal(&actor, ask, &keys).await
    }

    async fn submits(&self, ask: ErasureAsk) {
        let prepared = self.prepared(ask).await.unwrap();
        let done = self
            .exchange
            .submit_prepared(&self.world.actor(), prepared, vec![])
            .await
            .unwrap();
        self.exchange.wait_for(done.height).await.unwrap();
    }

    async fn filed(&self) -> RecordId {
        let draft = Draft {
            resource: resource(PATIENT),
            caller_id: b"who".to_vec(),
        };
        let actor = self.world.actor();
        let done = self.exchange.deposit(&actor, Some(&self.context), draft);
        done.await.unwrap().record
    }
}

fn only(prepared: Prepared) -> Call {
    assert_eq!(prepared.body.calls.len(), 1);
    prepared.body.calls[0].clone()
}

fn hold(records: Vec<RecordId>) -> ErasureAsk {
    ErasureAsk::Hold(HoldAsk {
        caller_id: b"claim".to_vec(),
        records,
        ground: "a claim".to_owned(),
        until_ms: later(9_000),
    })
}

/// The calls say whose the records are and show it, each category once, the records in their order.
#[tokio::test]
async fn a_call_names_the_patient_and_shows_it() {
    let asked = visited(2).await;
    let (one, other) = (asked.done[0].record, asked.done[1].record);
    let mut sorted = vec![one, other];
    sorted.sort_unstable();
    let prepared = asked
        .prepared(ErasureAsk::Erase(vec![other, one, one]))
        .await;
    let Call::Erase(erase) = only(prepared.unwrap()) else {
        panic!("no erasure");
    };
    assert_eq!(erase.records.to_vec(), sorted);
    let index = asked.world.record(one).index;
    assert!(erase.openings.iter().any(|opening| opening.index == index));
    let prepared = asked.prepared(hold(vec![other, one])).await.unwrap();
    let Call::Hold(held) = only(prepared) else {
        panic!("no hold");
    };
    assert_eq!(held.patient, Some(erase.patient));
    assert_eq!(held.openings, erase.openings);
    // Of what is not known here nobody is named, and nothing is erased.
    let stranger = RecordId::new([9; 16]);
    let prepared = asked.prepared(hold(vec![one, stranger])).await.unwrap();
    let Call::Hold(held) = only(prepared) else {
        panic!("no hold");
    };
    assert_eq!((held.patient, held.openings.len()), (None, 0));
    let unknown = asked.prepared(ErasureAsk::Erase(vec![one, stranger])).await;
    assert!(matches!(unknown, Err(Error::Invalid { .. })), "{unknown:?}");
}

/// A read says that it is gone; nothing finds it; and what was known of it is removed, also when it is asked for once more.
#[tokio::test]
async fn what_is_erased_is_gone_and_forgotten() {
    let asked = visited(2).await;
    let record = asked.filed().await;
    let (exchange, actor) = (&asked.exchange, asked.world.actor());
    assert!(exchange.read(&actor, &asked.read, record).await.is_ok());
    let look = || {
        let found = exchange.match_patient(&actor, &resource(PATIENT), (false, 10));
        found.unwrap().len()
    };
    assert_eq!(look(), 1);
    assert_eq!(exchange.erased_after(0).await.unwrap(), []);
    let first = asked.done[0].record;
    asked.submits(ErasureAsk::Erase(vec![record])).await;
    asked.submits(ErasureAsk::Erase(vec![first])).await;
    for gone in [record, first] {
        let read = exchange.read(&actor, &asked.read, gone).await;
        let said = read.unwrap_err();
        assert!(
            matches!(said, Error::Refused(Refusal::RecordErased)),
            "{said}"
        );
    }
    let kept = asked.done[1].record;
    assert!(exchange.read(&actor, &asked.read, kept).await.is_ok());
    for _ in 0..2 {
        assert_eq!(exchange.erased_after(0).await.unwrap(), [record, first]);
    }
    assert_eq!(exchange.erased_after(1).await.unwrap(), [first]);
    assert_eq!(exchange.erased_after(2).await.unwrap(), []);
    assert_eq!(look(), 0);
}
