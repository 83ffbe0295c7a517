//! A request at the FHIR door, part by part, from hostile bytes: the first byte says which part; nothing panics before a use case is called.
#![no_main]

use amanat_gateway::hostile::{Part, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let part = Part::ALL[usize::from(*first) % Part::ALL.len()];
    read(part, bytes);
});
