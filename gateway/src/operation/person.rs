//! `$prepare` of calls about persons: cards, guardians, incapacity, death.
use amanat_exchange::persons::PersonCall;
use amanat_types::call::{
    ActivateCard, AskReissue, BlockCard, EndIncapacity, IssueCard, LinkGuardian, LinkRights,
    RecordDeath, RecordIncapacity, RenewCard, ResumeCard, RetractDeath, SetSecondKey, SuspendCard,
    UnlinkGuardian, VetoReissue,
};
use amanat_types::code::LinkKind;
use amanat_types::{MemberId, PatientId, PublicKey, TimestampMs};

use super::call::HEX_ID;
use super::fields::{Field, Fields};
use crate::cases::Call;
use crate::outcome::Problem;

/// Reads the call of this name; nothing if none has it.
pub(super) fn read(name: &str, fields: &Fields<'_>) -> Result<Option<Call>, Problem> {
    let ask = Ask(fields);
    let patient = || ask.person("patient");
    let call = match name {
        "issue-card" => PersonCall::Issue(IssueCard {
            patient: patient()?,
            card: ask.card()?,
        }),
        "block-card" => PersonCall::Block(BlockCard {
            patient: patient()?,
            card: ask.card()?,
        }),
        "suspend-card" => PersonCall::Suspend(SuspendCard {
            patient: patient()?,
            card: ask.card()?,
        }),
        "resume-card" => PersonCall::Resume(ResumeCard {
            patient: patient()?,
            card: ask.card()?,
        }),
        "renew-card" => PersonCall::Renew(RenewCard {
            patient: patient()?,
            card: ask.card()?,
            until_ms: fields.one("until")?.instant()?,
        }),
        "ask-reissue" => PersonCall::AskReissue(AskReissue {
            patient: patient()?,
            card: ask.card()?,
            authority: ask.authority()?,
        }),
        "veto-reissue" => PersonCall::VetoReissue(VetoReissue {
            patient: patient()?,
            authority: ask.authority()?,
        }),
        "activate-card" => PersonCall::Activate(ActivateCard {
            patient: patient()?,
            card: ask.card()?,
        }),
        "set-second-key" => PersonCall::SecondKey(SetSecondKey {
            patient: patient()?,
            key: fields.one("second-key")?.key()?,
        }),
        _ => return recorded(name, &ask),
    };
    Ok(Some(Call::Person(call, fields.keys()?)))
}

/// Calls about guardians, and what is recorded of a person.
fn recorded(name: &str, ask: &Ask<'_>) -> Result<Option<Call>, Problem> {
    let fields = ask.0;
    let patient = || ask.person("patient");
    let call = match name {
        "link-guardian" => ask.link()?,
        "unlink-guardian" => PersonCall::Unlink(UnlinkGuardian {
            patient: patient()?,
            guardian: ask.person("guardian")?,
            kind: ask.kind()?,
            authority: ask.authority()?,
        }),
        "record-incapacity" => PersonCall::Incapacity(RecordIncapacity {
            patient: patient()?,
            until_ms: fields.one("until")?.instant()?,
            authority: ask.authority()?,
        }),
        "end-incapacity" => PersonCall::EndIncapacity(EndIncapacity {
            patient: patient()?,
            of_age: fields
                .optional("of-age")?
                .map_or(Ok(false), Field::boolean)?,
            authority: ask.authority()?,
        }),
        "record-death" => PersonCall::Death(RecordDeath {
            patient: patient()?,
            authority: ask.authority()?,
        }),
        "retract-death" => PersonCall::RetractDeath(RetractDeath {
            patient: patient()?,
            authority: MemberId::new(fields.one("authority")?.number()?),
        }),
        _ => return Ok(None),
    };
    Ok(Some(Call::Person(call, fields.keys()?)))
}

struct Ask<'a>(&'a Fields<'a>);

impl Ask<'_> {
    fn person(&self, name: &str) -> Result<PatientId, Problem> {
        self.0.one(name)?.word(HEX_ID, PatientId::from_hex)
    }

    fn card(&self) -> Result<PublicKey, Problem> {
        self.0.one("card")?.key()
    }

    fn authority(&self) -> Result<Option<MemberId>, Problem> {
        let authority = self.0.optional("authority")?.map(Field::number);
        Ok(authority.transpose()?.map(MemberId::new))
    }

    fn kind(&self) -> Result<LinkKind, Problem> {
        let rule = "must be parent, court, proxy, contingent, executor or same";
        self.0.one("kind")?.word(rule, LinkKind::parse)
    }

    fn link(&self) -> Result<PersonCall, Problem> {
        let from = self.0.optional("from")?.map(Field::instant).transpose()?;
        Ok(PersonCall::Link(LinkGuardian {
            patient: self.person("patient")?,
            guardian: self.person("guardian")?,
            kind: self.kind()?,
            rights: LinkRights {
                reads: self.0.one("reads")?.boolean()?,
                decides: self.0.one("decides")?.boolean()?,
            },
            from_ms: from.unwrap_or(TimestampMs::new(0)),
            until_ms: self.0.one("until")?.instant()?,
            authority: self.authority()?,
        }))
    }
}
