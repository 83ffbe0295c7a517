//! `$prepare` of what a patient allows and denies in detail: permits and restrictions, singly or as a FHIR Consent.
use amanat_exchange::fhir_consent::ConsentAsk;
use amanat_exchange::permit::PermitAsk;
use amanat_exchange::restrict::RestrictAsk;
use amanat_types::call::{
    Covered, Denied, Heights, LiftRestriction, PermitGrantee, PractitionerAt, Restriction, RoleAt,
    RoleAtKind, RoleAtKindWithin, Unit,
};
use amanat_types::code::{MemberKind, Role};
use amanat_types::{
    BlindIndex, Jurisdiction, MemberId, PatientId, PermitId, PractitionerId, RecordId,
    RestrictionId,
};

use super::call::{Ask, HEX_ID, ROLE};
use super::fields::Field;
use crate::cases::Call;
use crate::outcome::Problem;

/// What is said of names that do not go together.
const GRANTEE: &str = "one of grantee-member, grantee-practitioner, grantee-role with grantee-member, grantee-role with grantee-kind, or these two with grantee-within is required";
const DENIED: &str = "one of denied-everyone, denied-member, denied-practitioner with denied-member, denied-role, denied-role with denied-member, denied-outside, or denied-within is required";
const JURISDICTION: &str =
    "must be a country (ISO 3166-1 alpha-2: PK) or a subdivision (ISO 3166-2: PK-SD), in capitals";

/// Reads the call of this name; nothing if none has it.
pub(super) fn read(name: &str, ask: &Ask<'_>) -> Result<Option<Call>, Problem> {
    Ok(Some(match name {
        "permit" => ask.permit()?,
        "revoke-permit" => {
            let permit = ask.fields.one("permit")?.word(HEX_ID, PermitId::from_hex)?;
            let key = ask.fields.optional("key")?.map(Field::key).transpose()?;
            Call::RevokePermit(permit, key)
        }
        "restrict" => ask.restrict()?,
        "consent" => ask.consent()?,
        "lift-restriction" => {
            let restriction = ask.fields.one("restriction")?;
            let call = LiftRestriction {
                patient: ask.patient()?,
                restriction: restriction.word(HEX_ID, RestrictionId::from_hex)?,
            };
            Call::LiftRestriction(call, ask.fields.one("key")?.key()?)
        }
        _ => return Ok(None),
    }))
}

