//! `GET /Patient/id/$archive`: everything of a patient that the basis opens, as one ZIP that is made while it is sent.
//!
//! Refusals are answered as ever: the first part is opened before the answer begins. What breaks later tears the connection. A part is paid
//! for from the budget of bodies while it is opened and written; what waits for a slow client is packed already.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use amanat_exchange::archive::{Accounts, Contents, Part};
use amanat_exchange::everything::NOTICE;
use amanat_exchange::{Actor, Error, Opened, ReadContext};
use amanat_fhir::outcome::IssueType;
use amanat_fhir::{Resource, canonical, instant};
use amanat_login::{Interaction, Session};
use amanat_types::PatientId;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use zip::result::ZipError;

use super::{accounting, told};
use crate::archive::{Entry, Pack, Sender, channel};
use crate::asked::{Asked, is_id};
use crate::body::Share;
use crate::cases::Cases;
use crate::door::{Door, actor, require_scope};
use crate::negotiate::require_zip;
use crate::outcome::Problem;
use crate::words::Language;

/// How long an archive may take, a slow client included.
const ARCHIVE_TIME_MAX: Duration = Duration::from_secs(30 * 60);
/// AuditEvents or disclosures of a file.
const LINES_MAX: usize = 1000;

/// Answers the archive. `_language`, `en` or `ur`, is that of the accounting of disclosures.
pub(crate) async fn archive<C: Cases>(
    State(door): State<Arc<Door<C>>>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_zip(&headers)?;
    require_scope(&session, Interaction::Read, None)?;
    require_scope(&session, Interaction::Search, None)?;
    let asked = Asked::read(&headers, &session)?;
    let actor = actor(&session)?;
    let language = told::query(query, "_language", |_, _| Ok(false))?;
    if !is_id(&id) {
        return Err(Problem::not_found());
    }
    let context = door.to_read(&actor, &asked, None, Some(&id)).await?;
    let patient = context.patient.ok_or_else(Problem::not_found)?;
    let place = Arc::clone(&door.archives).try_acquire_owned();
    let place = place.map_err(|_| too_many())?;
    let contents = door.cases.archive(&actor, &context, patient).await;
    let contents = contents.map_err(Problem::of_query)?;
    let work = Work {
        pack: Pack::new(&instant(contents.time_ms.get())),
        door,
        actor,
        context,
        patient,
        logical: id,
        language,
        contents,
        _place: place,
    };
    let first = match work.contents.parts.first() {
        Some(part) => {
            let share = work.door.purse().share(size(part)).await?;
            Some((work.open(part).await.map_err(Problem::of_query)?, share))
        }
        None => None,
    };
    let (sender, chunks) = channel();
    tokio::spawn(make(work, first, sender));
    let headers = [
        (CONTENT_TYPE, "application/zip"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"amanat-archive.zip\"",
        ),
    ];
    Ok((StatusCode::OK, headers, Body::new(chunks)).into_response())
}

fn too_many() -> Problem {
    let text = "as many archives as may be are being made";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient, text).retry_after(30)
}

fn size(part: &Part) -> usize {
    usize::try_from(part.bytes).unwrap_or(usize::MAX)
}

