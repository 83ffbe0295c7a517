//! What of a ledger is one patient's, and that it is enough to say what is open.
use crate::script::*;
use amanat_projection::of_patient;
use amanat_types::codec::List;
use amanat_types::event::{EncounterClosed, EncounterOpened, VisitClosed};
use amanat_types::wire::EventPage;
use amanat_types::{EncounterId, Event, Height, TimestampMs};
use proptest::prelude::*;

fn visit(n: u8) -> EncounterId {
    EncounterId::new([n; 16])
}

fn opens(n: u8, whose: u8, until_ms: u64) -> Event {
    Event::EncounterOpened(EncounterOpened {
        encounter: visit(n),
        member: member(1),
        patient: patient(whose),
        registration: None,
        write: true,
        indexes: List::new(vec![index(whose)]).unwrap(),
        until_ms: TimestampMs::new(until_ms),
    })
}

/// Grants, visits and tickets of several patients, in blocks of several transactions, in any order.
fn script(steps: &[(u8, u8, u64)]) -> Script {
    let mut script = Script::default();
    let (mut made, mut tickets) = (0u8, 0u8);
    // Of whom the grant or visit of a number is.
    let mut whose_is = vec![0u8];
    for (what, whose, step_ms) in steps {
        let now = script.blocks.last().map_or(0, |block| block.time_ms.get());
        let other = 1 + what % made.max(1);
        let owner = whose_is.get(usize::from(other)).copied().unwrap_or(*whose);
        let closes = |n: u8| {
            Event::EncounterClosed(EncounterClosed {
                encounter: visit(n),
                patient: patient(owner),
            })
        };
        let mut events: Vec<Vec<Event>> = match what % 6 {
            0 | 1 => {
                made += 1;
                whose_is.push(*whose);
                let opened = opens(made, *whose, now + 40 + step_ms);
                vec![vec![script.grants(made, *whose, 2, now + 60), opened]]
            }
            2 if made > 0 => {
                tickets += 1;
                vec![vec![script.issues(tickets, owner, other, now + 20)]]
            }
            3 if made > 0 => vec![vec![revokes(other, owner)], vec![]],
            4 if made > 0 => vec![vec![closes(other)]],
            5 if made > 0 => vec![vec![Event::VisitClosed(VisitClosed {
                encounter: visit(other),
                patient: patient(owner),
                until_ms: TimestampMs::new(now + 10),
            })]],
            _ => vec![],
        };
        events.push(vec![deposits(*what, *whose), refuses(Some(*whose), 1)]);
        script.block(1 + step_ms, events);
    }
    script
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn one_patients_events_say_what_is_open_to_that_patient(steps in prop::collection::vec((any::<u8>(), 1u8..4, 0u64..30), 1..50)) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let all = script(&steps);
        let whole = all.fold_in(one.path(), 16);
        for whose in 1..4 {
            let folder = tempfile::tempdir_in(two.path()).unwrap();
            let kept = all.blocks.iter().filter_map(|block| of_patient(block, &patient(whose)));
            let mut lookups = all.lookups.clone();
            // No ticket of anybody is folded: none is looked up.
            lookups.bases.clear();
            let own = Script { blocks: kept.collect(), lookups };
            let events = own.blocks.iter().flat_map(|block| block.events.iter());
            let names: Vec<&str> = events.flat_map(|one| one.events.iter()).map(Event::name).collect();
            prop_assert!(!names.iter().any(|name| ["TicketIssued", "RecordDeposited", "AccessRefused"].contains(name)));
            let model = own.fold_in(folder.path(), 16);
            let of_others = (1..4).filter(|other| *other != whose);
            for other in of_others {
                prop_assert_eq!(model.timeline(&patient(other)).unwrap(), []);
            }
            let last = all.blocks.last().unwrap();
            let end = EventPage { tip: last.height, time_ms: last.time_ms, next: last.height.plus(1), blocks: List::empty() };
            model.fold(&end, &own.lookups).unwrap();
            prop_assert_eq!(model.height(), Height::new(u64::try_from(all.blocks.len()).unwrap()));
            prop_assert_eq!(model.open_bases(&patient(whose)).unwrap(), whole.open_bases(&patient(whose)).unwrap());
            let events = |model: &amanat_projection::ReadModel| model.timeline(&patient(whose)).unwrap().into_iter().map(|one| one.event).collect::<Vec<_>>();
            prop_assert_eq!(events(&model), events(&whole));
        }
    }
}
