//! Measurements: three hops without faults, ways between places, and what a dead validator costs.
use amanat_sim::measure::place::{PAKISTAN, WORLD, distance_km};
use amanat_sim::measure::{Cores, Costs, Figures, Outcome, Places, Setting, Trial, measure, trial};
use std::time::Duration;

fn even(dead: u16, blocks: u64) -> Figures {
    measure(Setting {
        dead,
        dead_from: 4,
        places: Places::Even(50),
        blocks,
        load: 20,
        ..Setting::of(4, 3)
    })
}

/// The block, the votes to notarise, the votes to finalise: every block is final at every node three ways after it was sent.
#[test]
fn finality_takes_three_hops() {
    let figures = even(0, 12);
    let hops = 3 * Duration::from_millis(50);
    let slack = Duration::from_millis(5);
    assert_eq!(figures.finality.len(), 12);
    for finality in &figures.finality {
        assert!(
            *finality >= hops && *finality <= hops + slack,
            "{finality:?}"
        );
    }
    assert!(figures.transactions > 0 && figures.sent.messages > 0 && figures.sent.bytes > 0);
}

/// Three of four make blocks, and a node that died is skipped.
#[test]
fn a_dead_validator_leaves_a_chain() {
    let figures = even(1, 12);
    assert_eq!(figures.finality.len(), 12);
    assert!(figures.row().starts_with("| 4 | 1 from 4 | even 50 ms |"));
    assert!(figures.json().starts_with("{\"validators\":4,\"dead\":1,"));
}

#[test]
fn ways_follow_from_distance() {
    let between = |one: &str, other: &str| {
        let all = || PAKISTAN.iter().chain(&WORLD);
        let find = |name: &str| all().find(|place| place.name == name).expect("a place");
        distance_km(find(one), find(other)).round()
    };
    for (one, other, km, slack) in [
        ("Karachi", "Islamabad", 1_140.0, 20.0),
        ("Karachi", "Lahore", 1_030.0, 20.0),
        ("Frankfurt", "Singapore", 10_260.0, 60.0),
        ("Frankfurt", "Virginia", 6_540.0, 60.0),
    ] {
        let found = between(one, other);
        assert!((found - km).abs() < slack, "{one} {other} {found}");
    }
    assert_eq!(
        Places::Pakistan.one_way_us(1, 4),
        Places::Pakistan.one_way_us(4, 1)
    );
    // Two in one city.
    assert_eq!(Places::World.one_way_us(1, 11), 2_000);
    assert_eq!(Places::Even(7).median_us(4), 7_000);
}

fn cores(costs: Costs) -> Option<Cores> {
    Some(Cores {
        count: 1,
        shared: false,
        costs,
    })
}

/// A processor on which nothing costs anything changes nothing.
#[test]
fn a_processor_that_costs_nothing_changes_nothing() {
    let with = |cores| {
        let figures = measure(Setting {
            places: Places::Even(20),
            blocks: 4,
            load: 100,
            cores,
            ..Setting::of(4, 5)
        });
        let sent = (figures.sent.messages, figures.sent.bytes);
        (figures.finality, figures.span, sent, figures.transactions)
    };
    assert_eq!(with(None), with(cores(Costs::default())));
}

/// Four nodes whose processors take so many milliseconds for a vote: votes are what bounds the chain then.
fn votes_of(ms: u64) -> Figures {
    let mut costs = Costs::default();
    costs.vote.each_ns = ms * 1_000_000;
    measure(Setting {
        places: Places::Even(1),
        blocks: 8,
        cores: cores(costs),
        ..Setting::of(4, 5)
    })
}

/// Where the processor is the bound, one twice as slow makes half as many blocks; and the same seed gives the same figures.
#[test]
fn a_processor_twice_as_slow_makes_half_the_blocks() {
    let (fast, slow) = (votes_of(30), votes_of(60));
    let halved = slow.blocks_in_1000_s() * 2 <= fast.blocks_in_1000_s() * 11 / 10;
    assert!(halved, "{:?} {:?}", fast.span, slow.span);
    let again = votes_of(60);
    assert_eq!((slow.finality, slow.span), (again.finality, again.span));
}

/// What becomes of so many transactions a second, each with one deposit.
fn offered(setting: Setting, rate: u64) -> Outcome {
    let outcome = trial(Trial {
        setting,
        batch: 1,
        rate,
        warm: Duration::from_millis(500),
        span: Duration::from_millis(1_000),
    });
    assert!(outcome.sustains(rate), "{outcome:?}");
    outcome
}

/// With eight validators transactions go to all of them once, and blocks name them.
#[test]
fn blocks_in_brief_are_less_to_send() {
    let with = |whole| {
        let setting = Setting {
            whole,
            ..Setting::of(8, 5)
        };
        offered(setting, 200).sent
    };
    let (whole, brief) = (with(true), with(false));
    assert!(brief < whole, "{brief} {whole}");
}

/// How much of its core a node of eight computes where only messages cost, or only checks of signatures, however many a message or a check
/// has: 1,600 transactions a second, each handed in by itself.
fn busy(set: impl Fn(&mut Costs)) -> u64 {
    let mut costs = Costs::default();
    set(&mut costs);
    let setting = Setting {
        cores: cores(costs),
        ..Setting::of(8, 5)
    };
    offered(setting, 1_600).busy_percent
}

/// What a node takes in within a moment goes to all in one message, and what its peers send within a moment is checked in one batch.
#[test]
fn transactions_share_messages_and_batches() {
    let messages = busy(|costs| costs.transport.each_ns = 400_000);
    assert!(messages < 65, "{messages}");
    let batches = busy(|costs| costs.signatures_ns = [400_000; 10]);
    assert!(batches < 10, "{batches}");
}

/// What is printed is read again as it was, and half a file is refused.
#[test]
fn costs_are_read_as_they_were_printed() {
    let mut costs = Costs::default();
    (costs.vote.each_ns, costs.finalised.call_ns, costs.system_ns) = (7, 8, 9);
    costs.signatures_ns[9] = 10;
    let text = costs.print();
    assert_eq!(Costs::parse(&format!("# of a test\n\n{text}\n")), Ok(costs));
    assert_eq!(costs.percent(200).system_ns, 18);
    let (_, rest) = text.split_once('\n').expect("many lines");
    for wrong in [
        rest,
        "",
        &format!("{text}\n{text}"),
        &text.replace("= 9", "= nine"),
    ] {
        assert!(Costs::parse(wrong).is_err(), "{wrong}");
    }
}
