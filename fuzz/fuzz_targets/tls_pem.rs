//! A certificate, and PEM files that an operator names, with hostile content: refused, or read; no time of validity lies outside of the calendar.
#![no_main]

use amanat_tls::hostile::certificate;
use amanat_tls::validity::{self, Validity};
use amanat_tls::{Acceptor, Roots};
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;
use tempfile::NamedTempFile;

/// The first second of the year 0 and the last of 9999, with a day to spare for a date that no month has.
const YEARS: std::ops::Range<i64> = -62_167_305_600..253_402_387_200;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    if first % 2 == 0 {
        certificate(bytes).into_iter().for_each(sound);
        return;
    }
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    let path = file.path();
    let _ = Roots::pem(path);
    validity::read(path).into_iter().for_each(sound);
    let _ = Acceptor::pem(path, path);
});

fn sound(validity: Validity) {
    assert!(YEARS.contains(&validity.from_s) && YEARS.contains(&validity.until_s));
}
