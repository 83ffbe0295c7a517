//! Reviews of broken glass, and who a staff pseudonym was. Since protocol version 3.
use crate::codec::List;
use crate::id::{Commitment, MemberId, TicketId};
use crate::limits;

/// Reviews broken glass once it is over. Co-signed by one who looks after privacy at the member that broke it, or by an officer of an
/// authority under any sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewGlass {
    /// The emergency ticket.
    pub ticket: TicketId,
    /// Whether it was right.
    pub upheld: bool,
    /// [`Commitment::text`] of the finding, which the reviewer keeps.
    pub finding: Commitment,
    /// The authority whose officer signs; none if it is the member's own review.
    pub authority: Option<MemberId>,
}
codec_struct!(ReviewGlass {
    ticket,
    upheld,
    finding,
    authority
});

/// Demands of a member who its staff pseudonym on a ticket was. Co-signed by an officer of an authority, under any sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandName {
    /// The ticket, which staff without a card asked for.
    pub ticket: TicketId,
    /// The authority.
    pub authority: MemberId,
}
codec_struct!(DemandName { ticket, authority });

/// Says who a staff pseudonym was: to the reviewer in words, to the ledger by a commitment. Signed by the member of the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameStaff {
    /// The ticket.
    pub ticket: TicketId,
    /// [`Commitment::text`] of who it was; the salt goes to the reviewer with the words.
    pub name: Commitment,
}
codec_struct!(NameStaff { ticket, name });

/// Declares that what was opened under tickets was breached: it was opened without a right to it, or fell into wrong hands afterwards.
/// Co-signed by one who looks after privacy at the member of the tickets, which sponsors, or by two officers of an authority under any sponsor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareBreach {
    /// The tickets; sorted, no repeats, at least one.
    pub tickets: List<TicketId, { limits::BREACH_TICKETS_MAX }>,
    /// [`Commitment::text`] of what happened and what is done about it, which whoever declares it keeps.
    pub statement: Commitment,
    /// The authority whose officers sign; none if the member says so itself.
    pub authority: Option<MemberId>,
}
codec_struct!(DeclareBreach {
    tickets,
    statement,
    authority
});
