//! `amanat gateway`: the FHIR door over the exchange, and the vault with its scrubber.
use super::erase::erase_for_ever;
use super::lines::{Keeping, Lines, Named, Own, folder as folder_of, refuse_broken, throughs};
use super::observe::{self, Observed};
use super::tls::{acceptor, door_acceptor, own_node, refuse_open, stores_doors};
use super::{RunError, io, key, known, member_doors, own_keys};
use crate::clients::ClientsFile;
use crate::config::check::CERTIFICATE_DAYS;
use crate::config::{self, GatewayConfig, beside};
use crate::genesis_file;
use crate::keys::{Keys, seed_bytes};
use crate::passphrase::Source;
use crate::signals;
use amanat_client::anchor::{ANCHOR_EVERY, anchor_every};
use amanat_client::disk::LocalDisk;
use amanat_client::submit::Sponsor;
use amanat_client::{Asker, Clock, MemberClient, NodeClient, Submitter};
use amanat_envelope::SealingSecret;
use amanat_exchange::{Exchange, StorageKey};
use amanat_gateway::{Door, system_clock};
use amanat_relay::Service;
use amanat_tls::Acceptor;
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use amanat_vault::Vault;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// Bytes at which a vault's segment is full.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes a second that the scrubber reads.
const SCRUB_BYTES_PER_S: u64 = 64 * 1024 * 1024;
/// How often everything is scrubbed.
const SCRUB_EVERY: Duration = Duration::from_secs(24 * 3600);
/// When this software was made, for the CapabilityStatement.
const SOFTWARE_DATE: &str = "2026-11-20";

/// Everything that is read before anything is opened.
struct Parts {
    config: GatewayConfig,
    genesis: Genesis,
    member: MemberId,
    keys: Keys,
    clients: ClientsFile,
    node: NodeClient,
    stores: MemberClient,
    door_tls: Option<Acceptor>,
    vault_tls: Option<Acceptor>,
    lines: Lines,
}

impl Parts {
    fn read(path: &Path, passphrase: &Source) -> Result<Self, RunError> {
        let config: GatewayConfig = config::read(path)?;
        refuse_open(config.open())?;
        refuse_broken(config.broken_line())?;
        let genesis = genesis_file::read(&beside(path, &config.genesis))?;
        let member = known(config.member)?;
        let keys = Keys::open(&beside(path, &config.keys), passphrase)?;
        own_keys(&genesis, member, &keys)?;
        let clients = config::read(&beside(path, &config.clients))?;
        let lines = Lines::new()?;
        let doors = member_doors(path, &config)?;
        let doors = stores_doors(&doors, &genesis, &lines.crossings())?;
        let asker = Asker {
            network: genesis.digest(),
            member,
            signer: keys.vault_signer(),
            clock: Clock::system(),
        };
        Ok(Self {
            node: own_node(config.node, &keys)?,
            stores: MemberClient::new(asker, doors)?,
            door_tls: door_acceptor(path, &config)?,
            vault_tls: acceptor(config.vault, &keys)?,
            config,
            genesis,
            member,
            keys,
            clients,
            lines,
        })
    }

    /// Keeps a line for the vault to each relay.
    fn keep_lines(&self, path: &Path) -> Result<Keeping, RunError> {
        let relays = relays(path, &self.config, &self.genesis)?;
        let own = Own {
            genesis: &self.genesis,
            member: self.member,
            keys: &self.keys,
        };
        let vault = (Service::Vault, self.config.vault.at);
        Ok(self.lines.keep(&own, relays, vec![vault]))
    }

    fn door(&self) -> amanat_gateway::Config {
        amanat_gateway::Config {
            base_url: self.config.door_url(),
            clients: self.clients.client.clone(),
            token_key: seed_bytes(&self.keys.token).unwrap_or_default(),
            software_date: SOFTWARE_DATE.to_owned(),
            limits: self.config.door_limits.into(),
        }
    }

    fn signer(&self, at: usize) -> Result<amanat_types::key::MemberSigner, RunError> {
        self.keys
            .transaction_signer(at)
            .ok_or_else(|| RunError::Field {
                field: "keys",
                rule: format!("{} transaction keys are needed", key::COUNT),
            })
    }
}

/// The relays that carry this vault.
fn relays(path: &Path, config: &GatewayConfig, genesis: &Genesis) -> Result<Vec<Named>, RunError> {
    refuse_broken(config.broken_line())?;
    let files = folder_of(path, config.members_folder.as_ref());
    throughs(&config.through, files, genesis)
}

