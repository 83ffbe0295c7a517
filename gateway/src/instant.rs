//! FHIR's instants, read: `YYYY-MM-DDThh:mm:ss(.s+)(Z|+hh:mm)` (FHIR R4, 2.24.0.1).
use amanat_types::TimestampMs;

/// Milliseconds since 1970; `None` if it is no instant, or before 1970. A fraction beyond milliseconds is cut off.
pub(crate) fn parse(text: &str) -> Option<TimestampMs> {
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
    u64::try_from(ms.checked_add(milliseconds(fraction)?)?)
        .ok()
        .map(TimestampMs::new)
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
            assert_eq!(parse(&amanat_fhir::instant(ms)), Some(TimestampMs::new(ms)));
        }
    }

    #[test]
    fn zones_and_nonsense() {
        let noon = parse("2026-11-20T12:00:00Z");
        assert_eq!(parse("2026-11-20T17:00:00+05:00"), noon);
        assert_eq!(parse("2026-11-20T07:00:00-05:00"), noon);
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
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
