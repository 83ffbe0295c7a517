//! Metered cost: a published table of units, counted from a transaction's bytes alone, so a refused call costs the same.
//!
//! One unit is about one read of a cold state value; a signature check counts five. `docs/contracts/README.md` repeats [`COSTS`].
use amanat_types::Transaction;
use amanat_types::call::{Call, Deposit, PlaceOrder, Scope, Work};

/// Units of one kind of call: so many for the call, and so many for each item of what is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Name of the call; the first row is the transaction itself.
    pub name: &'static str,
    /// Units of each.
    pub base: u64,
    /// Units of each item.
    pub item: u64,
    /// What the items are.
    pub items: &'static str,
}

const fn cost(name: &'static str, base: u64, item: u64, items: &'static str) -> Cost {
    Cost {
        name,
        base,
        item,
        items,
    }
}

const TRANSACTION: Cost = cost("Transaction", 2, 5, "signers and `Stored` roots");
const REGISTER_PRACTITIONER: Cost = cost("RegisterPractitioner", 6, 0, "-");
const END_PRACTITIONER: Cost = cost("EndPractitioner", 2, 0, "-");
const PROPOSE: Cost = cost("Propose", 8, 2, "new keys");
const VOTE: Cost = cost("Vote", 6, 0, "-");
const REGISTER_PATIENT: Cost = cost("RegisterPatient", 6, 2, "openings");
const BLOCK_CARD: Cost = cost("BlockCard", 4, 0, "-");
const DECLARE_INDEXES: Cost = cost("DeclareIndexes", 2, 2, "declarations");
const ISSUE_CARD: Cost = cost("IssueCard", 6, 0, "-");
const SUSPEND_CARD: Cost = cost("SuspendCard", 6, 0, "-");
const RESUME_CARD: Cost = cost("ResumeCard", 6, 0, "-");
const RENEW_CARD: Cost = cost("RenewCard", 6, 0, "-");
const ASK_REISSUE: Cost = cost("AskReissue", 12, 0, "-");
const VETO_REISSUE: Cost = cost("VetoReissue", 8, 0, "-");
const ACTIVATE_CARD: Cost = cost("ActivateCard", 8, 0, "-");
const CHECK_IN: Cost = cost("CheckIn", 8, 2, "openings");
const REGISTER_WITHOUT_CARD: Cost = cost("RegisterWithoutCard", 8, 2, "openings");
const DISCHARGE: Cost = cost("Discharge", 3, 0, "-");
const GRANT: Cost = cost("Grant", 6, 2, "openings");
const REVOKE: Cost = cost("Revoke", 3, 0, "-");
const DEPOSIT: Cost = cost("Deposit", 3, 1, "`Stored` paths");
const AMEND: Cost = cost("Amend", 5, 1, "`Stored` paths");
const RETRACT: Cost = cost("Retract", 3, 0, "-");
const NAME_SUCCESSOR: Cost = cost("NameSuccessor", 4, 0, "-");
const KEEP: Cost = cost("Keep", 4, 2, "records");
const HOLD: Cost = cost("Hold", 6, 2, "openings and records");
const END_HOLD: Cost = cost("EndHold", 70, 0, "-");
const ERASE: Cost = cost("Erase", 8, 3, "openings and records");
const CONFIRM_ERASED: Cost = cost("ConfirmErased", 3, 2, "records");
const ASK_AMENDMENT: Cost = cost("AskAmendment", 8, 2, "openings");
const ANSWER_AMENDMENT: Cost = cost("AnswerAmendment", 5, 0, "-");
const DISAGREE: Cost = cost("Disagree", 7, 0, "-");
const REQUEST: Cost = cost("Request", 5, 2, "records, indexes and openings");
const BREAK_GLASS: Cost = cost("BreakGlass", 8, 0, "-");
const JUSTIFY: Cost = cost("Justify", 5, 0, "-");
const ANCHOR: Cost = cost("Anchor", 3, 0, "-");
const OPEN_MANDATE: Cost = cost("OpenMandate", 8, 2, "openings");
const END_MANDATE: Cost = cost("EndMandate", 6, 0, "-");
const DISCLOSE: Cost = cost("Disclose", 6, 2, "openings and records");
const END_DISCLOSURE: Cost = cost("EndDisclosure", 3, 0, "-");
const REVIEW_GLASS: Cost = cost("ReviewGlass", 6, 0, "-");
const DECLARE_BREACH: Cost = cost("DeclareBreach", 5, 3, "tickets");
const DEMAND_NAME: Cost = cost("DemandName", 7, 0, "-");
const NAME_STAFF: Cost = cost("NameStaff", 5, 0, "-");
const REGISTER_STUDY: Cost = cost("RegisterStudy", 4, 0, "-");
const APPROVE_STUDY: Cost = cost("ApproveStudy", 6, 0, "-");
const END_STUDY: Cost = cost("EndStudy", 6, 0, "-");
const ENROL: Cost = cost("Enrol", 8, 2, "openings");
const WITHDRAW: Cost = cost("Withdraw", 5, 0, "-");
const LINK_GUARDIAN: Cost = cost("LinkGuardian", 10, 0, "-");
const UNLINK_GUARDIAN: Cost = cost("UnlinkGuardian", 8, 0, "-");
const RECORD_INCAPACITY: Cost = cost("RecordIncapacity", 6, 0, "-");
const END_INCAPACITY: Cost = cost("EndIncapacity", 6, 0, "-");
const RECORD_DEATH: Cost = cost("RecordDeath", 6, 0, "-");
const RETRACT_DEATH: Cost = cost("RetractDeath", 6, 0, "-");
const SET_SECOND_KEY: Cost = cost("SetSecondKey", 8, 0, "-");
const ASSIGN_CARE: Cost = cost("AssignCare", 6, 1, "seats");
const CLOSE_VISIT: Cost = cost("CloseVisit", 3, 0, "-");
const PLACE_ORDER: Cost = cost("PlaceOrder", 7, 1, "indexes and records");
const END_ORDER: Cost = cost("EndOrder", 3, 0, "-");
const PERMIT: Cost = cost("Permit", 6, 2, "openings and records");
const REVOKE_PERMIT: Cost = cost("RevokePermit", 3, 0, "-");
const RESTRICT: Cost = cost("Restrict", 8, 1, "indexes and records");
const LIFT_RESTRICTION: Cost = cost("LiftRestriction", 8, 0, "-");

