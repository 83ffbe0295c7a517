//! The rights matrix, `docs/rights-matrix.md`: role by resource by action by basis, as the contracts answer.
//!
//! Each cell is asked: tickets and writes as whole transactions, releases of a releaser at the tip, each in a copy of one small world.
//! `AMANAT_RIGHTS_MATRIX=write cargo test -p amanat-contracts --test it matrix` writes the page anew; its diff is to be read.
use super::book::{Book, START_MS, printed};
use super::stories::cast::before;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Bases are to member `b`, or to an authority, an insurer or a research body, on these categories of Amina; one of each role works at `b`.
const SCOPE: &str = "imaging-amina,laboratory-amina,notes-amina";

const WORLD: &str = "
    b+qcl practitioner qcl role=clinician
    b+qnu practitioner qnu role=nurse
    b+qre practitioner qre role=registrar
    b+qph practitioner qph role=pharmacist
    b+qte practitioner qte role=technician
    b+qof practitioner qof role=officer
    b+qpr practitioner qpr role=privacy-officer
    a+card-amina+second-amina+card-khalid link amina khalid proxy rights=read,decide until={end}
    a+card-amina+second-amina+card-rabia link amina rabia proxy rights=decide until={end}
    a+card-amina checkin w amina open=emergency-amina,imaging-amina,laboratory-amina,notes-amina,psychiatry-amina write until={end} ticket={soon}
    a+card-bashir checkin x bashir open=notes-bashir write until={end} ticket={soon}
    a deposit laboratory laboratory-amina by=visit:a/w
    a deposit imaging imaging-amina by=visit:a/w
    a deposit notes notes-amina by=visit:a/w
    a deposit psychiatry psychiatry-amina by=visit:a/w
    a deposit emergency emergency-amina by=visit:a/w
    a deposit other notes-bashir by=visit:a/x
    a deposit directory dir:a by=dir
    b+card-amina checkin visit amina open={scope} write until={end} ticket={soon}
    b+card-amina checkin strict amina open={scope} write until={end} ticket={soon}
    b+qcl team b/strict strict seats=b/qcl,cardiology:nurse
    b+qcl nocard found amina reason=unconscious open={scope} until={soon}
    b+card-amina grant member amina to=b access=read-write open={scope} until={end}
    b+card-amina grant clinician amina to=b/qcl access=read-write open={scope} until={end}
    b+card-amina permit member amina to=b access=read-write open={scope} until={end}
    b+card-amina permit clinician amina to=b/qcl access=read-write open={scope} until={end}
    b+card-amina permit nurses amina to=nurse@b access=read-write open={scope} until={end}
    b+card-amina permit hospitals amina to=nurse@hospital access=read-write open={scope} until={end}
    b+card-amina permit country amina to=nurse@hospital:PK access=read-write open={scope} until={end}
    b+card-amina permit abroad amina to=nurse@hospital:AE access=read-write open={scope} until={end}
    b+card-amina permit one amina to=b open={scope} records=a/laboratory until={end}
    b order placed b/visit to=c indexes={scope} until={end}
    c deposit laboratory laboratory-amina by=order:b/placed
    c deposit imaging imaging-amina by=order:b/placed
    c deposit notes notes-amina by=order:b/placed
    a order performed a/w to=b indexes={scope} until={end}
    a order referral a/w to=b indexes={scope} refer until={end}
    a order writing a/w to=b indexes={scope} refer write until={end}
    e+ecl practitioner ecl role=clinician
    e+enu practitioner enu role=nurse
    e+eof practitioner eof role=officer
    g+gcl practitioner gcl role=clinician
    g+gnu practitioner gnu role=nurse
    g+gof practitioner gof role=officer
    h+hcl practitioner hcl role=clinician
    h+hnu practitioner hnu role=nurse
    h+hof practitioner hof role=officer
    e+malik+bano mandate mandate amina for=HLEGAL open={scope} until={end}
    a disclose report amina to=e report open={scope} records=a/laboratory,a/imaging,a/notes until={end}
    a disclose payment amina to=g open={scope} records=a/laboratory,a/imaging,a/notes until={end}
    h study study until={end}
    e+malik+bano approve h/study
    a+card-amina enrol subject h/study amina open={scope}
