//! What each refusal is to a FHIR client. The match has no rest arm, so a new refusal does not compile without its row.
use amanat_fhir::outcome::IssueType;
use amanat_types::Refusal;
use axum::http::StatusCode;

/// Status and issue type of a refusal; its text is the refusal's own.
#[rustfmt::skip]
pub const fn row(refusal: Refusal) -> (StatusCode, IssueType) {
    use Refusal::*;
    match refusal {
        Malformed | NoCalls => (StatusCode::BAD_REQUEST, IssueType::Structure),
        TransactionTooLarge | TooManyRecords => (StatusCode::PAYLOAD_TOO_LARGE, IssueType::TooLong),
        TooCostly | QuotaExceeded => (StatusCode::PAYLOAD_TOO_LARGE, IssueType::TooCostly),
        SignerCount | SignerRepeated | SignatureInvalid | SignatureHighS => {
            (StatusCode::UNPROCESSABLE_ENTITY, IssueType::Invariant)
        }

        // Prepared too long ago, or twice: prepare again.
        TransactionExpired | SequenceUsed => (StatusCode::CONFLICT, IssueType::Conflict),
        PractitionerExists | PatientExists | EncounterExists | GrantExists | RecordExists
        | OrderExists | PermitExists | HoldExists | MandateExists | DisclosureExists | ReviewExists | BreachExists | NameDemanded | AmendmentOpen | AmendmentAnswered | AmendmentExtended | DisagreementStated | StudyExists | StudyApproved | EnrolmentExists | RestrictionExists | LinkExists | TicketExists | ProposalExists | MemberExists
        | VoteRepeated | KeyTaken | IndexTaken | AlreadyJustified => {
            (StatusCode::CONFLICT, IssueType::Duplicate)
        }
        RecordErased | BlobErased => (StatusCode::GONE, IssueType::Deleted),
        RetentionUnset | RetentionRuns | RecordHeld | RecordNotErased | RecordRetracted | RecordSuperseded | VoteFinal | ProposalClosed | ReissuePending | CardNotSuspended | NoReissue
        | ReissueTooEarly | PatientReplaced | ReissueOfOther | IncapacityStands | NoIncapacity | PatientAlive => (StatusCode::CONFLICT, IssueType::Conflict),

        MemberUnknown | PractitionerUnknown | PatientUnknown | CardUnknown | IndexUnknown
        | EncounterUnknown | GrantUnknown | PermitUnknown | RestrictionUnknown | OrderUnknown | HoldUnknown | MandateUnknown | DisclosureUnknown | AmendmentUnknown | StudyUnknown | EnrolmentUnknown | GranteeUnknown | RecordUnknown
        | TicketUnknown | ProposalUnknown | MemberGone | MemberNotSuspended | LinkUnknown | AuthorityUnknown => {
            (StatusCode::NOT_FOUND, IssueType::NotFound)
        }

        PractitionerEnded | EncounterEnded | GrantExpired | GrantRevoked | PermitExpired | PermitRevoked | OrderExpired
        | OrderEnded | HoldOver | MandateExpired | MandateEnded | DisclosureExpired | DisclosureEnded | StudyExpired | StudyEnded | EnrolmentWithdrawn | AmendmentClosed | TicketEnded | BasisEnded | ProposalExpired | CardExpired | LinkNotInForce => (StatusCode::FORBIDDEN, IssueType::Expired),
        NoBasis | PurposeNotAllowed | ScopeOutsideBasis | RegistrationIsWriteOnly | PatientMismatch
        | JustificationOverdue | GlassSpent | EmergenciesPending | NothingForEmergency | TicketNotYours | IndexOutsideBasis
        | EncounterNoWrite | EncounterNotYours | GranteeNotYou | MemberElsewhere | GrantNoRead | GrantNoWrite | RecordNotYours
        | KeyNotProven | PractitionerNotYours | PractitionerNotPresent | RoleNotAllowed | CardNotPresent
        | CardBlocked | PatientNotYours | IndexNotOwned | RecordOutsideTicket | ReaderWrong
        | TeamStrict | NotInTeam | OrderNotYours | OrderNoWrite | PermitNotYet | Restricted | RestrictedByPatient
        | RecordOutsideBasis | DepositorUnknown | GovernanceKeyNotPresent | SuccessorNotPresent | NotSuccessor | CardSuspended
        | GuardianDecides | NoSecondKey | PatientDead | GuardianNotPresent | GuardianSilent | TooFewGuardians | TooFewOfficers | TooFewClinicians
        | NotResearch | StudyNotYours | StudyNotApproved | EnrolmentNotYet | NameOverdue | NotAnAuthority | HoldNotYours | NotHolder | MandateNotYours | DisclosureNotYours | RecordNotShown
        | RegistrarNotPresent | RightMissing | LinkNotYours | LinkBeyondOwn => (StatusCode::FORBIDDEN, IssueType::Forbidden),

        WrongNetwork | ValidTooFarAhead | UntilInThePast | UntilTooFar | KeyWrongKind | IndexRepeated
        | NoDeclarations | PatientHasCard | NoIndexes | EmergencyIndexNotOpened | NoPurposes | BucketUnknown
        | HolderUnknown | StoredPathWrong | IndexChanged | ScopeEmpty | NotAnEmergency
        | AnchorNotAhead | MemberKeysUnfit | MembersFull | TooFewValidators | LimitsUnsound | ProtocolNotNext
        | SeatsUnfit | GraceTooLong | IndexOutsideVisit | ResultsFull | RestrictionsFull | RetentionUnsound | HoldsFull | ReasonUnfit | NamesUnfit | WitnessesUnfit
        | ProposerBusy | TooManyProposals | CallNotInForce | SuccessorIsYou | NoRecords | HolderLeaves | TooManyLinks
        | NoteUnfit | AmendmentsFull | NotAmended | NotRefused | GlassNotOver | NotJustified | NotStaff | NamesFull | NameNotOwed | NoticeTooFar | RecipientUnfit | NotFirstOfMonth | GuardianIsPatient | NoRights => (StatusCode::UNPROCESSABLE_ENTITY, IssueType::BusinessRule),

        MempoolFull | MempoolShareFull | Stopping | SequenceOutsideWindow | TooFewHolders | TipTooOld | TipBehindReader
        | RequestStale | BlobUnknown => (StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient),
        // The gateway's own keys or stores are not what they must be: nothing that a caller can mend.
        SponsorUnknown | SponsorKeyWrong | WrapWrong => {
            (StatusCode::INTERNAL_SERVER_ERROR, IssueType::Exception)
        }
    }
}