/// The table: the transaction itself, then every call in the order of [`Call::ALL`].
pub const COSTS: [Cost; Call::ALL.len() + 1] = [
    TRANSACTION,
    REGISTER_PRACTITIONER,
    END_PRACTITIONER,
    PROPOSE,
    VOTE,
    REGISTER_PATIENT,
    BLOCK_CARD,
    DECLARE_INDEXES,
    ISSUE_CARD,
    SUSPEND_CARD,
    RESUME_CARD,
    RENEW_CARD,
    ASK_REISSUE,
    VETO_REISSUE,
    ACTIVATE_CARD,
    CHECK_IN,
    REGISTER_WITHOUT_CARD,
    DISCHARGE,
    ASSIGN_CARE,
    PLACE_ORDER,
    END_ORDER,
    CLOSE_VISIT,
    GRANT,
    REVOKE,
    PERMIT,
    REVOKE_PERMIT,
    RESTRICT,
    LIFT_RESTRICTION,
    DEPOSIT,
    AMEND,
    RETRACT,
    NAME_SUCCESSOR,
    KEEP,
    HOLD,
    END_HOLD,
    ERASE,
    CONFIRM_ERASED,
    REQUEST,
    BREAK_GLASS,
    JUSTIFY,
    ANCHOR,
    OPEN_MANDATE,
    END_MANDATE,
    DISCLOSE,
    END_DISCLOSURE,
    REVIEW_GLASS,
    LINK_GUARDIAN,
    UNLINK_GUARDIAN,
    RECORD_INCAPACITY,
    END_INCAPACITY,
    RECORD_DEATH,
    RETRACT_DEATH,
    SET_SECOND_KEY,
    REGISTER_STUDY,
    APPROVE_STUDY,
    END_STUDY,
    ENROL,
    WITHDRAW,
    DEMAND_NAME,
    NAME_STAFF,
    ASK_AMENDMENT,
    ANSWER_AMENDMENT,
    DISAGREE,
    DECLARE_BREACH,
];

impl Cost {
    fn of(self, items: usize) -> u64 {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.base.saturating_add(self.item.saturating_mul(items))
    }
}

/// Units that `tx` costs, whether it is accepted or refused.
pub fn units(tx: &Transaction) -> u64 {
    let signatures = tx.body.signers.len().saturating_add(tx.body.stored.len());
    tx.body
        .calls
        .iter()
        .map(call_units)
        .fold(TRANSACTION.of(signatures), u64::saturating_add)
}

/// The most events that `tx` can emit: those of its calls, or the one of its refusal.
pub fn events_most(tx: &Transaction) -> usize {
    let events = |call: &Call| match call {
        Call::DeclareIndexes(call) => call.declarations.len(),
        Call::DeclareBreach(call) => call.tickets.len(),
        _ => 2,
    };
    tx.body
        .calls
        .iter()
        .map(events)
        .fold(0, usize::saturating_add)
        .max(1)
}

fn named(scope: &Scope) -> usize {
    match scope {
        Scope::Records(records) => records.len(),
        Scope::Indexes(indexes) => indexes.len(),
    }
}

fn referred(call: &PlaceOrder) -> usize {
    match &call.work {
        Work::Test(_) => 0,
        Work::Referral(referral) => referral.records.len(),
    }
}

