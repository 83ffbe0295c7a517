//! The steps of each client, drawn from the seed.
use super::craft::Author;
use super::craft::consent::Patient;
use crate::dice::Dice;
use crate::party::NODES;
use crate::plan::Plan;
use amanat_types::{RecordId, Refusal, TicketId, Transaction, TransactionId};
use std::time::Duration;

/// What must become of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It takes effect.
    Accepted,
    /// It stands in a block and is refused there.
    Refused(Refusal),
    /// It never stands in a block.
    Barred(Refusal),
    /// One of the step's transactions takes effect; the others are refused so.
    Rival(Refusal),
    /// It takes effect, or is refused so because another of the step came before it: [`crate::check::release`] says which is right.
    Raced(Refusal),
}

/// What a client does at one time.
#[derive(Clone, Debug)]
pub struct Step {
    /// How long it waits before.
    pub pause: Duration,
    /// What it sends, all at once, each to a node of its own.
    pub transactions: Vec<Transaction>,
    /// Nodes that get each transaction at once.
    pub spread: usize,
    /// How much later each further node gets it: it may stand in a block by then that is not final yet.
    pub stagger: Duration,
    /// What must become of each.
    pub expected: Expected,
    /// Whether it waits until what passed before is in force.
    pub in_force: bool,
    /// What is asked for meanwhile, and once more when all is final.
    pub reading: Option<Reading>,
}

/// A record that is asked for again and again while the consent to it is revoked.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Under which ticket.
    pub ticket: TicketId,
    /// The request that gave it.
    pub asked: TransactionId,
    /// The record.
    pub record: RecordId,
    /// The revocation.
    pub revokes: TransactionId,
}

/// Kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Deposit,
    Declare,
    Anchor,
    Everywhere,
    Again,
    DeclareAgain,
    DepositAgain,
    AnchorBack,
    NoBasis,
    FewHolders,
    AskWithoutBasis,
    NoEncounter,
    SequenceAgain,
    OtherNetwork,
    Expired,
    TooFarAhead,
    Forged,
    SequenceRace,
    RecordRace,
}

const LAWFUL: [Kind; 4] = [Kind::Deposit, Kind::Declare, Kind::Anchor, Kind::Everywhere];
const OTHERS: [Kind; 15] = [
    Kind::Again,
    Kind::DeclareAgain,
    Kind::DepositAgain,
    Kind::AnchorBack,
    Kind::NoBasis,
    Kind::FewHolders,
    Kind::AskWithoutBasis,
    Kind::NoEncounter,
    Kind::SequenceAgain,
    Kind::OtherNetwork,
    Kind::Expired,
    Kind::TooFarAhead,
    Kind::Forged,
    Kind::SequenceRace,
    Kind::RecordRace,
];

/// The steps of the client of `member` in a plan, with the votes if it is the first member.
pub fn steps(plan: &Plan, member: u16, network: amanat_types::Digest) -> Vec<Step> {
    let count = plan.calls;
    let mut dice = Dice::new(plan.seed, 500 + u64::from(member));
    let mut author = Author::new(member, network);
    // The first three make what the others repeat.
    let mut kinds = vec![Kind::Deposit, Kind::Declare, Kind::Anchor];
    while kinds.len() < count {
        let lawful = dice.percent(45);
        kinds.push(*if lawful {
            dice.pick(&LAWFUL)
        } else {
            dice.pick(&OTHERS)
        });
    }
    kinds.truncate(count);
    let mut steps = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let (transactions, expected) = step(kind, &mut author, &mut dice);
        steps.push(Step {
            pause: dice.millis(0, 1_400),
            transactions,
            spread: if kind == Kind::Everywhere {
                usize::from(NODES)
            } else {
                1
            },
            stagger: dice.millis(0, 150),
            expected,
            in_force: false,
            reading: None,
        });
    }
    // A stream of its own: what else a seed draws stays as it was.
    let mut own = Dice::new(plan.seed, 600 + u64::from(member));
    let at = usize::try_from(own.within(1, 3)).unwrap_or(1);
    let race = revocation(&mut author, &mut own);
    steps.splice(at.min(steps.len())..at.min(steps.len()), race);
    if member == 1 {
        let start = author.start(plan.rotates);
        steps.splice(1..1, votes(start, &mut dice));
        let mut sequel = votes(author.sequel(plan.sequel), &mut dice);
        if let Some(first) = sequel.first_mut() {
            first.in_force = true;
        }
        steps.append(&mut sequel);
    }
    steps
}

