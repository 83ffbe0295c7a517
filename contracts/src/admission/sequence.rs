//! The sliding window of sequence numbers (RFC 6479): nothing is accepted twice, and a busy member is not serialised.
//!
//! A key may use any number above its highest, and any number at most [`limits::SEQUENCE_WINDOW`] - 1 below it that it has not used.
//! A leap forgets what falls out of the window: those numbers are then refused as outside. There is no bound on a leap; a
//! member that leaps to the end of the numbers has used up its own key.
use crate::fault::{Fault, require};
use amanat_types::Refusal;
use amanat_types::codec::List;
use amanat_types::limits::SEQUENCE_WINDOW;
use amanat_types::state::Sequence;

/// Bytes of a ring.
const RING_BYTES: usize = 512;

/// Whether `number` may be used after `used`.
///
/// Refusals: `SequenceUsed`, `SequenceOutsideWindow`; they exclude one another.
pub fn judge(used: Option<&Sequence>, number: u64) -> Result<(), Refusal> {
    let Some(used) = used else {
        return Ok(());
    };
    if number > used.top {
        return Ok(());
    }
    require(
        used.top.saturating_sub(number) < SEQUENCE_WINDOW,
        Refusal::SequenceOutsideWindow,
    )?;
    let (at, mask) = place(number);
    let free = used.ring.get(at).is_some_and(|byte| byte & mask == 0);
    require(free, Refusal::SequenceUsed)
}

/// The window once `number`, which [`judge`] allowed, is used.
pub fn taken(used: Option<Sequence>, number: u64) -> Result<Sequence, Fault> {
    let (top, mut ring) = match used {
        Some(used) => (used.top, used.ring.into_vec()),
        None => (number, vec![0; RING_BYTES]),
    };
    // Every slot that the leap passes is free again; a leap of a whole window passes each once.
    let leap = number.saturating_sub(top).min(SEQUENCE_WINDOW);
    for ahead in 1..=leap {
        let (at, mask) = place(top.saturating_add(ahead));
        if let Some(byte) = ring.get_mut(at) {
            *byte &= !mask;
        }
    }
    let (at, mask) = place(number);
    if let Some(byte) = ring.get_mut(at) {
        *byte |= mask;
    }
    let outgrown = |_| Fault::Outgrown {
        what: "sequence numbers",
    };
    Ok(Sequence {
        top: top.max(number),
        ring: List::new(ring).map_err(outgrown)?,
    })
}

/// Byte and bit of a number in the ring.
fn place(number: u64) -> (usize, u8) {
    let bit = number.rem_euclid(SEQUENCE_WINDOW);
    let byte = usize::try_from(bit >> 3).unwrap_or(RING_BYTES);
    (byte, 1 << (bit & 7))
}