/// Runs a gateway until SIGTERM or SIGINT stops it; SIGHUP lets it read anew what `reload` says.
///
/// A sealed key file is opened with the passphrase that `passphrase` finds.
pub fn run(path: &Path, passphrase: &Source) -> Result<(), RunError> {
    // At once: a signal that comes before would end the process, and whoever restarts it takes that for an end that was asked for.
    let reload = signals::reload().map_err(io("signals"))?;
    let parts = Parts::read(path, passphrase)?;
    // Not before a passphrase was asked for: Ctrl-C ends that.
    let stop = signals::stop().map_err(io("signals"))?;
    let data = beside(path, &parts.config.data);
    std::fs::create_dir_all(&data).map_err(io("data folder"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(io("runtime"))?;
    let done = runtime.block_on(serve(path, parts, &data, (&stop, &reload)));
    runtime.shutdown_timeout(Duration::from_secs(5));
    done
}

async fn bound(key: &str, at: SocketAddr) -> Result<TcpListener, RunError> {
    let listener = TcpListener::bind(at).await;
    listener.map_err(io(format!("{key} {at}")))
}

/// What is opened, unless an end is asked for meanwhile: what was begun is left as by a kill then.
async fn unless<T>(stop_asked: &Notify, opened: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        opened = opened => Some(opened),
        () = stop_asked.notified() => None,
    }
}

async fn serve(
    path: &Path,
    parts: Parts,
    data: &Path,
    (stop_asked, reload_asked): (&Notify, &Notify),
) -> Result<(), RunError> {
    let door = bound("listen", parts.config.listen).await?;
    let keeping = parts.keep_lines(path)?;
    let (stop, stopping) = watch::channel(false);
    let vault_tls = parts.vault_tls.clone();
    let metrics = match parts.config.metrics {
        None => None,
        Some(at) => Some(bound("metrics", at).await?),
    };
    let Some(own_vault) = unless(stop_asked, vault(&parts, data)).await else {
        return Ok(());
    };
    let own_vault = own_vault?;
    let submitter = submitter(&parts)?;
    let vault = tokio::spawn(serve_vault(
        bound("vault", parts.config.vault.at).await?,
        (own_vault.clone(), vault_tls),
        submitter.clone(),
        stopping.clone(),
    ));
    let folder = data.join("exchange");
    let (node, stores) = (parts.node.clone(), parts.stores.clone());
    let opened = Exchange::open(&folder, exchange_config(&parts)?, node, stores);
    let Some(exchange) = unless(stop_asked, opened).await else {
        return Ok(());
    };
    let exchange = exchange.map_err(|error| RunError::Exchange(error.to_string()))?;
    let service = Door::new(parts.door(), exchange.clone(), system_clock())
        .map_err(|error| RunError::Gateway(error.to_string()))?;
    if let Some(listener) = metrics {
        let observed = Observed {
            exchange: exchange.clone(),
            vault: own_vault.clone(),
            meter: service.meter().clone(),
            connections_max: parts.config.door_limits.connections_max,
            data: data.to_owned(),
        };
        tokio::spawn(observe::serve(
            listener,
            observed,
            stopped(stopping.clone()),
        ));
    }
    tracing::info!(member = parts.config.member, "the door is open");
    let mut damaged = stopping;
    let shutdown = async move {
        tokio::select! {
            () = stop_asked.notified() => {}
            _ = damaged.wait_for(|stop| *stop) => {}
        }
    };
    let door_tls = parts.door_tls.clone();
    let served = tokio::select! {
        served = amanat_gateway::serve(door, service, door_tls, shutdown) => served,
        () = reload(path, &parts, &keeping, reload_asked) => Ok(()),
        () = erase_for_ever(exchange.clone(), own_vault, submitter) => Ok(()),
    };
    tracing::info!("stopping");
    let _ = stop.send(true);
    let vaulted = vault.await;
    let closed = exchange.close().await;
    served.map_err(io("the door"))?;
    vaulted.map_err(|error| RunError::Gateway(error.to_string()))??;
    closed.map_err(|error| RunError::Exchange(error.to_string()))
}

/// On SIGHUP reads anew where the members are and which keys they prove, and the certificate of the door. What cannot be read is
/// logged, and the old stays. Never ends.
async fn reload(path: &Path, parts: &Parts, keeping: &Keeping, asked: &Notify) {
    certificate_left(path, &parts.config);
    loop {
        asked.notified().await;
        match read_anew(path, parts, keeping) {
            Ok(()) => tracing::info!("addresses, keys of members and certificate were read anew"),
            Err(error) => tracing::error!(%error, "not everything was read anew: the old stays"),
        }
    }
}

fn read_anew(path: &Path, parts: &Parts, keeping: &Keeping) -> Result<(), RunError> {
    let config: GatewayConfig = config::read(path)?;
    let doors = member_doors(path, &config)?;
    let doors = stores_doors(&doors, &parts.genesis, &parts.lines.crossings())?;
    let door_tls = door_acceptor(path, &config)?;
    keeping.renew(relays(path, &config, &parts.genesis)?);
    parts.stores.moved(doors)?;
    match (&parts.door_tls, door_tls) {
        (Some(shown), Some(new)) => shown.replace(&new),
        (None, None) => {}
        _ => {
            return Err(RunError::Field {
                field: "tls_certificate",
                rule: "whether the door speaks TLS changes with a start alone".to_owned(),
            });
        }
    }
    certificate_left(path, &config);
    Ok(())
}

/// Says in the log how long the certificate of the door is valid.
fn certificate_left(path: &Path, config: &GatewayConfig) {
    let Some(certificate) = &config.tls_certificate else {
        return;
    };
    let now_s = i64::try_from(crate::now_ms().get() / 1000).unwrap_or(i64::MAX);
    let validity = amanat_tls::validity::read(&beside(path, certificate));
    match validity.map(|validity| validity.days_left(now_s)) {
        Ok(days) if days < CERTIFICATE_DAYS => {
            tracing::warn!(
                days,
                "the certificate of the door ends soon: renew it and reload"
            );
        }
        Ok(days) => tracing::info!(days, "the certificate of the door is valid"),
        Err(error) => tracing::warn!(%error, "the end of the door's certificate is not known"),
    }
}

fn exchange_config(parts: &Parts) -> Result<amanat_exchange::Config, RunError> {
    Ok(amanat_exchange::Config {
        member: parts.member,
        network: parts.genesis.digest(),
        signer: parts.signer(key::EXCHANGE)?,
        sealing: SealingSecret::from_seed(&seed_bytes(&parts.keys.sealing).unwrap_or_default()),
        storage: StorageKey::new(seed_bytes(&parts.keys.storage).unwrap_or_default()),
        clock: Clock::system(),
    })
}

/// Opens the vault, which reads in all of its segments, on a thread that may be left alone.
async fn vault(parts: &Parts, data: &Path) -> Result<Vault<NodeClient, MemberClient>, RunError> {
    let config = amanat_vault::Config {
        folder: data.join("vault"),
        network: parts.genesis.digest(),
        member: parts.member,
        signer: parts.keys.vault_signer(),
        capacity_bytes: parts.config.vault_bytes_max,
        segment_bytes: SEGMENT_BYTES,
        scrub_bytes_per_s: SCRUB_BYTES_PER_S,
        limits: parts.config.vault_limits.into(),
    };
    let (node, stores) = (parts.node.clone(), parts.stores.clone());
    let open = || Vault::open(config, Arc::new(LocalDisk), node, stores, Clock::system());
    let opened = tokio::task::spawn_blocking(open).await;
    Ok(opened.map_err(|error| RunError::Gateway(error.to_string()))??)
}

fn submitter(parts: &Parts) -> Result<Submitter<NodeClient>, RunError> {
    let sponsor = Sponsor {
        network: parts.genesis.digest(),
        member: parts.member,
        signer: parts.signer(key::VAULT)?,
        deadline: Duration::from_secs(60),
    };
    Ok(Submitter::new(parts.node.clone(), sponsor, Clock::system()))
}

/// Resolves when the process stops.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the process.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Serves the vault until `stopping`. A journal that is not what was anchored ends it: it must not release.
async fn serve_vault(
    listener: TcpListener,
    (vault, tls): (Vault<NodeClient, MemberClient>, Option<Acceptor>),
    submitter: Submitter<NodeClient>,
    stopping: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let journal = vault.journal().clone();
    let scrubber = vault.clone();
    let stop = stopped(stopping);
    tokio::select! {
        () = amanat_vault::serve(listener, vault, tls, stop) => Ok(()),
        () = scrubber.scrub_every(SCRUB_EVERY) => Ok(()),
        fault = anchor_every(journal, submitter, ANCHOR_EVERY) => {
            tracing::error!(%fault, "the vault's journal is damaged; the vault stops");
            Err(fault.into())
        }
    }
}
