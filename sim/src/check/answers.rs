//! P9: every input is answered as the rules say, and what is refused before a block never stands in one.
//!
//! The expectation of each step is a small model of the rules, made before the run and without the contracts.
use crate::client::{Answer, Told};
use crate::evidence::Evidence;
use crate::workload::Expected;
use amanat_types::receipt::Outcome;
use amanat_types::{Refusal, TransactionId};
use std::collections::{BTreeMap, BTreeSet};

/// How a transaction ended, in one word: accepted, or refused how.
fn ending(told: &Told) -> Result<(), Refusal> {
    match told {
        Told::Refused(refusal) => Err(*refusal),
        Told::Final(last) => match last.receipt.outcome {
            Outcome::Accepted(_) => Ok(()),
            Outcome::Refused(refused) => Err(refused.refusal),
        },
    }
}

/// Every answer is the one that its step expects; of rivals exactly one is accepted.
pub fn answers_follow_the_rules(evidence: &Evidence) -> Result<(), String> {
    let mut rivals: BTreeMap<(u16, usize), usize> = BTreeMap::new();
    for answer in &evidence.answers {
        let ended = ending(&answer.told);
        let in_block = matches!(answer.told, Told::Final(_));
        let right = match answer.expected {
            Expected::Accepted => ended.is_ok(),
            Expected::Refused(refusal) => in_block && ended == Err(refusal),
            Expected::Barred(refusal) => !in_block && ended == Err(refusal),
            Expected::Raced(refusal) => in_block && (ended.is_ok() || ended == Err(refusal)),
            Expected::Rival(refusal) => {
                let won = rivals.entry((answer.client, answer.step)).or_default();
                *won += usize::from(ended.is_ok());
                ended.is_ok() || ended == Err(refusal)
            }
        };
        if !right {
            return Err(wrong(answer));
        }
    }
    match rivals.iter().find(|(_, won)| **won != 1) {
        Some(((client, step), won)) => Err(format!(
            "client {client}, step {step}: {won} of the rivals were accepted"
        )),
        None => Ok(()),
    }
}

fn wrong(answer: &Answer) -> String {
    let Answer {
        client,
        step,
        node,
        transaction,
        expected,
        told,
    } = answer;
    format!(
        "client {client}, step {step}, node {node}: {transaction} was to be {expected:?}, is {told:?}"
    )
}

/// What a node refused before a block stands in no block.
pub fn what_is_barred_stays_out(evidence: &Evidence) -> Result<(), String> {
    let barred = evidence.answers.iter();
    let barred = barred.filter(|answer| matches!(answer.told, Told::Refused(_)));
    let barred: BTreeSet<TransactionId> = barred.map(|answer| answer.transaction).collect();
    for view in &evidence.views {
        for block in &view.blocks {
            if let Some(id) = block.payload().ids().iter().find(|id| barred.contains(id)) {
                let height = block.header().height;
                return Err(format!(
                    "{id} was refused before a block and stands in block {height}"
                ));
            }
        }
    }
    Ok(())
}
