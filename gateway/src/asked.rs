//! What a request's headers claim: purpose, basis, patient, and the caller's own id for it.
use amanat_exchange::Basis;
use amanat_exchange::care::StaffAsk;
use amanat_fhir::outcome::IssueType;
use amanat_login::Session;
use amanat_types::call::{AmendmentRef, Disclosed, Enrolled, ReadBasis, WriteBasis};
use amanat_types::code::DisclosureCause;
use amanat_types::state::BasisRef;
use amanat_types::{
    DisclosureId, EncounterId, EnrolmentId, GrantId, MandateId, OrderId, PatientId, PermitId,
    Purpose, RecordId, Role, StudyId, TicketId,
};
use axum::http::{HeaderMap, StatusCode};

use crate::outcome::Problem;

/// Names the purpose: a code of HL7 v3 ActReason, one of the token's.
pub(crate) const PURPOSE: &str = "x-amanat-purpose";
/// Names the basis.
pub(crate) const BASIS: &str = "x-amanat-basis";
/// Names the patient: the FHIR id of a Patient known here, or a pseudonym in hexadecimal.
pub(crate) const PATIENT: &str = "x-amanat-patient";
/// Names who of the staff reads, where that is somebody without a card: role, ward and person.
pub(crate) const STAFF: &str = "x-amanat-staff";
/// Longest name of a ward or a person in it.
const STAFF_BYTES_MAX: usize = 128;
/// The caller's id for the request; a repeat with the same id does nothing twice.
const REQUEST_IDS: [&str; 2] = ["idempotency-key", "x-request-id"];
/// Longest id of a request.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// The basis of a request to read, as `X-Amanat-Basis` names it; nothing for one that only lets write, for broken glass, which has a ticket, and
/// for `patient`, which takes a card.
pub fn read_basis(text: &str) -> Option<ReadBasis> {
    let basis = Claim::parse(text)?.to_read(None).ok()?;
    basis.asked().ok()
}

/// A basis as `X-Amanat-Basis` names it.
pub fn name_basis(basis: &BasisRef) -> String {
    match basis {
        BasisRef::Grant(id) => format!("grant/{id}"),
        BasisRef::Encounter(id) => format!("encounter/{id}"),
        BasisRef::Permit(id) => format!("permit/{id}"),
        BasisRef::Order(id) => format!("order/{id}"),
        BasisRef::Care(care) => format!("encounter/{}", care.encounter),
        BasisRef::Emergency(_) => "emergency".to_owned(),
        BasisRef::Patient(_) | BasisRef::Guardian(_) => "patient".to_owned(),
        BasisRef::Directory(_) => "directory".to_owned(),
        BasisRef::Mandate(id) => format!("mandate/{id}"),
        BasisRef::Disclosure(one) => format!("disclosure/{}/{}", one.disclosure, one.cause),
        BasisRef::Study(one) => format!("study/{}/{}", one.study, one.enrolment),
    }
}

/// A basis as a header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// `encounter/<hex>`.
    Encounter(EncounterId),
    /// `grant/<hex>`.
    Grant(GrantId),
    /// `permit/<hex>`.
    Permit(PermitId),
    /// `order/<hex>`.
    Order(OrderId),
    /// `mandate/<hex>`.
    Mandate(MandateId),
    /// `disclosure/<hex>/payment` or `disclosure/<hex>/report`.
    Disclosure(Disclosed),
    /// `study/<hex>/<hex of the enrolment>`.
    Study(Enrolled),
    /// `amendment/<hex of the record>/<number>`.
    Amendment(AmendmentRef),
    /// `emergency/<hex of the ticket>`.
    Emergency(TicketId),
    /// `directory`.
    Directory,
    /// `patient`: the patient's own request.
    Patient,
    /// `none`: asks to be refused, on the ledger.
    None,
}

impl Claim {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some(("encounter", hex)) => EncounterId::from_hex(hex).map(Self::Encounter),
            Some(("grant", hex)) => GrantId::from_hex(hex).map(Self::Grant),
            Some(("permit", hex)) => PermitId::from_hex(hex).map(Self::Permit),
            Some(("order", hex)) => OrderId::from_hex(hex).map(Self::Order),
            Some(("mandate", hex)) => MandateId::from_hex(hex).map(Self::Mandate),
            Some(("disclosure", rest)) => {
                let (hex, cause) = rest.split_once('/')?;
                Some(Self::Disclosure(Disclosed {
                    disclosure: DisclosureId::from_hex(hex)?,
                    cause: DisclosureCause::parse(cause)?,
                }))
            }
            Some(("study", rest)) => {
                let (study, enrolment) = rest.split_once('/')?;
                Some(Self::Study(Enrolled {
                    study: StudyId::from_hex(study)?,
                    enrolment: EnrolmentId::from_hex(enrolment)?,
                }))
            }
            Some(("amendment", rest)) => {
                let (record, number) = rest.split_once('/')?;
                Some(Self::Amendment(AmendmentRef {
                    record: RecordId::from_hex(record)?,
                    number: number.parse().ok()?,
                }))
            }
            Some(("emergency", hex)) => TicketId::from_hex(hex).map(Self::Emergency),
            Some(_) => None,
            None => match text {
                "directory" => Some(Self::Directory),
                "patient" => Some(Self::Patient),
                "none" => Some(Self::None),
                _ => None,
            },
        }
    }

    /// What to claim when reading; `patient` is whose records they are, as far as is known.
    pub(crate) fn to_read(self, patient: Option<PatientId>) -> Result<Basis, Problem> {
        Ok(match self {
            Self::Encounter(id) => Basis::Treatment(id),
            Self::Grant(id) => Basis::Consent(id),
            Self::Permit(id) => Basis::Permit(id),
            Self::Order(id) => Basis::Order(id),
            Self::Mandate(id) => Basis::Mandate(id),
            Self::Disclosure(disclosed) => Basis::Disclosure(disclosed),
            Self::Study(enrolled) => Basis::Study(enrolled),
            Self::Amendment(_) => {
                let rule = "an amendment is a basis to write only";
                return Err(Problem::bad("X-Amanat-Basis", rule));
            }
            Self::Emergency(id) => Basis::Emergency(id),
            Self::Directory => Basis::Directory,
            Self::Patient => Basis::Patient(patient.ok_or_else(|| {
                Problem::bad("X-Amanat-Patient", "the basis patient needs to know which")
            })?),
            Self::None => Basis::None,
        })
    }

    /// What to claim when writing; nothing if it is never a basis to write.
    pub(crate) const fn to_write(self) -> Option<WriteBasis> {
        match self {
            Self::Encounter(id) => Some(WriteBasis::Encounter(id)),
            Self::Grant(id) => Some(WriteBasis::Grant(id)),
            Self::Permit(id) => Some(WriteBasis::Permit(id)),
            Self::Order(id) => Some(WriteBasis::Order(id)),
            Self::Amendment(id) => Some(WriteBasis::Amendment(id)),
            Self::Mandate(_) | Self::Disclosure(_) | Self::Study(_) => None,
            Self::Emergency(_) | Self::Directory | Self::Patient | Self::None => None,
        }
    }
}

