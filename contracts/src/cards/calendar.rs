//! The first of a month, so that the end of a minority tells the month of a birth and no more.
use amanat_types::TimestampMs;

const DAY_MS: u64 = 24 * 3_600_000;
/// Days from 0000-03-01 to 1970-01-01. Counted from a March, the leap day is the last of its year.
const SINCE_MARCH: u64 = 719_468;
/// Days of 400 years, after which the calendar repeats itself.
const CYCLE: u64 = 146_097;

/// Whether `time` is midnight UTC of the first of a month of the Gregorian calendar.
///
/// The day of the cycle, less the leap days before it, gives the year; the day of that year, counted from March, gives the month: months
/// have 153 days in each five.
pub const fn is_first_of_month(time: TimestampMs) -> bool {
    if !time.get().is_multiple_of(DAY_MS) {
        return false;
    }
    let day = (time.get() / DAY_MS).saturating_add(SINCE_MARCH) % CYCLE;
    let leap_days = (day / 1_460)
        .saturating_add(day / 146_096)
        .saturating_sub(day / 36_524);
    let year = day.saturating_sub(leap_days) / 365;
    let before = year
        .saturating_mul(365)
        .saturating_add(year / 4)
        .saturating_sub(year / 100);
    let day_of_year = day.saturating_sub(before);
    let month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    day_of_year == month.saturating_mul(153).saturating_add(2) / 5
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, is_first_of_month};
    use amanat_types::TimestampMs;

    /// Walks 800 years day by day, counting months the slow way.
    #[test]
    fn agrees_with_a_calendar_on_the_wall() {
        let leap = |year: u64| {
            year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
        };
        let (mut day, mut firsts) = (0, 0);
        for year in 1970..2770 {
            for month in 1..=12 {
                let days = match month {
                    2 if leap(year) => 29,
                    2 => 28,
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for of_month in 1..=days {
                    let time = TimestampMs::new(day * DAY_MS);
                    assert_eq!(
                        is_first_of_month(time),
                        of_month == 1,
                        "{year}-{month}-{of_month}"
                    );
                    firsts += u64::from(is_first_of_month(time));
                    day += 1;
                }
            }
        }
        assert_eq!(firsts, 800 * 12);
        assert!(!is_first_of_month(TimestampMs::new(1)));
        assert!(!is_first_of_month(TimestampMs::new(DAY_MS * 31 - 1)));
        assert!(!is_first_of_month(TimestampMs::new(u64::MAX)));
    }
}
