//! The files that the program reads (configuration, keys, genesis, members, manifests), with hostile content: the first byte says which; what is read is
//! written as what reads the same.
#![no_main]

use amanat::hostile::{Kind, again};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let Some(written) = again(kind, bytes) else {
        return;
    };
    assert_eq!(again(kind, &written), Some(written), "{kind:?}");
});
