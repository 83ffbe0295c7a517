//! The node processes of a measurement, and a write basis for each member.
use super::LabError;
use crate::keys::Keys;
use crate::layout::{Layout, Plan};
use crate::process::{Process, ProcessError};
use amanat_client::http::HttpClient;
use amanat_client::{Ledger as _, NodeClient};
use amanat_exchange::{Cosigner as _, SoftKey};
use amanat_types::call::{
    DeclareIndexes, IndexDeclaration, Opening, RegisterPractitioner, RegisterWithoutCard,
};
use amanat_types::code::{RegistrationReason, Role};
use amanat_types::codec::List;
use amanat_types::id::{BlindIndex, Commitment, EncounterId, LocalId, MemberId, PatientId, Salt};
use amanat_types::limits::REGISTRATION_MS_MAX;
use amanat_types::transaction::{Body, Transaction, VERSION};
use amanat_types::wire::Submitted;
use amanat_types::{Call, Height};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a node may take to answer after its start.
const READY: Duration = Duration::from_secs(60);

/// Node processes of a fresh network.
pub struct Nodes {
    /// The network.
    pub layout: Layout,
    /// The processes, in the order of the members.
    pub processes: Vec<Process>,
    /// A client for each.
    pub clients: Vec<NodeClient>,
    /// Keys of each member.
    pub keys: Vec<Keys>,
}

/// Under what a member deposits in a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    /// An open registration encounter.
    pub encounter: EncounterId,
    /// An index that it opens.
    pub index: BlindIndex,
}

impl Nodes {
    /// Makes a network in `dir` and starts its nodes, waiting until each has a finalised block.
    pub async fn start(dir: &Path, plan: Plan) -> Result<Self, LabError> {
        Self::start_with(dir, plan, "").await
    }

    /// The same; `lines` of TOML stand in the configuration of each node.
    pub async fn start_with(dir: &Path, plan: Plan, lines: &str) -> Result<Self, LabError> {
        let (layout, _) = Layout::open_or_create(dir, plan)?;
        let mut nodes = Self {
            processes: Vec::new(),
            clients: Vec::new(),
            keys: Vec::new(),
            layout,
        };
        for place in nodes.layout.places.clone() {
            let folder = nodes.layout.member_dir(place.member);
            let config = folder.join("node.toml");
            let written = std::fs::read_to_string(&config)
                .and_then(|text| std::fs::write(&config, format!("{lines}{text}")));
            written.map_err(|source| LabError::Machine {
                what: config.display().to_string(),
                source,
            })?;
            let process = Process::start(
                &format!("node of member {}", place.member),
                &["node", "--config", &config.display().to_string()],
                &folder.join("node.log"),
            )?;
            nodes.processes.push(process);
            nodes
                .clients
                .push(NodeClient::new(HttpClient::new(), &place.api.to_string()));
            let keys = nodes.layout.keys(place.member);
            nodes
                .keys
                .push(keys.map_err(crate::layout::LayoutError::from)?);
        }
        nodes.ready().await?;
        Ok(nodes)
    }

    async fn ready(&mut self) -> Result<(), LabError> {
        let end = Instant::now() + READY;
        for (client, process) in self.clients.iter().zip(&mut self.processes) {
            loop {
                process.check()?;
                if client.status().await.is_ok_and(|status| status.height > 0) {
                    break;
                }
                if Instant::now() > end {
                    return Err(ProcessError::NotReady {
                        name: process.name.clone(),
                        seconds: READY.as_secs(),
                        log: process.log.display().to_string(),
                    }
                    .into());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// Opens a registration encounter for member number `at` (from 0) with its first transaction key.
    pub async fn basis(&self, at: usize) -> Result<Basis, LabError> {
        let missing = || LabError::Ledger(format!("there is no member {at}"));
        let keys = self.keys.get(at).ok_or_else(missing)?;
        let client = self.clients.get(at).ok_or_else(missing)?;
        let place = self.layout.places.get(at).ok_or_else(missing)?;
        let member = MemberId::new(place.member);
        let signer = keys.transaction_signer(0).ok_or_else(missing)?;
        let practitioner =
            SoftKey::generate().map_err(|error| LabError::Ledger(error.to_string()))?;
        let status = client.status().await?;
        let mark = [u8::try_from(at).unwrap_or(u8::MAX); 16];
        let (index, patient, salt) = (
            BlindIndex::new(mark),
            PatientId::new(mark),
            Salt::new([7; 32]),
        );
        let body = Body {
            version: VERSION,
            network: self.layout.network(),
            sponsor: member,
            sequence: 1,
            last_height: Height::new(status.height + 100),
            signers: list(vec![signer.public_key(), practitioner.public_key()])?,
            stored: List::empty(),
            calls: list(basis_calls(
                &practitioner,
                index,
                patient,
                salt,
                status.time_ms,
            )?)?,
        };
        let cosigned = practitioner.cosign(&body.id());
        let cosigned = cosigned.map_err(|error| LabError::Ledger(error.to_string()))?;
        let transaction = Transaction::with(body, &signer, vec![cosigned]);
        match client.submit(vec![transaction]).await?.first() {
            Some(Submitted::Final(done)) if done.receipt.is_accepted() => Ok(Basis {
                encounter: EncounterId::derive(member, LocalId::new(mark)),
                index,
            }),
            other => Err(LabError::Ledger(format!(
                "the registration encounter of {member} was not accepted: {other:?}"
            ))),
        }
    }
}

fn basis_calls(
    practitioner: &SoftKey,
    index: BlindIndex,
    patient: PatientId,
    salt: Salt,
    now_ms: u64,
) -> Result<Vec<Call>, LabError> {
    let until_ms = amanat_types::TimestampMs::new(now_ms + REGISTRATION_MS_MAX / 2);
    let local = LocalId::new(*index.as_bytes());
    Ok(vec![
        Call::RegisterPractitioner(RegisterPractitioner {
            local,
            key: practitioner.public_key(),
            role: Role::Registrar,
            until_ms,
        }),
        Call::DeclareIndexes(DeclareIndexes {
            declarations: list(vec![IndexDeclaration {
                index,
                owner: Commitment::owner(&salt, &patient, &index),
            }])?,
        }),
        Call::RegisterWithoutCard(RegisterWithoutCard {
            local,
            patient,
            reason: RegistrationReason::Import,
            openings: list(vec![Opening { index, salt }])?,
            emergency: List::empty(),
            until_ms,
        }),
    ])
}

fn list<T, const MAX: usize>(items: Vec<T>) -> Result<List<T, MAX>, LabError> {
    List::new(items).map_err(|error| LabError::Option(error.to_string()))
}
