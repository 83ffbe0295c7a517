//! Frames between a relay and whoever dials it, before it has shown who it is: what is a word comes back as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    for again in amanat_relay::again(frame).into_iter().flatten() {
        assert_eq!(again, frame);
    }
});