/// Why an archive is not finished.
#[derive(Debug, thiserror::Error)]
enum Break {
    #[error("the client is gone")]
    Gone,
    #[error("a part cannot be opened")]
    Opening(#[from] Error),
    #[error("it cannot be packed")]
    Packing(#[from] ZipError),
    #[error("the gateway stops")]
    Stopping,
}

/// An archive on its way.
struct Work<C> {
    door: Arc<Door<C>>,
    actor: Actor,
    context: ReadContext,
    patient: PatientId,
    logical: String,
    language: Language,
    contents: Contents,
    pack: Pack,
    /// One of the archives that may be made at a time.
    _place: OwnedSemaphorePermit,
}

/// What a part is, opened.
type Whole = (Vec<Opened>, Vec<Resource>);

/// Makes and sends the rest; only a whole archive is ended well.
async fn make<C: Cases>(work: Work<C>, first: Option<(Whole, Share)>, sender: Sender) {
    match timeout(ARCHIVE_TIME_MAX, work.run(first, &sender)).await {
        Ok(Ok(())) => sender.end().await,
        Ok(Err(Break::Gone)) => tracing::debug!("the client of an archive is gone"),
        Ok(Err(why)) => {
            let error = &why as &dyn std::error::Error;
            tracing::warn!(error, "an archive broke off");
        }
        Err(_) => tracing::warn!("an archive was not taken in time"),
    }
}

impl<C: Cases> Work<C> {
    async fn open(&self, part: &Part) -> Result<Whole, Error> {
        let cases = &self.door.cases;
        let part = (self.patient, part);
        let opened = cases.archive_part(&self.actor, &self.context, part).await?;
        let provenance = cases.provenance(&self.actor, &opened).await?;
        Ok((opened, provenance))
    }

    async fn run(
        mut self,
        mut first: Option<(Whole, Share)>,
        sender: &Sender,
    ) -> Result<(), Break> {
        let parts = std::mem::take(&mut self.contents.parts);
        for (number, part) in (1usize..).zip(&parts) {
            let (whole, share) = match first.take() {
                Some(first) => first,
                None => {
                    let share = self.door.purse().wait(size(part)).await;
                    let share = share.ok_or(Break::Stopping)?;
                    (self.open(part).await?, share)
                }
            };
            let superseded = part.superseded;
            self = self.add(move || entries(whole, number, superseded)).await?;
            drop(share);
            self.send(sender).await?;
        }
        let cases = &self.door.cases;
        let accounts = cases.archive_accounts(&self.actor, &self.patient, &self.logical);
        let Accounts {
            mut events,
            disclosures,
            doubts,
        } = accounts.await?;
        for number in 1usize.. {
            let some: Vec<Resource> = events.by_ref().take(LINES_MAX).collect();
            if some.is_empty() {
                break;
            }
            let audit = move || vec![made("audit", "AuditEvent", number, &some)];
            self = self.add(audit).await?;
            self.send(sender).await?;
        }
        for (number, some) in (1usize..).zip(disclosures.chunks(LINES_MAX)) {
            let lines = some.iter().map(|one| accounting::alone(one, self.language));
            let lines: Vec<Resource> = lines.collect();
            let told = move || vec![made("disclosures", "Parameters", number, &lines)];
            self = self.add(told).await?;
            self.send(sender).await?;
        }
        let doubts = doubts.iter().map(|(member, journal, why)| {
            json!({ "member": member.number(), "journal": journal.to_string(), "why": why })
        });
        let head = self.head(doubts.collect());
        let rest = self.pack.finish(head)?;
        match sender.send(rest).await {
            true => Ok(()),
            false => Err(Break::Gone),
        }
    }

    /// Writes files, on a thread that may block.
    async fn add(
        mut self,
        entries: impl FnOnce() -> Vec<Entry> + Send + 'static,
    ) -> Result<Self, Break> {
        let done = tokio::task::spawn_blocking(move || {
            for entry in entries() {
                self.pack.add(entry)?;
            }
            Ok::<_, ZipError>(self)
        });
        Ok(done.await.map_err(|_| Break::Stopping)??)
    }

    async fn send(&self, sender: &Sender) -> Result<(), Break> {
        match sender.send(self.pack.take()).await {
            true => Ok(()),
            false => Err(Break::Gone),
        }
    }

    /// What the manifest says before the files, in the manner of FHIR Bulk Data.
    fn head(&self, doubts: Vec<Value>) -> Map<String, Value> {
        let patient = format!("Patient/{}", self.logical);
        let request = format!("{}/{patient}/$archive", self.door.base_url);
        let mut head = Map::new();
        let mut put = |name: &str, value: Value| drop(head.insert(name.to_owned(), value));
        put(
            "transactionTime",
            instant(self.contents.time_ms.get()).into(),
        );
        put("request", request.into());
        put("requiresAccessToken", false.into());
        put("patient", patient.into());
        put("purpose", self.context.purpose.as_str().into());
        put("height", self.contents.height.get().into());
        put("notice", NOTICE.into());
        put("journalsInDoubt", doubts.into());
        head
    }
}

/// Files of made resources.
fn made(folder: &'static str, kind: &str, number: usize, resources: &[Resource]) -> Entry {
    Entry {
        folder,
        kind: kind.to_owned(),
        number,
        lines: resources.iter().map(canonical).collect(),
    }
}

/// The files of a part: one a type, and one of their Provenance.
fn entries((opened, provenance): Whole, number: usize, superseded: bool) -> Vec<Entry> {
    let mut by_kind: BTreeMap<&str, Vec<Vec<u8>>> = BTreeMap::new();
    for one in &opened {
        let lines = by_kind.entry(one.resource.kind().name()).or_default();
        lines.push(canonical(&one.resource));
    }
    let folder = match superseded {
        true => "superseded",
        false => "records",
    };
    let files = by_kind.into_iter().map(|(kind, lines)| Entry {
        folder,
        kind: kind.to_owned(),
        number,
        lines,
    });
    let provenance = made("provenance", "Provenance", number, &provenance);
    files.chain([provenance]).collect()
}
