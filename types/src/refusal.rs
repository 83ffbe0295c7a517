//! Refusals: every lawful no, numbered once and never reused. Three kinds: admission (below 100, never in a block),
//! ledger (in a block, with a receipt), release (300 to 399, by a vault or a custodian, off the ledger).
use bytes::BufMut;
use commonware_codec::{Buf, Error, FixedSize, Read, ReadExt as _, Write};

macro_rules! refusals {
    ($($number:literal $name:ident $text:literal),* $(,)?) => {
        /// A lawful no.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Refusal { $(#[doc = $text] $name = $number),* }

        impl Refusal {
            /// Every refusal, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number),* }
            }

            /// The refusal with this number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What it says.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

refusals! {
    // Admission: never in a block.
    1 Malformed "the bytes are not a transaction of this version",
    2 TransactionTooLarge "the transaction is larger than 512 KiB",
    3 NoCalls "the transaction has no calls",
    4 SignerCount "the number of signatures is not the number of signers, or is zero",
    5 SignerRepeated "a key signs twice",
    6 WrongNetwork "the transaction is for another network",
    7 TransactionExpired "the last valid height has passed",
    8 ValidTooFarAhead "the last valid height is more than 600 blocks ahead",
    9 SponsorUnknown "the sponsor is not an active member",
    10 SponsorKeyWrong "the first signer is not a transaction key of the sponsor",
    11 SequenceUsed "the sequence number was used before: a replay",
    12 SequenceOutsideWindow "the sequence number is outside the sliding window of 4,096",
    13 SignatureInvalid "a signature does not verify",
    14 SignatureHighS "an ECDSA signature is not in its low-S form",
    15 TooCostly "the transaction costs more units than a block may hold",
    16 MempoolFull "the node's mempool is full: retry later",
    17 Stopping "the node is stopping",
    18 QuotaExceeded "the transaction costs more units than its sponsor may spend in a block",
    19 MempoolShareFull "the node's mempool is full, and the sponsor holds as much of it as any: retry later",
    20 CallNotInForce "the call, or the form of the transaction, belongs to a later protocol version than the one in force",

    // Ledger: in a block, with a receipt. Membership.
    100 UntilInThePast "the end is not after the block's time",
    101 UntilTooFar "the end is further ahead than the rule allows",
    102 KeyTaken "the key belongs to somebody already",
    103 KeyNotProven "the new key did not co-sign, so possession is not proven",
    104 KeyWrongKind "the key must be P-256",
    105 MemberUnknown "no such member is active",
    106 PractitionerExists "a practitioner with this id exists",
    107 PractitionerUnknown "no such practitioner",
    108 PractitionerEnded "the practitioner's registration has ended",
    109 PractitionerNotYours "the practitioner belongs to another member",
    110 PractitionerNotPresent "no active practitioner of the sponsor co-signed",
    111 RoleNotAllowed "the practitioner's role does not allow this",
    112 MemberElsewhere "the consent is to members of a jurisdiction, and the member is not known to be in it",

    // Cards.
    120 PatientExists "a patient with this pseudonym exists",
    121 PatientUnknown "no patient has this pseudonym",
    122 CardNotPresent "the patient's card did not co-sign",
    123 CardBlocked "the card is blocked",
    124 CardUnknown "the card is not a card of this patient",
    125 IndexTaken "the blind index is declared already",
    126 IndexUnknown "the blind index is not declared",
    127 IndexNotOwned "the opening does not show that the patient owns the index",
    128 IndexRepeated "a blind index is named twice",
    129 NoDeclarations "the call declares no index",
    130 PatientNotYours "another member registered the patient",
    131 CardSuspended "the card is suspended",
    132 CardExpired "the card has expired",
    133 ReissuePending "a reissue of the card is pending",
    134 GuardianDecides "guardians decide for the patient",
    135 PatientDead "the patient's death is recorded",
    136 CardNotSuspended "the card is not suspended",
    137 NoReissue "no reissue is pending",
    138 ReissueTooEarly "the seven days of the reissue are not over",
    139 ReissueOfOther "the reissue is of another card",

    // Encounters.
    140 EncounterExists "an encounter with this id exists",
    141 EncounterUnknown "no such encounter",
    142 EncounterEnded "the encounter has ended",
    143 EncounterNotYours "the encounter is another member's",
    144 PatientHasCard "the patient has a card: check in with it",
    145 NoIndexes "the call names no index",
    146 EmergencyIndexNotOpened "an emergency index is not among the openings",
    147 SeatsUnfit "the seats of a care team are none, not sorted, or one stands twice",
    148 TeamStrict "a strict care team is loosened only by who speaks for the patient",
    149 GraceTooLong "reading may go on for at most 72 hours after a visit was closed",
    150 NotInTeam "nobody of the strict care team acts",
    151 OrderExists "an order with this id exists",
    152 OrderUnknown "no such order",
    153 OrderNotYours "the order is another member's",
    154 OrderExpired "the order has expired",
    155 OrderEnded "the order was ended",
    156 OrderNoWrite "the order does not let the member write",
    157 IndexOutsideVisit "the order names an index outside its encounter",
    158 ResultsFull "the order has as many results as it may have",

    // Consent.
    160 GrantExists "a grant with this id exists",
    161 GrantUnknown "no such grant",
    162 GrantExpired "the grant has expired",
    163 GrantRevoked "the grant is revoked",
    164 GranteeUnknown "the grantee is not an active member or practitioner",
    165 GranteeNotYou "the grant is to somebody else",
    166 NoPurposes "the grant names no purpose, or they are not sorted and distinct",
    167 GrantNoRead "the grant does not let its grantee read",
    168 GrantNoWrite "the grant does not let its grantee write",
    169 Restricted "the patient has restricted this",
    170 RestrictionExists "a restriction with this id exists",
    171 RestrictionUnknown "no such restriction",
    172 RestrictionsFull "the patient's restrictions are as many, or name as much, as they may",
    173 NamesUnfit "what the call names is empty, not sorted, or stands twice, or does not go with the rest",
    174 PermitExists "a permit with this id exists",
    175 PermitUnknown "no such permit",
    176 PermitNotYet "the permit is not in force yet",
    177 PermitExpired "the permit has expired",
    178 PermitRevoked "the permit is revoked",
    179 WitnessesUnfit "paper must be witnessed by two practitioners of the sponsor with different roles",

    // Records.
    180 RecordExists "a record with this id exists: ids are unique for ever",
    181 RecordUnknown "no such record",
    182 IndexOutsideBasis "the index is outside the basis to write",
    183 EncounterNoWrite "the encounter does not let its member write",
    184 BucketUnknown "there is no such size bucket",
    185 TooFewHolders "fewer than f+1 distinct members hold the blob",
    186 HolderUnknown "a holder is not a vault key of an active member",
    187 StoredPathWrong "a path does not lead from the blob to the holder's root",
    188 RecordNotYours "the record is another member's",
    189 RecordRetracted "the record is retracted",
    190 RecordSuperseded "the record is superseded already",
    191 IndexChanged "an amendment must keep the index of the record",
    192 SuccessorIsYou "a member cannot be its own successor",
    193 SuccessorNotPresent "no transaction key of the successor co-signed",
    194 NotSuccessor "the custodian did not name the sponsor its successor",
    195 NoRecords "the call names no record, or they are not sorted and distinct",
    196 HolderLeaves "a holder is the member whose records are taken over",

    // Access.
    200 NoBasis "no lawful basis is claimed",
    201 TicketExists "a ticket with this id exists",
    202 TicketUnknown "no such ticket",
    203 PurposeNotAllowed "the basis does not allow this purpose",
    204 ScopeEmpty "the request names no record and no index",
    205 ScopeOutsideBasis "the request names a record or an index outside the basis",
    206 RegistrationIsWriteOnly "a registration encounter opens nothing",
    207 PatientMismatch "the basis is another patient's",
    208 JustificationOverdue "an earlier emergency of this practitioner was not justified in time",
    209 EmergenciesPending "too many emergencies of this practitioner wait for a justification",
    210 NothingForEmergency "the patient has no emergency indexes",
    211 NotAnEmergency "the ticket is not an emergency ticket",
    212 AlreadyJustified "the emergency is justified already",
    213 TicketNotYours "the ticket is somebody else's",
    214 AnchorNotAhead "the anchor does not count more entries than the last one",
    215 NotAnAuthority "the sponsor is not a regulator",
    216 NoticeTooFar "the patient may not be left without notice until then",
    217 MandateExists "a mandate with this id exists",
    218 MandateUnknown "no such mandate",
    219 MandateNotYours "the mandate is another authority's",

    // Membership by vote.
    220 GovernanceKeyNotPresent "no governance key of the sponsor signed",
    221 ProposalExists "a proposal with this id exists",
    222 MemberKeysUnfit "the keys do not fit a member: at least one for transactions, at most one for consensus, which is Ed25519, none twice",
    223 MemberExists "a member has or had this number",
    224 MembersFull "the network has as many members as it may have",
    225 MemberNotSuspended "no such member is suspended",
    226 MemberGone "no such member, or it was removed",
    227 TooFewValidators "fewer than four validators would remain",
    228 LimitsUnsound "a limit is below what lets a member act, or above what a block holds",
    229 ProtocolNotNext "the protocol version is not the next one",
    230 ProposerBusy "the proposer has as many proposals open or scheduled as it may have",
    231 TooManyProposals "as many proposals are open or scheduled as may be",
    232 ProposalUnknown "no such proposal",
    233 VoteRepeated "the member voted so already",
    234 VoteFinal "the member voted otherwise already: a vote stands",
    235 ProposalClosed "the proposal is no longer open to votes",
    236 ProposalExpired "the proposal was open for too long",

    // Since protocol version 3: pseudonyms of one person, standing grants, breaches.
    237 PatientReplaced "the patient is linked to another pseudonym of the same person, under which visits go on",
    238 NoSecondKey "consent for more than 30 days needs the signature of the second key, or a permit, which waits for a day",
    239 BreachExists "a breach was declared of this ticket",

    // Guardians, incapacity, death.
    240 LinkUnknown "no such guardian is linked",
    241 LinkExists "the guardian is linked so already",
    242 GuardianNotPresent "the guardian's card did not co-sign",
    243 TooManyLinks "the patient has as many guardians as may be",
    244 TooFewGuardians "fewer than half of the guardians in force co-signed, or fewer than two",
    245 AuthorityUnknown "the authority that is named is not an active regulator, or none is named",
    246 TooFewOfficers "fewer officers of the authority co-signed than this takes",
    247 GuardianSilent "the guardian's own card does not speak now",
    248 RightMissing "the guardian's link does not give this right",
    249 LinkNotInForce "the guardian's link is not in force now",
    250 NotFirstOfMonth "a parent's link ends at the first of a month",
    251 IncapacityStands "incapacity is recorded already, for as long or by an authority",
    252 NoIncapacity "no incapacity is recorded",
    253 PatientAlive "no death is recorded",
    254 GuardianIsPatient "nobody is their own guardian",
    255 LinkNotYours "who signed may not make or end a link of this kind",
    256 LinkBeyondOwn "a guardian cannot give more than its own link, or for longer",
    257 NoRights "the link gives no right",
    258 TooFewClinicians "fewer clinicians of the sponsor co-signed than this takes",
    259 RegistrarNotPresent "no registrar who may sign this co-signed",

    // Access by law and for payment.
    260 MandateExpired "the mandate has expired",
    261 MandateEnded "the mandate was ended",
    262 DisclosureExists "a disclosure with this id exists",
    263 DisclosureUnknown "no such disclosure for this cause",
    264 DisclosureNotYours "the disclosure is another member's, or to another",
    265 DisclosureExpired "the disclosure has expired",
    266 DisclosureEnded "the disclosure was ended",
    267 RecipientUnfit "the recipient is not an active insurer, or for a report an active regulator",
    268 RecordNotShown "no opening shows that a record is the patient's",

    // Reviews.
    269 GlassSpent "the practitioner or the member broke the glass as often as may be on one day",
    270 GlassNotOver "the emergency ticket has not ended",
    271 ReviewExists "the reviewing member has reviewed this",
    272 NotJustified "nothing is upheld that was not justified",
    273 NotStaff "the ticket is not of staff without a card",
    274 NameDemanded "the name was demanded already",
    275 NamesFull "the member owes as many names as it may",
    276 NameNotOwed "no name is owed for the ticket",
    277 NameOverdue "the member has not said in time who a staff pseudonym was",

    // Research.
    278 EnrolmentNotYet "the enrolment is not in force yet",
    279 EnrolmentWithdrawn "the subject was withdrawn",
    280 NotResearch "the sponsor is not a research body",
    281 StudyExists "a study with this id exists",
    282 StudyUnknown "no such study",
    283 StudyNotYours "the study is another member's",
    284 StudyNotApproved "no authority has approved the study",
    285 StudyApproved "the study is approved already",
    286 StudyExpired "the study has expired",
    287 StudyEnded "the study was ended",
    288 EnrolmentExists "an enrolment with this id exists",
    289 EnrolmentUnknown "no such enrolment in this study",

    // Amendments.
    290 NoteUnfit "what is named as request, letter or statement is not a record of the sponsor in the same index",
    291 AmendmentOpen "a request for the amendment of this record waits for its answer",
    292 AmendmentsFull "amendment of this record was asked for as often as may be",
    293 AmendmentUnknown "no such request for amendment",
    294 AmendmentAnswered "the request for amendment is answered already",
    295 NotAmended "the record was neither amended nor taken back since the request",
    296 AmendmentExtended "the time to answer was extended already",
    297 NotRefused "the request for amendment was not refused",
    298 DisagreementStated "the patient has stated its disagreement already",
    299 AmendmentClosed "the request for amendment lets nobody write any more",

    // Release: by a vault or a custodian, never in a block.
    300 TicketEnded "the ticket has ended",
    301 BasisEnded "the basis of the ticket has ended or was revoked",
    302 RecordOutsideTicket "the ticket does not cover the record",
    303 TipTooOld "the releasing node's finalised tip is older than 10 seconds",
    304 TipBehindReader "the releasing node has not reached the height that the reader shows",
    305 RequestStale "the request's time is more than 60 seconds from the releaser's clock",
    306 ReaderWrong "the request is not signed by a key of the ticket's member",
    307 BlobUnknown "the vault does not keep this blob",
    308 WrapWrong "the wrapped key does not open for this record",
    309 TooManyRecords "the request names more records than the limit",
    310 DepositorUnknown "the request is not signed by a key of an active member",
    311 RestrictedByPatient "the patient has restricted a record",
    312 RecordOutsideBasis "the basis of the ticket does not cover the record",
    313 BlobErased "the record of the blob is erased",

    // Ledger again: retention, legal holds, erasure.
    400 RetentionUnset "the members have not voted for how long records are kept",
    401 RetentionUnsound "nothing can be kept for so long",
    402 RetentionRuns "the record must still be kept",
    403 RecordHeld "a legal hold forbids that the record is erased",
    404 RecordErased "the record is erased",
    405 RecordNotErased "the record is not erased",
    406 NotHolder "the sponsor is neither custodian nor holder of the record",
    407 HoldExists "a hold with this id exists",
    408 HoldUnknown "no such hold",
    409 HoldNotYours "the hold is another's",
    410 HoldOver "the hold was ended, or its time is over",
    411 HoldsFull "as many holds lie on the record as may",
    412 ReasonUnfit "a record is not erased by being retracted",
}

impl Refusal {
    /// Whether this is refused before a block, so that it leaves no receipt.
    pub const fn is_admission(self) -> bool {
        self.number() < 100
    }
    /// Whether this refuses a release off the ledger.
    pub const fn is_release(self) -> bool {
        matches!(self.number(), 300..400)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.name(), self.number(), self.text())
    }
}
impl std::error::Error for Refusal {}

impl Write for Refusal {
    fn write(&self, buf: &mut impl BufMut) {
        self.number().write(buf);
    }
}
impl FixedSize for Refusal {
    const SIZE: usize = 2;
}
impl Read for Refusal {
    type Cfg = ();
    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        Self::from_number(u16::read(buf)?)
            .ok_or(Error::Invalid("Refusal", "no refusal has this number"))
    }
}
