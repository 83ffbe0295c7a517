//! Reviews of broken glass, and who a staff pseudonym was. Since protocol version 3.
use crate::id::{Commitment, MemberId, TicketId};

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