";

/// What the patient denies; set before each question, and for a release after its ticket was asked for.
const DENIED: &str = "
    a+card-amina restrict everyone amina access=read-write indexes=notes-amina until={end}
    a+card-amina restrict nurses amina who=nurse access=read-write indexes=imaging-amina until={end}
";

/// A resource: title of its column, record, index.
const RESOURCES: [(&str, &str, &str); 7] = [
    ("in the basis", "laboratory", "laboratory-amina"),
    ("denied to everyone", "notes", "notes-amina"),
    ("denied to nurses", "imaging", "imaging-amina"),
    ("other category", "psychiatry", "psychiatry-amina"),
    ("left open for glass", "emergency", "emergency-amina"),
    ("other patient", "other", "notes-bashir"),
    ("directory", "directory", "dir:b"),
];

/// Who acts: in words, the sponsor with co-signers, whether as staff without a card.
const WHO: [(&str, &str, bool); 13] = [
    ("nobody named", "b", false),
    ("staff without a card (nurse, cardiology)", "b", true),
    ("clinician", "b+qcl", false),
    ("nurse", "b+qnu", false),
    ("registrar", "b+qre", false),
    ("pharmacist", "b+qph", false),
    ("technician", "b+qte", false),
    ("officer", "b+qof", false),
    ("privacy officer", "b+qpr", false),
    ("patient's card", "b+card-amina", false),
    ("guardian who reads", "b+card-khalid", false),
    ("guardian who only decides", "b+card-rabia", false),
    ("nurse of another hospital", "a+saima", false),
];

/// Who acts at the member to whom a basis of law, payment or research is: `m` in the place of its letter.
const WHO_ELSEWHERE: [(&str, &str, bool); 8] = [
    ("nobody named", "m", false),
    ("clinician", "m+mcl", false),
    ("nurse", "m+mnu", false),
    ("officer", "m+mof", false),
    ("patient's card", "m+card-amina", false),
    ("guardian who reads", "m+card-khalid", false),
    ("guardian who only decides", "m+card-rabia", false),
    ("nurse of another member", "b+qnu", false),
];

/// A basis that is to another member than `b`: words to read by, letter of the member, purpose.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("mandate:e/mandate", "e", "HLEGAL"),
    ("report:a/report", "e", "PUBHLTH"),
    ("pay:a/payment", "g", "HPAYMT"),
    ("study:h/study:a/subject", "h", "HRESCH"),
];

/// A basis: title, words to read by, words to write by, member whose records are asked for by name.
#[rustfmt::skip]
const BASES: [(&str, &str, &str, &str); 24] = [
    ("treatment: a visit", "visit:b/visit", "visit:b/visit", "a"),
    ("treatment: a visit with a strict team (the clinician; nurses in cardiology)", "visit:b/strict", "visit:b/strict", "a"),
    ("treatment: a registration without a card", "visit:b/found", "visit:b/found", "a"),
    ("consent: a grant to the member", "grant:b/member", "grant:b/member", "a"),
    ("consent: a grant to the clinician", "grant:b/clinician", "grant:b/clinician", "a"),
    ("consent: a permit to the member", "permit:b/member", "permit:b/member", "a"),
    ("consent: a permit to the clinician", "permit:b/clinician", "permit:b/clinician", "a"),
    ("consent: a permit to nurses of the member", "permit:b/nurses", "permit:b/nurses", "a"),
    ("consent: a permit to nurses of hospitals", "permit:b/hospitals", "permit:b/hospitals", "a"),
    ("consent: a permit to nurses of hospitals within the member's country; where the other hospital is nobody has said", "permit:b/country", "permit:b/country", "a"),
    ("consent: a permit to nurses of hospitals within another country", "permit:b/abroad", "permit:b/abroad", "a"),
    ("consent: a permit to read one record", "permit:b/one", "permit:b/one", "a"),
    ("order: a test that the member placed; its results", "order:b/placed", "order:b/placed", "c"),
    ("order: a test that the member performs", "order:a/performed", "order:a/performed", "a"),
    ("order: a referral to the member", "order:a/referral", "order:a/referral", "a"),
    ("order: a referral to the member that writes", "order:a/writing", "order:a/writing", "a"),
    ("emergency: broken glass", "glass", "", "a"),
    ("law: a mandate of the member, an authority", "mandate:e/mandate", "", "a"),
    ("law: records that were reported to the member, an authority", "report:a/report", "", "a"),
    ("payment: records that were disclosed to the member, an insurer", "pay:a/payment", "", "a"),
    ("research: a subject of the member's study", "study:h/study:a/subject", "", "a"),
    ("patient: at the patient's request", "card:amina", "", "a"),
    ("directory", "dir", "dir", "a"),
    ("none", "none", "", "a"),
];

