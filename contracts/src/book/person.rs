//! Words of the test language for calls about persons.
use super::line::Words;
use super::word::*;
use amanat_types::MemberId;
use amanat_types::call::*;
use amanat_types::code::LinkKind;

/// The call of these words, if it is one about persons.
///
/// ```text
/// suspend p1 c1                resume p1 c1                 renew p1 c1 until=9d
/// reissue p1 n1 by=e           veto p1 by=e                 activate p1 n1
/// link p1 g1 proxy rights=read,decide from=9 until=9d by=e  unlink p1 g1 proxy by=e
/// incapable p1 until=9d by=e   capable p1 of-age by=e       second p1 k1
/// dead p1 by=e                 alive p1 by=e
/// ```
pub fn call(w: &Words<'_>) -> Option<Call> {
    let patient = || patient(w.at(1));
    let card = || key(w.at(2));
    let authority = by(w);
    let until_ms = || time(w.get("until", "100d"));
    Some(match w.at(0) {
        "suspend" => Call::SuspendCard(SuspendCard {
            patient: patient(),
            card: card(),
        }),
        "resume" => Call::ResumeCard(ResumeCard {
            patient: patient(),
            card: card(),
        }),
        "renew" => Call::RenewCard(RenewCard {
            patient: patient(),
            card: card(),
            until_ms: until_ms(),
        }),
        "reissue" => Call::AskReissue(AskReissue {
            patient: patient(),
            card: card(),
            authority,
        }),
        "veto" => Call::VetoReissue(VetoReissue {
            patient: patient(),
            authority,
        }),
        "activate" => Call::ActivateCard(ActivateCard {
            patient: patient(),
            card: card(),
        }),
        "link" => Call::LinkGuardian(link(w)),
        "unlink" => Call::UnlinkGuardian(UnlinkGuardian {
            patient: patient(),
            guardian: super::word::patient(w.at(2)),
            kind: LinkKind::parse(w.at(3)).unwrap(),
            authority,
        }),
        "incapable" => Call::RecordIncapacity(RecordIncapacity {
            patient: patient(),
            until_ms: until_ms(),
            authority,
        }),
        "capable" => Call::EndIncapacity(EndIncapacity {
            patient: patient(),
            of_age: w.has("of-age"),
            authority,
        }),
        "dead" => Call::RecordDeath(RecordDeath {
            patient: patient(),
            authority,
        }),
        "alive" => Call::RetractDeath(RetractDeath {
            patient: patient(),
            authority: authority.unwrap(),
        }),
        "second" => Call::SetSecondKey(SetSecondKey {
            patient: patient(),
            key: card(),
        }),
        _ => return None,
    })
}

fn by(w: &Words<'_>) -> Option<MemberId> {
    split(w.get("by", "")).next().map(member)
}

fn link(w: &Words<'_>) -> LinkGuardian {
    let rights: Vec<&str> = split(w.get("rights", "read,decide")).collect();
    LinkGuardian {
        patient: patient(w.at(1)),
        guardian: patient(w.at(2)),
        kind: LinkKind::parse(w.at(3)).unwrap(),
        rights: LinkRights {
            reads: rights.contains(&"read"),
            decides: rights.contains(&"decide"),
        },
        from_ms: time(w.get("from", "0")),
        until_ms: time(w.get("until", "100d")),
        authority: by(w),
    }
}
