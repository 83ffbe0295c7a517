//! Numbered words of the rules: kinds, roles, purposes, bases, reasons. Numbers are never reused.

codec_words!(
    /// What a member is.
    MemberKind {
        /// Hospital or clinic.
        1 Hospital "hospital",
        /// Laboratory or imaging centre.
        2 Laboratory "laboratory",
        /// Pharmacy.
        3 Pharmacy "pharmacy",
        /// Insurer or programme that pays.
        4 Insurer "insurer",
        /// Manufacturer of medicines or devices.
        5 Manufacturer "manufacturer",
        /// Distributor.
        6 Distributor "distributor",
        /// Research body.
        7 Research "research",
        /// Regulator or public-health authority.
        8 Regulator "regulator",
    }
);

codec_words!(
    /// What a member's key may do.
    KeyPurpose {
        /// Signs transactions.
        1 Transaction "transaction",
        /// Signs `Stored` receipts of the member's vault and its requests to other members' doors.
        2 Vault "vault",
        /// Votes in consensus and names the node on the network. Hot; signs nothing else but the proposal that brings it.
        3 Consensus "consensus",
        /// Signs proposals and votes, beside the transaction key that pays. Best kept cold.
        4 Governance "governance",
    }
);

codec_words!(
    /// Role of a practitioner.
    Role {
        /// Treats; may break glass.
        1 Clinician "clinician",
        /// Nursing staff; may break glass.
        2 Nurse "nurse",
        /// Registers patients and blocks lost cards.
        3 Registrar "registrar",
        /// Dispenses.
        4 Pharmacist "pharmacist",
        /// Laboratory staff.
        5 Technician "technician",
        /// Officer of an authority: signs what a registry or a court ordered. Since protocol version 3.
        6 Officer "officer",
        /// Looks after privacy: reviews and discloses. Since protocol version 3.
        7 Privacy "privacy-officer",
    }
);

codec_words!(
    /// How a guardian came to speak for a patient.
    LinkKind {
        /// A parent of a minor; its end is that of the minority.
        1 Parent "parent",
        /// Named by a court.
        2 Court "court",
        /// Named by the patient, to act beside it.
        3 Proxy "proxy",
        /// Named by the patient, to act while incapacity is recorded.
        4 Contingent "contingent",
        /// Acts after death.
        5 Executor "executor",
        /// Not another: the same person under another pseudonym (FHIR `Patient.link`). The patient is a temporary identity or a duplicate.
        6 Same "same",
    }
);

codec_words!(
    /// Why a record is opened: HL7 v3 ActReason, PurposeOfUse.
    Purpose {
        /// Treatment.
        1 Treat "TREAT",
        /// Emergency treatment.
        2 Etreat "ETREAT",
        /// At the patient's request.
        3 Patrqt "PATRQT",
        /// Operations: directory look-ups and the member's own administration.
        4 Hoperat "HOPERAT",
        /// Payment.
        5 Hpaymt "HPAYMT",
        /// Research.
        6 Hresch "HRESCH",
        /// Public health.
        7 Pubhlth "PUBHLTH",
        /// Legal.
        8 Hlegal "HLEGAL",
    }
);

codec_words!(
    /// Which basis a ticket stands on.
    BasisKind {
        /// A grant by the patient.
        1 Consent "consent",
        /// An open encounter after a check-in.
        2 Treatment "treatment",
        /// Broken glass.
        3 Emergency "emergency",
        /// The patient's own request.
        4 Patient "patient",
        /// Directory records, which name no patient.
        5 Directory "directory",
        /// No basis was claimed; always refused, and on the ledger.
        6 None "none",
        /// An order or a referral by a member of an open encounter.
        7 Order "order",
        /// A mandate of an authority, or a report to one. Since protocol version 3.
        8 Law "law",
        /// A disclosure to an insurer. Since protocol version 3.
        9 Payment "payment",
        /// A subject's enrolment in a study. Since protocol version 3.
        10 Research "research",
    }
);

codec_words!(
    /// What for a member discloses records of its own.
    DisclosureCause {
        /// To an insurer, to be paid.
        1 Payment "payment",
        /// To an authority, because the law makes the member report.
        2 Report "report",
    }
);

codec_words!(
    /// Why a member does not amend a record (45 CFR 164.526(a)(2)).
    AmendmentReason {
        /// The member did not create it, and who did can be asked.
        1 NotOurs "not-ours",
        /// It is not part of what decisions about the patient are made from.
        2 NotInSet "not-in-set",
        /// The patient has no right to see it.
        3 NotOpen "not-open",
        /// It is right and complete.
        4 Accurate "accurate",
    }
);

codec_words!(
    /// What a grant lets the grantee do.
    GrantAccess {
        /// Open records.
        1 Read "read",
        /// Deposit records.
        2 Write "write",
        /// Both.
        3 ReadWrite "read-write",
    }
);

codec_words!(
    /// Why a patient comes in without a card.
    RegistrationReason {
        /// Import of older records.
        1 Import "import",
        /// A child without a card.
        2 Child "child",
        /// A newborn.
        3 Newborn "newborn",
        /// The patient is dead.
        4 Deceased "deceased",
        /// The patient is unconscious or unknown.
        5 Unconscious "unconscious",
        /// The patient has no card yet.
        6 NoCard "no-card",
    }
);

codec_words!(
    /// Why a record is retracted.
    RetractReason {
        /// Filed under the wrong patient.
        1 WrongPatient "wrong-patient",
        /// Entered in error.
        2 EnteredInError "entered-in-error",
        /// A duplicate.
        3 Duplicate "duplicate",
        /// Erased: keys and bytes are to be deleted. Not a reason that a call gives. Since protocol version 3.
        4 Erased "erased",
    }
);

codec_words!(
    /// Whose release journal is anchored.
    JournalKind {
        /// Blobs released by a vault.
        1 Vault "vault",
        /// Keys released by a custodian.
        2 Custodian "custodian",
    }
);

impl GrantAccess {
    /// Whether records may be opened.
    pub const fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }
    /// Whether records may be deposited.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }
}

impl RetractReason {
    /// The first protocol version that has this reason.
    pub const fn since(self) -> u16 {
        match self {
            Self::Erased => 3,
            Self::WrongPatient | Self::EnteredInError | Self::Duplicate => 1,
        }
    }
}

impl DisclosureCause {
    /// The kind of basis that it gives.
    pub const fn basis(self) -> BasisKind {
        match self {
            Self::Payment => BasisKind::Payment,
            Self::Report => BasisKind::Law,
        }
    }
    /// The one purpose for which its recipient reads.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Payment => Purpose::Hpaymt,
            Self::Report => Purpose::Pubhlth,
        }
    }
    /// What its recipient is.
    pub const fn recipient(self) -> MemberKind {
        match self {
            Self::Payment => MemberKind::Insurer,
            Self::Report => MemberKind::Regulator,
        }
    }
}

impl Role {
    /// Whether this role may break glass (DESIGN, bases of access: any admitted clinical practitioner).
    pub const fn may_break_glass(self) -> bool {
        matches!(self, Self::Clinician | Self::Nurse)
    }
    /// The first protocol version that has this role.
    pub const fn since(self) -> u16 {
        match self {
            Self::Officer | Self::Privacy => 3,
            _ => 1,
        }
    }
}
