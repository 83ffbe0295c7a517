//! Every request of a table is explained as well: what is told before must be what happens.
use super::Book;
use amanat_contracts::{Loaded, explain};
use amanat_types::call::{Call, ReadBasis, Request};
use amanat_types::codec::List;
use amanat_types::explain::{ExplainQuestion, Explanation};
use amanat_types::state::Actor;
use amanat_types::{MemberId, PractitionerId, PublicKey, Refusal, StateKey};
use commonware_codec::DecodeExt as _;

/// Refusals of a request that stand on no basis: of its own bytes, and of what its signers are.
const OF_THE_CALL: [Refusal; 5] = [
    Refusal::UntilInThePast,
    Refusal::UntilTooFar,
    Refusal::TicketExists,
    Refusal::ScopeEmpty,
    Refusal::CallNotInForce,
];

impl Book {
    /// Why the only call of a transaction would be refused, as it is explained; nothing if it is no request, or one that a card signs.
    pub fn explained(
        &self,
        sponsor: MemberId,
        cosigners: &[PublicKey],
        calls: &[Call],
    ) -> Option<Option<Refusal>> {
        let [Call::Request(request)] = calls else {
            return None;
        };
        if matches!(request.basis, ReadBasis::Patient(_)) {
            return None;
        }
        Some(self.explain(sponsor, cosigners, request).refusal())
    }

    /// What is told of the request of a line.
    pub fn findings(&self, text: &str) -> Explanation {
        let line = super::parse(text);
        match &line.calls[..] {
            [Call::Request(request)] => self.explain(line.sponsor, &line.cosigners, request),
            _ => panic!("no request: {text}"),
        }
    }

    fn explain(
        &self,
        sponsor: MemberId,
        cosigners: &[PublicKey],
        request: &Request,
    ) -> Explanation {
        let actors = cosigners.iter().filter_map(|key| {
            let actor = self.state.get(&StateKey::actor(key))?;
            match Actor::decode(actor.clone()).unwrap() {
                Actor::Practitioner(id) => Some(id),
                _ => None,
            }
        });
        let present: Vec<PractitionerId> = actors.collect();
        let asked = ExplainQuestion {
            member: sponsor,
            present: List::new(present).unwrap(),
            request: request.clone(),
        };
        let mut loaded = Loaded::new();
        self.load(explain::keys(&asked), &mut loaded);
        let more = explain::more_keys(&asked, &loaded).unwrap();
        self.load(more, &mut loaded);
        let tip = explain::Tip {
            height: self.env.height,
            time_ms: self.env.time_ms,
        };
        explain::explain(&asked, tip, &loaded).unwrap()
    }

    /// Compares what was explained before with what became of the call.
    pub fn check_explained(explained: Option<Option<Refusal>>, outcome: &str, text: &str) {
        let Some(explained) = explained else { return };
        let of_call = OF_THE_CALL.iter().any(|one| outcome == one.name());
        if !of_call {
            let told = explained.map_or("ok", Refusal::name);
            assert_eq!(told, outcome, "explained before: {text}");
        }
    }
}