const HOUR_MS: u64 = 3_600_000;

struct World(Book);

impl World {
    fn new() -> Self {
        let mut world = Self(before());
        world.0.placed("b=PK-SD");
        world.run(WORLD);
        world
    }

    /// Now, as lines count.
    fn now(&self) -> u64 {
        self.0.env.time_ms.get() - START_MS
    }

    fn filled(&self, line: &str) -> String {
        let now = self.now();
        let words = [
            ("{scope}", SCOPE.to_owned()),
            ("{end}", (now + 20 * 24 * HOUR_MS).to_string()),
            ("{soon}", (now + 3 * HOUR_MS).to_string()),
        ];
        let line = match line.contains(" practitioner ") {
            true => format!("{line} until={{end}}"),
            false => line.to_owned(),
        };
        words
            .iter()
            .fold(line, |line, (hole, word)| line.replace(hole, word))
    }

    fn run(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let line = self.filled(line);
            assert_eq!(self.says(&line), "ok", "{line}");
        }
    }

    /// Sends one line; what the ledger answers.
    fn says(&mut self, line: &str) -> String {
        let tx = self.0.tx(&format!("0 {}", self.filled(line)));
        printed(&self.0.block(&[tx])).0
    }

    fn after(&self, lines: &str) -> Self {
        let mut world = Self(self.0.clone());
        world.run(lines);
        world
    }
}

/// A basis that is to another member than `b`.
fn elsewhere(basis: &str) -> Option<(&'static str, &'static str, &'static str)> {
    ELSEWHERE.into_iter().find(|(words, ..)| *words == basis)
}

/// Who acts on a basis: in words, the sponsor with co-signers, whether as staff without a card.
fn actors(basis: &str) -> Vec<(&'static str, String, bool)> {
    let (all, member) = match elsewhere(basis) {
        Some((_, member, _)) => (&WHO_ELSEWHERE[..], member),
        None => (&WHO[..], "b"),
    };
    let of = |signers: &str| match signers.split_once('+') {
        _ if !signers.starts_with('m') => signers.to_owned(),
        Some((_, own)) if own.starts_with('m') => format!("{member}+{member}{}", &own[1..]),
        Some((_, own)) => format!("{member}+{own}"),
        None => member.to_owned(),
    };
    let all = all.iter();
    all.map(|(words, signers, staff)| (*words, of(signers), *staff))
        .collect()
}

/// The call that asks for one record by a basis.
fn asks(basis: &str, staff: bool, of: &str, record: &str, index: &str) -> Option<String> {
    let of = match record {
        "laboratory" | "imaging" | "notes" => of,
        _ => "a",
    };
    let visit = basis.strip_prefix("visit:");
    let by = match (staff, visit) {
        (true, Some(visit)) => format!("care:{visit}:bilal:nurse:cardiology"),
        (true, None) => return None,
        (false, _) => basis.to_owned(),
    };
    let rest = match basis {
        "glass" => return Some("glass t amina until={soon}".to_owned()),
        "card:amina" if index.ends_with("-amina") => format!(" for=PATRQT open={index}"),
        "card:amina" => " for=PATRQT".to_owned(),
        other => {
            elsewhere(other).map_or_else(String::new, |(_, _, purpose)| format!(" for={purpose}"))
        }
    };
    Some(format!(
        "request t by={by} records={of}/{record} until={{soon}}{rest}"
    ))
}

