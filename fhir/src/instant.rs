//! Milliseconds since 1970 as a FHIR instant, and back: `YYYY-MM-DDThh:mm:ss(.s+)(Z|+hh:mm)` (FHIR R4, 2.24.0.1).

/// The last millisecond that an instant can say: the end of the year 9999.
pub(crate) const LAST_MS: u64 = 253_402_300_799_999;

/// `2026-11-20T09:32:00.000Z`. A time after the year 9999 is written as its last millisecond.
pub fn instant(unix_ms: u64) -> String {
    let ms = unix_ms.min(LAST_MS);
    let (year, month, day) = civil(ms / 86_400_000);
    let (hour, minute) = (ms / 3_600_000 % 24, ms / 60_000 % 60);
    let (second, milli) = (ms / 1_000 % 60, ms % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Counted in eras of 400 years (146,097 days) that begin on a 1 March, so that the leap day is a year's last.
const fn civil(days: u64) -> (u64, u64, u64) {
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    // Without the leap days up to here: 1,460 days to the 4th year's, 36,524 to a century's, 146,096 to an era's.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    // Months from March have 153 days in five.
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_month)
}

/// Milliseconds since 1970; `None` if it is no instant, or before 1970. A fraction beyond milliseconds is cut off; a leap second is not read.
pub fn instant_ms(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once('T')?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || !(1..=month_days(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second;
    let ms = seconds.checked_sub(offset_s(zone)?)?.checked_mul(1000)?;
    u64::try_from(ms.checked_add(milliseconds(fraction)?)?).ok()
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let good = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

fn fields(text: &str, mark: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(mark);
    let mut values = [0; 3];
    for (value, length) in values.iter_mut().zip(lengths) {
        *value = digits(parts.next()?, length)?;
    }
    parts.next().is_none().then_some(values)
}

fn milliseconds(fraction: &str) -> Option<i64> {
    let good = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let padded = format!("{fraction}00");
    if good {
        padded.get(..3)?.parse().ok()
    } else {
        None
    }
}

fn offset_s(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01; `None` before it.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if year < 1970 {
        return None;
    }
    let before = year - 1;
    let leaps = |y: i64| y / 4 - y / 100 + y / 400;
    let years = (year - 1970) * 365 + leaps(before) - leaps(1969);
    let months: i64 = (1..month).map(|one| month_days(year, one)).sum();
    Some(years + months + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::is_instant;

    #[test]
    fn known_instants() {
        let table = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_795_167_120_007, "2026-11-20T09:32:00.007Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (LAST_MS, "9999-12-31T23:59:59.999Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ];
        for (ms, want) in table {
            assert_eq!(instant(ms), want, "{ms}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = civil(0);
        for day in 1..=2_932_896 {
            let (year, month, date) = civil(day);
            let next = match last {
                (y, m, d) if (y, m) == (year, month) => date == d + 1,
                (y, 12, 31) => (year, month, date) == (y + 1, 1, 1),
                (y, m, _) => (year, month, date) == (y, m + 1, 1),
            };
            assert!(next, "{last:?} {year} {month} {date}");
            last = (year, month, date);
            if day % 97 == 0 {
                assert!(is_instant(&instant(day * 86_400_000)));
            }
        }
        assert_eq!(last, (9999, 12, 31));
    }

    #[test]
    fn written_and_read_back() {
        for ms in [
            0,
            951_782_399_999,
            951_782_400_000,
            1_709_164_800_000,
            1_795_167_120_007,
            4_107_542_400_000,
        ] {
            assert_eq!(instant_ms(&instant(ms)), Some(ms));
        }
    }

    #[test]
    fn zones_and_nonsense() {
        let noon = instant_ms("2026-11-20T12:00:00Z");
        assert_eq!(instant_ms("2026-11-20T17:00:00+05:00"), noon);
        assert_eq!(instant_ms("2026-11-20T07:00:00-05:00"), noon);
        for text in [
            "",
            "2026",
            "2026-11-20",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:00:00",
            "2026-11-20T12:00:00+5",
            "2026-11-20T12:00Z",
            "1969-12-31T00:00:00Z",
            "2026-11-20T12:00:00.Z",
            "ä026-11-20T12:00:00Z",
            "2026-11-20T12:00:00Ä",
        ] {
            assert_eq!(instant_ms(text), None, "{text}");
        }
    }
}
