//! Spans and instants in words.
use crate::verify::instant;
use amanat_types::TimestampMs;

/// `12.3 s`, `4 min`, `7 h`, `3 days`.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..120 => format!("{seconds}.{} s", ms % 1000 / 100),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// An instant of ISO 8601 in UTC.
pub fn at(ms: u64) -> String {
    instant(TimestampMs::new(ms))
}

/// `1`, `1 and 2`, `1, 2 and 3`.
pub fn list(numbers: &[u16]) -> String {
    let words: Vec<String> = numbers.iter().map(u16::to_string).collect();
    match words.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// `member 3`, `members 3 and 4`.
pub fn members(numbers: &[u16]) -> String {
    match numbers {
        [one] => format!("member {one}"),
        _ => format!("members {}", list(numbers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_lists_read_well() {
        assert_eq!(span(1_250), "1.2 s");
        assert_eq!(span(180_000), "3 min");
        assert_eq!(span(7_200_000), "2 h");
        assert_eq!(span(172_800_000), "2 days");
        assert_eq!(members(&[3]), "member 3");
        assert_eq!(members(&[3, 4]), "members 3 and 4");
        assert_eq!(members(&[1, 3, 4]), "members 1, 3 and 4");
        assert_eq!(members(&[]), "members none");
    }
}
