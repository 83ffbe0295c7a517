//! The one match from a call to its function.
//!
//! Two calls have a part in two contracts, because a contract writes its own keys only: a check-in opens the encounter, then
//! issues its ticket; a registration without a card makes the pseudonym, then opens the encounter. Both parts belong to one
//! call: a refusal of either drops both.
use crate::fault::Stop;
use crate::membership::end_practitioner;
use crate::view::{Context, Ledger};
use crate::{access, cards, consent, encounters, membership, records};
use amanat_types::Call;
use amanat_types::call::{CheckIn, RegisterWithoutCard};

/// Runs one call in the overlay of its transaction.
pub fn dispatch(ctx: &Context<'_>, ledger: &mut Ledger<'_>, call: &Call) -> Result<(), Stop> {
    match call {
        Call::RegisterPractitioner(call) => {
            membership::register_practitioner(ctx, &mut ledger.membership(), call)
        }
        Call::EndPractitioner(call) => end_practitioner(ctx, &mut ledger.membership(), call),
        Call::Propose(call) => membership::propose(ctx, &mut ledger.membership(), call),
        Call::Vote(call) => membership::vote(ctx, &mut ledger.membership(), call),
        Call::RegisterPatient(call) => cards::register_patient(ctx, &mut ledger.cards(), call),
        Call::BlockCard(call) => cards::block_card(ctx, &mut ledger.cards(), call),
        Call::DeclareIndexes(call) => cards::declare_indexes(&mut ledger.cards(), call),
        Call::IssueCard(call) => cards::issue_card(ctx, &mut ledger.cards(), call),
        Call::SuspendCard(call) => cards::suspend_card(ctx, &mut ledger.cards(), call),
        Call::ResumeCard(call) => cards::resume_card(ctx, &mut ledger.cards(), call),
        Call::RenewCard(call) => cards::renew_card(ctx, &mut ledger.cards(), call),
        Call::AskReissue(call) => cards::ask_reissue(ctx, &mut ledger.cards(), call),
        Call::VetoReissue(call) => cards::veto_reissue(ctx, &mut ledger.cards(), call),
        Call::ActivateCard(call) => cards::activate_card(ctx, &mut ledger.cards(), call),
        Call::CheckIn(call) => check_in(ctx, ledger, call),
        Call::RegisterWithoutCard(call) => without_card(ctx, ledger, call),
        Call::Discharge(call) => encounters::discharge(ctx, &mut ledger.encounters(), call),
        Call::Grant(call) => consent::grant(ctx, &mut ledger.consent(), call),
        Call::Revoke(call) => consent::revoke(ctx, &mut ledger.consent(), call),
        Call::Deposit(call) => records::deposit(ctx, &mut ledger.records(), call),
        Call::Amend(call) => records::amend(ctx, &mut ledger.records(), call),
        Call::Retract(call) => records::retract(ctx, &mut ledger.records(), call),
        Call::NameSuccessor(call) => records::name_successor(ctx, &mut ledger.records(), call),
        Call::Keep(call) => records::keep(ctx, &mut ledger.records(), call),
        Call::Hold(call) => records::hold(ctx, &mut ledger.records(), call),
        Call::EndHold(call) => records::end_hold(ctx, &mut ledger.records(), call),
        Call::Erase(call) => records::erase(ctx, &mut ledger.records(), call),
        Call::ConfirmErased(call) => records::confirm_erased(ctx, &mut ledger.records(), call),
        Call::AskAmendment(call) => records::ask_amendment(ctx, &mut ledger.records(), call),
        Call::AnswerAmendment(call) => records::answer_amendment(ctx, &mut ledger.records(), call),
        Call::Disagree(call) => records::disagree(ctx, &mut ledger.records(), call),
        Call::Request(call) => access::request(ctx, &mut ledger.access(), call),
        Call::BreakGlass(call) => access::break_glass(ctx, &mut ledger.access(), call),
        Call::Justify(call) => access::justify(ctx, &mut ledger.access(), call),
        Call::Anchor(call) => access::anchor(ctx, &mut ledger.access(), call),
        Call::OpenMandate(call) => access::open_mandate(ctx, &mut ledger.access(), call),
        Call::EndMandate(call) => access::end_mandate(ctx, &mut ledger.access(), call),
        Call::Disclose(call) => access::disclose(ctx, &mut ledger.access(), call),
        Call::EndDisclosure(call) => access::end_disclosure(ctx, &mut ledger.access(), call),
        Call::DeclareBreach(call) => access::declare_breach(ctx, &mut ledger.access(), call),
        Call::ReviewGlass(call) => access::review_glass(ctx, &mut ledger.access(), call),
        Call::DemandName(call) => access::demand_name(ctx, &mut ledger.access(), call),
        Call::NameStaff(call) => access::name_staff(ctx, &mut ledger.access(), call),
        Call::RegisterStudy(call) => consent::register_study(ctx, &mut ledger.consent(), call),
        Call::ApproveStudy(call) => consent::approve_study(ctx, &mut ledger.consent(), call),
        Call::EndStudy(call) => consent::end_study(ctx, &mut ledger.consent(), call),
        Call::Enrol(call) => consent::enrol(ctx, &mut ledger.consent(), call),
        Call::Withdraw(call) => consent::withdraw(ctx, &mut ledger.consent(), call),
        Call::LinkGuardian(call) => cards::link_guardian(ctx, &mut ledger.cards(), call),
        Call::UnlinkGuardian(call) => cards::unlink_guardian(ctx, &mut ledger.cards(), call),
        Call::RecordIncapacity(call) => cards::record_incapacity(ctx, &mut ledger.cards(), call),
        Call::EndIncapacity(call) => cards::end_incapacity(ctx, &mut ledger.cards(), call),
        Call::RecordDeath(call) => cards::record_death(ctx, &mut ledger.cards(), call),
        Call::RetractDeath(call) => cards::retract_death(ctx, &mut ledger.cards(), call),
        Call::SetSecondKey(call) => cards::set_second_key(ctx, &mut ledger.cards(), call),
        Call::AssignCare(call) => encounters::assign_care(ctx, &mut ledger.encounters(), call),
        Call::CloseVisit(call) => encounters::close_visit(ctx, &mut ledger.encounters(), call),
        Call::PlaceOrder(call) => encounters::place_order(ctx, &mut ledger.encounters(), call),
        Call::EndOrder(call) => encounters::end_order(ctx, &mut ledger.encounters(), call),
        Call::Permit(call) => consent::permit(ctx, &mut ledger.consent(), call),
        Call::RevokePermit(call) => consent::revoke_permit(ctx, &mut ledger.consent(), call),
        Call::Restrict(call) => consent::restrict(ctx, &mut ledger.consent(), call),
        Call::LiftRestriction(call) => consent::lift_restriction(ctx, &mut ledger.consent(), call),
    }
}

fn check_in(ctx: &Context<'_>, ledger: &mut Ledger<'_>, call: &CheckIn) -> Result<(), Stop> {
    encounters::check_in(ctx, &mut ledger.encounters(), call)?;
    access::issue_for_visit(ctx, &mut ledger.access(), call)
}

fn without_card(
    ctx: &Context<'_>,
    ledger: &mut Ledger<'_>,
    call: &RegisterWithoutCard,
) -> Result<(), Stop> {
    cards::register_without_card(ctx, &mut ledger.cards(), call)?;
    encounters::register_without_card(ctx, &mut ledger.encounters(), call)
}
