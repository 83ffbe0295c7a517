//! `GET /v1/validators`: who is there, and who signed last.
//!
//! A task of the API looks once a second: at the peers that the mempool's gossip hears, and at the certificates of the newest few
//! blocks. That is bounded work, off the way of consensus, and enough to say since when somebody is missing.
use crate::api::read::json;
use crate::api::server::State;
use crate::handle::NodeHandle;
use amanat_types::proof::FinalizedHeader;
use amanat_types::state::{Member, RosterState};
use amanat_types::wire::{ValidatorSeen, Validators};
use amanat_types::{Height, MemberId, PublicKey, StateKey};
use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::Response;
use commonware_codec::{DecodeExt as _, Read};
use commonware_utils::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often the task looks.
const EVERY: Duration = Duration::from_secs(1);
/// Certificates read at each look.
const CERTIFICATES: u64 = 4;
/// Certificates read at the first look, so that a node that was started in a stall knows who signed before it.
const CERTIFICATES_FIRST: u64 = 32;

/// What was seen; clones share it.
#[derive(Clone)]
pub struct Watch {
    since_ms: u64,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Highest height whose certificate was read.
    height: u64,
    /// Time of that block, and the time from one block to the next since the look before.
    time_ms: u64,
    block_ms: Option<u64>,
    /// By consensus key, hexadecimal: when a peer last said that it is there, and its height.
    heard: BTreeMap<String, (u64, u64)>,
    /// By consensus key: the last height that a validator signed, and its time.
    signed: BTreeMap<PublicKey, (u64, u64)>,
    /// Whose a consensus key is.
    members: BTreeMap<PublicKey, u16>,
}

/// Milliseconds since 1970 by this machine's clock.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

impl Watch {
    /// Has seen nothing yet.
    pub fn new() -> Self {
        Self {
            since_ms: now_ms(),
            seen: Arc::default(),
        }
    }

    /// Looks once a second, for ever.
    pub async fn run(self, handle: NodeHandle) {
        let mut certificates = CERTIFICATES_FIRST;
        loop {
            self.hear(&handle);
            self.learn(&handle).await;
            if self.read(&handle, certificates).await {
                certificates = CERTIFICATES;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Learns whose the validators' keys are from the state: members and their keys change by vote.
    async fn learn(&self, handle: &NodeHandle) {
        let validators = handle.validators(handle.status().epoch);
        let known = |key: &PublicKey| self.seen.lock().members.contains_key(key);
        if validators.iter().all(known) {
            return;
        }
        let mut numbers: Vec<MemberId> =
            handle.genesis().members.iter().map(|m| m.member).collect();
        let roster = values::<RosterState>(handle, vec![StateKey::roster()]).await;
        numbers.extend(
            roster
                .iter()
                .flatten()
                .flat_map(|roster| roster.members.iter()),
        );
        let keys = numbers
            .iter()
            .map(|number| StateKey::member(*number))
            .collect();
        let members = values::<Member>(handle, keys).await;
        let mut seen = self.seen.lock();
        for member in handle.genesis().members.iter() {
            for key in member.keys.iter() {
                seen.members.insert(key.key, member.member.number());
            }
        }
        for (number, member) in numbers.iter().zip(members) {
            for key in member.iter().flat_map(|member| member.keys.iter()) {
                seen.members.insert(key.key, number.number());
            }
        }
    }

    fn hear(&self, handle: &NodeHandle) {
        let peers = handle.peers(SystemTime::now());
        let now = now_ms();
        let mut seen = self.seen.lock();
        for peer in peers {
            seen.heard.insert(peer.key, (now, peer.height.get()));
        }
    }

    /// Reads at most `count` certificates, the newest first. Whether there was one.
    async fn read(&self, handle: &NodeHandle, count: u64) -> bool {
        let tip = handle.status().height;
        let known = self.seen.lock().height;
        let from = tip.saturating_sub(count).max(known) + 1;
        let mut found = false;
        for height in (from..=tip).rev() {
            // Nothing for the moment in which a certificate is still being stored: the next look has it.
            if let Ok(Some(header)) = handle.header(Height::new(height)).await {
                let named = header.links.last().unwrap_or(&header.header);
                let validators = handle.validators(named.epoch());
                self.seen.lock().note(&header, &validators);
                found = true;
            }
        }
        found
    }

    /// The answer of the route.
    pub fn answer(&self, handle: &NodeHandle) -> Validators {
        let status = handle.status();
        let keys = handle.validators(status.epoch);
        let present = handle.peers(SystemTime::now());
        let now = now_ms();
        let mut validators = Vec::new();
        let seen = self.seen.lock();
        for key in &keys {
            let Some(member) = seen.members.get(key).copied() else {
                continue;
            };
            let own = member == status.member;
            let name = key.to_string();
            let now_there = present.iter().find(|peer| peer.key == name);
            let heard = match (own, now_there) {
                (true, _) => Some((now, status.height)),
                (false, Some(peer)) => Some((now, peer.height.get())),
                (false, None) => seen.heard.get(&name).copied(),
            };
            let signed = seen.signed.get(key).copied();
            validators.push(ValidatorSeen {
                member,
                heard: own || now_there.is_some(),
                heard_ms: heard.map(|(ms, _)| ms),
                height: heard.map(|(_, height)| height),
                signed_height: signed.map(|(height, _)| height),
                signed_ms: signed.map(|(_, ms)| ms),
            });
        }
        validators.sort_by_key(|validator| validator.member);
        let count = keys.len();
        let quorum = count - count.saturating_sub(1) / 3;
        Validators {
            member: status.member,
            now_ms: now,
            since_ms: self.since_ms,
            height: status.height,
            time_ms: status.time_ms,
            quorum: u64::try_from(quorum).unwrap_or(u64::MAX),
            validators,
        }
    }

    /// Milliseconds from one block to the next, over the last look.
    pub fn block_ms(&self) -> Option<u64> {
        self.seen.lock().block_ms
    }
}

impl Seen {
    fn note(&mut self, header: &FinalizedHeader, validators: &[PublicKey]) {
        // The certificate names the last of the links; all before it are final by it.
        let named = header.links.last().unwrap_or(&header.header);
        let (height, time_ms) = (named.height.get(), named.time.get());
        if height > self.height {
            if self.height > 0 {
                let blocks = height - self.height;
                self.block_ms = time_ms.saturating_sub(self.time_ms).checked_div(blocks);
            }
            (self.height, self.time_ms) = (height, time_ms);
        }
        for signer in header.finalization.0.certificate.signers.iter() {
            let at = usize::try_from(signer.get()).unwrap_or(usize::MAX);
            let Some(key) = validators.get(at) else {
                continue;
            };
            let last = self.signed.entry(*key).or_insert((height, time_ms));
            *last = (height, time_ms).max(*last);
        }
    }
}

/// Values of the finalised state, in the order of their keys; nothing of those that are not there.
async fn values<T: Read<Cfg = ()>>(handle: &NodeHandle, keys: Vec<StateKey>) -> Vec<Option<T>> {
    let Ok(answer) = handle.state(keys).await else {
        return Vec::new();
    };
    let values = answer.values.iter();
    values
        .map(|value| T::decode(value.as_ref()?.to_vec()).ok())
        .collect()
}

/// The route.
pub async fn validators(Extract(state): Extract<State>) -> Response<Body> {
    json(&state.watch.answer(&state.handle))
}
