//! Lines through another member: as a relay, through one, and to members that are reached by several ways.
//!
//! They have a thread and a runtime of their own: whatever crosses there stalls neither consensus nor the custodian.
use super::tls::founding_key;
use super::{RunError, io};
use crate::config::beside;
use crate::config::endpoint::Reach;
use crate::config::lines::{Broken, RelayConfig, ThroughConfig};
use crate::keys::{Keys, seed_bytes};
use crate::member_file;
use amanat_client::judge::Judge;
use amanat_client::{Clock, Failure, NodeClient};
use amanat_relay::ways::{self, Ways};
use amanat_relay::{
    Counts, Gate, Keeper, Kept, Limits, Place, ROUTE, Refused, Relay, Relayed, Service, Through,
    carry, keep,
};
use amanat_tls::{Acceptor, Pin};
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use amanat_types::key::PublicKey;
use amanat_types::release::SignedRequest;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, Runtime};
use tokio::task::AbortHandle;

/// Who the own member is, and what it proves.
#[derive(Clone)]
pub struct Own<'a> {
    /// The network.
    pub genesis: &'a Genesis,
    /// Own member.
    pub member: MemberId,
    /// Its keys.
    pub keys: &'a Keys,
}

/// A runtime for lines, and what runs there. Dropped, all ends.
pub struct Lines {
    runtime: Option<Runtime>,
    handle: Handle,
    counts: Counts,
    open: Arc<Mutex<BTreeMap<String, (SocketAddr, Ways)>>>,
}

/// Opens ways to members. Cheap to clone.
#[derive(Clone)]
pub struct Crossings {
    handle: Handle,
    counts: Counts,
    open: Arc<Mutex<BTreeMap<String, (SocketAddr, Ways)>>>,
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A runtime may be dropped inside another; what runs there needs no time to end.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Lines {
    /// Nothing runs yet.
    pub fn new() -> Result<Self, RunError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("lines")
            .enable_all()
            .build()
            .map_err(io("lines"))?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            counts: Counts::default(),
            open: Arc::default(),
        })
    }

    /// What is counted.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Opens ways to members.
    pub fn crossings(&self) -> Crossings {
        Crossings {
            handle: self.handle.clone(),
            counts: self.counts.clone(),
            open: Arc::clone(&self.open),
        }
    }

    /// Keeps a line to each relay for each of these services.
    pub fn keep(
        &self,
        own: &Own<'_>,
        relays: Vec<Named>,
        services: Vec<(Service, SocketAddr)>,
    ) -> Keeping {
        let keeper = Keeper {
            network: own.genesis.digest(),
            member: own.member,
            signer: own.keys.vault_signer(),
            now: crate::now_ms,
            limits: Limits::default(),
            counts: self.counts.clone(),
        };
        let keeping = Keeping {
            handle: self.handle.clone(),
            keeper,
            services,
            now: Arc::default(),
        };
        keeping.renew(relays);
        keeping
    }

    /// Is a relay for others, which `node` knows as members or not.
    pub fn carry(
        &self,
        own: &Own<'_>,
        config: &RelayConfig,
        node: NodeClient,
    ) -> Result<(), RunError> {
        let bind = |at: SocketAddr| {
            let listener = TcpListener::bind(at).map_err(io(format!("relay {at}")))?;
            listener.set_nonblocking(true).map_err(io("relay"))?;
            let _entered = self.handle.enter();
            tokio::net::TcpListener::from_std(listener).map_err(io("relay"))
        };
        let listener = bind(config.listen)?;
        let mut relayed = Vec::new();
        for carried in &config.members {
            for (service, at) in carried.services() {
                relayed.push(Relayed {
                    member: MemberId::new(carried.member),
                    service,
                    listener: bind(at)?,
                });
            }
        }
        let seed = seed_bytes(&own.keys.vault).unwrap_or_default();
        let acceptor = Acceptor::member(&seed).map_err(|error| RunError::Field {
            field: "keys",
            rule: format!("the vault key cannot be shown over TLS: {error}"),
        })?;
        let relay = Relay {
            own: own.member,
            listener,
            acceptor,
            relayed,
            gate: Members(Judge::new(node, own.genesis.digest(), Clock::system())),
            limits: Limits::default(),
            counts: self.counts.clone(),
        };
        self.handle.spawn(carry(relay, std::future::pending()));
        Ok(())
    }
}