/// What a request claims of itself.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// One of the token's.
    pub(crate) purpose: Purpose,
    /// The basis, if one is named.
    pub(crate) basis: Option<Claim>,
    /// The patient, if one is named.
    pub(crate) patient: Option<String>,
    /// Who of the staff reads, if somebody is named.
    pub(crate) staff: Option<StaffAsk>,
    /// The caller's id, if there is one.
    pub(crate) request_id: Option<String>,
}

impl Asked {
    /// Reads the headers; each may be given once.
    ///
    /// Problems, in this order: purpose (400 form, 403 not the token's), basis, patient, staff, request id, `If-None-Exist` (400).
    pub(crate) fn read(headers: &HeaderMap, session: &Session) -> Result<Self, Problem> {
        let purpose = match single(headers, PURPOSE)? {
            Some(code) => purpose(code, session)?,
            None => *session.purposes.first().ok_or_else(Problem::fault)?,
        };
        let basis = single(headers, BASIS)?.map(|text| {
            let rule =
                "must be encounter/<hex>, grant/<hex>, permit/<hex>, order/<hex>, mandate/<hex>, disclosure/<hex>/payment or /report, study/<hex>/<hex>, emergency/<hex>, directory, patient or none";
            Claim::parse(text).ok_or_else(|| Problem::bad("X-Amanat-Basis", rule))
        });
        let basis = basis.transpose()?;
        let patient = single(headers, PATIENT)?.map(str::to_owned);
        if patient.as_deref().is_some_and(|id| !is_id(id)) {
            let rule = "must be the id of a Patient, or a pseudonym in hexadecimal";
            return Err(Problem::bad("X-Amanat-Patient", rule));
        }
        let staff = single(headers, STAFF)?.map(|text| {
            let rule = "must be <role>/<ward>/<person>, each of 1 to 128 characters";
            staff(text).ok_or_else(|| Problem::bad("X-Amanat-Staff", rule))
        });
        let staff = staff.transpose()?;
        let request_id = request_id(headers)?;
        if headers.contains_key("if-none-exist") {
            let text = "If-None-Exist: conditional create is not supported; X-Request-Id makes a repeat harmless";
            let problem = Problem::new(StatusCode::BAD_REQUEST, IssueType::NotSupported, text);
            return Err(problem.at("If-None-Exist"));
        }
        Ok(Self {
            purpose,
            basis,
            patient,
            staff,
            request_id,
        })
    }
}

fn purpose(code: &str, session: &Session) -> Result<Purpose, Problem> {
    let rule = "must be a code of HL7 v3 ActReason that this exchange knows";
    let purpose = Purpose::parse(code).ok_or_else(|| Problem::bad("X-Amanat-Purpose", rule))?;
    if session.purposes.contains(&purpose) {
        return Ok(purpose);
    }
    let text = "X-Amanat-Purpose: the access token was not issued for this purpose";
    let problem = Problem::new(StatusCode::FORBIDDEN, IssueType::Forbidden, text);
    Err(problem.at("X-Amanat-Purpose"))
}

/// Role, ward and person; a slash after the second is the person's.
fn staff(text: &str) -> Option<StaffAsk> {
    let (role, rest) = text.split_once('/')?;
    let (ward, person) = rest.split_once('/')?;
    let fits = |name: &str| (1..=STAFF_BYTES_MAX).contains(&name.len());
    (fits(ward) && fits(person)).then_some(StaffAsk {
        staff: person.as_bytes().to_vec(),
        role: Role::parse(role)?,
        ward: ward.as_bytes().to_vec(),
    })
}

fn request_id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    for name in REQUEST_IDS {
        let Some(id) = single(headers, name)? else {
            continue;
        };
        if id.is_empty() || id.len() > REQUEST_ID_BYTES_MAX {
            return Err(Problem::bad(name, "must have 1 to 128 characters"));
        }
        return Ok(Some(id.to_owned()));
    }
    Ok(None)
}

/// A header that may be given once, in visible ASCII.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::bad(name, "may be given once only"));
    }
    let text = value
        .to_str()
        .map_err(|_| Problem::bad(name, "must be ASCII"))?;
    Ok(Some(text.trim()))
}

/// Whether this could be the id of a resource (FHIR R4, 2.24.0.1).
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}
