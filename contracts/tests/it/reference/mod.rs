//! The decision against a small and obvious model of decision 0008, over random histories of calls.
//!
//! [`model`] and [`person`] keep a list of what was accepted and answer each question by reading that list again; they share nothing
//! with `contracts/src/decision`. After every call tickets are released as well, by two clocks. Contract and model agree on each
//! ticket and each write (accepted, by which basis, or the first refusal), and on each release (every reason against it, in order).
//!
//! `AMANAT_HISTORIES` says how many histories (a few hundred if it does not), `AMANAT_FIRST_SEED` from which seed on. What each
//! answer was, and how often, is printed; a basis that never opened or a denial that never counted is a failure.
mod act;
mod basis;
mod calls;
pub mod dice;
mod draw;
mod draw_ask;
mod draw_care;
mod draw_end;
mod draw_law;
mod draw_person;
mod draw_wish;
mod judge;
mod law;
mod line;
mod model;
mod person;
mod prologue;
mod wish;
mod world;

use act::{Act, By, Deed, Ms, Scope};
use dice::Dice;
use draw::{Drawing, HOUR};
use model::{DAY, EMERGENCY, Fact, Model, Ticket};
use person::Speaker;
use std::collections::BTreeMap;
use world::World;

/// Histories of `cargo test`.
const HISTORIES: u64 = 1_500;
/// Acts of each.
const ACTS: usize = 48;

/// First days of months: day 31 and day 151 of 2026, and far away.
const FIRSTS: &[Ms] = &[
    world::DAY_0 + 31 * DAY,
    world::DAY_0 + 151 * DAY,
    world::DAY_0 + 16 * 365 * DAY + 4 * DAY,
];

/// How often each answer was given.
type Tally = BTreeMap<String, u64>;

fn count(tally: &mut Tally, what: String) {
    *tally.entry(what).or_default() += 1;
}

/// One history under way.
struct History {
    world: World,
    model: Model,
    tickets: Vec<(String, Ticket)>,
    dice: Dice,
    now: Ms,
    number: usize,
}

/// By what a ticket stands, in a word.
fn word(ticket: &Ticket) -> &'static str {
    match (&ticket.by, &ticket.speaker) {
        _ if ticket.glass => "emergency",
        (By::Grant(_), _) => "grant",
        (By::Permit(_), _) => "permit",
        (By::Visit(_), _) => "visit",
        (By::Care(..), _) => "staff",
        (By::Order(_), _) => "order",
        (By::Mandate(_), _) => "mandate",
        (By::Report(_), _) => "report",
        (By::Payment(_), _) => "payment",
        (By::Study(..), _) => "study",
        (By::Patient(_), Some(Speaker::Guardian(_, kind))) => kind,
        (By::Patient(_), _) => "patient",
        (By::Amendment(..), _) => "amendment",
        (By::Directory, _) => "directory",
        (By::Nothing, _) => "nothing",
    }
}

impl History {
    fn new(world: &World, seed: u64) -> Self {
        Self {
            world: world.clone(),
            model: Model::default(),
            tickets: Vec::new(),
            dice: Dice::new(seed),
            now: world::DAY_0 + HOUR,
            number: 0,
        }
    }

