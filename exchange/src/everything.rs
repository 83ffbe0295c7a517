//! `Patient/[id]/$everything`: what the basis opens, page by page, and one notice that is always the same.
use crate::read::{Opened, Wants};
use crate::{Actor, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::Resource;
use amanat_fhir::outcome::{Issue, IssueType, operation_outcome};
use amanat_projection::{Place, RecordRow};
use amanat_types::call::Scope;
use amanat_types::{PatientId, RecordId, TicketId};
use commonware_codec::{DecodeExt as _, Encode as _};

/// Records of a page at most.
pub const PAGE_RECORDS_MAX: usize = 1000;
/// What the notice says, whatever was withheld and if nothing was.
pub const NOTICE: &str =
    "This answer holds what the basis of this request opens. There may be more.";

/// A page of what was found, in the order of the ledger.
#[derive(Clone, Debug)]
pub struct Page {
    /// The resources.
    pub opened: Vec<Opened>,
    /// What goes with them without having been asked for: after a refusal to amend one, what was said to that.
    pub included: Vec<Opened>,
    /// Where the next page begins, if there is one: A-Z a-z 0-9 - _ only.
    pub next: Option<String>,
    /// The notice that something may have been withheld: the same bytes whatever was.
    pub notice: Resource,
    /// The tickets used.
    pub tickets: Vec<TicketId>,
}

/// After which place of the ledger, and record, a page begins.
pub(crate) type After = (Place, RecordId);

/// The cursor of the page after `after`.
pub(crate) fn cursor(after: After) -> String {
    hex::encode(after.encode())
}

/// Reads a cursor.
pub(crate) fn after(cursor: Option<&str>) -> Result<Option<After>, Error> {
    let broken = || Error::invalid("_cursor", "must be the cursor of a next link");
    let read = |text: &str| {
        let bytes = hex::decode(text).map_err(|_| broken())?;
        After::decode(bytes).map_err(|_| broken())
    };
    cursor.map(read).transpose()
}

/// Takes one page of sorted rows; says whether there are more.
pub(crate) fn page_of(
    mut rows: Vec<(After, RecordId)>,
    after: Option<After>,
    count: usize,
) -> (Vec<RecordId>, Option<String>) {
    rows.sort_unstable_by_key(|(at, _)| *at);
    let mut rest = rows.into_iter().filter(|(at, _)| Some(*at) > after);
    let page: Vec<(After, RecordId)> = rest.by_ref().take(count).collect();
    let more = rest.next().is_some();
    let last = page.last().map(|(at, _)| *at).filter(|_| more);
    let records = page.into_iter().map(|(_, record)| record).collect();
    (records, last.map(cursor))
}

/// The fixed notice.
pub fn notice() -> Resource {
    operation_outcome(&[Issue::information(IssueType::Suppressed, NOTICE)])
}

/// Checks how many records a page is to have.
pub(crate) fn check_count(count: usize) -> Result<(), Error> {
    match (1..=PAGE_RECORDS_MAX).contains(&count) {
        true => Ok(()),
        false => {
            let rule = format!("a page has 1 to {PAGE_RECORDS_MAX} resources");
            Err(Error::invalid("_count", rule))
        }
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Everything of `patient` that the basis opens, from `cursor` on, at most `count` resources.
    ///
    /// Superseded and retracted records are left out. Errors: [`Error::Invalid`] (cursor, count), [`Error::Refused`], [`Error::Fault`].
    pub async fn everything(
        &self,
        actor: &Actor,
        context: &ReadContext,
        patient: PatientId,
        cursor: Option<&str>,
        count: usize,
    ) -> Result<Page, Error> {
        self.admit(actor)?;
        check_count(count)?;
        let after = after(cursor)?;
        let context = ReadContext {
            patient: Some(patient),
            ..*context
        };
        let rows = self.reachable(actor, &context).await?;
        let rows = rows
            .into_iter()
            .map(|row| ((row.place, row.record), row.record));
        let (records, next) = page_of(rows.collect(), after, count);
        let set = self
            .read_as(actor, &context, &records, Wants::Released)
            .await?;
        Ok(Page {
            opened: set.opened,
            // They stand under the same indexes: they are of the page, or of another.
            included: Vec::new(),
            next,
            notice: notice(),
            tickets: set.tickets,
        })
    }

    /// The current records that the basis opens, by a ticket on all that it reaches, as the read model knows them.
    pub(crate) async fn reachable(
        &self,
        actor: &Actor,
        context: &ReadContext,
    ) -> Result<Vec<RecordRow>, Error> {
        let mut rows = self.reachable_ever(actor, context).await?;
        rows.retain(RecordRow::is_current);
        Ok(rows)
    }

    /// The same, superseded and retracted ones among them.
    pub(crate) async fn reachable_ever(
        &self,
        actor: &Actor,
        context: &ReadContext,
    ) -> Result<Vec<RecordRow>, Error> {
        let ticket = self.ticket_on_reach(actor, context).await?;
        // A kept ticket is older than what was deposited since: who wrote a record a moment ago finds it.
        self.wait_for_tip().await?;
        let model = &self.inner.model;
        let mut rows = match ticket.map(|ticket| ticket.scope) {
            None => Vec::new(),
            Some(Scope::Indexes(indexes)) => model.records(&indexes)?,
            Some(Scope::Records(records)) => {
                let rows = records.iter().map(|record| model.record(record));
                let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
                rows.into_iter().flatten().collect()
            }
        };
        rows.retain(|row| !self.inner.unsettled.holds(&row.record));
        Ok(rows)
    }
}
