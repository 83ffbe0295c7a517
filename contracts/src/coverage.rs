//! What is covered: every refusal by a row of a table and in `docs/refusals.md`; every call, cost and state key in the docs.
use crate::keys::WHATS;
use amanat_types::{Call, Refusal};

/// Tests of the contracts; their tables show refusals as outcomes of rows.
const TESTS: &[&str] = &[
    include_str!("membership/tests.rs"),
    include_str!("membership/tests/votes.rs"),
    include_str!("cards/tests.rs"),
    include_str!("cards/tests/guardians.rs"),
    include_str!("cards/tests/hostile.rs"),
    include_str!("cards/tests/lost.rs"),
    include_str!("cards/tests/recorded.rs"),
    include_str!("encounters/tests.rs"),
    include_str!("encounters/tests/care.rs"),
    include_str!("consent/tests.rs"),
    include_str!("consent/tests/permits.rs"),
    include_str!("consent/tests/places.rs"),
    include_str!("consent/tests/restrictions.rs"),
    include_str!("consent/tests/speakers.rs"),
    include_str!("consent/tests/studies.rs"),
    include_str!("records/tests.rs"),
    include_str!("records/tests/amendments.rs"),
    include_str!("records/tests/erasure.rs"),
    include_str!("access/tests.rs"),
    include_str!("access/tests/law.rs"),
    include_str!("access/tests/review.rs"),
];

/// Ledger refusals that no row shows, and why.
const UNUSED: &[(Refusal, &str)] = &[
    (
        Refusal::MembersFull,
        "rows have few members: membership::tests::epochs::full",
    ),
    (
        Refusal::TooManyProposals,
        "rows have few members: membership::tests::epochs::full",
    ),
    (
        Refusal::RestrictionsFull,
        "rows are few: consent::tests::restrictions::full",
    ),
    (
        Refusal::AmendmentsFull,
        "rows are few: records::tests::amendments::full",
    ),
    (
        Refusal::NamesFull,
        "rows are few: access::tests::review::owed",
    ),
];

fn in_a_row(refusal: Refusal) -> bool {
    let outcomes = TESTS
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.split_once("=>"))
        .filter_map(|(_, outcome)| outcome.split_whitespace().next());
    outcomes
        .filter_map(|outcome| outcome.split('@').next())
        .any(|outcome| outcome == refusal.name())
}

#[test]
fn every_ledger_refusal_is_in_a_row() {
    for refusal in Refusal::ALL {
        if refusal.is_admission() || refusal.is_release() {
            continue;
        }
        let unused = UNUSED.iter().any(|(unused, _)| unused == refusal);
        assert_ne!(in_a_row(*refusal), unused, "{refusal}");
    }
}

#[test]
fn docs_list_every_refusal() {
    let page = include_str!("../../docs/refusals.md");
    let rows: Vec<&str> = page.lines().filter(|line| numbered(line)).collect();
    assert_eq!(rows.len(), Refusal::ALL.len());
    for (row, refusal) in rows.iter().zip(Refusal::ALL) {
        let start = format!(
            "| {} | {} | {} |",
            refusal.number(),
            refusal.name(),
            refusal.text()
        );
        assert!(row.starts_with(&start), "expected: {start}\nfound: {row}");
    }
}

fn numbered(line: &str) -> bool {
    line.strip_prefix("| ")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[test]
fn docs_list_every_state_key() {
    let page = include_str!("../../docs/state.md");
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`').map(|(name, _)| name))
        .collect();
    assert_eq!(rows, WHATS);
    for what in WHATS {
        assert!(page.contains(&format!("`amanat/state/{what}`")), "{what}");
    }
}

#[test]
fn docs_list_every_cost() {
    let page = include_str!("../../docs/contracts/README.md");
    let rows: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with("| call | units"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = crate::COSTS
        .iter()
        .map(|cost| {
            format!(
                "| {} | {} | {} | {} |",
                cost.name, cost.base, cost.item, cost.items
            )
        })
        .collect();
    assert_eq!(rows, expected);
    let names: Vec<&str> = crate::COSTS.iter().skip(1).map(|cost| cost.name).collect();
    assert_eq!(names, Call::ALL);
}

/// Each call has one section, on the page of its contract.
#[test]
fn docs_name_every_call() {
    let pages = [
        include_str!("../../docs/contracts/membership.md"),
        include_str!("../../docs/contracts/cards.md"),
        include_str!("../../docs/contracts/encounters.md"),
        include_str!("../../docs/contracts/consent.md"),
        include_str!("../../docs/contracts/records.md"),
        include_str!("../../docs/contracts/access.md"),
    ];
    for name in Call::ALL {
        let found = pages
            .iter()
            .filter(|page| page.contains(&format!("### {name}\n")));
        assert_eq!(found.count(), 1, "{name}");
    }
}