fn call_units(call: &Call) -> u64 {
    let paths = |deposit: &Deposit| deposit.stored.len();
    match call {
        Call::RegisterPractitioner(_) => REGISTER_PRACTITIONER.of(0),
        Call::EndPractitioner(_) => END_PRACTITIONER.of(0),
        Call::Propose(call) => PROPOSE.of(call.change.new_keys().len()),
        Call::Vote(_) => VOTE.of(0),
        Call::RegisterPatient(call) => REGISTER_PATIENT.of(call.emergency.len()),
        Call::BlockCard(_) => BLOCK_CARD.of(0),
        Call::DeclareIndexes(call) => DECLARE_INDEXES.of(call.declarations.len()),
        Call::IssueCard(_) => ISSUE_CARD.of(0),
        Call::CheckIn(call) => CHECK_IN.of(call.openings.len()),
        Call::RegisterWithoutCard(call) => REGISTER_WITHOUT_CARD.of(call.openings.len()),
        Call::Discharge(_) => DISCHARGE.of(0),
        Call::Grant(call) => GRANT.of(call.openings.len()),
        Call::Revoke(_) => REVOKE.of(0),
        Call::Deposit(call) => DEPOSIT.of(paths(call)),
        Call::Amend(call) => AMEND.of(paths(&call.deposit)),
        Call::Retract(_) => RETRACT.of(0),
        Call::NameSuccessor(_) => NAME_SUCCESSOR.of(0),
        Call::Keep(call) => KEEP.of(call.records.len()),
        Call::Hold(call) => HOLD.of(call.openings.len().saturating_add(call.records.len())),
        Call::EndHold(_) => END_HOLD.of(0),
        Call::Erase(call) => ERASE.of(call.openings.len().saturating_add(call.records.len())),
        Call::ConfirmErased(call) => CONFIRM_ERASED.of(call.records.len()),
        Call::AskAmendment(call) => ASK_AMENDMENT.of(call.openings.len()),
        Call::AnswerAmendment(_) => ANSWER_AMENDMENT.of(0),
        Call::Disagree(_) => DISAGREE.of(0),
        Call::Request(call) => REQUEST.of(named(&call.scope).saturating_add(call.openings.len())),
        Call::BreakGlass(_) => BREAK_GLASS.of(0),
        Call::Justify(_) => JUSTIFY.of(0),
        Call::Anchor(_) => ANCHOR.of(0),
        Call::OpenMandate(call) => OPEN_MANDATE.of(call.openings.len()),
        Call::EndMandate(_) => END_MANDATE.of(0),
        Call::Disclose(call) => DISCLOSE.of(call.openings.len().saturating_add(call.records.len())),
        Call::EndDisclosure(_) => END_DISCLOSURE.of(0),
        Call::ReviewGlass(_) => REVIEW_GLASS.of(0),
        Call::DeclareBreach(call) => DECLARE_BREACH.of(call.tickets.len()),
        Call::DemandName(_) => DEMAND_NAME.of(0),
        Call::NameStaff(_) => NAME_STAFF.of(0),
        Call::RegisterStudy(_) => REGISTER_STUDY.of(0),
        Call::ApproveStudy(_) => APPROVE_STUDY.of(0),
        Call::EndStudy(_) => END_STUDY.of(0),
        Call::Enrol(call) => ENROL.of(call.openings.len()),
        Call::Withdraw(_) => WITHDRAW.of(0),
        Call::SuspendCard(_) => SUSPEND_CARD.of(0),
        Call::ResumeCard(_) => RESUME_CARD.of(0),
        Call::RenewCard(_) => RENEW_CARD.of(0),
        Call::AskReissue(_) => ASK_REISSUE.of(0),
        Call::VetoReissue(_) => VETO_REISSUE.of(0),
        Call::ActivateCard(_) => ACTIVATE_CARD.of(0),
        Call::LinkGuardian(_) => LINK_GUARDIAN.of(0),
        Call::UnlinkGuardian(_) => UNLINK_GUARDIAN.of(0),
        Call::RecordIncapacity(_) => RECORD_INCAPACITY.of(0),
        Call::EndIncapacity(_) => END_INCAPACITY.of(0),
        Call::RecordDeath(_) => RECORD_DEATH.of(0),
        Call::RetractDeath(_) => RETRACT_DEATH.of(0),
        Call::SetSecondKey(_) => SET_SECOND_KEY.of(0),
        Call::AssignCare(call) => ASSIGN_CARE.of(call.seats.len()),
        Call::CloseVisit(_) => CLOSE_VISIT.of(0),
        Call::PlaceOrder(call) => PLACE_ORDER.of(call.indexes.len().saturating_add(referred(call))),
        Call::EndOrder(_) => END_ORDER.of(0),
        Call::Permit(call) => PERMIT.of(call.openings.len().saturating_add(call.records.len())),
        Call::RevokePermit(_) => REVOKE_PERMIT.of(0),
        Call::Restrict(call) => RESTRICT.of(call.restriction.items()),
        Call::LiftRestriction(_) => LIFT_RESTRICTION.of(0),
    }
}
