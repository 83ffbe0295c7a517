//! `$prepare`: from the name of a call and its fields to the call.
use amanat_exchange::check_in::CheckInAsk;
use amanat_exchange::consent::GrantAsk;
use amanat_exchange::emergency::BreakGlassAsk;
use amanat_exchange::register::{PractitionerAsk, WithoutCardAsk};
use amanat_exchange::ticket::TicketAsk;
use amanat_exchange::{Basis, CardPaper, Error, ReadContext};
use amanat_fhir::{Category, Checked};
use amanat_login::Session;
use amanat_types::call::{Grantee, Scope};
use amanat_types::code::{GrantAccess, RegistrationReason, Role};
use amanat_types::{
    EncounterId, GrantId, MemberId, PatientId, PermitId, PractitionerId, PublicKey, Purpose,
    TicketId,
};

use super::fields::{Field, Fields};
use super::{allow, care, legal, person};
use crate::cases::Call;
use crate::outcome::Problem;
use crate::repeat::CallerIds;

/// Every field that a call may have.
const KNOWN: [&str; 62] = [
    "access",
    "answer",
    "authority",
    "call",
    "card",
    "category",
    "cause",
    "consent",
    "decides",
    "denied-everyone",
    "denied-member",
    "denied-outside",
    "denied-practitioner",
    "denied-role",
    "denied-within",
    "deposited-first",
    "deposited-last",
    "disclosure",
    "encounter",
    "enrolment",
    "form",
    "from",
    "grant",
    "grantee-kind",
    "grantee-member",
    "grantee-practitioner",
    "grantee-role",
    "grantee-within",
    "guardian",
    "hold",
    "id",
    "index",
    "key",
    "kind",
    "mandate",
    "note",
    "notice",
    "number",
    "of-age",
    "opening",
    "order",
    "patient",
    "performer",
    "permit",
    "purpose",
    "reads",
    "reason",
    "recipient",
    "record",
    "restriction",
    "role",
    "seat",
    "second-key",
    "strict",
    "study",
    "text",
    "ticket",
    "ticket-until",
    "until",
    "upheld",
    "work",
    "write",
];
/// What is said of a name that is none.
const CALLS: &str = "must be a call of docs/fhir-door.md";
/// What is said of an id that is none.
pub(super) const HEX_ID: &str = "must be 32 hexadecimal digits";

/// What is said of a role that is none.
pub(super) const ROLE: &str = "must be clinician, nurse, registrar, pharmacist or technician";

/// Reads the call that an operation's body describes.
///
/// `known` gives a card's paper from what this member knows of a patient, for whoever names categories in place of openings.
pub(crate) fn read(
    session: &Session,
    resource: &Checked,
    known: &Papers<'_>,
) -> Result<Call, Problem> {
    let fields = Fields::read(resource, &KNOWN)?;
    let name = fields.one("call")?;
    let ask = Ask {
        session,
        fields: &fields,
        known,
    };
    match name.text()? {
        "register-patient" => Ok(Call::RegisterPatient(ask.paper()?)),
        "register-practitioner" => ask.practitioner(),
        "check-in" => ask.check_in(),
        "grant" => ask.grant(),
        "revoke" => {
            let grant = fields.one("grant")?.word(HEX_ID, GrantId::from_hex)?;
            Ok(Call::Revoke(grant, fields.one("key")?.key()?))
        }
        "register-without-card" => ask.without_card(),
        "break-glass" => ask.break_glass(),
        "justify" => {
            let ticket = fields.one("ticket")?.word(HEX_ID, TicketId::from_hex)?;
            let text = fields.one("text")?.text()?.to_owned();
            Ok(Call::Justify(ticket, text, fields.one("key")?.key()?))
        }
        "ticket" => ask.ticket(),
        other => {
            let read = [
                allow::read(other, &ask)?,
                care::read(other, &ask)?,
                legal::read(other, &ask)?,
            ];
            let read = read.into_iter().flatten().next();
            let read = read.map_or_else(|| person::read(other, &fields), |call| Ok(Some(call)))?;
            read.ok_or_else(|| name.problem(CALLS))
        }
    }
}

