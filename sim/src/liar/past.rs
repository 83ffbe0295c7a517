//! Lies about what lies behind the tip, to whoever joins: where the ledger stands, what old blocks did, pieces of the state.
use crate::dice::Dice;
use amanat_node::history_wire::{Message, PastBlock, Standing, Tell, Told};
use amanat_types::codec::List;
use amanat_types::digest;
use bytes::BytesMut;
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_runtime::IoBuf;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PastLie {
    /// The last header of an epoch names other validators.
    Validators,
    /// The last header of an epoch is left out.
    Gap,
    /// The last header of an epoch has the certificate of another.
    Certificate,
    /// The tip is another block than its certificate names.
    Tip,
    /// The tip is an old one: true, and of no use.
    Stale,
    /// The ledger has not begun.
    Empty,
    /// The receipts of an old block are left out.
    Receipts,
    /// The header of an old block is another.
    Header,
    /// An old block is left out.
    Hole,
    /// The answer is to another question.
    Other,
    /// A byte of a piece of the state is another.
    State,
    /// Nothing is said.
    Silence,
}

const STANDING: [PastLie; 8] = [
    PastLie::Validators,
    PastLie::Gap,
    PastLie::Certificate,
    PastLie::Tip,
    PastLie::Stale,
    PastLie::Empty,
    PastLie::Other,
    PastLie::Silence,
];
const BLOCKS: [PastLie; 5] = [
    PastLie::Receipts,
    PastLie::Header,
    PastLie::Hole,
    PastLie::Other,
    PastLie::Silence,
];
/// Answers of a hundred that are true, so that a liar is heard again.
const TRUE: u64 = 25;

/// A lie, and what is said in place of the truth.
pub type Instead = (PastLie, Option<IoBuf>);

/// What is said in place of an answer about where the ledger stands or what old blocks did; nothing if the truth is.
pub fn answer(dice: &mut Dice, message: &IoBuf) -> Option<Instead> {
    let Ok(Message::Tell(told)) = Message::decode(message.clone()) else {
        return None;
    };
    if dice.percent(TRUE) {
        return None;
    }
    let (lie, tell) = match told.tell {
        Tell::Standing(standing) => {
            let lie = *dice.pick(&STANDING);
            (lie, standing_lie(lie, standing)?)
        }
        Tell::Blocks(blocks) => {
            let lie = *dice.pick(&BLOCKS);
            (lie, blocks_lie(lie, blocks.into_vec())?)
        }
    };
    let number = told.number;
    let said = tell.map(|tell| Message::Tell(Told { number, tell }).encode().into());
    Some((lie, said))
}

/// What is sent in place of a piece of the state; nothing if the truth is.
pub fn piece(dice: &mut Dice, message: &IoBuf) -> Option<Instead> {
    if dice.percent(TRUE) {
        return None;
    }
    if dice.percent(20) {
        return Some((PastLie::Silence, None));
    }
    // The first byte says of which database it is.
    let last = u64::try_from(message.len().checked_sub(1)?).ok()?;
    let at = usize::try_from(dice.within(last.min(1), last)).ok()?;
    let mut bytes = BytesMut::from(message.as_ref());
    *bytes.get_mut(at)? ^= 1 << dice.within(0, 7);
    Some((PastLie::State, Some(bytes.freeze().into())))
}

/// The lie that is told; nothing if this answer has no room for it.
fn standing_lie(lie: PastLie, standing: Standing) -> Option<Option<Tell>> {
    let mut boundaries = standing.boundaries.into_vec();
    let mut tip = standing.tip.into_vec();
    match lie {
        PastLie::Validators => {
            let next = boundaries.first_mut()?.header.next.as_mut()?;
            let keys = next.roster.keys().iter().skip(1).cloned().collect();
            next.roster = amanat_types::block::Roster::new(keys).ok()?;
        }
        PastLie::Gap if boundaries.len() > 1 => drop(boundaries.remove(0)),
        PastLie::Certificate if boundaries.len() > 1 => {
            boundaries[0].finalization = boundaries[1].finalization.clone();
        }
        PastLie::Tip => tip.first_mut()?.header.state_root = digest("amanat/sim/lie", &[]),
        PastLie::Stale => tip = vec![boundaries.first()?.clone()],
        PastLie::Empty => {
            boundaries.clear();
            tip.clear();
        }
        PastLie::Other => return Some(Some(Tell::Blocks(List::empty()))),
        PastLie::Silence => return Some(None),
        _ => return None,
    }
    Some(Some(Tell::Standing(Standing {
        boundaries: List::new(boundaries).ok()?,
        tip: List::new(tip).ok()?,
    })))
}

fn blocks_lie(lie: PastLie, mut blocks: Vec<PastBlock>) -> Option<Option<Tell>> {
    match lie {
        PastLie::Receipts => {
            let mut busy = blocks.iter_mut();
            let busy = busy.find(|block| !block.outcome.receipts.is_empty())?;
            busy.outcome.receipts = List::empty();
        }
        PastLie::Header => {
            blocks.last_mut()?.header.state_root = digest("amanat/sim/lie", &[]);
        }
        PastLie::Hole if blocks.len() > 1 => drop(blocks.remove(0)),
        PastLie::Other => {
            return Some(Some(Tell::Standing(Standing {
                boundaries: List::empty(),
                tip: List::empty(),
            })));
        }
        PastLie::Silence => return Some(None),
        _ => return None,
    }
    Some(Some(Tell::Blocks(List::new(blocks).ok()?)))
}
