//! From which protocol version on a call is known.
use super::{Call, ReadBasis, WriteBasis};

impl Call {
    /// The first protocol version that has this call, and everything that it carries.
    pub const fn since(&self) -> u16 {
        match self {
            Self::RegisterPractitioner(call) => call.role.since(),
            Self::IssueCard(_) => 2,
            Self::Propose(call) => call.change.since(),
            Self::Retract(call) => call.reason.since(),
            Self::ActivateCard(_)
            | Self::AnswerAmendment(_)
            | Self::ApproveStudy(_)
            | Self::AskAmendment(_)
            | Self::AskReissue(_)
            | Self::AssignCare(_)
            | Self::CloseVisit(_)
            | Self::ConfirmErased(_)
            | Self::DemandName(_)
            | Self::Disagree(_)
            | Self::Disclose(_)
            | Self::DeclareBreach(_)
            | Self::EndDisclosure(_)
            | Self::EndHold(_)
            | Self::EndIncapacity(_)
            | Self::EndMandate(_)
            | Self::EndOrder(_)
            | Self::EndStudy(_)
            | Self::Enrol(_)
            | Self::Erase(_)
            | Self::Hold(_)
            | Self::Keep(_)
            | Self::LiftRestriction(_)
            | Self::LinkGuardian(_)
            | Self::NameStaff(_)
            | Self::NameSuccessor(_)
            | Self::OpenMandate(_)
            | Self::Permit(_)
            | Self::PlaceOrder(_)
            | Self::RecordDeath(_)
            | Self::RecordIncapacity(_)
            | Self::RegisterStudy(_)
            | Self::RenewCard(_)
            | Self::Restrict(_)
            | Self::ResumeCard(_)
            | Self::RetractDeath(_)
            | Self::ReviewGlass(_)
            | Self::RevokePermit(_)
            | Self::SetSecondKey(_)
            | Self::SuspendCard(_)
            | Self::UnlinkGuardian(_)
            | Self::VetoReissue(_)
            | Self::Withdraw(_) => 3,
            Self::Deposit(call) => since_to_write(&call.basis),
            Self::Amend(call) => since_to_write(&call.deposit.basis),
            Self::Request(call) => match call.basis {
                ReadBasis::Care(_)
                | ReadBasis::Disclosure(_)
                | ReadBasis::Mandate(_)
                | ReadBasis::Order(_)
                | ReadBasis::Permit(_)
                | ReadBasis::Study(_) => 3,
                ReadBasis::Consent(_)
                | ReadBasis::Treatment(_)
                | ReadBasis::Patient(_)
                | ReadBasis::Directory(_)
                | ReadBasis::None(_) => 1,
            },
            _ => 1,
        }
    }
}

const fn since_to_write(basis: &WriteBasis) -> u16 {
    match basis {
        WriteBasis::Amendment(_) | WriteBasis::Order(_) | WriteBasis::Permit(_) => 3,
        WriteBasis::Encounter(_) | WriteBasis::Grant(_) | WriteBasis::Directory(_) => 1,
    }
}
