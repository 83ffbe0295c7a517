//! The relay: takes lines of members, listens for them, and joins what comes with what they fetch.
mod address;
mod door;
mod entry;
mod shared;

use crate::counts::Counts;
use crate::limits::Limits;
use crate::wire::{Refused, Service};
use amanat_tls::Acceptor;
use amanat_types::MemberId;
use amanat_types::release::SignedRequest;
use shared::Shared;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Says who is a member.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Who signed for [`crate::ROUTE`], if it is an active member and signed just now: else [`Refused::NotAdmitted`], or
    /// [`Refused::Later`] if that cannot be told.
    fn admits(
        &self,
        signed: &SignedRequest,
    ) -> impl Future<Output = Result<MemberId, Refused>> + Send;
}

/// A service of a member that is carried, and where others reach it.
#[derive(Debug)]
pub struct Relayed {
    /// Whose.
    pub member: MemberId,
    /// Which.
    pub service: Service,
    /// Where its streams come in.
    pub listener: TcpListener,
}

/// A relay.
#[derive(Debug)]
pub struct Relay<G> {
    /// Its own member.
    pub own: MemberId,
    /// Where members make their lines.
    pub listener: TcpListener,
    /// Proves the own member's key there.
    pub acceptor: Acceptor,
    /// What is carried, each service of a member once. Nothing else is.
    pub relayed: Vec<Relayed>,
    /// Says who is a member.
    pub gate: G,
    /// Bounds.
    pub limits: Limits,
    /// Counts.
    pub counts: Counts,
}

/// Carries until `stop`; then every line and stream is cut, which their ends see at once.
pub async fn carry<G: Gate>(relay: Relay<G>, stop: impl Future<Output = ()> + Send) {
    let named = relay.relayed.iter();
    let named = named.map(|relayed| (relayed.member, relayed.service));
    let shared = Arc::new(Shared::new(
        relay.own,
        named,
        (relay.gate, relay.acceptor),
        relay.limits,
        relay.counts,
    ));
    let mut tasks = JoinSet::new();
    for relayed in relay.relayed {
        tasks.spawn(door::serve(relayed, Arc::clone(&shared)));
    }
    tasks.spawn(entry::serve(relay.listener, shared));
    stop.await;
    // What the tasks spawned they hold, so it ends with them.
    tasks.shutdown().await;
}
