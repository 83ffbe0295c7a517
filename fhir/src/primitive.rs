//! Formats of primitives, as R4 gives them.

/// `[A-Za-z0-9\-\.]{1,64}`
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// `\S+`, and no control characters.
pub(crate) fn is_uri(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// `urn:uuid:` and a UUID in lower case.
pub(crate) fn is_uuid_urn(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_some_and(|uuid| {
        uuid.len() == 36
            && uuid.bytes().enumerate().all(|(place, b)| match place {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
            })
    })
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, a day that exists.
pub(crate) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let Some(year) = parts
        .next()
        .and_then(|part| digits(part, 4))
        .filter(|year| *year > 0)
    else {
        return false;
    };
    let Some(month) = parts.next() else {
        return true;
    };
    let Some(month) = digits(month, 2).filter(|month| (1..=12).contains(month)) else {
        return false;
    };
    let Some(day) = parts.next() else { return true };
    let day_fits = digits(day, 2).is_some_and(|day| (1..=days_in(year, month)).contains(&day));
    day_fits && parts.next().is_none()
}

/// A full date, time to the second at least, and a time zone.
pub(crate) fn is_instant(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let Some((clock, zone)) = rest.split_at_checked(8) else {
        return false;
    };
    let zone = match zone.strip_prefix('.') {
        Some(fraction) => {
            let tail = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if tail.len() == fraction.len() {
                return false;
            }
            tail
        }
        None => zone,
    };
    date.len() == 10 && is_date(date) && is_clock(clock) && is_zone(zone)
}

/// `hh:mm:ss`, with a leap second.
fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let mut within = |max| {
        parts
            .next()
            .and_then(|part| digits(part, 2))
            .is_some_and(|number| number <= max)
    };
    within(23) && within(59) && within(60) && parts.next().is_none()
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some((hours, minutes)) = text
        .strip_prefix(['+', '-'])
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    matches!((digits(hours, 2), digits(minutes, 2)), (Some(hours), Some(minutes)) if hours <= 14 && minutes <= 59)
}

fn digits(text: &str, length: usize) -> Option<u16> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

const fn days_in(year: u16, month: u16) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for good in [
            "2024",
            "2024-02",
            "2024-02-29",
            "2000-02-29",
            "0001-12-31",
            "9999-12-31",
        ] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "0000",
            "24",
            "2024-13",
            "2024-00",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-1-1",
            "2024-01-01-01",
            "2024-01-01T00:00:00Z",
            "2024/01/01",
            "+024",
            "２０２４",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn instants() {
        for good in [
            "2015-02-07T13:28:17.239+02:00",
            "2017-01-01T00:00:00Z",
            "2016-12-31T23:59:60-14:00",
        ] {
            assert!(is_instant(good), "{good}");
        }
        for bad in [
            "2017-01-01",
            "2017-01-01T00:00:00",
            "2017-01-01T00:00Z",
            "2017-01-01T24:00:00Z",
            "2017-01T00:00:00Z",
            "2017-01-01T00:00:00.Z",
            "2017-01-01T00:00:00+15:00",
            "2017-01-01T00:00:00Zé",
            "2017-01-01T00:00:0é",
        ] {
            assert!(!is_instant(bad), "{bad}");
        }
    }

    #[test]
    fn ids_and_urns() {
        assert!(is_id("a-B.9") && is_id(&"x".repeat(64)));
        assert!(!is_id("") && !is_id(&"x".repeat(65)) && !is_id("a_b") && !is_id("é"));
        assert!(is_uuid_urn("urn:uuid:27de96c6-6910-4f0f-8f10-00ce6090f447"));
        assert!(!is_uuid_urn(
            "urn:uuid:27DE96C6-6910-4F0F-8F10-00CE6090F447"
        ));
        assert!(!is_uuid_urn(
            "urn:uuid:27de96c6-6910-4f0f-8f1000ce6090f4470-"
        ));
    }
}