/// Proposals, and the votes that pass them.
fn votes(acts: Vec<Transaction>, dice: &mut Dice) -> Vec<Step> {
    let steps = acts.into_iter().map(|transaction| Step {
        pause: dice.millis(0, 300),
        transactions: vec![transaction],
        spread: 1,
        stagger: Duration::ZERO,
        expected: Expected::Accepted,
        in_force: false,
        reading: None,
    });
    steps.collect()
}

/// A patient consents and revokes; the revocation races requests for tickets, and releases under a ticket that is open.
fn revocation(author: &mut Author, dice: &mut Dice) -> [Step; 4] {
    let patient = Patient::new(dice);
    let registers = author.register(&patient);
    let (consents, consent) = author.consent(&patient, dice);
    let (asks, ticket) = author.request(&consent, dice);
    let mut racing: Vec<Transaction> = (0..2).map(|_| author.request(&consent, dice).0).collect();
    let revokes = author.revoke(&consent, &patient);
    let reading = Reading {
        ticket,
        asked: asks.id(),
        record: consent.record,
        revokes: revokes.id(),
    };
    let at = usize::try_from(dice.within(0, 2)).unwrap_or(0);
    racing.insert(at, revokes);
    let mut step = |transactions, expected, reading| Step {
        pause: dice.millis(0, 700),
        transactions,
        spread: 1,
        stagger: Duration::ZERO,
        expected,
        in_force: false,
        reading,
    };
    [
        step(vec![registers], Expected::Accepted, None),
        step(vec![consents], Expected::Accepted, None),
        step(vec![asks], Expected::Accepted, None),
        step(
            racing,
            Expected::Raced(Refusal::GrantRevoked),
            Some(reading),
        ),
    ]
}

fn step(kind: Kind, author: &mut Author, dice: &mut Dice) -> (Vec<Transaction>, Expected) {
    use Expected::{Accepted, Barred, Refused, Rival};
    let one = |transaction, expected| (vec![transaction], expected);
    match kind {
        Kind::Deposit | Kind::Everywhere => one(author.deposit(dice), Accepted),
        Kind::Declare => one(author.declare(dice), Accepted),
        Kind::Anchor => one(author.anchor(), Accepted),
        Kind::Again => one(author.first(), Accepted),
        Kind::DeclareAgain => one(author.declare_again(), Refused(Refusal::IndexTaken)),
        Kind::DepositAgain => one(author.deposit_again(dice), Refused(Refusal::RecordExists)),
        Kind::AnchorBack => one(author.anchor_back(), Refused(Refusal::AnchorNotAhead)),
        Kind::NoBasis => one(
            author.without_basis(dice),
            Refused(Refusal::IndexOutsideBasis),
        ),
        Kind::FewHolders => one(author.few_holders(dice), Refused(Refusal::TooFewHolders)),
        Kind::AskWithoutBasis => one(author.ask(dice), Refused(Refusal::NoBasis)),
        Kind::NoEncounter => one(author.discharge(dice), Refused(Refusal::EncounterUnknown)),
        Kind::SequenceAgain => one(author.sequence_again(dice), Barred(Refusal::SequenceUsed)),
        Kind::OtherNetwork => one(author.other_network(dice), Barred(Refusal::WrongNetwork)),
        Kind::Expired => one(
            author.last_height(0, dice),
            Barred(Refusal::TransactionExpired),
        ),
        Kind::TooFarAhead => one(
            author.last_height(9_999, dice),
            Barred(Refusal::ValidTooFarAhead),
        ),
        Kind::Forged => one(author.forged(dice), Barred(Refusal::SignatureInvalid)),
        Kind::SequenceRace => (author.sequence_race(dice), Rival(Refusal::SequenceUsed)),
        Kind::RecordRace => (author.record_race(dice), Rival(Refusal::RecordExists)),
    }
}