    fn drawing(&mut self) -> Drawing<'_> {
        Drawing {
            dice: &mut self.dice,
            model: &self.model,
            now: self.now,
            height: self.world.height(),
            number: self.number,
            tickets: &self.tickets,
        }
    }

    /// Goes on by one act, and by three releases.
    fn step(&mut self, tally: &mut Tally) -> Result<(), String> {
        let steps = [
            0,
            1,
            1_000,
            60_000,
            60_000,
            HOUR,
            HOUR,
            5 * HOUR,
            5 * HOUR,
            23 * HOUR,
            30 * HOUR,
            8 * DAY,
        ];
        // Long steps are rare: a ticket lasts a day.
        let longest = if self.dice.once_in(7) { steps.len() } else { 6 };
        self.now += steps[self.dice.below(longest)];
        self.number += 1;
        let act = self.drawing().act();
        self.done(act, tally)?;
        for _ in 0..3 {
            self.release(tally)?;
        }
        Ok(())
    }

    fn done(&mut self, act: Act, tally: &mut Tally) -> Result<(), String> {
        self.world.at(self.now);
        let height = self.world.height();
        if self.model.suspended(act.member) {
            let said = self.world.not_admitted(&act);
            count(tally, "not admitted".to_owned());
            return same(&act, &"SponsorUnknown".to_owned(), &said);
        }
        let said = self.world.done(&act);
        if let Some(refused) = self.model.call(&act, self.now) {
            let expected = refused.first().map_or("ok", |why| why);
            if !refused.contains(&said.as_str()) {
                same(&act, &expected.to_owned(), &said)?;
            }
            match said.as_str() {
                "ok" => {}
                why => count(tally, format!("call: refused, {why}")),
            }
        }
        let new = |name: &String| format!("{}/{name}", act.member);
        match &act.deed {
            Deed::Ask { name, .. } => {
                let (denials, ticket) = self.model.ask(&act, self.now);
                let expected = denials.first().map_or("ok", |why| why);
                same(&act, &expected.to_owned(), &said)?;
                match (said.as_str(), ticket) {
                    ("ok", Some(ticket)) => {
                        count(tally, format!("ticket: opened by {}", word(&ticket)));
                        self.tickets.push((new(name), ticket));
                    }
                    (why, _) => count(tally, format!("ticket: denied, {why}")),
                }
            }
            Deed::Deposit { by, .. } => {
                let denials = self.model.write(&act, self.now);
                let expected = denials.first().map_or("ok", |why| why);
                same(&act, &expected.to_owned(), &said)?;
                let kind = format!("{by:?}");
                let kind = kind.split('(').next().unwrap_or_default().to_lowercase();
                match said.as_str() {
                    "ok" => count(tally, format!("write: allowed by {kind}")),
                    why => count(tally, format!("write: denied, {why}")),
                }
            }
            Deed::CheckIn {
                name,
                patient,
                indexes,
                ticket_until,
                ..
            } if said == "ok" => {
                let by = By::Visit(new(name));
                let ticket = self.of_itself(&act, by, patient, indexes.clone(), *ticket_until);
                self.tickets.push((new(name), ticket));
            }
            Deed::Glass {
                name,
                patient,
                until,
            } if said == "ok" => {
                count(tally, "ticket: opened by emergency".to_owned());
                let open = EMERGENCY
                    .iter()
                    .find(|(whose, _)| whose == patient)
                    .map(|(_, index)| *index);
                let mut ticket = self.of_itself(
                    &act,
                    By::Nothing,
                    patient,
                    open.into_iter().collect(),
                    *until,
                );
                let breaks = |one: &&&str| ["clinician", "nurse"].contains(&model::role(one));
                let present = self.model.present(&act);
                ticket.acting = present.iter().find(breaks).map(|one| (*one).to_owned());
                (ticket.glass, ticket.purpose) = (true, "ETREAT");
                self.tickets.push((new(name), ticket));
            }
            _ => {}
        }
        if said == "ok" {
            count(tally, format!("accepted: {}", act.deed.name()));
            self.model.facts.push(Fact {
                at: self.now,
                height,
                act,
            });
        }
        Ok(())
    }

    /// A ticket that comes with an act: a check-in's, or broken glass.
    fn of_itself(
        &self,
        act: &Act,
        by: By,
        patient: &'static str,
        indexes: Vec<&'static str>,
        until: Ms,
    ) -> Ticket {
        Ticket {
            member: act.member,
            acting: None,
            patient: Some(patient),
            by,
            speaker: None,
            glass: false,
            purpose: "TREAT",
            scope: Scope::Indexes(indexes),
            until,
            made: self.model.facts.len(),
        }
    }

    /// A ticket, young ones more often, and one or two records, mostly such as it names.
    fn asked(&mut self) -> Option<(String, Ticket, Vec<String>)> {
        if self.tickets.is_empty() {
            return None;
        }
        // The young ones are open still.
        let first = self.tickets.len().saturating_sub(6);
        let first = if self.dice.once_in(5) { 0 } else { first };
        let one = first + self.dice.below(self.tickets.len() - first);
        let (id, ticket) = self.tickets[one].clone();
        let mut records = match &ticket.scope {
            Scope::Records(records) if !self.dice.once_in(6) => vec![self.dice.pick(records)],
            _ => {
                let named: Vec<String> = self.world.records(&self.model, &ticket.scope);
                match named.is_empty() || self.dice.once_in(6) {
                    true => vec![self.world.any_record(&self.model, &mut self.dice)],
                    false => vec![self.dice.pick(&named)],
                }
            }
        };
        if self.dice.once_in(5) {
            records.push(self.world.any_record(&self.model, &mut self.dice));
        }
        records.dedup();
        Some((id, ticket, records))
    }

    fn release(&mut self, tally: &mut Tally) -> Result<(), String> {
        let Some((id, ticket, records)) = self.asked() else {
            return Ok(());
        };
        let ahead = self.dice.pick(&[0, 0, 1, 10_000]);
        let behind = if ahead == 0 {
            self.dice.pick(&[0, 0, 1, 10_000])
        } else {
            0
        };
        let (earliest, latest) = (self.now - behind, self.now + ahead);
        let expected = self.model.release(&ticket, &records, earliest, latest);
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        let said = self.world.release(
            &id,
            ticket.member,
            &records,
            self.now,
            self.now + ahead - behind,
        );
        let what = format!(
            "release of {records:?} under {id} by {ticket:?}, {behind} behind, {ahead} ahead"
        );
        same(&what, &expected, &said)?;
        match said.first() {
            None => count(tally, format!("release: opened by {}", word(&ticket))),
            Some(why) => count(tally, format!("release: denied, {why}")),
        }
        Ok(())
    }

    /// What denies or ends opens nothing, and time opens nothing again.
    fn never_opens(&mut self, tally: &mut Tally) -> Result<(), String> {
        let pairs: Vec<(String, Ticket, Vec<String>)> =
            (0..12).filter_map(|_| self.asked()).collect();
        let at = |world: &World, now: Ms| -> Vec<Vec<String>> {
            let said = |(id, ticket, records): &(String, Ticket, Vec<String>)| {
                world.release(id, ticket.member, records, now, now)
            };
            pairs.iter().map(said).collect()
        };
        let now = self.now;
        self.number += 1;
        for ends in [false, true] {
            let before = at(&self.world, now);
            let act = self.drawing().denial(ends);
            let mut world = self.world.clone();
            world.at(now);
            if self.model.suspended(act.member) || world.done(&act) != "ok" {
                continue;
            }
            count(tally, format!("never opens: {}", act.deed.name()));
            for ((before, after), pair) in before.iter().zip(at(&world, now)).zip(&pairs) {
                if !before.is_empty() && after.is_empty() {
                    return Err(format!(
                        "{pair:?} was refused for {before:?} and opened by {act:?}"
                    ));
                }
            }
        }
        let ended = |said: &Vec<String>| said.iter().any(|why| OVER.contains(&why.as_str()));
        let mut before = at(&self.world, now);
        for later in [1, HOUR, 12 * HOUR, 2 * DAY, 40 * DAY] {
            let after = at(&self.world, now + later);
            for ((before, after), pair) in before.iter().zip(&after).zip(&pairs) {
                if ended(before) && after.is_empty() {
                    return Err(format!(
                        "{pair:?} had ended, {before:?}, and opens {later} ms later"
                    ));
                }
            }
            count(tally, "never opens: time".to_owned());
            before = after;
        }
        Ok(())
    }
}

