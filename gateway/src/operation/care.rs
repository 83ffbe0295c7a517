//! `$prepare` of care teams and orders.
use amanat_exchange::care::{SeatAsk, TeamAsk};
use amanat_exchange::order::OrderAsk;
use amanat_fhir::Category;
use amanat_types::call::{Referral, Unit, Work};
use amanat_types::code::Role;
use amanat_types::{EncounterId, MemberId, OrderId, PractitionerId};

use super::call::{Ask, HEX_ID, ROLE};
use super::fields::Field;
use crate::cases::Call;
use crate::outcome::Problem;

/// Longest id of a person or a ward.
const NAME_BYTES_MAX: usize = 128;

/// Reads the call of this name; nothing if none has it.
pub(super) fn read(name: &str, ask: &Ask<'_>) -> Result<Option<Call>, Problem> {
    Ok(Some(match name {
        "assign-care" => ask.team()?,
        "place-order" => ask.order()?,
        "end-order" => {
            let order = ask.fields.one("order")?.word(HEX_ID, OrderId::from_hex)?;
            let key = ask.fields.optional("key")?.map(Field::key).transpose()?;
            Call::EndOrder(order, key)
        }
        _ => return Ok(None),
    }))
}

fn name(field: &Field<'_>) -> Result<Vec<u8>, Problem> {
    let text = field.text()?;
    match (1..=NAME_BYTES_MAX).contains(&text.len()) {
        true => Ok(text.as_bytes().to_vec()),
        false => Err(field.problem("must have 1 to 128 characters")),
    }
}

fn seat(field: &Field<'_>) -> Result<SeatAsk, Problem> {
    let parts = field.parts(&["practitioner", "staff", "ward", "role"])?;
    let (practitioner, staff) = (parts.optional("practitioner")?, parts.optional("staff")?);
    match (
        practitioner,
        staff,
        parts.optional("ward")?,
        parts.optional("role")?,
    ) {
        (Some(one), None, None, None) => Ok(SeatAsk::Practitioner(
            one.word(HEX_ID, PractitionerId::from_hex)?,
        )),
        (None, Some(staff), None, None) => Ok(SeatAsk::Staff(name(staff)?)),
        (None, None, Some(ward), Some(role)) => {
            Ok(SeatAsk::Ward(name(ward)?, role.word(ROLE, Role::parse)?))
        }
        _ => Err(field.problem("must have a practitioner, staff, or ward with role")),
    }
}

impl Ask<'_> {
    fn encounter(&self) -> Result<EncounterId, Problem> {
        let encounter = self.fields.one("encounter")?;
        encounter.word(HEX_ID, EncounterId::from_hex)
    }

    pub(super) fn categories(&self) -> Result<Vec<Category>, Problem> {
        let categories = self.fields.many("category");
        let categories = categories.map(|one| one.word("must be a category", Category::from_name));
        categories.collect()
    }

    fn team(&self) -> Result<Call, Problem> {
        let seats = self.fields.many("seat").map(seat);
        let ask = TeamAsk {
            encounter: self.encounter()?,
            strict: self.fields.one("strict")?.boolean()?,
            seats: seats.collect::<Result<_, _>>()?,
        };
        Ok(Call::Team(ask, self.fields.keys()?))
    }

    fn order(&self) -> Result<Call, Problem> {
        let work = self.fields.one("work")?;
        let (write, mut records) = (self.fields.optional("write")?, self.records()?);
        records.sort_unstable();
        records.dedup();
        let work = match (work.text()?, write) {
            ("test", None) if records.is_empty() => Work::Test(Unit),
            ("test", _) => return Err(work.problem("a test has neither write nor record")),
            ("referral", write) => Work::Referral(Referral {
                write: write.map_or(Ok(false), Field::boolean)?,
                records: records
                    .try_into()
                    .map_err(|_| work.problem("names too many records"))?,
            }),
            _ => return Err(work.problem("must be test or referral")),
        };
        let ask = OrderAsk {
            caller_id: self.caller_id()?,
            encounter: self.encounter()?,
            performer: MemberId::new(self.fields.one("performer")?.number()?),
            work,
            categories: self.categories()?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        Ok(Call::Order(ask, self.fields.keys()?))
    }
}
