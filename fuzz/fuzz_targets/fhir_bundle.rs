//! A transaction Bundle from hostile bytes: all of its entries get their new ids, or none.
#![no_main]

use amanat_fhir::{Limits, bundle, canonical, check, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(checked) = parse(data, Limits::BUNDLE).and_then(check) else {
        return;
    };
    let mut asked = 0;
    let taken = bundle::transaction(checked, |index, _| {
        asked += 1;
        format!("new-{index}")
    });
    let Ok(transaction) = taken else {
        return;
    };
    assert_eq!(transaction.entries.len(), asked);
    assert_eq!(transaction.origins().len(), asked);
    for (index, entry) in transaction.entries.into_iter().enumerate() {
        assert_eq!(entry.resource.id(), Some(format!("new-{index}").as_str()));
        let written = canonical(&entry.resource.into_resource());
        assert!(parse(&written, Limits::BUNDLE).is_ok());
    }
});
