//! Times and spans of stories, as milliseconds after genesis of the language of tables.
use super::cast::DAY_0_MS;
use crate::book::START_MS;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// Midnight of a day, of those that count from 1 January 2026.
fn day_ms(day: u64) -> u64 {
    DAY_0_MS - START_MS + day * DAY_MS
}

/// A span: `1 ms`, `30 seconds`, `5 minutes`, `24 hours`, `3 days`, `2 years` (of 365 days).
pub fn span(text: &str) -> Option<u64> {
    let (count, unit) = text.split_once(' ')?;
    let unit_ms = match unit {
        "ms" => 1,
        "second" | "seconds" => 1_000,
        "minute" | "minutes" => MINUTE_MS,
        "hour" | "hours" => 60 * MINUTE_MS,
        "day" | "days" => DAY_MS,
        "year" | "years" => 365 * DAY_MS,
        _ => return None,
    };
    Some(count.parse::<u64>().ok()? * unit_ms)
}

/// A time: `day 3 08:00`, `1 June 2031`, and either with `plus` or `less` a span behind it.
pub fn time(text: &str) -> Option<u64> {
    if let Some((one, more)) = text.rsplit_once(" plus ") {
        return Some(time(one)? + span(more)?);
    }
    if let Some((one, less)) = text.rsplit_once(" less ") {
        return time(one)?.checked_sub(span(less)?);
    }
    if let Some(rest) = text.strip_prefix("day ") {
        let (day, clock) = rest.split_once(' ')?;
        let (hour, minute) = clock.split_once(':')?;
        let two = clock.len() == 5 && hour.len() == 2;
        let (hour, minute) = (hour.parse::<u64>().ok()?, minute.parse::<u64>().ok()?);
        let within = two && hour < 24 && minute < 60;
        let day = day_ms(day.parse().ok()?);
        return within.then_some(day + (hour * 60 + minute) * MINUTE_MS);
    }
    date(text)
}

/// A time that follows another step's: `then` is a minute later.
pub fn after(text: &str, before: u64) -> Option<u64> {
    match text {
        "then" => Some(before + MINUTE_MS),
        text => time(text),
    }
}

/// `1 June 2031`: midnight, of a year from 2026 to 2099.
fn date(text: &str) -> Option<u64> {
    const MONTHS: [(&str, u64); 12] = [
        ("January", 31),
        ("February", 28),
        ("March", 31),
        ("April", 30),
        ("May", 31),
        ("June", 30),
        ("July", 31),
        ("August", 31),
        ("September", 30),
        ("October", 31),
        ("November", 30),
        ("December", 31),
    ];
    let mut words = text.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (day, year) = (day.parse::<u64>().ok()?, year.parse::<u64>().ok()?);
    let month = MONTHS.iter().position(|(name, _)| *name == month)?;
    let leap = |year: u64| year.is_multiple_of(4);
    if words.next().is_some() || !(2026..2100).contains(&year) || day == 0 {
        return None;
    }
    let years: u64 = (2026..year).map(|year| 365 + u64::from(leap(year))).sum();
    let months: u64 = MONTHS[..month].iter().map(|(_, days)| days).sum();
    let leap_day = u64::from(leap(year) && month > 1);
    Some(day_ms(years + months + leap_day + day - 1))
}

#[test]
fn times() {
    let day = |text| time(text).map(|ms| (ms - day_ms(0)) / DAY_MS);
    assert_eq!(day("1 January 2026"), Some(0));
    assert_eq!(day("1 March 2028"), Some(365 * 2 + 31 + 29));
    assert_eq!(day("day 400 23:59"), Some(400));
    assert_eq!(
        time("day 1 00:00 less 1 ms").map(|ms| ms + 1),
        time("2 January 2026")
    );
    let wrong = [
        "day 1",
        "day 1 8:00",
        "day 1 24:00",
        "1 Juni 2030",
        "noon",
        "0 June 2030",
        "then",
    ];
    for text in wrong {
        assert_eq!(time(text), None, "{text}");
    }
    assert_eq!(after("then", 1), Some(1 + MINUTE_MS));
}
