//! Checks a to c: no basis, a grant, its revocation.
use super::DemoError;
use super::desk;
use super::door::{Claim, instant, text};
use super::report::Seen;
use super::world::{A, B, Stored, World};
use amanat_client::fault::Failure;
use amanat_client::{Ledger as _, Stores as _};
use amanat_envelope::Context;
use amanat_exchange::{Card as _, Cosigner as _};
use amanat_fhir::Category;
use amanat_types::call::Scope;
use amanat_types::codec::List;
use amanat_types::id::{MemberId, TicketId};
use amanat_types::release::ReleaseRequest;
use amanat_types::{Event, GrantId, Height, RecordId, Refusal};
use serde_json::json;
use std::collections::BTreeMap;

const DAY_MS: u64 = 24 * 3_600_000;

/// A ticket that was good once.
pub struct OldTicket {
    /// Which.
    pub ticket: TicketId,
    /// The grant that it stood on.
    pub grant: String,
    /// Records that it opened.
    pub records: Vec<RecordId>,
}

/// What a vault or custodian answered, in words.
fn words<T>(answer: &Result<T, Failure>) -> String {
    match answer {
        Ok(_) => "released".to_owned(),
        Err(Failure::Refused(refusal)) => {
            format!("refused {} ({})", refusal.name(), refusal.number())
        }
        Err(Failure::Fault(fault)) => format!("fault: {fault}"),
    }
}

