//! Whether two Patients are the same person: each row of the table, and what speaks against it.
use crate::checked;
use amanat_fhir::matching::{Grade, Likeness};
use serde_json::{Value, json};

const CNIC: &str = "urn:pk:cnic";
const MR: &str = "urn:hospital:mr";

#[derive(Clone, Default)]
struct Person {
    ids: Vec<(&'static str, &'static str)>,
    name: &'static str,
    father: &'static str,
    born: &'static str,
    gender: &'static str,
}

impl Person {
    fn likeness(&self) -> Likeness {
        let id = |(system, value): &(&str, &str)| match system.is_empty() {
            true => json!({ "value": value }),
            false => json!({ "system": system, "value": value }),
        };
        let mut patient = json!({ "resourceType": "Patient" });
        let map = patient.as_object_mut().unwrap();
        let mut put = |name: &str, given: bool, value: Value| {
            if given {
                map.insert(name.to_owned(), value);
            }
        };
        let ids: Vec<Value> = self.ids.iter().map(id).collect();
        put("identifier", !ids.is_empty(), ids.into());
        put(
            "name",
            !self.name.is_empty(),
            json!([{ "text": self.name }]),
        );
        let father = json!([{
            "relationship": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "FTH" }] }],
            "name": { "text": self.father }
        }]);
        put("contact", !self.father.is_empty(), father);
        put("birthDate", !self.born.is_empty(), self.born.into());
        put("gender", !self.gender.is_empty(), self.gender.into());
        Likeness::of(&checked(&patient.to_string()))
    }
}

fn amina() -> Person {
    Person {
        ids: vec![(CNIC, "35202-1234567-1")],
        name: "Amina Bibi",
        father: "Muhammad Yousaf",
        born: "1988-02-03",
        gender: "female",
    }
}

fn grade(one: &Person, other: &Person) -> Option<(Grade, u8)> {
    let (one, other) = (one.likeness(), other.likeness());
    let there = one
        .agrees(&other)
        .map(|found| (found.grade, found.hundredths));
    let back = other
        .agrees(&one)
        .map(|found| (found.grade, found.hundredths));
    assert_eq!(there, back, "both ways");
    if there.is_some() {
        let shared = one.keys().intersection(&other.keys()).count();
        assert!(shared > 0, "who agree share a key");
    }
    there
}

#[test]
fn each_row_of_the_table() {
    let bare = |change: fn(&mut Person)| {
        let mut person = Person {
            ids: vec![],
            ..amina()
        };
        change(&mut person);
        person
    };
    let one = amina();
    let as_written = Person {
        ids: vec![("", "3520212345671")],
        ..Person::default()
    };
    assert_eq!(grade(&one, &as_written), Some((Grade::Certain, 100)));
    let misfiled = Person {
        name: "Zubair Khan",
        ..amina()
    };
    assert_eq!(grade(&one, &misfiled), Some((Grade::Possible, 50)));
    let other_day = Person {
        born: "1988-02-04",
        ..amina()
    };
    assert_eq!(grade(&one, &other_day), Some((Grade::Possible, 50)));
    for (person, expected) in [
        (bare(|_| {}), Some((Grade::Probable, 95))),
        (bare(|one| one.father = ""), Some((Grade::Probable, 85))),
        (
            bare(|one| one.father = "Karim Baig"),
            Some((Grade::Possible, 60)),
        ),
        (bare(|one| one.born = "1988"), Some((Grade::Possible, 60))),
        (
            bare(|one| one.name = "Amina Khatoon"),
            Some((Grade::Possible, 55)),
        ),
        (bare(|one| one.born = ""), Some((Grade::Possible, 50))),
        // And one thing less than each.
        (bare(|one| one.born = "1989-02-03"), None),
        (bare(|one| one.born = "1989"), None),
        (bare(|one| one.name = "Nusrat Jahan"), None),
        (
            bare(|one| (one.name, one.father) = ("Amina Khatoon", "")),
            None,
        ),
        (bare(|one| (one.born, one.father) = ("", "")), None),
        (bare(|one| one.name = ""), None),
    ] {
        let told = (person.name, person.father, person.born);
        assert_eq!(grade(&one, &person), expected, "{told:?}");
    }
    // The keys by which candidates are found do not reach a year alone, without the whole name.
    let by_year = bare(|one| (one.name, one.born) = ("Amina Bibi Yousaf", "1988"));
    let (one, by_year) = (one.likeness(), by_year.likeness());
    assert!(one.agrees(&by_year).is_some());
}

