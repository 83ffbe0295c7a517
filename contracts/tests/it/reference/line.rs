//! The line of an act in the language of tables.
use super::act::{Act, By, Deed, Scope, Seat, To, What, Who};
use std::fmt::Write as _;

fn by(basis: &By) -> String {
    match basis {
        By::Grant(id) => format!("grant:{id}"),
        By::Permit(id) => format!("permit:{id}"),
        By::Visit(id) => format!("visit:{id}"),
        By::Care(id, staff, role, ward) => format!("care:{id}:{staff}:{role}:{ward}"),
        By::Order(id) => format!("order:{id}"),
        By::Mandate(id) => format!("mandate:{id}"),
        By::Report(id) => format!("report:{id}"),
        By::Payment(id) => format!("pay:{id}"),
        By::Study(study, id) => format!("study:{study}:{id}"),
        By::Amendment(about, number) => format!("amendment:{about}:{number}"),
        By::Patient(patient) => format!("card:{patient}"),
        By::Directory => "dir".to_owned(),
        By::Nothing => "none".to_owned(),
    }
}

/// `a/dr` of `dr`: the first letter of a practitioner's word says whose it is.
pub fn of(practitioner: &str) -> String {
    format!("{}/{practitioner}", &practitioner[..1])
}

fn to(grantee: &To) -> String {
    match grantee {
        To::Member(member) => (*member).to_owned(),
        To::Practitioner(practitioner) => of(practitioner),
        To::RoleAt(role, at) | To::RoleAtKind(role, at) => format!("{role}@{at}"),
        To::RoleAtKindWithin(role, kind, code) => format!("{role}@{kind}:{code}"),
    }
}

fn who(denied: &Who) -> String {
    match denied {
        Who::Everyone => "everyone".to_owned(),
        Who::Member(word) | Who::Role(word) => (*word).to_owned(),
        Who::Practitioner(practitioner) => of(practitioner),
        Who::RoleAt(role, at) => format!("{role}@{at}"),
        Who::Outside(code) => format!("outside:{code}"),
        Who::Within(code) => format!("within:{code}"),
    }
}

fn what(covered: &What) -> String {
    match covered {
        What::All => String::new(),
        What::Indexes(indexes) => format!(" indexes={}", indexes.join(",")),
        What::Records(records) => format!(" records={}", records.join(",")),
    }
}

fn seats(seats: &[Seat]) -> String {
    let word = |seat: &Seat| match seat {
        Seat::Practitioner(practitioner) => of(practitioner),
        Seat::Staff(staff) => format!("staff:{staff}"),
        Seat::Ward(ward, role) => format!("{ward}:{role}"),
    };
    seats.iter().map(word).collect::<Vec<_>>().join(",")
}

fn rest(name: &str, words: &[String]) -> String {
    match words.is_empty() {
        true => String::new(),
        false => format!(" {name}={}", words.join(",")),
    }
}

impl Act {
    /// The line; none for what is voted on, which are several.
    pub fn line(&self) -> String {
        let mut signers = self.member.to_owned();
        for signer in &self.signers {
            write!(signers, "+{signer}").unwrap();
        }
        format!("0 {signers} {}", self.deed.call())
    }
}

