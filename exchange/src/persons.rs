//! Persons: the state of a card, its reissue, guardians, incapacity and death.
//!
//! Who must co-sign each is said at the call; the ledger judges it.
use crate::{Actor, Error, Exchange, Prepared};
use amanat_client::{Ledger, Stores};
use amanat_types::PublicKey;
use amanat_types::call::{
    ActivateCard, AskReissue, BlockCard, Call, EndIncapacity, IssueCard, LinkGuardian, RecordDeath,
    RecordIncapacity, RenewCard, ResumeCard, RetractDeath, SetSecondKey, SuspendCard,
    UnlinkGuardian, VetoReissue,
};

/// A call about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonCall {
    /// Gives a patient who was registered without a card the first one.
    Issue(IssueCard),
    /// Blocks a card for ever.
    Block(BlockCard),
    /// Suspends a card.
    Suspend(SuspendCard),
    /// Lets a suspended card act again.
    Resume(ResumeCard),
    /// Sets until when a card acts.
    Renew(RenewCard),
    /// Asks that another card takes the place of a patient's.
    AskReissue(AskReissue),
    /// Drops a reissue that is pending.
    VetoReissue(VetoReissue),
    /// Puts the new card in the place of the old one.
    Activate(ActivateCard),
    /// Links a guardian.
    Link(LinkGuardian),
    /// Ends a link.
    Unlink(UnlinkGuardian),
    /// Records that a patient cannot decide.
    Incapacity(RecordIncapacity),
    /// Ends a recorded incapacity.
    EndIncapacity(EndIncapacity),
    /// Records a death.
    Death(RecordDeath),
    /// Takes back a death that was recorded in error.
    RetractDeath(RetractDeath),
    /// Sets a patient's second key.
    SecondKey(SetSecondKey),
}

impl From<PersonCall> for Call {
    fn from(call: PersonCall) -> Self {
        match call {
            PersonCall::Issue(call) => Self::IssueCard(call),
            PersonCall::Block(call) => Self::BlockCard(call),
            PersonCall::Suspend(call) => Self::SuspendCard(call),
            PersonCall::Resume(call) => Self::ResumeCard(call),
            PersonCall::Renew(call) => Self::RenewCard(call),
            PersonCall::AskReissue(call) => Self::AskReissue(call),
            PersonCall::VetoReissue(call) => Self::VetoReissue(call),
            PersonCall::Activate(call) => Self::ActivateCard(call),
            PersonCall::Link(call) => Self::LinkGuardian(call),
            PersonCall::Unlink(call) => Self::UnlinkGuardian(call),
            PersonCall::Incapacity(call) => Self::RecordIncapacity(call),
            PersonCall::EndIncapacity(call) => Self::EndIncapacity(call),
            PersonCall::Death(call) => Self::RecordDeath(call),
            PersonCall::RetractDeath(call) => Self::RetractDeath(call),
            PersonCall::SecondKey(call) => Self::SetSecondKey(call),
        }
    }
}

impl<L: Ledger, S: Stores> Exchange<L, S> {
    /// The transaction of a call about a person, for all who sign it. Refusals: the ledger's, as `docs/contracts/cards.md` lists them.
    pub async fn prepare_person(
        &self,
        actor: &Actor,
        call: PersonCall,
        cosigners: &[PublicKey],
    ) -> Result<Prepared, Error> {
        self.admit(actor)?;
        self.prepare(vec![call.into()], cosigners).await
    }
}
