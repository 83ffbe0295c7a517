//! Who leads blocks: it is noted as they come, and at the end of an epoch those are told who led none for long.
//!
//! All of it since protocol version 3. Other networks call this the reputation of leaders: a validator that is dead, or cut off, costs a
//! time-out or a round of votes at each of its turns, so it has few turns until it leads a block again
//! (`docs/decisions/0012-inactive-leaders.md`).
use crate::env::Env;
use crate::fault::Fault;
use crate::view::MembershipView;
use amanat_types::block::Inactive;
use amanat_types::{Height, PublicKey, limits};
use commonware_cryptography::ed25519;

/// Version of the rules since which leaders are noted.
const SINCE: u16 = 3;

/// Notes that the block's leader leads it, if the last note is [`limits::LED_STEP`] blocks old.
///
/// Reads and writes: led.
pub fn note_leader(env: &Env, view: &mut MembershipView<'_, '_>) -> Result<(), Fault> {
    let Some(leader) = env.leader.filter(|_| env.protocol >= SINCE) else {
        return Ok(());
    };
    let recent = |last: Height| since(env, last) < limits::LED_STEP;
    if !view.own.led(leader)?.is_some_and(recent) {
        view.own.put_led(leader, env.height);
    }
    Ok(())
}

/// Which of the next epoch's `validators` led no block for long, by their places, ascending: those whose last note is longest ago, at most f.
///
/// Long is [`limits::INACTIVE_BLOCKS`] for each validator and [`limits::LED_STEP`]. One of whom nothing is noted, as whoever was just admitted,
/// counts from this block on.
pub fn inactive(
    env: &Env,
    view: &mut MembershipView<'_, '_>,
    validators: &[ed25519::PublicKey],
) -> Result<Inactive, Fault> {
    if env.protocol < SINCE {
        return Ok(Inactive::empty());
    }
    let count = u64::try_from(validators.len()).unwrap_or(u64::MAX);
    let long = count
        .saturating_mul(limits::INACTIVE_BLOCKS)
        .saturating_add(limits::LED_STEP);
    let mut idle = Vec::new();
    for (place, key) in (0u8..).zip(validators) {
        let key = PublicKey::from(key);
        match view.own.led(key)? {
            None => view.own.put_led(key, env.height),
            Some(last) if since(env, last) > long => idle.push((last, place)),
            Some(_) => {}
        }
    }
    idle.sort_unstable();
    idle.truncate(validators.len().saturating_sub(1) / 3);
    let mut places: Vec<u8> = idle.into_iter().map(|(_, place)| place).collect();
    places.sort_unstable();
    Inactive::new(places).map_err(|_| Fault::Outgrown { what: "inactive" })
}

/// Blocks from `last` to this one.
fn since(env: &Env, last: Height) -> u64 {
    env.height.get().saturating_sub(last.get())
}
