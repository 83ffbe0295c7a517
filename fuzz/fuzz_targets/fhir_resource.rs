//! A FHIR resource from hostile bytes: what is accepted has canonical bytes that read back as themselves.
#![no_main]

use amanat_fhir::{Limits, canonical, check, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(checked) = parse(data, Limits::RESOURCE).and_then(check) else {
        return;
    };
    let written = canonical(&checked.into_resource());
    let again = parse(&written, Limits::RESOURCE).expect("canonical bytes are accepted");
    assert_eq!(canonical(&again), written);
});