#[test]
fn what_speaks_against_it() {
    // Another number of the same kind is another person; another of another kind says nothing.
    let twin = Person {
        ids: vec![(CNIC, "35202-7654321-1")],
        ..amina()
    };
    assert_eq!(grade(&amina(), &twin), None);
    let elsewhere = Person {
        ids: vec![(MR, "4711")],
        ..amina()
    };
    assert_eq!(grade(&amina(), &elsewhere), Some((Grade::Probable, 95)));
    let both = Person {
        ids: vec![(CNIC, "35202-7654321-1"), (MR, "4711")],
        ..amina()
    };
    assert_eq!(grade(&elsewhere, &both), Some((Grade::Certain, 100)));
    // The same number of two kinds is two numbers.
    let chance = Person {
        ids: vec![(MR, "3520212345671")],
        ..Person::default()
    };
    assert_eq!(grade(&amina(), &chance), None);
    let brother = Person {
        ids: vec![],
        gender: "male",
        ..amina()
    };
    assert_eq!(grade(&amina(), &brother), Some((Grade::Possible, 60)));
    let less = Person {
        father: "Karim Baig",
        ..brother
    };
    assert_eq!(grade(&amina(), &less), None);
    let same_card = Person {
        gender: "male",
        ..amina()
    };
    assert_eq!(grade(&amina(), &same_card), Some((Grade::Certain, 100)));
}

#[test]
fn spellings_of_one_name_agree() {
    let named = |name| Person {
        ids: vec![],
        name,
        father: "",
        ..amina()
    };
    for (one, other) in [
        ("Muhammad Hussain", "Mohd. Hosein"),
        ("Mr. Ahmed Qureshi", "AHMAD QUREISHI"),
        ("Fatima Zahra", "Fatimah Zahraa"),
        ("Yusuf Vaqar", "Yousaf Waqar"),
        ("آمنہ بي بي", "آمنہ بی بی"),
        ("Amina Bibi", "Amina Bibi Khan"),
        ("Ali d/o Raza", "Ali Raza"),
    ] {
        let found = grade(&named(one), &named(other));
        assert_eq!(found, Some((Grade::Probable, 85)), "{one}, {other}");
    }
    for (one, other) in [
        ("Ali Raza", "Ali Nawaz"),
        ("Sana Mir", "Saima Amir"),
        ("Ali", "Ali Raza"),
    ] {
        assert_eq!(grade(&named(one), &named(other)), None, "{one}, {other}");
    }
}

#[test]
fn what_is_too_much_is_passed_over() {
    let many: Vec<Value> = (0..40)
        .map(|n| json!({ "value": format!("n{n}") }))
        .collect();
    let long = "x".repeat(300);
    let patient = json!({
        "resourceType": "Patient", "identifier": many, "name": [{ "text": long }, { "given": ["A", "B"], "family": "C" }],
        "birthDate": "1988-02-03"
    });
    let likeness = Likeness::of(&checked(&patient.to_string()));
    assert_eq!(likeness.keys().len(), 16 + 1 + 1);
    let nobody = Likeness::of(&checked(r#"{"resourceType":"Patient"}"#));
    assert!(nobody.keys().is_empty());
    assert_eq!(nobody.agrees(&nobody), None);
}
