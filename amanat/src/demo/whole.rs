//! Checks i to k: everything read back, the access log, and the canary scan.
use super::DemoError;
use super::canary::Canary;
use super::desk::categories;
use super::door::Claim;
use super::report::Seen;
use super::world::{A, World};
use amanat_exchange::Card as _;
use amanat_fhir::{Checked, Limits};
use amanat_types::call::Scope;
use amanat_types::{Event, Height, PatientId, RecordId, TransactionId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// What is planted to see that the scan finds it.
const PLANTED: &str = "AMANAT-PLANTED-CANARY-35202-1234567-1";

/// A resource without what the exchange sets itself: `meta.versionId`, `meta.lastUpdated`.
fn without_stamps(resource: &Value) -> Value {
    let mut value = resource.clone();
    if let Some(map) = value.as_object_mut() {
        if let Some(meta) = map.get_mut("meta").and_then(Value::as_object_mut) {
            meta.shift_remove("versionId");
            meta.shift_remove("lastUpdated");
        }
        if map
            .get("meta")
            .and_then(Value::as_object)
            .is_some_and(serde_json::Map::is_empty)
        {
            map.shift_remove("meta");
        }
    }
    value
}

/// Parses one resource as the exchange does, decimals as written.
fn checked(bytes: &[u8]) -> Result<Checked, DemoError> {
    amanat_fhir::parse(bytes, Limits::RESOURCE)
        .and_then(amanat_fhir::check)
        .map_err(|flaw| DemoError::Broken(flaw.to_string()))
}

/// Whether an event is a request to read a patient's records, granted or refused.
fn concerns(event: &Event, patient: &PatientId, records: &BTreeSet<RecordId>) -> bool {
    match event {
        Event::TicketIssued(issued) => issued.patient.as_ref() == Some(patient),
        Event::AccessRefused(refused) => {
            refused.patient.as_ref() == Some(patient)
                || matches!(&refused.scope, Scope::Records(of) if of.iter().any(|one| records.contains(one)))
        }
        _ => false,
    }
}

/// The transactions that an AuditEvent names.
fn transactions(entry: &Value) -> Vec<TransactionId> {
    let entities = entry.get("entity").and_then(Value::as_array);
    let named = entities
        .into_iter()
        .flatten()
        .filter(|entity| entity.get("name").and_then(Value::as_str) == Some("transaction"));
    named
        .filter_map(|entity| entity.pointer("/what/identifier/value"))
        .filter_map(Value::as_str)
        .filter_map(TransactionId::from_hex)
        .collect()
}

impl World {
    /// i. Patient 4 grants B everything; B reads it back.
    pub async fn read_back(&mut self) -> Result<Seen, DemoError> {
        let grant = self.grant_to_b(4, &categories(), &["TREAT"]).await?;
        let pseudonym = self.case(4)?.pseudonym.clone();
        let claim = Claim {
            purpose: Some("TREAT"),
            basis: Some(format!("grant/{grant}")),
            patient: Some(pseudonym.clone()),
            ..Claim::default()
        };
        let start = std::time::Instant::now();
        let mut found = match self.pages(&pseudonym, &claim).await? {
            Ok(found) => found,
            Err(seen) => return Ok(Err(seen)),
        };
        let paged = found.len();
        self.directory_entries(&mut found).await?;
        let elapsed = start.elapsed();
        let (archived, archive_s) = self.archived(&pseudonym, &claim).await?;
        let case = self.case(4)?;
        let input = &self.inputs[case.input];
        let (mut same, mut different) = (0, Vec::new());
        for stored in &case.stored {
            let Some(resource) = found.get(&stored.reference) else {
                different.push(format!("entry {} is missing", stored.index));
                continue;
            };
            let mut restored = checked(resource)?;
            amanat_fhir::bundle::restore(&mut restored, &case.origins);
            self.keep(stored.reference.as_str(), &restored)?;
            let source = input
                .entries()
                .get(stored.index)
                .and_then(|entry| entry.get("resource"));
            let source = source.map(Value::to_string).unwrap_or_default();
            let source = checked(source.as_bytes())?.into_resource().into_value();
            let back = restored.into_resource().into_value();
            if without_stamps(&source) == without_stamps(&back) {
                same += 1;
            } else {
                different.push(format!("entry {} differs", stored.index));
            }
        }
        different.truncate(5);
        let seen = format!(
            "{same} of {} resources of patient 4 are the same, decimals and order of elements included; read under one grant in {:.2} s {different:?}; $archive holds {archived} of {paged}, in {archive_s:.2} s",
            case.stored.len(),
            elapsed.as_secs_f64()
        );
        Ok(
            if same == case.stored.len() && same > 0 && archived == paged {
                Ok(seen)
            } else {
                Err(seen)
            },
        )
    }

    /// The same record as one archive, from B: how many records its manifest counts, and how many seconds it took.
    async fn archived(
        &mut self,
        pseudonym: &str,
        claim: &Claim<'_>,
    ) -> Result<(usize, f64), DemoError> {
        let start = std::time::Instant::now();
        let path = format!("/Patient/{pseudonym}/$archive");
        let answer = self.b.get(&path, claim).await?;
        let elapsed = start.elapsed().as_secs_f64();
        let broken = |why: String| DemoError::Broken(format!("$archive: {why}"));
        if answer.status != 200 {
            return Err(broken(answer.diagnostics()));
        }
        let bytes = std::io::Cursor::new(&answer.bytes);
        let mut archive = zip::ZipArchive::new(bytes).map_err(|e| broken(e.to_string()))?;
        let manifest = archive.by_name("manifest.json");
        let manifest = manifest.map_err(|e| broken(e.to_string()))?;
        let manifest: Value =
            serde_json::from_reader(manifest).map_err(|e| broken(e.to_string()))?;
        let files = manifest.get("output").and_then(Value::as_array);
        let of_records = files.into_iter().flatten().filter(|one| {
            let url = one.get("url").and_then(Value::as_str);
            url.is_some_and(|url| url.starts_with("records/"))
        });
        let counts = of_records.filter_map(|one| one.get("count").and_then(Value::as_u64));
        let count = usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX);
        Ok((count, elapsed))
    }

    /// All pages of `$everything` at B, which knows the patient by its pseudonym: references with the resources' bytes.
    pub async fn pages(
        &mut self,
        pseudonym: &str,
        claim: &Claim<'_>,
    ) -> Result<Result<BTreeMap<String, Vec<u8>>, String>, DemoError> {
        let mut found = BTreeMap::new();
        let mut next = Some(format!("/Patient/{pseudonym}/$everything?_count=500"));
        while let Some(path) = next.take() {
            let answer = self.b.get(&path, claim).await?;
            if answer.status != 200 {
                return Ok(Err(format!(
                    "status {}: {}",
                    answer.status,
                    answer.diagnostics()
                )));
            }
            // Parsed as the exchange does, so that numbers keep their digits.
            let page = amanat_fhir::parse(&answer.bytes, Limits::BUNDLE)
                .map_err(|flaw| DemoError::Broken(flaw.to_string()))?
                .into_value();
            for entry in page
                .get("entry")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let Some(resource) = entry.get("resource") else {
                    continue;
                };
                let word = |name| resource.get(name).and_then(Value::as_str);
                if let (Some(kind), Some(id)) = (word("resourceType"), word("id")) {
                    let bytes = amanat_fhir::Resource::from_value(resource.clone());
                    let bytes = bytes.map(|resource| amanat_fhir::canonical(&resource));
                    found.insert(format!("{kind}/{id}"), bytes.unwrap_or_default());
                }
            }
            let links = page.get("link").and_then(Value::as_array);
            next = links.into_iter().flatten().find_map(|link| {
                let is_next = link.get("relation").and_then(Value::as_str) == Some("next");
                link.get("url")
                    .and_then(Value::as_str)
                    .filter(|_| is_next)
                    .map(str::to_owned)
            });
        }
        Ok(Ok(found))
    }

    /// Reads the organisations and practitioners of patient 4's Bundle, which stand in A's directory and not in the record.
    async fn directory_entries(
        &mut self,
        found: &mut BTreeMap<String, Vec<u8>>,
    ) -> Result<(), DemoError> {
        let stored = self.case(4)?.stored.iter();
        let references: Vec<String> = stored
            .filter(|stored| !stored.category.is_patient())
            .map(|stored| stored.reference.clone())
            .collect();
        let claim = Claim {
            purpose: Some("TREAT"),
            basis: Some("directory".to_owned()),
            ..Claim::default()
        };
        for reference in references {
            let answer = self.b.get(&format!("/{reference}"), &claim).await?;
            if answer.status == 200 {
                found.insert(reference, answer.bytes.to_vec());
            }
        }
        Ok(())
    }

    /// Keeps a resource that was read back, under its original id.
    fn keep(&self, reference: &str, resource: &Checked) -> Result<(), DemoError> {
        let Some(out) = &self.out else { return Ok(()) };
        let kind = reference.split('/').next().unwrap_or_default();
        let id = resource.id().unwrap_or("no-id");
        let path = out.join("read-back").join(format!("{kind}-{id}.json"));
        super::write(&path, &amanat_fhir::canonical(resource))
    }

    /// j. Patient 1's access log at A, against the ledger, with receipts.
    pub async fn access_log(&mut self) -> Result<Seen, DemoError> {
        let (patient, logical, records) = {
            let case = self.case(1)?;
            let records: BTreeSet<RecordId> = case.stored.iter().map(|one| one.record).collect();
            (self.card(1)?.patient(), case.logical.clone(), records)
        };
        let mut expected: Vec<TransactionId> = Vec::new();
        for (_, group) in self.events(self.begin).await? {
            let concerns = |event: &Event| concerns(event, &patient, &records);
            if group.events.iter().any(concerns) {
                expected.push(group.transaction);
            }
        }
        let path = format!("/AuditEvent?patient=Patient/{logical}&_count=1000");
        let claim = Claim {
            purpose: Some("PATRQT"),
            ..Claim::default()
        };
        let answer = self.a.get(&path, &claim).await?;
        if answer.status != 200 {
            return Ok(Err(format!(
                "status {}: {}",
                answer.status,
                answer.diagnostics()
            )));
        }
        let page = answer.json();
        let entries: Vec<&Value> = page
            .get("entry")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get("resource"))
            .filter(|resource| {
                resource.get("resourceType").and_then(Value::as_str) == Some("AuditEvent")
            })
            .collect();
        let times: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.get("recorded").and_then(Value::as_str))
            .collect();
        let in_order = times.is_sorted() && times.len() == entries.len();
        let named: BTreeSet<TransactionId> = entries
            .iter()
            .flat_map(|entry| transactions(entry))
            .collect();
        let absent = expected.iter().filter(|id| !named.contains(id)).count();
        let verified = self.verify_apart(&named).await?;
        let seen = format!(
            "{} entries at A, in order: {in_order}; of {} requests on the ledger {absent} are absent; {verified} of {} receipts of the entries verified by a separate process without network",
            entries.len(),
            expected.len(),
            named.len()
        );
        let ok = in_order
            && absent == 0
            && !expected.is_empty()
            && entries.len() >= expected.len()
            && verified == named.len();
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Saves each receipt and lets `amanat verify` check it in a process of its own.
    async fn verify_apart(
        &self,
        transactions: &BTreeSet<TransactionId>,
    ) -> Result<usize, DemoError> {
        let genesis = self.network.layout.dir.join("genesis.json");
        let program = std::env::current_exe()
            .map_err(|error| DemoError::Broken(format!("this program: {error}")))?;
        let mut verified = 0;
        for (number, id) in transactions.iter().enumerate() {
            let path = self.receipt(&format!("j-{:03}", number + 1), *id).await?;
            let status = Command::new(&program)
                .arg("verify")
                .arg(&path)
                .arg("--genesis")
                .arg(&genesis)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if status.is_ok_and(|status| status.success()) {
                verified += 1;
            }
        }
        if let Some(out) = &self.out {
            let bytes = std::fs::read(&genesis).unwrap_or_default();
            super::write(&out.join("genesis.json"), &bytes)?;
        }
        Ok(verified)
    }

    /// k. Looks for anything personal wherever bytes rest, and for a canary that was planted.
    pub async fn canary(&mut self) -> Result<Seen, DemoError> {
        let canary = Canary::new(self.inputs.iter().map(|input| &input.bundle), PLANTED)?;
        let folder = self.network.layout.dir.clone();
        let planted = folder.join("planted-canary.log");
        super::write(&planted, format!("a careless line: {PLANTED}\n").as_bytes())?;
        let (found, _) = canary.scan_folder(&folder)?;
        let caught = found.iter().any(|hit| Path::new(&hit.place) == planted);
        std::fs::remove_file(&planted)
            .map_err(|error| DemoError::Broken(format!("planted canary: {error}")))?;
        let (mut found, bytes) = canary.scan_folder(&folder)?;
        let (more, blocks, decoded) = self.scan_ledger(&canary).await?;
        found.extend(more);
        let exempt: Vec<&str> = canary.exempt.iter().map(String::as_str).collect();
        let hits: Vec<String> = found
            .iter()
            .take(5)
            .map(|hit| format!("{} of {} in {}", hit.form, hit.needle, hit.place))
            .collect();
        let seen = format!(
            "{} strings of the input looked for in {bytes} bytes at rest and {decoded} bytes of {blocks} decoded blocks with their events: {} found {hits:?}; the planted canary: {}; exempt as vocabulary: {exempt:?}",
            canary.strings,
            found.len(),
            if caught { "found" } else { "not found" }
        );
        Ok(if found.is_empty() && caught {
            Ok(seen)
        } else {
            Err(seen)
        })
    }

    /// Scans every block and every event as the node decodes them.
    async fn scan_ledger(
        &self,
        canary: &Canary,
    ) -> Result<(Vec<super::canary::Found>, u64, usize), DemoError> {
        let node = self.node(A)?;
        let tip = self.tip().await?;
        let (mut found, mut blocks, mut decoded) = (Vec::new(), 0, 0);
        for height in 1..=tip.get() {
            let block = node.block(Height::new(height)).await?;
            let Some(block) = block else { continue };
            blocks += 1;
            decoded += block.len();
            found.extend(canary.scan(&format!("block {height}"), &block));
        }
        for (height, group) in self.events(Height::new(1)).await? {
            let text = format!("{group:?}");
            decoded += text.len();
            found.extend(canary.scan(&format!("events of block {height}"), text.as_bytes()));
        }
        Ok((found, blocks, decoded))
    }
}
