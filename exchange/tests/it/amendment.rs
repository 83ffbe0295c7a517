//! Requests for amendment: what is written about a record goes under its index, and after a refusal goes with it.
use crate::deposit::{observation, resource, visit};
use crate::read::{Visited, visited};
use crate::world::{World, later};
use amanat_exchange::amendment::AmendmentAsk;
use amanat_exchange::card::patient_categories;
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::legal::{DiscloseAsk, LegalAsk};
use amanat_exchange::*;
use amanat_fhir::search::Search;
use amanat_fhir::{Category, ResourceType};
use amanat_types::call::{
    AmendmentAnswer, AmendmentRef, AnswerAmendment, Disagree, Unamended, WriteBasis,
};
use amanat_types::code::{AmendmentReason, DisclosureCause};
use amanat_types::{MemberId, PublicKey, RecordId};

/// What is said about records, under a caller's id.
fn communication(id: &str, about: &[RecordId]) -> Draft {
    let about: Vec<String> = about
        .iter()
        .map(|record| format!(r#"{{"reference":"Observation/{record}"}}"#))
        .collect();
    let text = format!(
        r#"{{"resourceType":"Communication","status":"completed","about":[{}],"payload":[{{"contentString":"{id}"}}]}}"#,
        about.join(",")
    );
    Draft {
        resource: resource(&text.replace(r#""about":[],"#, "")),
        caller_id: id.as_bytes().to_vec(),
    }
}

impl Visited {
    async fn says(&self, id: &str, about: &[RecordId]) -> Result<RecordId, Error> {
        let draft = communication(id, about);
        let actor = self.world.actor();
        let done = self.exchange.deposit(&actor, Some(&self.context), draft);
        Ok(done.await?.record)
    }

    async fn make(&self, ask: LegalAsk) {
        let actor = self.world.actor();
        let prepared = self.exchange.prepare_legal(&actor, ask, &[]).await.unwrap();
        let done = self.exchange.submit_prepared(&actor, prepared, vec![]);
        done.await.unwrap();
    }

    /// The first record's amendment was asked for, refused, and disagreed with: these records say so.
    async fn refused(&self) -> [RecordId; 3] {
        let about = self.done[0].record;
        let amendment = AmendmentRef {
            record: about,
            number: 0,
        };
        let request = self.says("request", &[about]).await.unwrap();
        let ask = AmendmentAsk::Ask(about, request);
        self.make(LegalAsk::Amendment(ask)).await;
        let letter = self.says("letter", &[about]).await.unwrap();
        let answer = AmendmentAnswer::Refused(Unamended {
            reason: AmendmentReason::Accurate,
            letter,
        });
        let answer = AmendmentAsk::Answer(AnswerAmendment { amendment, answer });
        self.make(LegalAsk::Amendment(answer)).await;
        let statement = self.says("statement", &[about]).await.unwrap();
        let disagree = Disagree {
            amendment,
            statement,
        };
        let disagree = AmendmentAsk::Disagree(disagree);
        self.make(LegalAsk::Amendment(disagree)).await;
        [request, letter, statement]
    }

    /// What a search by id finds, and what goes with it.
    async fn found(&self, record: RecordId) -> (usize, Vec<RecordId>) {
        let search = Search::parse(&format!("_id={record}")).unwrap();
        let kind = ResourceType::find("Observation").unwrap();
        let actor = self.world.actor();
        let page = self.exchange.search(&actor, &self.read, kind, &search);
        let page = page.await.unwrap();
        let included = page.included.iter().map(|one| one.record).collect();
        (page.opened.len(), included)
    }
}

#[tokio::test]
async fn what_is_about_one_record_goes_under_its_index() {
    let asked = visited(3).await;
    let index = |record| asked.world.record(record).index;
    let allergy = |id: &str| Draft {
        resource: resource(r#"{"resourceType":"AllergyIntolerance","code":{"text":"penicillin"}}"#),
        caller_id: id.as_bytes().to_vec(),
    };
    let actor = asked.world.actor();
    let drafts = vec![allergy("a"), allergy("b")];
    let two = asked
        .exchange
        .deposit_bundle(&actor, Some(&asked.context), drafts);
    let two = two.await.unwrap();
    let of_two = [two[0].record, two[1].record];
    let said = asked.says("one", &of_two[..1]).await.unwrap();
    assert_eq!(index(said), index(of_two[0]));
    // About nothing, or about two: under the index of its own category.
    let own = asked.says("none", &[]).await.unwrap();
    assert_ne!(index(own), index(of_two[0]));
    let said = asked.says("two", &of_two).await.unwrap();
    assert_eq!(index(said), index(own));
    // About what is no patient's; and about what nobody here knows.
    let directory = Draft {
        resource: resource(r#"{"resourceType":"Organization","name":"o"}"#),
        caller_id: b"organization".to_vec(),
    };
    let directory = asked.exchange.deposit(&actor, None, directory).await;
    let of_house = asked.says("house", &[directory.unwrap().record]).await;
    assert_eq!(index(of_house.unwrap()), index(own));
    let nobodys = asked.says("nothing", &[RecordId::new([9; 16])]).await;
    assert!(
        matches!(&nobodys, Err(Error::Invalid { path, .. }) if path == "about"),
        "{nobodys:?}"
    );
}

/// A batch brings a record and what is said about it, in any order, and about that again.
#[tokio::test]
async fn what_is_about_a_record_of_the_same_batch_goes_under_its_index() {
    let asked = visited(1).await;
    let actor = asked.world.actor();
    let id = |name: &str| asked.exchange.record_id(&actor, name.as_bytes());
    let allergy = Draft {
        resource: resource(r#"{"resourceType":"AllergyIntolerance","code":{"text":"penicillin"}}"#),
        caller_id: b"allergy".to_vec(),
    };
    let house = Draft {
        resource: resource(r#"{"resourceType":"Organization","name":"o"}"#),
        caller_id: b"house".to_vec(),
    };
    let drafts = vec![
        communication("again", &[id("said")]),
        communication("said", &[id("allergy")]),
        allergy,
        house,
        communication("of-house", &[id("house")]),
        communication("circle", &[id("round")]),
        communication("round", &[id("circle")]),
        communication("itself", &[id("itself")]),
        communication("plain", &[]),
    ];
    let done = asked
        .exchange
        .deposit_bundle(&actor, Some(&asked.context), drafts);
    done.await.unwrap();
    let index = |name: &str| asked.world.record(id(name)).index;
    assert_ne!(index("allergy"), index("plain"));
    for name in ["said", "again"] {
        assert_eq!(index(name), index("allergy"), "{name}");
    }
    for name in ["of-house", "circle", "round", "itself"] {
        assert_eq!(index(name), index("plain"), "{name}");
    }
}

#[tokio::test]
async fn what_was_said_to_a_refusal_goes_with_the_record() {
    let asked = visited(3).await;
    let [about, other] = [asked.done[0].record, asked.done[1].record];
    let mut notes = asked.refused().await;
    let patient = asked.context.patient;
    let actor = asked.world.actor();
    let rows = asked.exchange.amendments(&actor, &patient).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].state.disagreement, Some(notes[2]));
    notes.sort_unstable();
    assert_eq!(asked.found(about).await, (1, notes.to_vec()));
    assert_eq!(asked.found(other).await, (1, vec![]));
    // What the patient keeps back itself, it keeps back.
    asked.world.ill(|ills| ills.restricted.insert(notes[0]));
    assert_eq!(asked.found(about).await, (1, notes[1..].to_vec()));
}

#[tokio::test]
async fn a_disclosure_takes_what_was_said_along() {
    let asked = visited(3).await;
    let about = asked.done[0].record;
    let notes = asked.refused().await;
    let actor = asked.world.actor();
    let patient = asked.context.patient;
    let nobody = PublicKey::P256([0; 33]);
    let category = Category::of(&observation(0).resource);
    let disclose = async |id: &[u8], records: Vec<RecordId>| {
        let paper = asked
            .exchange
            .paper_of(&actor, patient, &[category], nobody);
        let ask = DiscloseAsk {
            caller_id: id.to_vec(),
            paper: paper.unwrap(),
            recipient: MemberId::new(2),
            cause: DisclosureCause::Payment,
            ground: "claim 7".to_owned(),
            records,
            until_ms: later(1_000),
            notice_ms: None,
        };
        asked.make(LegalAsk::Disclose(ask)).await;
        let inside = asked.world.inside.lock().unwrap();
        inside.disclosed.last().cloned().unwrap()
    };
    let mut expected = [&[about], notes.as_slice()].concat();
    expected.sort_unstable();
    assert_eq!(disclose(b"one", vec![about]).await, expected);
    let other = asked.done[1].record;
    assert_eq!(disclose(b"two", vec![other]).await, [other]);
}

/// The patient asks, and disagrees, at another hospital than that of the record.
#[tokio::test]
async fn a_disclosure_takes_along_what_was_said_elsewhere() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let exchange = world.open(folder.path()).await;
    let (card, context, _) = visit(&exchange, &world).await;
    let actor = world.actor();
    let drafts = vec![observation(0), observation(1)];
    let done = exchange.deposit_bundle(&actor, Some(&context), drafts);
    let done = done.await.unwrap();
    let [about, other] = [done[0].record, done[1].record];
    let ask = CheckInAsk {
        caller_id: b"elsewhere".to_vec(),
        write: true,
        until_ms: later(3_600_000),
        ticket_until_ms: later(3_600_000),
    };
    let (there, folder) = (world.of(3), tempfile::tempdir().unwrap());
    let elsewhere = there.open(folder.path()).await;
    let all = patient_categories();
    let visit = elsewhere.check_in(&there.actor(), &card, &all, ask).await;
    let context_there = WriteContext {
        basis: WriteBasis::Encounter(visit.unwrap().encounter),
        ..context
    };
    let says = async |id: &str| {
        let draft = communication(id, &[about]);
        let actor = there.actor();
        let done = elsewhere.deposit(&actor, Some(&context_there), draft);
        done.await.unwrap().record
    };
    let make = async |at: &Exchange<World, World>, world: &World, ask: AmendmentAsk| {
        let (actor, ask) = (world.actor(), LegalAsk::Amendment(ask));
        let prepared = at.prepare_legal(&actor, ask, &[]).await.unwrap();
        let done = at.submit_prepared(&actor, prepared, vec![]);
        done.await.unwrap();
    };
    let disclose = async |id: &str, record: RecordId| {
        let nobody = PublicKey::P256([0; 33]);
        let category = Category::of(&observation(0).resource);
        let paper = exchange.paper_of(&actor, context.patient, &[category], nobody);
        let ask = LegalAsk::Disclose(DiscloseAsk {
            caller_id: id.as_bytes().to_vec(),
            paper: paper.unwrap(),
            recipient: MemberId::new(2),
            cause: DisclosureCause::Payment,
            ground: "claim 7".to_owned(),
            records: vec![record],
            until_ms: later(1_000),
            notice_ms: None,
        });
        let prepared = exchange.prepare_legal(&actor, ask, &[]).await.unwrap();
        let done = exchange.submit_prepared(&actor, prepared, vec![]);
        done.await.unwrap();
        world
            .inside
            .lock()
            .unwrap()
            .disclosed
            .last()
            .cloned()
            .unwrap()
    };
    let amendment = AmendmentRef {
        record: about,
        number: 0,
    };
    let request = says("request").await;
    make(&elsewhere, &there, AmendmentAsk::Ask(about, request)).await;
    assert_eq!(disclose("open", about).await, [about]);
    let letter = exchange.deposit(&actor, Some(&context), communication("letter", &[about]));
    let letter = letter.await.unwrap().record;
    let answer = AmendmentAnswer::Refused(Unamended {
        reason: AmendmentReason::Accurate,
        letter,
    });
    let answer = AmendmentAsk::Answer(AnswerAmendment { amendment, answer });
    make(&exchange, &world, answer).await;
    let statement = says("statement").await;
    let disagree = Disagree {
        amendment,
        statement,
    };
    make(&elsewhere, &there, AmendmentAsk::Disagree(disagree)).await;
    let mut expected = [about, request, letter, statement];
    expected.sort_unstable();
    assert_eq!(disclose("refused", about).await, expected);
    assert_eq!(disclose("other", other).await, [other]);
}
