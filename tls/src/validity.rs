//! Until when a certificate is valid: the one field of X.509 that an operator must not miss (RFC 5280, 4.1).
//!
//! A walk over the first fields of the structure, bounded by its lengths; nothing else of the certificate is looked at.
use crate::pem::{self, PemError};
use std::path::Path;

/// Seconds since 1970 between which a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From.
    pub from_s: i64,
    /// To, included.
    pub until_s: i64,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Validity {
    /// Whole days left at `now_s`, seconds since 1970; negative once it is over.
    pub const fn days_left(&self, now_s: i64) -> i64 {
        self.until_s.saturating_sub(now_s).div_euclid(DAY)
    }
}

/// Reads the first certificate of a PEM file. Errors: [`PemError`] of that file.
pub fn read(certificate: &Path) -> Result<Validity, PemError> {
    pem::validity(certificate)
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The time of validity of a certificate in DER, if it is one.
pub(crate) fn of(certificate: &[u8]) -> Option<Validity> {
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (signed, _) = expect(SEQUENCE, certificate)?;
    let rest = match expect(VERSION, signed) {
        Some((_, rest)) => rest,
        None => signed,
    };
    let (_, rest) = expect(INTEGER, rest)?;
    let (_, rest) = expect(SEQUENCE, rest)?; // the signature's algorithm
    let (_, rest) = expect(SEQUENCE, rest)?; // the issuer
    let (validity, _) = expect(SEQUENCE, rest)?;
    let (from_s, rest) = time(validity)?;
    let (until_s, _) = time(rest)?;
    Some(Validity { from_s, until_s })
}

/// The contents of the element that stands first, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            let digits = digits.iter();
            let length = digits.fold(0usize, |length, digit| (length << 8) | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, contents, rest) = element(bytes)?;
    (found == tag).then_some((contents, rest))
}

/// A time as seconds since 1970, and what follows it: `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ` (RFC 5280, 4.1.2.5).
fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (tag, contents, rest) = element(bytes)?;
    let text = std::str::from_utf8(contents).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (year, text) = match tag {
        UTC_TIME => {
            let (year, text) = text.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text)
        }
        GENERALIZED_TIME => {
            let (year, text) = text.split_at_checked(4)?;
            (year.parse().ok()?, text)
        }
        _ => return None,
    };
    let part = |at: usize| -> Option<i64> { text.get(at..at + 2)?.parse().ok() };
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    let right = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    if !right || second > 60 || text.len() != 10 {
        return None;
    }
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    Some((seconds, rest))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, counted from March so that the leap day is the year's last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{DAY, Validity, days, of, time};

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(2100, 3, 1) - days(2100, 2, 28), 1);
        assert_eq!(days(2026, 11, 20), 20_777);
    }

    #[test]
    fn both_shapes_of_time_are_read_and_no_third() {
        let element = |tag: u8, text: &str| {
            let length = u8::try_from(text.len()).expect("short");
            [&[tag, length], text.as_bytes()].concat()
        };
        let read = |tag, text| time(&element(tag, text)).map(|(seconds, _)| seconds);
        assert_eq!(read(0x17, "700101000001Z"), Some(1));
        assert_eq!(read(0x18, "19700102000000Z"), Some(DAY));
        assert_eq!(read(0x18, "20500101000000Z"), Some(days(2050, 1, 1) * DAY));
        for (tag, wrong) in [
            (0x17, "19700101000001Z"),
            (0x17, "700101000001"),
            (0x17, "701301000000Z"),
            (0x18, "19700101-00000Z"),
            (0x18, "197001010000Z"),
            (0x04, "700101000001Z"),
            (0x17, ""),
        ] {
            assert_eq!(read(tag, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_cut_of_a_certificate_is_none_and_not_a_panic() {
        // version 3, serial 1, an empty algorithm, an empty issuer, the times.
        let times = b"\x17\x0d700101000000Z\x17\x0d700103000000Z";
        let mut signed = vec![0xa0, 3, 2, 1, 2, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 30];
        signed.extend_from_slice(times);
        let length = u8::try_from(signed.len()).expect("short");
        let whole = [&[0x30, length + 2, 0x30, length][..], &signed].concat();
        let validity = Validity {
            from_s: 0,
            until_s: 2 * DAY,
        };
        assert_eq!(of(&whole), Some(validity));
        assert_eq!(validity.days_left(DAY / 2), 1);
        assert_eq!(validity.days_left(2 * DAY + 1), -1);
        for end in 0..whole.len() {
            assert_eq!(of(&whole[..end]), None, "{end}");
        }
        for at in 0..whole.len() {
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _any = of(&changed);
            }
        }
    }
}
