//! Milliseconds since 1970 as a FHIR instant.

/// The last millisecond that an instant can say: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_999;

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
}
