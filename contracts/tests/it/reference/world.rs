//! The contracts' side of the comparison: the ledger of a small world, asked as whoever submits and whoever releases asks it.
use super::act::{Act, Deed, Ms, Scope};
use super::dice::Dice;
use super::model::{INDEXES, Model, STAFF};
use crate::book::{Book, START_MS, member, printed, record, ticket};
use crate::stories::cast::{DAY_0_MS, founded};
use amanat_contracts::decision::{self, Claim, Effect, Moment, Question, decide};
use amanat_contracts::{Failure, Inadmissible, Loaded, Stop, release};
use amanat_types::codec::List;
use amanat_types::release::ReleaseRequest;
use amanat_types::{Height, TimestampMs};

/// When histories begin.
pub const DAY_0: Ms = DAY_0_MS - START_MS;

/// Who is there before a history: `gu` is the guardian of the others, the child has no card.
const WORLD: &str = "
    a+c1        patient p1 card=c1 emergency=x1
    a+c2        patient p2 card=c2 emergency=y1
    b+cg        patient gu card=cg
    a+adr       nocard kv kid open=z1 reason=newborn until={soon}
    a+c1+k1+arg second p1 k1
";

#[derive(Clone)]
pub struct World(Book);

impl World {
    pub fn new() -> Self {
        let mut world = Self(founded());
        world.at(DAY_0);
        let declared = INDEXES.map(|(index, patient)| format!("{index}/{patient}"));
        let mut lines = vec![format!("a declare {}", declared.join(" "))];
        for (word, role) in STAFF {
            let until = DAY_0 + 20_000 * 24 * 3_600_000;
            lines.push(format!(
                "{}+{word} practitioner {word} role={role} until={until}",
                &word[..1]
            ));
        }
        let soon = DAY_0 + 3_600_000;
        lines.extend(
            WORLD
                .replace("{soon}", &soon.to_string())
                .lines()
                .map(str::to_owned),
        );
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            assert_eq!(world.says(&format!("0 {}", line.trim())), "ok", "{line}");
        }
        world
    }

    pub fn at(&mut self, now: Ms) {
        self.0.at(now);
    }

    /// The height of the next block.
    pub fn height(&self) -> u64 {
        self.0.env.height.get()
    }

    fn says(&mut self, line: &str) -> String {
        let tx = self.0.tx(line);
        printed(&self.0.block(&[tx])).0
    }

    /// What becomes of an act.
    pub fn done(&mut self, act: &Act) -> String {
        let (name, change) = match &act.deed {
            Deed::Standing {
                member,
                name,
                suspended: true,
            } => (name, format!("suspend {member}")),
            Deed::Standing { member, name, .. } => (name, format!("reinstate {member}")),
            Deed::Place { member, name, code } => (name, format!("place {member} {code}")),
            Deed::Retention { name } => (name, "retention 0".to_owned()),
            _ => return self.says(&act.line()),
        };
        let said = self.says(&format!("0 a propose {name} {change}"));
        if said == "ok" {
            for voter in ["c", "d", "e", "f", "g"] {
                self.says(&format!("0 {voter} vote a/{name} yes"));
            }
            self.0.last_block(&[]);
            self.0.last_block(&[]);
        }
        said
    }

    /// Why an act does not come into a block.
    pub fn not_admitted(&mut self, act: &Act) -> String {
        let line = match &act.deed {
            Deed::Standing { .. } | Deed::Place { .. } | Deed::Retention { .. } => {
                format!("0 {} anchor vault 1", act.member)
            }
            _ => act.line(),
        };
        let tx = self.0.tx(&line);
        match self.0.try_block(&[tx]) {
            Err(Failure::Inadmissible(Inadmissible { refusal, .. })) => refusal.name().to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// Every reason against a release by a tip of `time` and a clock of `clock`, in their order.
    pub fn release(
        &self,
        under: &str,
        reader: &str,
        records: &[String],
        time: Ms,
        clock: Ms,
    ) -> Vec<String> {
        let request = ReleaseRequest {
            ticket: ticket(under),
            seen: Height::new(0),
            records: List::new(records.iter().map(|id| record(id)).collect()).unwrap(),
        };
        let mut loaded = Loaded::new();
        self.0.load(release::first_keys(&request), &mut loaded);
        let held = release::ticket(&request, &loaded).unwrap().unwrap();
        self.0.load(release::basis_keys(&held), &mut loaded);
        let [time, clock] = [time, clock].map(|ms| TimestampMs::new(START_MS + ms));
        let question = Question {
            member: held.member,
            present: held.practitioner.as_slice(),
            moment: Moment::between(time, clock),
            claim: Claim::Release(decision::Release {
                ticket: &held,
                records: &request.records,
            }),
        };
        let decision = decide(&question, &loaded).unwrap();
        let denials = decision
            .findings
            .iter()
            .filter_map(|finding| match finding.effect {
                Effect::Deny { refusal, because } => Some((refusal, because)),
                Effect::Permit | Effect::Withhold(_) => None,
            });
        let denials: Vec<_> = denials.collect();
        // The releaser says the first.
        let tip = release::Tip {
            height: self.0.env.height,
            time_ms: time,
        };
        let judged = self.0.judged(&request, member(reader), tip, clock);
        let first = denials.first().map(|(refusal, _)| *refusal);
        match judged {
            Ok(_) => assert_eq!(first, None),
            Err(Stop::Refused(refusal)) => assert_eq!(first, Some(refusal)),
            Err(Stop::Fault(fault)) => panic!("{fault}"),
        }
        denials
            .iter()
            .map(|(_, because)| because.name().to_owned())
            .collect()
    }

    /// Records that a scope names, as the model knows them.
    pub fn records(&self, model: &Model, scope: &Scope) -> Vec<String> {
        let Scope::Indexes(indexes) = scope else {
            return Vec::new();
        };
        let of = |fact: &super::model::Fact| match &fact.act.deed {
            Deed::Deposit { name, index, .. } if indexes.contains(index) => {
                Some(format!("{}/{name}", fact.act.member))
            }
            _ => None,
        };
        model.facts.iter().filter_map(of).collect()
    }

    pub fn any_record(&self, model: &Model, dice: &mut Dice) -> String {
        let of = |fact: &super::model::Fact| match &fact.act.deed {
            Deed::Deposit { name, .. } => Some(format!("{}/{name}", fact.act.member)),
            _ => None,
        };
        let all: Vec<String> = model.facts.iter().filter_map(of).collect();
        match all.is_empty() || dice.once_in(20) {
            true => "a/nothing".to_owned(),
            false => dice.pick(&all),
        }
    }
}
