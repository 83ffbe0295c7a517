//! Care teams, staff without cards, and the end of a visit with a grace.
//!
//! The member alone knows who is behind the name of a member of its staff on the ledger: the name follows from its own id of the person
//! under its secret, and the person's id is kept here before the ledger hears of it, so that the member can say who it was.
use crate::id::check_caller_id;
use crate::{Accepted, Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_projection::Table;
use amanat_types::call::{AssignCare, Call, Care, CloseVisit, Seat, WardRole};
use amanat_types::codec::List;
use amanat_types::{EncounterId, LocalId, PractitionerId, PublicKey, Role, StaffId};

/// Name of a member of staff on the ledger -> the member's own id of the person.
const STAFF: Table = Table::new("staff");

/// Staff who hold no card, as the member's own systems know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAsk {
    /// The member's own id of the person.
    pub staff: Vec<u8>,
    /// Role.
    pub role: Role,
    /// The member's own id of the ward.
    pub ward: Vec<u8>,
}

/// A place in a care team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatAsk {
    /// A practitioner of the member.
    Practitioner(PractitionerId),
    /// Staff without a card, by the member's own id of the person.
    Staff(Vec<u8>),
    /// Whoever of the staff has this role in the ward of this id.
    Ward(Vec<u8>, Role),
}

/// A care team to name, in place of the one before.
#[derive(Clone, Debug)]
pub struct TeamAsk {
    /// During which visit.
    pub encounter: EncounterId,
    /// Whether nobody else of the member may read.
    pub strict: bool,
    /// The team.
    pub seats: Vec<SeatAsk>,
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// Under which name somebody of the staff reads during a visit: for [`crate::Basis::Care`]. What it takes to say who it was is on the disk
    /// when this returns.
    ///
    /// Errors: [`Error::Invalid`] (`staff`, `ward`).
    pub async fn staff(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        ask: &StaffAsk,
    ) -> Result<Care, Error> {
        self.admit(actor)?;
        Ok(Care {
            encounter,
            staff: self.name_of_staff(&ask.staff).await?,
            role: ask.role,
            ward: self.name_of_ward(&ask.ward)?,
        })
    }

    /// The member's own id of the person behind a name of staff on the ledger; nothing if it is no name that this member gave.
    pub fn staff_behind(&self, actor: &Actor, staff: &StaffId) -> Result<Option<Vec<u8>>, Error> {
        self.admit(actor)?;
        Ok(self.inner.store.view()?.get(STAFF, b"", staff.as_bytes())?)
    }

    /// The transaction that says who cares for a patient during a visit. A clinician of this member co-signs; who speaks for the patient, too,
    /// where a strict team is loosened.
    pub async fn prepare_assign_care(
        &self,
        actor: &Actor,
        ask: TeamAsk,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, Error> {
        let call = self.team_call(actor, ask).await?;
        self.prepare(vec![call], cosigners).await
    }

    /// Ends writing under a visit of this member now, and reading after `grace_ms`, at most 72 hours.
    pub async fn close_visit(
        &self,
        actor: &Actor,
        encounter: EncounterId,
        grace_ms: u64,
    ) -> Result<Accepted, Error> {
        self.admit(actor)?;
        let call = CloseVisit {
            encounter,
            grace_ms,
        };
        self.submit(vec![Call::CloseVisit(call)], &[]).await
    }

    async fn team_call(&self, actor: &Actor, ask: TeamAsk) -> Result<Call, Error> {
        self.admit(actor)?;
        let mut seats = Vec::with_capacity(ask.seats.len());
        for seat in &ask.seats {
            seats.push(match seat {
                SeatAsk::Practitioner(id) => Seat::Practitioner(*id),
                SeatAsk::Staff(id) => Seat::Staff(self.name_of_staff(id).await?),
                SeatAsk::Ward(ward, role) => Seat::Ward(WardRole {
                    ward: self.name_of_ward(ward)?,
                    role: *role,
                }),
            });
        }
        seats.sort_unstable();
        seats.dedup();
        Ok(Call::AssignCare(AssignCare {
            encounter: ask.encounter,
            strict: ask.strict,
            seats: List::new(seats).map_err(|e| Error::invalid("seats", e.to_string()))?,
        }))
    }

    async fn name_of_staff(&self, id: &[u8]) -> Result<LocalId, Error> {
        check_caller_id("staff", id)?;
        let local = self.local_id("staff", id);
        let name = StaffId::derive(self.member(), local);
        let known = self.inner.store.view()?.get(STAFF, b"", name.as_bytes())?;
        if known.is_none() {
            let id = id.to_vec();
            self.write(move |batch| batch.put(STAFF, b"", name.as_bytes(), &id))
                .await?;
        }
        Ok(local)
    }

    fn name_of_ward(&self, id: &[u8]) -> Result<LocalId, Error> {
        check_caller_id("ward", id)?;
        Ok(self.local_id("ward", id))
    }
}