/// Answers to the three actions, in the order of the resources; none where the action makes no sense.
fn answers(
    open: &World,
    denied: &World,
    (_, read, write, of): (&str, &str, &str, &str),
    signers: &str,
    staff: bool,
) -> BTreeMap<&'static str, Vec<String>> {
    let mut rows: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let yes = |answer: &str| match answer {
        "ok" => "yes".to_owned(),
        other => other.to_owned(),
    };
    for (_, record, index) in RESOURCES {
        if let Some(call) = asks(read, staff, of, record, index) {
            let line = format!("{signers} {call}");
            let answer = denied.after("").says(&line);
            rows.entry("1 ticket").or_default().push(yes(&answer));
            // A ticket from before the patient denied anything; by glass it names no record.
            let mut later = open.after("");
            let answer = match later.says(&line).as_str() {
                "ok" => {
                    let later = later.after(DENIED);
                    let of = match record {
                        "laboratory" | "imaging" | "notes" => of,
                        _ => "a",
                    };
                    let at = later.0.env.time_ms;
                    let under = format!("{}/t", &signers[..1]);
                    let said =
                        later
                            .0
                            .released(&signers[..1], &under, &format!("{of}/{record}"), at);
                    said.map_or_else(|refusal| refusal.name().to_owned(), |()| "yes".to_owned())
                }
                _ => "no ticket".to_owned(),
            };
            rows.entry("2 release").or_default().push(answer);
        }
        if !write.is_empty() && !staff {
            let answer = denied
                .after("")
                .says(&format!("{signers} deposit new {index} by={write}"));
            rows.entry("3 write").or_default().push(yes(&answer));
        }
    }
    rows
}

/// Rows of one table: action and cells; the first of those who are answered so, and all of them.
type Rows = BTreeMap<(&'static str, Vec<String>), (usize, Vec<&'static str>)>;

/// The whole page.
fn page() -> String {
    let open = World::new();
    let denied = open.after(DENIED);
    let mut page = String::from(
        "# Rights\n\n\
Who may do what to which record, on which basis, as the contracts answer (`contracts/tests/it/matrix.rs` asks them for each cell and writes this page;\n\
[decision 0008](decisions/0008-who-may-open-what.md) has the rules). *Ticket*: asks for it by name. *Release*: opens it under a ticket that was issued before the patient denied\n\
anything. *Write*: files a record under the category. The patient denies everyone one category of those of the basis, and nurses another, to read and to write.\n\
\"yes\", or what is [refused](refusals.md). Whoever is not in a table meets what somebody else there does: who acts is one row with all who are answered alike.\n",
    );
    for basis in BASES {
        let mut rows: Rows = BTreeMap::new();
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, (who, signers, staff)) in actors(basis.1).into_iter().enumerate() {
            for (action, cells) in answers(&open, &denied, basis, &signers, staff) {
                *asked.entry(action).or_default() += 1;
                let row = rows.entry((action, cells)).or_insert((at, Vec::new()));
                row.1.push(who);
            }
        }
        let titles = RESOURCES.map(|(title, ..)| title).join(" | ");
        let ruler = "-|".repeat(RESOURCES.len() + 2);
        write!(
            page,
            "\n## {}\n\n| action | who | {titles} |\n|{ruler}\n",
            basis.0
        )
        .unwrap();
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|((action, _), (at, _))| (*action, *at));
        for ((action, cells), (_, who)) in rows {
            let who = match who.len() == asked[action] {
                true => "anybody".to_owned(),
                false => who.join(", "),
            };
            writeln!(page, "| {} | {who} | {} |", &action[2..], cells.join(" | ")).unwrap();
        }
    }
    page
}

#[test]
fn the_page_says_what_the_contracts_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rights-matrix.md");
    let page = page();
    println!("{page}");
    if std::env::var("AMANAT_RIGHTS_MATRIX").as_deref() == Ok("write") {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let differs = page
        .lines()
        .zip(kept.lines())
        .find(|(one, other)| one != other);
    assert!(
        page == kept,
        "docs/rights-matrix.md says otherwise: {differs:?}"
    );
}
