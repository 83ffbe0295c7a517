//! Events of reviews, since protocol version 3.
use crate::TimestampMs;
use crate::id::{Commitment, MemberId, PatientId, PractitionerId, TicketId};

event! {
    /// Broken glass was reviewed.
    GlassReviewed {
        /// The emergency ticket.
        ticket: TicketId,
        /// Whose records; of every ticket on broken glass.
        patient: Option<PatientId>,
        /// Who broke it.
        practitioner: PractitionerId,
        /// The member or authority that reviewed.
        reviewer: MemberId,
        /// Whether it was right.
        upheld: bool,
        /// Commitment to the finding.
        finding: Commitment,
    }
    /// A member owes the name behind a staff pseudonym.
    NameDemanded {
        /// On which ticket.
        ticket: TicketId,
        /// Who owes it.
        member: MemberId,
        /// Whose records the ticket is on.
        patient: Option<PatientId>,
        /// The authority.
        authority: MemberId,
        /// By when, exclusive.
        by_ms: TimestampMs,
    }
    /// A member said who a staff pseudonym was: by a commitment here, in words to the authority.
    StaffNamed {
        /// On which ticket.
        ticket: TicketId,
        /// Whose staff.
        member: MemberId,
        /// Whose records the ticket is on.
        patient: Option<PatientId>,
        /// Commitment to who it was.
        name: Commitment,
        /// Whether within the time.
        in_time: bool,
    }
    /// What was opened under a ticket was breached. Whoever registered the patient tells it.
    BreachDeclared {
        /// The ticket.
        ticket: TicketId,
        /// Whose it is.
        member: MemberId,
        /// Whose records it is on; absent of one that names no patient.
        patient: Option<PatientId>,
        /// The member or authority that declared it.
        declared_by: MemberId,
        /// Commitment to what happened.
        statement: Commitment,
    }
}
