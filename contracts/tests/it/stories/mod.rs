//! Stories of care (`care-stories/`), each told to the real ledger. How to write one: `care-stories/README.md`.
mod answer;
pub mod cast;
mod clock;
mod page;
mod run;
mod sentence;
mod slot;

use amanat_types::code::BasisKind;
use answer::Said;
use page::Story;
use run::Telling;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// So many stories there are at least.
const STORIES_MIN: usize = 90;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../care-stories"))
}

/// Every page by its name, `README.md` aside. Whatever else lies in the folder is an error.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name.ends_with(".md"), "no page of stories: {name}");
        if name != "README.md" {
            let text = std::fs::read_to_string(&path).unwrap();
            pages.insert(format!("care-stories/{name}"), text);
        }
    }
    pages
}

fn stories() -> Vec<Story> {
    let pages = pages();
    let read = pages.iter().map(|(name, text)| page::read(name, text));
    let read: Result<Vec<Vec<Story>>, String> = read.collect();
    read.unwrap_or_else(|wrong| panic!("{wrong}"))
        .into_iter()
        .flatten()
        .collect()
}

/// Every step of every story is answered as it says. All that are not are named.
#[test]
fn every_story_holds() {
    let stories = stories();
    let (mut wrong, mut opened) = (Vec::new(), BTreeSet::new());
    let mut steps = 0;
    for story in &stories {
        let mut telling = Telling::new();
        if let Err(what) = telling.tell(story) {
            wrong.push(what);
        }
        steps += telling.answers.len();
        opened.extend(telling.answers.iter().filter_map(|said| match said {
            Said::Opens(basis) => Some(*basis),
            _ => None,
        }));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println!(
        "{} stories, {steps} steps, opened by {opened:?}",
        stories.len()
    );
    let untold: Vec<&BasisKind> = BasisKind::ALL
        .iter()
        .filter(|basis| **basis != BasisKind::None && !opened.contains(basis))
        .collect();
    assert!(untold.is_empty(), "no story opens by {untold:?}");
}

#[test]
fn there_are_enough_and_no_two_of_one_title() {
    let stories = stories();
    assert!(stories.len() >= STORIES_MIN, "{} stories", stories.len());
    let titles: BTreeSet<&str> = stories.iter().map(|story| story.title.as_str()).collect();
    assert_eq!(titles.len(), stories.len());
}

/// The page that says how to write a story names every sentence and everybody of the cast.
#[test]
fn the_guide_names_everything() {
    let guide = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let listed: Vec<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    let sentences: Vec<&str> = sentence::SENTENCES
        .iter()
        .map(|sentence| sentence.words)
        .collect();
    assert_eq!(listed, sentences);
    let members = cast::MEMBERS.iter().map(|(name, ..)| *name);
    let practitioners = cast::PRACTITIONERS.iter().map(|(name, ..)| *name);
    let patients = cast::WITH_CARD.iter().chain(&cast::WITHOUT_CARD).copied();
    let words = cast::CATEGORIES.iter().copied();
    let purposes = slot::PURPOSES.iter().map(|(words, _)| *words);
    let roles = slot::ROLES.iter().map(|(_, many, _)| *many);
    let kinds = slot::KINDS.iter().map(|(kind, _)| *kind);
    let people = members.chain(practitioners).chain(patients);
    for word in people
        .chain(words)
        .chain(purposes)
        .chain(roles)
        .chain(kinds)
    {
        assert!(guide.contains(word), "{word}");
    }
}

const HEAD: &str =
    "# Page\n\n## Story\n\nProse.\n\n| step | when | who | does | answer |\n|-|-|-|-|-|\n";

fn told(rows: &str) -> Result<(), String> {
    let stories = page::read("x.md", &format!("{HEAD}{rows}"))?;
    stories
        .iter()
        .try_for_each(|story| Telling::new().tell(story))
}

/// What a page says wrongly is an error that names file and line; its twin, which differs in one thing, is none.
#[test]
fn wrong_pages_are_named() {
    let good = "| 1 | day 1 08:00 | City Hospital with Amina's card | checks Amina in as `v` on notes for 2 days | opens by treatment |";
    assert_eq!(told(good), Ok(()));
    let wrong = [
        ("| 1 |", "| 2 |"),
        ("day 1 08:00", "day 1, 8 o'clock"),
        ("day 1 08:00", "then then"),
        ("City Hospital with", "Town Hospital with"),
        ("Amina's card", "Anina's card"),
        ("Amina's card", "Amina's key"),
        ("checks Amina in", "checks Amina into"),
        ("checks Amina in", "checks Anina in"),
        ("`v`", "v"),
        ("on notes", "on note"),
        ("for 2 days", "for 2 dayz"),
        ("opens by treatment", "opens by order"),
        ("opens by treatment", "opens by nothing"),
        ("opens by treatment", "ok"),
        ("opens by treatment", "fine"),
        ("opens by treatment", "refused: CardBlokked"),
        ("opens by treatment", "refused: CardBlocked"),
        (
            "opens by treatment",
            "opens by treatment; tells GlassBroken",
        ),
        (" | opens by treatment", ""),
        ("opens by treatment |", "opens by treatment | ok |"),
        ("opens by treatment |", "|"),
    ];
    for (one, other) in wrong {
        assert!(good.contains(one), "{one}");
        let said = told(&good.replacen(one, other, 1));
        let said = said.expect_err(other);
        assert!(said.starts_with("x.md:9: "), "{other}: {said}");
    }
}

#[test]
fn wrong_shapes_are_named() {
    let page = |text: &str| page::read("x.md", text).map(|stories| stories.len());
    let row = "| 1 | day 1 08:00 | ledger | an epoch ends | ok |\n";
    assert_eq!(page(&format!("{HEAD}{row}")), Ok(1));
    let wrong = [
        format!("{HEAD}{row}More prose.\n"),
        format!(
            "{HEAD}{row}{}",
            HEAD.split_once('\n')
                .unwrap()
                .1
                .replace("## Story", "### Story")
        ),
        HEAD.to_owned(),
        format!("{}{row}", HEAD.replace("Prose.\n", "")),
        HEAD.replace("does", "call"),
        HEAD.replace("|-|-|-|-|-|", row),
        "# Page\n".to_owned(),
        "Prose\n".to_owned(),
    ];
    for text in wrong {
        let said = page(&text).expect_err(&text);
        assert!(said.starts_with("x.md"), "{said}");
    }
    assert!(told("| 1 | day 2 08:00 | ledger | an epoch ends | ok |\n| 2 | day 1 08:00 | ledger | an epoch ends | ok |").is_err());
    let unknown =
        "| 1 | day 1 08:00 | City Hospital | discharges `v` | refused: EncounterUnknown |";
    assert!(told(unknown).unwrap_err().contains("nothing is called `v`"));
}
