//! Search by `_id`, `identifier` and `patient`, over what the member authored or holds an open ticket for.
//!
//! The FHIR index says where to look; what is found is opened under the ticket of the context like any other read. Records of a
//! patient that the ticket opens and the index does not know yet are opened once, so that they can be found.
use crate::everything::{Page, after, check_count, notice, page_of};
use crate::fhir_index::IndexRow;
use crate::id::record_of;
use crate::read::{READ_RECORDS_MAX, Wants};
use crate::{Actor, Error, Exchange, ReadContext};
use amanat_client::{Ledger, Stores};
use amanat_fhir::ResourceType;
use amanat_fhir::search::{Search, Token};
use amanat_projection::RecordRow;
use amanat_types::{PatientId, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// Records that one search opens only to index them.
const FILL_RECORDS_MAX: usize = 4096;

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Finds resources of a type. What is found is opened under a ticket like any other read.
    ///
    /// What the basis does not open is left out without a sign. Errors: as [`Exchange::everything`].
    pub async fn search(
        &self,
        actor: &Actor,
        context: &ReadContext,
        kind: ResourceType,
        search: &Search,
    ) -> Result<Page, Error> {
        self.admit(actor)?;
        let count = usize::from(search.count);
        check_count(count)?;
        let after = after(search.cursor.as_deref())?;
        let patient = match &search.patient {
            None => None,
            Some(logical) => Some(self.patient_of(actor, logical)?),
        };
        let reachable = self.reachable(actor, context).await?;
        self.fill(actor, context, &reachable).await?;
        let places: BTreeMap<RecordId, &RecordRow> =
            reachable.iter().map(|row| (row.record, row)).collect();
        let found = match patient {
            // Somebody who is not known here has nothing here.
            Some(None) => Vec::new(),
            patient => self.candidates(kind, search, patient.flatten())?,
        };
        let found = found.into_iter().filter_map(|row| {
            let place = places.get(&row.record)?.place;
            Some(((place, row.record), row.record))
        });
        let (records, next) = page_of(found.collect(), after, count);
        let set = self
            .read_as(actor, context, &records, Wants::Released)
            .await?;
        let included = self.read_notes(actor, context, &records, &places).await?;
        Ok(Page {
            opened: set.opened,
            included,
            next,
            notice: notice(),
            tickets: set.tickets,
        })
    }

    /// Opens what the ticket covers and the index does not know, so that it can be found.
    async fn fill(
        &self,
        actor: &Actor,
        context: &ReadContext,
        reachable: &[RecordRow],
    ) -> Result<(), Error> {
        let records: Vec<RecordId> = reachable.iter().map(|row| row.record).collect();
        let (now, rows) = (self.now(), self.index_rows(&records)?);
        let unknown = records.iter().zip(rows).filter(|(_, row)| {
            let live = row.as_ref().is_some_and(|row| row.is_live(now));
            !live
        });
        let unknown: Vec<RecordId> = unknown.map(|(record, _)| *record).collect();
        let unknown = unknown.get(..FILL_RECORDS_MAX).unwrap_or(&unknown);
        for some in unknown.chunks(READ_RECORDS_MAX) {
            self.read_as(actor, context, some, Wants::Released).await?;
        }
        Ok(())
    }

    /// The rows that satisfy every parameter.
    fn candidates(
        &self,
        kind: ResourceType,
        search: &Search,
        patient: Option<PatientId>,
    ) -> Result<Vec<IndexRow>, Error> {
        let ids: BTreeSet<RecordId> = match (&search.ids, &search.identifiers) {
            (Some(ids), _) => ids.iter().filter_map(|id| record_of(id)).collect(),
            (None, Some(tokens)) => self.by_tokens(kind, tokens)?,
            (None, None) => {
                let list = self.index_list(kind, patient.as_ref())?;
                list.into_iter().collect()
            }
        };
        let now = self.now();
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let rows = self.index_rows(&ids)?.into_iter().flatten();
        let fits = |row: &IndexRow| {
            let of_patient = patient.is_none() || row.patient == patient;
            let named = search.identifiers.as_ref().is_none_or(|tokens| {
                row.identifier_fits(|one| tokens.iter().any(|token| token.fits(one)))
            });
            row.is_kind(kind) && row.is_live(now) && of_patient && named
        };
        Ok(rows.filter(fits).collect())
    }

    fn by_tokens(&self, kind: ResourceType, tokens: &[Token]) -> Result<BTreeSet<RecordId>, Error> {
        let mut found = BTreeSet::new();
        for token in tokens {
            found.extend(match token {
                Token::Value(value) | Token::NoSystem(value) | Token::Exact { value, .. } => {
                    self.index_by_value(kind, value)?
                }
                Token::System(_) => self.index_list(kind, None)?,
            });
        }
        Ok(found)
    }

    /// The pseudonym behind the FHIR id of a Patient: of one whom this member knows, else nothing.
    ///
    /// Known are the ids of Patient resources that were deposited or opened here, and the pseudonym itself in hexadecimal.
    pub fn patient_of(&self, actor: &Actor, logical: &str) -> Result<Option<PatientId>, Error> {
        self.admit(actor)?;
        let Some(record) = record_of(logical) else {
            return Ok(None);
        };
        let row = self.index_row(&record)?.filter(|row| {
            let patient = ResourceType::find("Patient");
            patient.is_some_and(|kind| row.is_kind(kind)) && row.is_live(self.now())
        });
        if let Some(row) = row {
            return Ok(row.patient);
        }
        let pseudonym = PatientId::new(*record.as_bytes());
        Ok(self.knows(&pseudonym)?.then_some(pseudonym))
    }
}