impl Deed {
    fn call(&self) -> String {
        let order = |by_order: bool| if by_order { " by=e" } else { "" };
        match self {
            Self::CheckIn {
                name,
                patient,
                indexes,
                write,
                until,
                ticket_until,
            } => {
                let write = if *write { " write" } else { "" };
                format!(
                    "checkin {name} {patient} open={}{write} until={until} ticket={ticket_until}",
                    indexes.join(",")
                )
            }
            Self::Register {
                name,
                patient,
                indexes,
                until,
            } => {
                format!(
                    "nocard {name} {patient} reason=unconscious open={} until={until}",
                    indexes.join(",")
                )
            }
            Self::Discharge { visit } => format!("discharge {visit}"),
            Self::Close { visit, grace } => format!("close {visit} grace={grace}"),
            Self::Team {
                visit,
                strict,
                seats: team,
            } => {
                format!(
                    "team {visit}{} seats={}",
                    if *strict { " strict" } else { "" },
                    seats(team)
                )
            }
            Self::Order {
                name,
                visit,
                to,
                indexes,
                refers,
                until,
            } => {
                let refers = refers
                    .as_ref()
                    .map_or_else(String::new, |(write, records)| {
                        format!(
                            " refer{}{}",
                            if *write { " write" } else { "" },
                            rest("records", records)
                        )
                    });
                format!(
                    "order {name} {visit} to={to} indexes={}{refers} until={until}",
                    indexes.join(",")
                )
            }
            Self::EndOrder { order } => format!("endorder {order}"),
            Self::Grant {
                name,
                patient,
                to: grantee,
                access,
                purposes,
                indexes,
                until,
            } => format!(
                "grant {name} {patient} to={} access={access} for={} open={} until={until}",
                to(grantee),
                purposes.join(","),
                indexes.join(",")
            ),
            Self::Revoke { grant } => format!("revoke {grant}"),
            Self::Permit {
                name,
                patient,
                to: grantee,
                access,
                purposes,
                indexes,
                records,
                heights,
                from,
                until,
                paper,
            } => {
                let heights = heights.map_or_else(String::new, |(first, last)| {
                    format!(" heights={first}-{last}")
                });
                format!(
                    "permit {name} {patient} to={} access={access} for={} open={}{}{heights} from={from} until={until}{}",
                    to(grantee),
                    purposes.join(","),
                    indexes.join(","),
                    rest("records", records),
                    if *paper { " paper" } else { "" }
                )
            }
            Self::Unpermit { permit } => format!("unpermit {permit}"),
            Self::Restrict {
                name,
                patient,
                who: denied,
                access,
                purposes,
                what: covered,
                until,
            } => format!(
                "restrict {name} {patient} who={} access={access} for={}{} until={until}",
                who(denied),
                purposes.join(","),
                what(covered)
            ),
            Self::Lift {
                patient,
                restriction,
            } => format!("lift {patient} {restriction}"),
            Self::Mandate {
                name,
                patient,
                purpose,
                indexes,
                until,
            } => format!(
                "mandate {name} {patient} for={purpose} open={} until={until}",
                indexes.join(",")
            ),
            Self::EndMandate { mandate } => format!("endmandate {mandate}"),
            Self::Disclose {
                name,
                patient,
                to: recipient,
                report,
                indexes,
                records,
                until,
            } => format!(
                "disclose {name} {patient} to={recipient}{} open={}{} until={until}",
                if *report { " report" } else { "" },
                indexes.join(","),
                rest("records", records)
            ),
            Self::EndDisclosure { disclosure } => format!("enddisclosure {disclosure}"),
            Self::Study { name, until } => format!("study {name} until={until}"),
            Self::Approve { study } => format!("approve {study}"),
            Self::EndStudy { study } => format!("endstudy {study}"),
            Self::Enrol {
                name,
                study,
                patient,
                indexes,
            } => format!("enrol {name} {study} {patient} open={}", indexes.join(",")),
            Self::Withdraw { enrolment } => format!("withdraw {enrolment}"),
            Self::Demand { ticket } => format!("demand {ticket} by=e"),
            Self::Say { ticket } => format!("staff {ticket}"),
            Self::Successor { to: successor } => format!("name to={successor}"),
            Self::Keep { from, record } => format!("keep from={from} records={record} held=c,f"),
            Self::Deposit {
                name,
                index,
                by: basis,
                over,
            } => match over {
                None => format!("deposit {name} {index} by={} held=c,f", by(basis)),
                Some(over) => format!("amend {name} over={over} {index} by={} held=c,f", by(basis)),
            },
            Self::Retract { record } => format!("retract {record}"),
            Self::Erase {
                patient,
                records,
                indexes,
            } => format!(
                "erase {patient} records={} open={}",
                records.join(","),
                indexes.join(",")
            ),
            Self::Wish {
                about,
                patient,
                note,
                indexes,
            } => format!(
                "ask {about} {patient} note={note} open={}",
                indexes.join(",")
            ),
            Self::Answer {
                about,
                number,
                how,
                note,
            } => format!("answer {about}:{number} {how} note={note}"),
            Self::Disagree {
                about,
                number,
                note,
            } => format!("disagree {about}:{number} note={note}"),
            Self::Ask {
                name,
                by: basis,
                purpose,
                scope,
                patient,
                openings,
                until,
            } => {
                let scope = match scope {
                    Scope::Indexes(indexes) => format!("indexes={}", indexes.join(",")),
                    Scope::Records(records) => format!("records={}", records.join(",")),
                };
                let patient = patient.map_or_else(String::new, |patient| format!(" of={patient}"));
                format!(
                    "request {name} by={} for={purpose} {scope}{patient} open={} until={until}",
                    by(basis),
                    openings.join(",")
                )
            }
            Self::Glass {
                name,
                patient,
                until,
            } => format!("glass {name} {patient} until={until}"),
            Self::Justify { ticket } => format!("justify {ticket}"),
            Self::EndPractitioner { practitioner } => format!("end {}", of(practitioner)),
            Self::Issue { patient, card } => format!("issue {patient} card={card}"),
            Self::Suspend { patient, card } => format!("suspend {patient} {card}"),
            Self::Resume { patient, card } => format!("resume {patient} {card}"),
            Self::Block { patient, card } => format!("block {patient} {card}"),
            Self::Renew {
                patient,
                card,
                until,
            } => format!("renew {patient} {card} until={until}"),
            Self::Reissue {
                patient,
                card,
                by_order,
            } => format!("reissue {patient} {card}{}", order(*by_order)),
            Self::Veto { patient } => format!("veto {patient}"),
            Self::Activate { patient, card } => format!("activate {patient} {card}"),
            Self::Link {
                patient,
                guardian,
                kind,
                reads,
                decides,
                from,
                until,
                by_order,
            } => {
                let rights = [("read", *reads), ("decide", *decides)];
                let rights: Vec<_> = rights
                    .iter()
                    .filter(|(_, has)| *has)
                    .map(|(right, _)| *right)
                    .collect();
                format!(
                    "link {patient} {guardian} {kind} rights={} from={from} until={until}{}",
                    rights.join(","),
                    order(*by_order)
                )
            }
            Self::Unlink {
                patient,
                guardian,
                kind,
                by_order,
            } => {
                format!("unlink {patient} {guardian} {kind}{}", order(*by_order))
            }
            Self::Incapable { patient, until } => format!("incapable {patient} until={until}"),
            Self::Capable { patient, of_age } => match of_age {
                true => format!("capable {patient} of-age by=e"),
                false => format!("capable {patient}"),
            },
            Self::Dead { patient } => format!("dead {patient}"),
            Self::Alive { patient } => format!("alive {patient} by=e"),
            Self::Standing { .. } | Self::Place { .. } | Self::Retention { .. } => String::new(),
        }
    }
}