impl World {
    /// a. B asks for patient 1 without a basis.
    pub async fn no_basis(&mut self) -> Result<Seen, DemoError> {
        let before = self.tip().await?;
        let (path, record) = {
            let case = self.case(1)?;
            let record = RecordId::from_hex(&case.logical);
            (format!("/Patient/{}", case.logical), record)
        };
        let record = record.ok_or_else(|| DemoError::Broken("no Patient record".to_owned()))?;
        let claim = Claim {
            basis: Some("none".to_owned()),
            ..Claim::default()
        };
        let answer = self.b.get(&path, &claim).await?;
        let found = self
            .find_event(before, |event| {
                matches!(event, Event::AccessRefused(refused)
                    if refused.member == MemberId::new(B)
                    && matches!(&refused.scope, Scope::Records(records) if records.contains(&record)))
            })
            .await?;
        let Some((height, transaction, Event::AccessRefused(refused))) = found else {
            return Ok(Err(format!(
                "status {}, but no refusal is on the ledger",
                answer.status
            )));
        };
        self.receipt("a-refused", transaction).await?;
        let seen = format!(
            "B got status {}; block {height} holds refusal {} ({}) of transaction {transaction}",
            answer.status,
            refused.refusal.name(),
            refused.refusal.number()
        );
        let ok = answer.status == 404 && refused.refusal == Refusal::NoBasis;
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// b. Patient 1 grants B two categories for treatment.
    pub async fn grant(&mut self) -> Result<Seen, DemoError> {
        let before = self.tip().await?;
        let (two, third) = self.three_categories(1)?;
        let grant = self.grant_to_b(1, &two, &["TREAT"]).await?;
        let claim = Claim {
            purpose: Some("TREAT"),
            basis: Some(format!("grant/{grant}")),
            patient: Some(self.case(1)?.pseudonym.clone()),
            ..Claim::default()
        };
        let mut opened = Vec::new();
        for category in two {
            for (reference, record) in self.some_of(1, category, 3)? {
                let answer = self.b.get(&format!("/{reference}"), &claim).await?;
                if answer.status != 200 {
                    return Ok(Err(format!(
                        "B could not read a granted {}: status {}: {}",
                        category.name(),
                        answer.status,
                        answer.diagnostics()
                    )));
                }
                opened.push(record);
            }
        }
        let (other, _) = self.some_of(1, third, 1)?.swap_remove(0);
        let withheld = self.b.get(&format!("/{other}"), &claim).await?;
        let (granted, _) = self.some_of(1, two[0], 1)?.swap_remove(0);
        let paying = Claim {
            purpose: Some("HPAYMT"),
            ..claim.clone()
        };
        let purpose = self.b.get(&format!("/{granted}"), &paying).await?;
        let refusals = self.refusals_of_b(before).await?;
        let ticket = self.ticket_of(&grant, before).await?;
        let Some(ticket) = ticket else {
            return Ok(Err("no ticket of the grant is on the ledger".to_owned()));
        };
        let direct = self.release(ticket, &opened).await?;
        let seen = format!(
            "B opened {} records of {} and {}; a third category: status {}; for payment: status {}; refusals on the ledger: {refusals:?}; ticket {ticket} at vault and custodian: {}, {}",
            opened.len(),
            two[0].name(),
            two[1].name(),
            withheld.status,
            purpose.status,
            words(&direct.0),
            words(&direct.1)
        );
        let ok = withheld.status == 404
            && purpose.status == 404
            && refusals.contains(&Refusal::ScopeOutsideBasis)
            && refusals.contains(&Refusal::PurposeNotAllowed)
            && direct.0.is_ok()
            && direct.1.is_ok();
        self.old_ticket = Some(OldTicket {
            ticket,
            grant,
            records: opened,
        });
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// c. Patient 1 revokes.
    pub async fn revoke(&mut self) -> Result<Seen, DemoError> {
        let Some(old) = self.old_ticket.take() else {
            return Ok(Err("check b left no ticket".to_owned()));
        };
        let card = self.cases.iter().find_map(|case| case.card.as_ref());
        let card = card.ok_or_else(|| DemoError::Broken("patient 1 has no card".to_owned()))?;
        let fields = vec![
            text("grant", old.grant.clone()),
            text("key", card.public_key().to_string()),
        ];
        let revoked = desk::must(&mut self.a, "revoke", fields, &[card]).await?;
        let height: u64 = revoked.one("height")?.parse().unwrap_or(0);
        self.reached(Height::new(height)).await?;
        let claim = Claim {
            purpose: Some("TREAT"),
            basis: Some(format!("grant/{}", old.grant)),
            patient: Some(self.case(1)?.pseudonym.clone()),
            ..Claim::default()
        };
        let (two, _) = self.three_categories(1)?;
        let (reference, _) = self.some_of(1, two[0], 1)?.swap_remove(0);
        let answer = self.b.get(&format!("/{reference}"), &claim).await?;
        let direct = self.release(old.ticket, &old.records).await?;
        let seen = format!(
            "revoked in block {height}; from there on B gets status {}; ticket {} of before at vault and custodian: {}, {}",
            answer.status,
            old.ticket,
            words(&direct.0),
            words(&direct.1)
        );
        let dead = |answer: &Result<(), Failure>| {
            matches!(answer, Err(Failure::Refused(Refusal::BasisEnded)))
        };
        let ok = answer.status == 404 && dead(&direct.0) && dead(&direct.1);
        Ok(if ok { Ok(seen) } else { Err(seen) })
    }

    /// Two categories of a patient that are to be granted, and a third; none of them sensitive.
    pub fn three_categories(&self, number: usize) -> Result<([Category; 2], Category), DemoError> {
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        for stored in &self.case(number)?.stored {
            if stored.category.is_patient() && !stored.category.is_sensitive() {
                *counts.entry(stored.category.number()).or_default() += 1;
            }
        }
        let mut present = counts
            .keys()
            .filter_map(|number| Category::from_number(*number));
        let mut next = || {
            present.next().ok_or_else(|| {
                DemoError::TooFew(format!(
                    "patient {number} has records of fewer than three categories: checks b and c cannot be made"
                ))
            })
        };
        let (third, first, second) = (next()?, next()?, next()?);
        Ok(([first, second], third))
    }

    /// References and records of a patient in a category, at most `most`.
    pub fn some_of(
        &self,
        number: usize,
        category: Category,
        most: usize,
    ) -> Result<Vec<(String, RecordId)>, DemoError> {
        let stored = self.case(number)?.stored.iter();
        let of = stored
            .filter(|stored| stored.category == category)
            .take(most);
        let found: Vec<_> = of
            .map(
                |Stored {
                     reference, record, ..
                 }| (reference.clone(), *record),
            )
            .collect();
        match found.is_empty() {
            true => Err(DemoError::Broken(format!(
                "patient {number} has no {}",
                category.name()
            ))),
            false => Ok(found),
        }
    }

    /// A grant of a patient to B by card, with its letter handed in at B's door.
    pub async fn grant_to_b(
        &mut self,
        number: usize,
        categories: &[Category],
        purposes: &[&str],
    ) -> Result<String, DemoError> {
        let id = self.fresh("grant");
        let card = self
            .cases
            .iter()
            .filter_map(|case| case.card.as_ref())
            .nth(number - 1)
            .ok_or_else(|| DemoError::Broken(format!("there is no patient {number}")))?;
        let mut fields = desk::paper(card, categories);
        fields.extend([
            text("id", id),
            json!({"name": "grantee-member", "valuePositiveInt": B}),
            text("access", "read"),
            instant("until", crate::now_ms().plus(7 * DAY_MS)),
        ]);
        fields.extend(purposes.iter().map(|code| text("purpose", *code)));
        let granted = desk::must(&mut self.b, "grant", fields, &[card]).await?;
        let grant = granted.one("grant")?.to_owned();
        let id = GrantId::from_hex(&grant)
            .ok_or_else(|| DemoError::Broken("the door's grant is not an id".to_owned()))?;
        let letter = self.letter(card, categories, B, &Context::Grant(id))?;
        desk::letter(&mut self.b, &letter).await?;
        Ok(grant)
    }

    /// Waits until every node that releases has reached a height.
    pub async fn reached(&self, height: Height) -> Result<(), DemoError> {
        for node in &self.network.nodes {
            for _ in 0..200 {
                if node.status().await?.height >= height.get() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Refusals of requests by B from a height on.
    pub async fn refusals_of_b(&self, from: Height) -> Result<Vec<Refusal>, DemoError> {
        self.reached(Height::new(self.node(B)?.status().await?.height))
            .await?;
        let events = self.events(from).await?;
        let all = events.iter().flat_map(|(_, group)| group.events.iter());
        Ok(all
            .filter_map(|event| match event {
                Event::AccessRefused(refused) if refused.member == MemberId::new(B) => {
                    Some(refused.refusal)
                }
                _ => None,
            })
            .collect())
    }

    /// The first ticket of B from a height on, on patient 1.
    async fn ticket_of(&self, _grant: &str, from: Height) -> Result<Option<TicketId>, DemoError> {
        let patient = self.card(1)?.patient();
        let found = self
            .find_event(from, |event| {
                matches!(event, Event::TicketIssued(issued)
                    if issued.member == MemberId::new(B) && issued.patient == Some(patient))
            })
            .await?;
        Ok(found.and_then(|(_, _, event)| match event {
            Event::TicketIssued(issued) => Some(issued.ticket),
            _ => None,
        }))
    }

    /// Asks A's vault, then A's custodian, for records in B's name under a ticket, past B's gateway.
    async fn release(
        &self,
        ticket: TicketId,
        records: &[RecordId],
    ) -> Result<(Result<(), Failure>, Result<(), Failure>), DemoError> {
        let stores = self.stores(B)?;
        let holder = MemberId::new(A);
        let request = ReleaseRequest {
            ticket,
            seen: self.tip().await?,
            records: List::new(records.to_vec())
                .map_err(|error| DemoError::Broken(error.to_string()))?,
        };
        let got = stores.get(holder, request.clone()).await;
        let wraps = match &got {
            Ok((_, blobs)) => blobs
                .iter()
                .map(|blob| (blob.record, blob.wrap.clone()))
                .collect(),
            // The custodian judges before it looks at a wrap, so any bytes do.
            Err(_) => records
                .iter()
                .map(|record| (*record, vec![0; 64]))
                .collect(),
        };
        let keys = stores.keys(holder, request, wraps).await;
        Ok((got.map(drop), keys.map(drop)))
    }
}
