//! `amanat gateway`: the FHIR door over the exchange, and the vault with its scrubber.
use super::{RunError, io, key, known, member_doors, own_keys};
use crate::clients::ClientsFile;
use crate::config::{self, GatewayConfig, MemberDoors, beside};
use crate::genesis_file;
use crate::keys::{Keys, seed_bytes};
use crate::passphrase::Source;
use amanat_client::anchor::{ANCHOR_EVERY, anchor_every};
use amanat_client::disk::LocalDisk;
use amanat_client::http::HttpClient;
use amanat_client::submit::Sponsor;
use amanat_client::{Asker, Clock, Doors, MemberClient, NodeClient, Submitter};
use amanat_envelope::SealingSecret;
use amanat_exchange::{Exchange, StorageKey};
use amanat_gateway::{Door, system_clock};
use amanat_types::MemberId;
use amanat_types::genesis::Genesis;
use amanat_vault::Vault;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

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
    doors: Vec<MemberDoors>,
}

impl Parts {
    fn read(path: &Path, passphrase: &Source) -> Result<Self, RunError> {
        let config: GatewayConfig = config::read(path)?;
        let genesis = genesis_file::read(&beside(path, &config.genesis))?;
        let member = known(config.member)?;
        let keys = Keys::open(&beside(path, &config.keys), passphrase)?;
        own_keys(&genesis, member, &keys)?;
        let clients = config::read(&beside(path, &config.clients))?;
        let doors = member_doors(path, &config)?;
        Ok(Self {
            doors,
            config,
            genesis,
            member,
            keys,
            clients,
        })
    }

    fn node(&self) -> NodeClient {
        NodeClient::new(HttpClient::new(), &self.config.node.to_string())
    }

    fn stores(&self) -> MemberClient {
        let doors = self.doors.iter().map(|member| {
            let doors = Doors {
                vault: member.vault.to_string(),
                custodian: member.custodian.to_string(),
            };
            (MemberId::new(member.member), doors)
        });
        let asker = Asker {
            network: self.genesis.digest(),
            member: self.member,
            signer: self.keys.vault_signer(),
            clock: Clock::system(),
        };
        MemberClient::new(HttpClient::new(), asker, doors.collect())
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

/// Runs a gateway until a signal stops it.
///
/// A sealed key file is opened with the passphrase that `passphrase` finds.
pub fn run(path: &Path, passphrase: &Source) -> Result<(), RunError> {
    let parts = Parts::read(path, passphrase)?;
    let data = beside(path, &parts.config.data);
    std::fs::create_dir_all(&data).map_err(io("data folder"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(io("runtime"))?;
    let done = runtime.block_on(serve(parts, &data));
    runtime.shutdown_timeout(Duration::from_secs(5));
    done
}

async fn serve(parts: Parts, data: &Path) -> Result<(), RunError> {
    let door = TcpListener::bind(parts.config.listen)
        .await
        .map_err(io(format!("listen {}", parts.config.listen)))?;
    let (stop, stopping) = watch::channel(false);
    let vault = tokio::spawn(serve_vault(
        TcpListener::bind(parts.config.vault)
            .await
            .map_err(io(format!("vault {}", parts.config.vault)))?,
        vault(&parts, data)?,
        submitter(&parts)?,
        stopping.clone(),
    ));
    let exchange = Exchange::open(
        &data.join("exchange"),
        exchange_config(&parts)?,
        parts.node(),
        parts.stores(),
    )
    .await
    .map_err(|error| RunError::Exchange(error.to_string()))?;
    let config = amanat_gateway::Config {
        base_url: format!("http://{}", parts.config.listen),
        clients: parts.clients.client.clone(),
        token_key: seed_bytes(&parts.keys.token).unwrap_or_default(),
        software_date: SOFTWARE_DATE.to_owned(),
        limits: amanat_gateway::Limits::default(),
    };
    let service = Door::new(config, exchange.clone(), system_clock())
        .map_err(|error| RunError::Gateway(error.to_string()))?;
    tracing::info!(member = parts.config.member, "the door is open");
    let mut damaged = stopping;
    let shutdown = async move {
        tokio::select! {
            () = signal() => {}
            _ = damaged.wait_for(|stop| *stop) => {}
        }
    };
    let served = amanat_gateway::serve(door, service, shutdown).await;
    tracing::info!("stopping");
    let _ = stop.send(true);
    let vaulted = vault.await;
    let closed = exchange.close().await;
    served.map_err(io("the door"))?;
    vaulted.map_err(|error| RunError::Gateway(error.to_string()))??;
    closed.map_err(|error| RunError::Exchange(error.to_string()))
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

fn vault(parts: &Parts, data: &Path) -> Result<Vault<NodeClient, MemberClient>, RunError> {
    let config = amanat_vault::Config {
        folder: data.join("vault"),
        network: parts.genesis.digest(),
        member: parts.member,
        signer: parts.keys.vault_signer(),
        capacity_bytes: parts.config.vault_bytes_max,
        segment_bytes: SEGMENT_BYTES,
        scrub_bytes_per_s: SCRUB_BYTES_PER_S,
        limits: amanat_client::serve::Limits::default(),
    };
    let disk = Arc::new(LocalDisk);
    Ok(Vault::open(
        config,
        disk,
        parts.node(),
        parts.stores(),
        Clock::system(),
    )?)
}

fn submitter(parts: &Parts) -> Result<Submitter<NodeClient>, RunError> {
    let sponsor = Sponsor {
        network: parts.genesis.digest(),
        member: parts.member,
        signer: parts.signer(key::VAULT)?,
        deadline: Duration::from_secs(60),
    };
    Ok(Submitter::new(parts.node(), sponsor, Clock::system()))
}

/// Serves the vault until `stopping`. A journal that is not what was anchored ends it: it must not release.
async fn serve_vault(
    listener: TcpListener,
    vault: Vault<NodeClient, MemberClient>,
    submitter: Submitter<NodeClient>,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let journal = vault.journal().clone();
    let scrubber = vault.clone();
    let stop = async move {
        // An error means that the sender is gone, and with it the process.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    tokio::select! {
        () = amanat_vault::serve(listener, vault, stop) => Ok(()),
        () = scrubber.scrub_every(SCRUB_EVERY) => Ok(()),
        fault = anchor_every(journal, submitter, ANCHOR_EVERY) => {
            tracing::error!(%fault, "the vault's journal is damaged; the vault stops");
            Err(fault.into())
        }
    }
}

/// Resolves on SIGTERM or SIGINT.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
