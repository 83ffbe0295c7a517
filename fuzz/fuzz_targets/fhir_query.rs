//! What the door asks of FHIR beside a whole resource, from hostile bytes: queries, references, instants, Consents, who a Patient may be, and what is
//! deposited of a resource: whoever opens it can read it, if it is not too much by then.
#![no_main]

use amanat_fhir::matching::Likeness;
use amanat_fhir::search::{Search, identifiers};
use amanat_fhir::{
    Category, Checked, Limits, Reference, Rule, canonical, check, consent, instant, instant_ms,
    parse, patient,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        words(text);
    }
    if let Ok(checked) = parse(data, Limits::RESOURCE).and_then(check) {
        resource(&checked);
        deposited(checked);
    }
});

fn words(text: &str) {
    let _ = Search::parse(text);
    if let Some(Reference::Local { kind, id, version }) = Reference::parse(text) {
        let written = match version {
            Some(version) => format!("{}/{id}/_history/{version}", kind.name()),
            None => format!("{}/{id}", kind.name()),
        };
        assert_eq!(written, text);
    }
    if let Some(ms) = instant_ms(text) {
        let written = instant(ms);
        let again = instant_ms(&written).expect("what is written is read");
        // A time after the year 9999 is written as its last millisecond.
        assert!(again == ms || (again < ms && written.starts_with("9999-12-31")));
    }
}

fn resource(checked: &Checked) {
    let _ = patient::of(checked);
    for identifier in identifiers(checked) {
        assert!(identifier.system.is_some() || identifier.value.is_some());
    }
    match checked.kind().name() {
        "Patient" => {
            let likeness = Likeness::of(checked);
            let _ = likeness.keys();
            let _ = likeness.agrees(&likeness);
        }
        "Consent" => {
            let Ok(read) = consent::read(checked) else {
                return;
            };
            let written = check(consent::write(&read)).expect("what is written is sound");
            assert_eq!(consent::read(&written).as_ref(), Ok(&read));
        }
        _ => {}
    }
}

/// What stands on a deposited resource beside what came: its id, its version and its time.
fn deposited(mut checked: Checked) {
    let category = Category::of(&checked);
    let id = "00112233445566778899aabbccddeeff";
    checked.set_id(id).expect("an id");
    let time = instant(1_700_000_000_000);
    checked.set_version("1", &time).expect("a version");
    let written = canonical(&checked);
    match parse(&written, Limits::RESOURCE).and_then(check) {
        Ok(read) => {
            assert_eq!(read.id(), Some(id));
            assert_eq!(Category::of(&read), category);
        }
        // These may make it more than a resource may be: then it is not deposited.
        Err(flaw) => assert!(matches!(
            flaw.rule(),
            Rule::TooLarge { .. } | Rule::TooManyNames { .. } | Rule::TooManyNodes { .. }
        )),
    }
}
