//! Acts of histories. Names are words; `b/g3` is what `b` calls `g3`.

/// A moment, in milliseconds after genesis.
pub type Ms = u64;
/// A word of the small world.
pub type Word = &'static str;

/// On which basis something is asked for or written.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    Grant(String),
    Permit(String),
    Visit(String),
    /// Staff without a card: visit, staff, role, ward.
    Care(String, Word, Word, Word),
    Order(String),
    Mandate(String),
    Report(String),
    Payment(String),
    /// Study, enrolment.
    Study(String, String),
    /// A record, and which request for its amendment.
    Amendment(String, usize),
    /// At the request of a patient.
    Patient(Word),
    Directory,
    Nothing,
}

/// To whom consent is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum To {
    Member(Word),
    Practitioner(Word),
    /// Role at a member.
    RoleAt(Word, Word),
    /// Role at members of a kind.
    RoleAtKind(Word, Word),
    /// Role at members of a kind within a place.
    RoleAtKindWithin(Word, Word, Word),
}

/// Whom a restriction denies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    Everyone,
    Member(Word),
    Practitioner(Word),
    Role(Word),
    RoleAt(Word, Word),
    /// Whoever is not known to be within a place.
    Outside(Word),
    /// Whoever is not known to be outside of it.
    Within(Word),
}

/// What a restriction is on.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    All,
    Indexes(Vec<Word>),
    Records(Vec<String>),
}

/// A place in a care team.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seat {
    Practitioner(Word),
    Staff(Word),
    /// Ward and role.
    Ward(Word, Word),
}

/// What a ticket is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    Indexes(Vec<Word>),
    Records(Vec<String>),
}

/// What is done, by a member and whoever co-signs.
#[derive(Clone, Debug)]
pub struct Act {
    pub member: Word,
    pub signers: Vec<String>,
    pub deed: Deed,
}

/// The deeds.
#[derive(Clone, Debug)]
pub enum Deed {
    CheckIn {
        name: String,
        patient: Word,
        indexes: Vec<Word>,
        write: bool,
        until: Ms,
        ticket_until: Ms,
    },
    Register {
        name: String,
        patient: Word,
        indexes: Vec<Word>,
        until: Ms,
    },
    Discharge {
        visit: String,
    },
    Close {
        visit: String,
        grace: Ms,
    },
    Team {
        visit: String,
        strict: bool,
        seats: Vec<Seat>,
    },
    /// `refers`: whether it is a referral that writes, and of which records; else a test.
    Order {
        name: String,
        visit: String,
        to: Word,
        indexes: Vec<Word>,
        refers: Option<(bool, Vec<String>)>,
        until: Ms,
    },
    EndOrder {
        order: String,
    },
    Grant {
        name: String,
        patient: Word,
        to: To,
        access: Word,
        purposes: Vec<Word>,
        indexes: Vec<Word>,
        until: Ms,
    },
    Revoke {
        grant: String,
    },
    Permit {
        name: String,
        patient: Word,
        to: To,
        access: Word,
        purposes: Vec<Word>,
        indexes: Vec<Word>,
        records: Vec<String>,
        heights: Option<(u64, u64)>,
        from: Ms,
        until: Ms,
        paper: bool,
    },
    Unpermit {
        permit: String,
    },
    Restrict {
        name: String,
        patient: Word,
        who: Who,
        access: Word,
        purposes: Vec<Word>,
        what: What,
        until: Ms,
    },
    Lift {
        patient: Word,
        restriction: String,
    },
    /// Two officers of an authority let it read.
    Mandate {
        name: String,
        patient: Word,
        purpose: Word,
        indexes: Vec<Word>,
        until: Ms,
    },
    EndMandate {
        mandate: String,
    },
    /// Own records, to an insurer or, as a report, to an authority.
    Disclose {
        name: String,
        patient: Word,
        to: Word,
        report: bool,
        indexes: Vec<Word>,
        records: Vec<String>,
        until: Ms,
    },
    EndDisclosure {
        disclosure: String,
    },
    Study {
        name: String,
        until: Ms,
    },
    Approve {
        study: String,
    },
    EndStudy {
        study: String,
    },
    Enrol {
        name: String,
        study: String,
        patient: Word,
        indexes: Vec<Word>,
    },
    Withdraw {
        enrolment: String,
    },
    /// An officer demands who the staff without a card on a ticket was.
    Demand {
        ticket: String,
    },
    /// The member says who it was.
    Say {
        ticket: String,
    },
    /// A member names who takes its records over.
    Successor {
        to: Word,
    },
    /// The successor takes a record over.
    Keep {
        from: Word,
        record: String,
    },
    Deposit {
        name: String,
        index: Word,
        by: By,
        over: Option<String>,
    },
    Retract {
        record: String,
    },
    /// For ever, of a patient whose indexes these are.
    Erase {
        patient: Word,
        records: Vec<String>,
        indexes: Vec<Word>,
    },
    /// The patient asks by a note that a record be amended.
    Wish {
        about: String,
        patient: Word,
        note: String,
        indexes: Vec<Word>,
    },
    /// `accepted`, `extended`, or why not.
    Answer {
        about: String,
        number: usize,
        how: Word,
        note: String,
    },
    Disagree {
        about: String,
        number: usize,
        note: String,
    },
    Ask {
        name: String,
        by: By,
        purpose: Word,
        scope: Scope,
        patient: Option<Word>,
        openings: Vec<Word>,
        until: Ms,
    },
    Glass {
        name: String,
        patient: Word,
        until: Ms,
    },
    Justify {
        ticket: String,
    },
    EndPractitioner {
        practitioner: Word,
    },
    Issue {
        patient: Word,
        card: Word,
    },
    Suspend {
        patient: Word,
        card: String,
    },
    Resume {
        patient: Word,
        card: String,
    },
    Block {
        patient: Word,
        card: String,
    },
    Renew {
        patient: Word,
        card: String,
        until: Ms,
    },
    Reissue {
        patient: Word,
        card: String,
        by_order: bool,
    },
    Veto {
        patient: Word,
    },
    Activate {
        patient: Word,
        card: String,
    },
    Link {
        patient: Word,
        guardian: Word,
        kind: Word,
        reads: bool,
        decides: bool,
        from: Ms,
        until: Ms,
        by_order: bool,
    },
    Unlink {
        patient: Word,
        guardian: Word,
        kind: Word,
        by_order: bool,
    },
    Incapable {
        patient: Word,
        until: Ms,
    },
    Capable {
        patient: Word,
        of_age: bool,
    },
    Dead {
        patient: Word,
    },
    Alive {
        patient: Word,
    },
    /// A vote, and the epochs until it counts.
    Standing {
        member: Word,
        name: String,
        suspended: bool,
    },
    /// The same, that nothing need be kept.
    Retention {
        name: String,
    },
    /// The same, of where a member is.
    Place {
        member: Word,
        name: String,
        code: Word,
    },
}