impl Crossings {
    /// Where to connect to reach a service by `places`: the one there is, or an address of this machine that leads to the first that answers.
    pub fn to(&self, whose: &str, places: &[Place]) -> Result<Place, RunError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, ways)) = open.get(whose) {
            ways.replace(places.to_vec());
            return Ok((*at).into());
        }
        if let [only] = places {
            return Ok(only.clone());
        }
        let listener = TcpListener::bind("127.0.0.1:0").map_err(io("ways"))?;
        listener.set_nonblocking(true).map_err(io("ways"))?;
        let at = listener.local_addr().map_err(io("ways"))?;
        let ways = Ways::new(places.to_vec());
        open.insert(whose.to_owned(), (at, ways.clone()));
        let (limits, counts) = (Limits::default(), self.counts.clone());
        self.handle.spawn(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => ways::serve(listener, ways, limits, counts).await,
                Err(error) => tracing::error!(%error, "a way to a member cannot be opened"),
            }
        });
        Ok(at.into())
    }

    /// The same for a vault or custodian, over TLS or not.
    pub fn to_door(&self, whose: &str, doors: &[Reach]) -> Result<String, RunError> {
        let places: Vec<Place> = doors.iter().map(|door| door.at.clone()).collect();
        let at = self.to(whose, &places)?;
        let tls = doors.first().is_some_and(|door| door.tls);
        Ok(Reach { at, tls }.to_string())
    }
}

/// Members as the own node knows them.
#[derive(Clone)]
struct Members(Judge<NodeClient>);

impl Gate for Members {
    async fn admits(&self, signed: &SignedRequest) -> Result<MemberId, Refused> {
        // Not "at a recent tip": the members behind a relay may be the ones that a quorum is missing.
        match self.0.member(signed, ROUTE).await {
            Ok(known) => Ok(known.member),
            Err(Failure::Refused(_)) => Err(Refused::NotAdmitted),
            Err(Failure::Fault(_)) => Err(Refused::Later),
        }
    }
}

/// A relay, and the key that it must prove.
#[derive(Clone)]
pub struct Named {
    /// How it is found.
    pub through: Through,
    key: PublicKey,
}

impl Named {
    fn is(&self, other: &Self) -> bool {
        let of = |named: &Self| (named.through.relay, named.through.at.clone(), named.key);
        of(self) == of(other)
    }
}

/// The lines that are kept. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Keeping {
    handle: Handle,
    keeper: Keeper,
    services: Vec<(Service, SocketAddr)>,
    now: Arc<Mutex<(Vec<Named>, Vec<AbortHandle>)>>,
}

impl Keeping {
    /// From now on these relays. If they are the same, their lines stay.
    pub fn renew(&self, relays: Vec<Named>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, tasks) = &mut *now;
        let same = old.len() == relays.len();
        if same && old.iter().zip(&relays).all(|(old, new)| old.is(new)) {
            return;
        }
        tasks.drain(..).for_each(|task| task.abort());
        for relay in &relays {
            for (service, local) in &self.services {
                let kept = Kept {
                    service: *service,
                    local: *local,
                };
                let line = keep(self.keeper.clone(), relay.through.clone(), kept);
                tasks.push(self.handle.spawn(line).abort_handle());
            }
        }
        *old = relays;
    }
}

/// The relays of a configuration, each with the key that it must prove: named, of its public file, or of the genesis.
pub fn throughs(
    through: &[ThroughConfig],
    members_folder: Option<PathBuf>,
    genesis: &Genesis,
) -> Result<Vec<Named>, RunError> {
    let files = match members_folder {
        Some(folder) if !through.is_empty() => member_file::read_folder(&folder)?,
        _ => BTreeMap::new(),
    };
    let of = |through: &ThroughConfig| {
        let named = through.key.as_deref();
        let file = || Some(files.get(&through.member)?.vault.as_str());
        let key = named.or_else(file).and_then(PublicKey::from_hex);
        let key = key.or_else(|| founding_key(genesis, through.member));
        let pinned = key.and_then(|key| Some((key, Pin::new(&key).ok()?)));
        let (key, pin) = pinned.ok_or_else(|| RunError::Field {
            field: "through.key",
            rule: format!(
                "member {}: none is named, and none is in its public file or the genesis",
                through.member
            ),
        })?;
        let through = Through {
            relay: MemberId::new(through.member),
            at: through.at.clone(),
            pin,
        };
        Ok(Named { through, key })
    };
    through.iter().map(of).collect()
}

/// Members' public files, as seen from the configuration file `own`.
pub fn folder(own: &Path, folder: Option<&PathBuf>) -> Option<PathBuf> {
    folder.map(|folder| beside(own, folder))
}

/// Refuses a configuration whose relays break a rule.
pub fn refuse_broken(broken: Option<Broken>) -> Result<(), RunError> {
    match broken {
        None => Ok(()),
        Some((field, rule)) => Err(RunError::Field { field, rule }),
    }
}
