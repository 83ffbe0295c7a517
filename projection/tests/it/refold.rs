//! P10 for the read model: whatever the events and however they are paged, cut off and reopened, a refold gives the same.
use crate::script::*;
use amanat_projection::ReadModel;
use amanat_types::Event;
use proptest::prelude::*;

fn script(steps: &[(u8, u8, u64)]) -> Script {
    let mut script = Script::default();
    let (mut granted, mut issued) = (0u8, 0u8);
    for (at, (what, whose, step_ms)) in (1u8..).zip(steps) {
        let now = script.blocks.last().map_or(0, |block| block.time_ms.get());
        let event: Vec<Event> = match what % 6 {
            0 => vec![deposits(at, *whose)],
            1 => {
                granted += 1;
                vec![script.grants(granted, *whose, 2, now + 50)]
            }
            2 if granted > 0 => {
                issued += 1;
                vec![script.issues(issued, *whose, 1 + whose % granted, now + 20 + step_ms)]
            }
            3 if granted > 0 => vec![revokes(1 + whose % granted, *whose)],
            4 => vec![
                refuses(Some(*whose), at),
                retracts(at.saturating_sub(1).max(1)),
                keeps(at.saturating_sub(1).max(1), 1, 3),
            ],
            _ => vec![],
        };
        script.block(1 + step_ms, vec![event]);
    }
    script
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn refold_equals(steps in prop::collection::vec((any::<u8>(), 1u8..5, 0u64..30), 1..60), page in 1usize..9, cut in 0usize..60) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = script(&steps);
        let whole = script.fold_in(one.path(), 256).fingerprint().unwrap();
        // Folded up to a cut, closed, and opened again: the pages then overlap what is known.
        let file = two.path().join("model.redb");
        let cut = cut.min(script.blocks.len());
        let model = ReadModel::open(&file, &KEY).unwrap();
        script.fold(&model, &script.blocks[..cut]).unwrap();
        model.flush().unwrap();
        drop(model);
        let model = script.fold_in(two.path(), page);
        prop_assert_eq!(model.fingerprint().unwrap(), whole);
    }
}