/// What this member knows of these categories of a patient, as a card with this key would show it.
pub(crate) type Papers<'a> =
    dyn Fn(PatientId, &[Category], PublicKey) -> Result<CardPaper, Error> + Sync + 'a;

/// One call's fields.
pub(super) struct Ask<'a> {
    session: &'a Session,
    pub(super) fields: &'a Fields<'a>,
    pub(super) known: &'a Papers<'a>,
}

impl Ask<'_> {
    pub(super) fn caller_id(&self) -> Result<Vec<u8>, Problem> {
        let id = self.fields.one("id")?;
        let text = id.text()?;
        if text.len() > 128 {
            return Err(id.problem("must have 1 to 128 characters"));
        }
        Ok(CallerIds::of_call(self.session, text).entry(0))
    }

    /// What a card hands over: its patient, its key, the openings of the categories that it shows; or the names of categories that this
    /// member knows of the patient, where a guardian signs who does not hold the patient's card.
    pub(super) fn paper(&self) -> Result<CardPaper, Problem> {
        self.paper_of(self.fields.one("key")?.key()?)
    }

    /// The same, where whoever has this key shows it.
    pub(super) fn paper_of(&self, key: PublicKey) -> Result<CardPaper, Problem> {
        let patient = self.patient()?;
        let openings = self.fields.many("opening").map(Field::opening);
        let openings: Vec<_> = openings.collect::<Result<_, _>>()?;
        let categories = self.categories()?;
        if openings.is_empty() && !categories.is_empty() {
            return Ok((self.known)(patient, &categories, key)?);
        }
        if !categories.is_empty() {
            let rule = "opening and category do not go together";
            return Err(Problem::unprocessable("Parameters.parameter", rule));
        }
        Ok(CardPaper {
            patient,
            key,
            openings,
        })
    }

    fn practitioner(&self) -> Result<Call, Problem> {
        let ask = PractitionerAsk {
            caller_id: self.caller_id()?,
            role: self.fields.one("role")?.word(ROLE, Role::parse)?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        Ok(Call::RegisterPractitioner(
            ask,
            self.fields.one("key")?.key()?,
        ))
    }

    fn without_card(&self) -> Result<Call, Problem> {
        let rule = "must be import, child, newborn, deceased, unconscious or no-card";
        let patient = self.fields.optional("patient")?;
        let patient = patient.map(|one| one.word(HEX_ID, PatientId::from_hex));
        let ask = WithoutCardAsk {
            caller_id: self.caller_id()?,
            patient: patient.transpose()?,
            reason: self
                .fields
                .one("reason")?
                .word(rule, RegistrationReason::parse)?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        Ok(Call::RegisterWithoutCard(
            ask,
            self.fields.one("key")?.key()?,
        ))
    }

    fn check_in(&self) -> Result<Call, Problem> {
        let ask = CheckInAsk {
            caller_id: self.caller_id()?,
            write: self.fields.one("write")?.boolean()?,
            until_ms: self.fields.one("until")?.instant()?,
            ticket_until_ms: self.fields.one("ticket-until")?.instant()?,
        };
        Ok(Call::CheckIn(self.paper()?, ask))
    }

    fn grantee(&self) -> Result<Grantee, Problem> {
        let member = self.fields.optional("grantee-member")?;
        let practitioner = self.fields.optional("grantee-practitioner")?;
        match (member, practitioner) {
            (Some(member), None) => Ok(Grantee::Member(MemberId::new(member.number()?))),
            (None, Some(one)) => Ok(Grantee::Practitioner(
                one.word(HEX_ID, PractitionerId::from_hex)?,
            )),
            _ => {
                let rule = "either grantee-member or grantee-practitioner is required";
                Err(Problem::unprocessable("Parameters.parameter", rule))
            }
        }
    }

    pub(super) fn purpose(field: &Field<'_>) -> Result<Purpose, Problem> {
        field.word(
            "must be a code of HL7 v3 ActReason that this exchange knows",
            Purpose::parse,
        )
    }

    pub(super) fn access(&self) -> Result<GrantAccess, Problem> {
        let rule = "must be read, write or read-write";
        self.fields.one("access")?.word(rule, GrantAccess::parse)
    }

    pub(super) fn purposes(&self) -> Result<Vec<Purpose>, Problem> {
        self.fields.many("purpose").map(Self::purpose).collect()
    }

    fn grant(&self) -> Result<Call, Problem> {
        let ask = GrantAsk {
            caller_id: self.caller_id()?,
            grantee: self.grantee()?,
            access: self.access()?,
            purposes: self.purposes()?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        let second = self.fields.optional("second-key")?.map(Field::key);
        Ok(Call::Grant(self.paper()?, ask, second.transpose()?))
    }

    fn break_glass(&self) -> Result<Call, Problem> {
        let ask = BreakGlassAsk {
            caller_id: self.caller_id()?,
            patient: self
                .fields
                .one("patient")?
                .word(HEX_ID, PatientId::from_hex)?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        Ok(Call::BreakGlass(ask, self.fields.one("key")?.key()?))
    }

    /// A ticket that needs a second signature: the patient's own request, or a grant to a practitioner.
    fn ticket(&self) -> Result<Call, Problem> {
        let purpose = self.fields.one("purpose")?;
        let code = Self::purpose(purpose)?;
        if !self.session.purposes.contains(&code) {
            return Err(purpose.problem("the access token was not issued for this purpose"));
        }
        let until_ms = self.fields.one("until")?.instant()?;
        let key = self.fields.one("key")?.key()?;
        let named = (
            self.fields.optional("grant")?,
            self.fields.optional("permit")?,
            self.fields.optional("encounter")?,
        );
        let (basis, patient, paper) = match named {
            (Some(grant), None, None) => (
                Basis::Consent(grant.word(HEX_ID, GrantId::from_hex)?),
                None,
                None,
            ),
            (None, Some(permit), None) => (
                Basis::Permit(permit.word(HEX_ID, PermitId::from_hex)?),
                None,
                None,
            ),
            (None, None, Some(visit)) => (
                Basis::Treatment(visit.word(HEX_ID, EncounterId::from_hex)?),
                None,
                None,
            ),
            (None, None, None) => {
                let paper = self.paper()?;
                (
                    Basis::Patient(paper.patient),
                    Some(paper.patient),
                    Some(paper),
                )
            }
            _ => {
                let rule = "grant, permit and encounter do not go together";
                return Err(Problem::unprocessable("Parameters.parameter", rule));
            }
        };
        let context = ReadContext {
            basis,
            purpose: code,
            patient,
        };
        let scope = self.scope(paper.as_ref())?;
        Ok(Call::Ticket(
            TicketAsk {
                context,
                scope,
                until_ms,
                paper,
            },
            vec![key],
        ))
    }

    /// The records named, else the indexes that are opened.
    fn scope(&self, paper: Option<&CardPaper>) -> Result<Scope, Problem> {
        let records = self.records()?;
        let too_many = |_| Problem::unprocessable("Parameters.parameter", "names too many");
        if records.is_empty() {
            let openings = paper
                .map(|paper| paper.openings.as_slice())
                .unwrap_or_default();
            let indexes: Vec<_> = openings.iter().map(|(_, opening)| opening.index).collect();
            return Ok(Scope::Indexes(indexes.try_into().map_err(too_many)?));
        }
        Ok(Scope::Records(records.try_into().map_err(too_many)?))
    }
}