/// What is over by its time or an end.
const OVER: [&str; 22] = [
    "TicketEnded",
    "GrantExpired",
    "GrantRevoked",
    "PermitExpired",
    "PermitRevoked",
    "EncounterEnded",
    "OrderExpired",
    "OrderEnded",
    "MandateExpired",
    "MandateEnded",
    "DisclosureExpired",
    "DisclosureEnded",
    "StudyExpired",
    "StudyEnded",
    "EnrolmentWithdrawn",
    "NameOverdue",
    "LinkNotInForce",
    "GuardianDecides",
    "CardExpired",
    "CardSuspended",
    "PatientDead",
    "BasisEnded",
];

fn same<T: PartialEq + std::fmt::Debug>(
    what: &impl std::fmt::Debug,
    expected: &T,
    said: &T,
) -> Result<(), String> {
    match expected == said {
        true => Ok(()),
        false => Err(format!(
            "the model says {expected:?}, the contract {said:?}, of {what:?}"
        )),
    }
}

/// The history of one seed.
fn told(world: &World, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut history = History::new(world, seed);
    let mut go = || -> Result<(), String> {
        for (later, act) in prologue::acts(&mut history.dice, history.now) {
            history.now += later;
            history.number += 1;
            history.done(act, tally)?;
        }
        for _ in 0..ACTS {
            history.step(tally)?;
        }
        history.never_opens(tally)
    };
    go().map_err(|what| {
        let facts: Vec<String> = history
            .model
            .facts
            .iter()
            .map(|fact| format!("{} {}", fact.at, fact.act.line()))
            .collect();
        format!(
            "seed {seed}: {what}\nat {}, after\n{}",
            history.now,
            facts.join("\n")
        )
    })
}