impl Deed {
    /// In a word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CheckIn { .. } => "CheckIn",
            Self::Register { .. } => "Register",
            Self::Discharge { .. } => "Discharge",
            Self::Close { .. } => "Close",
            Self::Team { .. } => "Team",
            Self::Order { .. } => "Order",
            Self::EndOrder { .. } => "EndOrder",
            Self::Grant { .. } => "Grant",
            Self::Revoke { .. } => "Revoke",
            Self::Permit { .. } => "Permit",
            Self::Unpermit { .. } => "Unpermit",
            Self::Restrict { .. } => "Restrict",
            Self::Lift { .. } => "Lift",
            Self::Mandate { .. } => "Mandate",
            Self::EndMandate { .. } => "EndMandate",
            Self::Disclose { .. } => "Disclose",
            Self::EndDisclosure { .. } => "EndDisclosure",
            Self::Study { .. } => "Study",
            Self::Approve { .. } => "Approve",
            Self::EndStudy { .. } => "EndStudy",
            Self::Enrol { .. } => "Enrol",
            Self::Withdraw { .. } => "Withdraw",
            Self::Demand { .. } => "Demand",
            Self::Say { .. } => "Say",
            Self::Successor { .. } => "Successor",
            Self::Keep { .. } => "Keep",
            Self::Deposit { .. } => "Deposit",
            Self::Retract { .. } => "Retract",
            Self::Erase { .. } => "Erase",
            Self::Wish { .. } => "Wish",
            Self::Answer { .. } => "Answer",
            Self::Disagree { .. } => "Disagree",
            Self::Retention { .. } => "Retention",
            Self::Ask { .. } => "Ask",
            Self::Glass { .. } => "Glass",
            Self::Justify { .. } => "Justify",
            Self::EndPractitioner { .. } => "EndPractitioner",
            Self::Issue { .. } => "Issue",
            Self::Suspend { .. } => "Suspend",
            Self::Resume { .. } => "Resume",
            Self::Block { .. } => "Block",
            Self::Renew { .. } => "Renew",
            Self::Reissue { .. } => "Reissue",
            Self::Veto { .. } => "Veto",
            Self::Activate { .. } => "Activate",
            Self::Link { .. } => "Link",
            Self::Unlink { .. } => "Unlink",
            Self::Incapable { .. } => "Incapable",
            Self::Capable { .. } => "Capable",
            Self::Dead { .. } => "Dead",
            Self::Alive { .. } => "Alive",
            Self::Standing { .. } => "Standing",
            Self::Place { .. } => "Place",
        }
    }
}