impl Ask<'_> {
    pub(super) fn patient(&self) -> Result<PatientId, Problem> {
        self.fields
            .one("patient")?
            .word(HEX_ID, PatientId::from_hex)
    }

    fn member(&self, name: &str) -> Result<Option<MemberId>, Problem> {
        let member = self.fields.optional(name)?.map(Field::number);
        Ok(member.transpose()?.map(MemberId::new))
    }

    fn practitioner_named(&self, name: &str) -> Result<Option<PractitionerId>, Problem> {
        let one = self.fields.optional(name)?;
        one.map(|one| one.word(HEX_ID, PractitionerId::from_hex))
            .transpose()
    }

    fn role(&self, name: &str) -> Result<Option<Role>, Problem> {
        let role = self.fields.optional(name)?;
        role.map(|role| role.word(ROLE, Role::parse)).transpose()
    }

    fn jurisdiction(&self, name: &str) -> Result<Option<Jurisdiction>, Problem> {
        let code = self.fields.optional(name)?;
        code.map(|code| code.word(JURISDICTION, Jurisdiction::parse))
            .transpose()
    }

    fn permit_grantee(&self) -> Result<PermitGrantee, Problem> {
        let rule = "must be hospital, laboratory, pharmacy, insurer, manufacturer, distributor, research or regulator";
        let kind = self.fields.optional("grantee-kind")?;
        let kind = kind.map(|kind| kind.word(rule, MemberKind::parse));
        match (
            self.member("grantee-member")?,
            self.practitioner_named("grantee-practitioner")?,
            self.role("grantee-role")?,
            kind.transpose()?,
            self.jurisdiction("grantee-within")?,
        ) {
            (Some(member), None, None, None, None) => Ok(PermitGrantee::Member(member)),
            (None, Some(one), None, None, None) => Ok(PermitGrantee::Practitioner(one)),
            (Some(member), None, Some(role), None, None) => {
                Ok(PermitGrantee::RoleAt(RoleAt { role, member }))
            }
            (None, None, Some(role), Some(kind), None) => {
                Ok(PermitGrantee::RoleAtKind(RoleAtKind { role, kind }))
            }
            (None, None, Some(role), Some(kind), Some(within)) => {
                Ok(PermitGrantee::RoleAtKindWithin(RoleAtKindWithin {
                    role,
                    kind,
                    within,
                }))
            }
            _ => Err(Problem::unprocessable("Parameters.parameter", GRANTEE)),
        }
    }

    pub(super) fn records(&self) -> Result<Vec<RecordId>, Problem> {
        let records = self.fields.many("record");
        let records = records.map(|one| one.word(HEX_ID, RecordId::from_hex));
        records.collect()
    }

    fn permit(&self) -> Result<Call, Problem> {
        let first = self.fields.optional("deposited-first")?;
        let last = self.fields.optional("deposited-last")?;
        let deposited = match (first, last) {
            (Some(first), Some(last)) => Some(Heights {
                first: first.height()?,
                last: last.height()?,
            }),
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                let rule = "deposited-first and deposited-last go together";
                return Err(one.problem(rule));
            }
        };
        let from = self.fields.optional("from")?.map(Field::instant);
        let ask = PermitAsk {
            caller_id: self.caller_id()?,
            grantee: self.permit_grantee()?,
            access: self.access()?,
            purposes: self.purposes()?,
            records: self.records()?,
            deposited,
            from_ms: from.transpose()?,
            until_ms: self.fields.one("until")?.instant()?,
        };
        let Some(form) = self.fields.optional("form")? else {
            let second = self.fields.optional("second-key")?.map(Field::key);
            return Ok(Call::Permit(self.paper()?, ask, second.transpose()?));
        };
        let keys = self.fields.keys()?;
        let witnesses = <[_; 2]>::try_from(keys).map_err(|_| {
            let rule = "paper takes two keys, of its two witnesses";
            Problem::unprocessable("Parameters.parameter", rule)
        })?;
        let whose = (self.patient()?, self.categories()?);
        Ok(Call::PaperPermit(whose, ask, form.bytes()?, witnesses))
    }

    /// A Consent with the card's fields. Whoever shows no openings takes those that this member knows of what the Consent names.
    fn consent(&self) -> Result<Call, Problem> {
        let resource = self.fields.one("consent")?.resource()?;
        let consent = amanat_fhir::consent::read(&resource)?;
        let (mut paper, named) = (self.paper()?, consent.named());
        if paper.openings.is_empty() && !named.is_empty() {
            paper = (self.known)(paper.patient, &named, paper.key)?;
        }
        let caller_id = self.caller_id()?;
        let second = self.fields.optional("second-key")?.map(Field::key);
        let ask = ConsentAsk { caller_id, consent };
        Ok(Call::Consent(paper, ask, second.transpose()?))
    }

    fn denied(&self) -> Result<Denied, Problem> {
        let places = (
            self.jurisdiction("denied-outside")?,
            self.jurisdiction("denied-within")?,
        );
        match (self.denied_by_name()?, places) {
            (Some(denied), (None, None)) => Ok(denied),
            (None, (Some(of), None)) => Ok(Denied::Outside(of)),
            (None, (None, Some(of))) => Ok(Denied::Within(of)),
            _ => Err(Problem::unprocessable("Parameters.parameter", DENIED)),
        }
    }

    /// Whom the fields deny that name somebody; nothing if there is none of them.
    fn denied_by_name(&self) -> Result<Option<Denied>, Problem> {
        let everyone = self.fields.optional("denied-everyone")?.map(Field::boolean);
        let denied = match (
            everyone.transpose()?,
            self.member("denied-member")?,
            self.practitioner_named("denied-practitioner")?,
            self.role("denied-role")?,
        ) {
            (None, None, None, None) => return Ok(None),
            (Some(true), None, None, None) => Denied::Everyone(Unit),
            (None, Some(member), None, None) => Denied::Member(member),
            (None, Some(member), Some(practitioner), None) => {
                Denied::Practitioner(PractitionerAt {
                    practitioner,
                    member,
                })
            }
            (None, None, None, Some(role)) => Denied::Role(role),
            (None, Some(member), None, Some(role)) => Denied::RoleAt(RoleAt { role, member }),
            _ => return Err(Problem::unprocessable("Parameters.parameter", DENIED)),
        };
        Ok(Some(denied))
    }

    fn covered(&self) -> Result<Covered, Problem> {
        let too_many = |_| Problem::unprocessable("Parameters.parameter", "names too many");
        let indexes = self.fields.many("index");
        let indexes = indexes.map(|one| one.word(HEX_ID, BlindIndex::from_hex));
        let mut indexes: Vec<BlindIndex> = indexes.collect::<Result<_, _>>()?;
        let mut records = self.records()?;
        indexes.sort_unstable();
        indexes.dedup();
        records.sort_unstable();
        records.dedup();
        match (indexes.is_empty(), records.is_empty()) {
            (true, true) => Ok(Covered::All(Unit)),
            (false, true) => Ok(Covered::Indexes(indexes.try_into().map_err(too_many)?)),
            (true, false) => Ok(Covered::Records(records.try_into().map_err(too_many)?)),
            (false, false) => {
                let rule = "index and record do not go together";
                Err(Problem::unprocessable("Parameters.parameter", rule))
            }
        }
    }

    fn restrict(&self) -> Result<Call, Problem> {
        let too_many = |_| Problem::unprocessable("Parameters.parameter", "names too many");
        let mut purposes = self.purposes()?;
        purposes.sort_unstable();
        purposes.dedup();
        let ask = RestrictAsk {
            caller_id: self.caller_id()?,
            patient: self.patient()?,
            restriction: Restriction {
                who: self.denied()?,
                access: self.access()?,
                purposes: purposes.try_into().map_err(too_many)?,
                what: self.covered()?,
                until_ms: self.fields.one("until")?.instant()?,
            },
        };
        Ok(Call::Restrict(ask, self.fields.one("key")?.key()?))
    }
}