/// Answers that a few hundred histories must have given.
#[rustfmt::skip]
const GIVEN: &[(&str, &[&str])] = &[
    ("ticket: opened by", &["grant", "permit", "visit", "staff", "order", "emergency", "mandate", "report", "payment", "study", "patient", "directory", "parent", "court", "proxy", "contingent", "executor"]),
    ("ticket: denied,", &[
        "MandateUnknown", "MandateNotYours", "MandateExpired", "MandateEnded",
        "DisclosureUnknown", "DisclosureNotYours", "DisclosureExpired", "DisclosureEnded",
        "StudyUnknown", "EnrolmentUnknown", "StudyNotYours", "StudyExpired", "StudyEnded", "EnrolmentNotYet", "EnrolmentWithdrawn", "NameOverdue",
        "GrantUnknown", "GranteeNotYou", "GrantExpired", "GrantRevoked", "GrantNoRead", "PurposeNotAllowed",
        "PermitUnknown", "MemberElsewhere", "PermitNotYet", "PermitExpired", "PermitRevoked",
        "EncounterUnknown", "EncounterNotYours", "RegistrationIsWriteOnly", "EncounterEnded", "NotInTeam",
        "OrderUnknown", "OrderNotYours", "OrderExpired", "OrderEnded",
        "PatientDead", "GuardianDecides", "CardBlocked", "CardSuspended", "CardExpired", "ReissuePending", "CardNotPresent",
        "LinkNotInForce", "RightMissing", "GuardianSilent", "IndexUnknown", "IndexNotOwned", "IndexRepeated",
        "PatientMismatch", "RecordUnknown", "ScopeOutsideBasis", "Restricted", "NoBasis",
    ]),
    ("write: allowed by", &["grant", "permit", "visit", "order", "directory", "amendment"]),
    ("write: denied,", &[
        "EncounterUnknown", "EncounterNotYours", "EncounterEnded", "EncounterNoWrite", "GrantUnknown", "GranteeNotYou", "GrantExpired",
        "GrantRevoked", "GrantNoWrite", "PermitUnknown", "MemberElsewhere", "PermitNotYet", "PermitExpired", "PermitRevoked", "OrderUnknown",
        "OrderNotYours", "OrderExpired", "OrderEnded", "OrderNoWrite", "AmendmentUnknown", "AmendmentClosed", "RecordNotYours", "IndexOutsideBasis", "Restricted",
    ]),
    ("call: refused,", &[
        "UntilInThePast", "UntilTooFar", "NotAnAuthority", "TooFewOfficers", "PurposeNotAllowed", "IndexUnknown", "IndexNotOwned", "IndexRepeated",
        "MandateUnknown", "MandateNotYours", "MandateEnded", "DisclosureUnknown", "DisclosureNotYours", "DisclosureEnded",
        "RecipientUnfit", "RecordUnknown", "RecordNotYours", "RecordRetracted", "RecordNotShown",
        "NotResearch", "StudyUnknown", "StudyExpired", "StudyEnded", "StudyApproved", "StudyNotApproved", "StudyNotYours",
        "RecordErased", "RetentionUnset", "EnrolmentUnknown", "EnrolmentWithdrawn", "CardNotPresent", "GuardianDecides", "PatientDead", "LinkNotInForce",
    ]),
    ("never opens:", &["EndMandate", "EndDisclosure", "EndStudy", "Withdraw", "Erase"]),
    ("accepted:", &["Mandate", "Disclose", "Study", "Approve", "Enrol", "Demand", "Say", "Keep", "Place", "Wish", "Answer", "Disagree", "Erase"]),
    ("release: opened by", &["grant", "permit", "visit", "staff", "order", "emergency", "mandate", "report", "payment", "study", "patient", "directory", "parent", "court", "proxy", "contingent", "same"]),
    ("release: denied,", &[
        "TicketEnded", "MemberUnknown", "MemberElsewhere", "GranteeNotYou", "GrantExpired", "GrantRevoked", "PermitNotYet", "PermitExpired", "PermitRevoked",
        "MandateExpired", "MandateEnded", "DisclosureExpired", "DisclosureEnded",
        "StudyExpired", "StudyEnded", "EnrolmentNotYet", "EnrolmentWithdrawn", "NameOverdue",
        "EncounterEnded", "NotInTeam", "OrderEnded", "OrderExpired", "PractitionerEnded", "LinkNotInForce", "PatientDead", "GuardianDecides",
        "CardBlocked", "CardSuspended", "CardExpired", "ReissuePending", "BasisEnded",
        "RecordUnknown", "RecordOutsideTicket", "RecordOutsideBasis", "RecordRetracted", "RestrictedByPatient",
    ]),
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

#[test]
fn contract_and_model_agree() {
    let (first, histories) = (
        number("AMANAT_FIRST_SEED", 0),
        number("AMANAT_HISTORIES", HISTORIES),
    );
    let (world, mut tally) = (World::new(), Tally::new());
    for seed in first..first + histories {
        told(&world, seed, &mut tally).unwrap_or_else(|what| panic!("{what}"));
    }
    for (what, times) in &tally {
        println!("{times:>12} {what}");
    }
    let all = GIVEN
        .iter()
        .flat_map(|(kind, whats)| whats.iter().map(move |what| format!("{kind} {what}")));
    let never: Vec<String> = all.filter(|what| !tally.contains_key(what)).collect();
    assert!(
        histories < HISTORIES || never.is_empty(),
        "never met: {never:?}"
    );
}
