//! Numbers as they were written.
//!
//! serde_json keeps every digit but writes an exponent in its own way (`1E2` becomes `1e+2`). FHIR asks that a decimal stay as it
//! was, and a digest does not forgive, so the few numbers with an exponent are looked up in the text itself.

use serde_json::Number;

/// Finds the numbers with an exponent, in reading order, only as far as it is asked.
pub(crate) struct Exponents<'t> {
    text: &'t str,
    place: usize,
}

impl<'t> Exponents<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text, place: 0 }
    }

    /// The number that serde_json gave as `given`; called for each number of the text that is not a plain integer.
    pub(crate) fn number(&mut self, given: String) -> Number {
        if !given.contains('e') {
            return written(given);
        }
        match self.next() {
            Some(text) if mantissa(text) == mantissa(&given) => written(text.to_owned()),
            _ => written(given),
        }
    }

    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let mut in_string = false;
        while let Some(&byte) = bytes.get(self.place) {
            let at = self.place;
            self.place = at.checked_add(1)?;
            match byte {
                b'\\' if in_string => self.place = self.place.checked_add(1)?,
                b'"' => in_string = !in_string,
                b'e' | b'E' if !in_string => {
                    let start = bytes
                        .get(..at)?
                        .iter()
                        .rposition(|b| !is_part(*b))
                        .map_or(Some(0), |last| last.checked_add(1))?;
                    let length = bytes
                        .get(at..)?
                        .iter()
                        .position(|b| !is_part(*b))
                        .unwrap_or(bytes.len().checked_sub(at)?);
                    // `true` and `false` have an e of their own.
                    if start < at {
                        self.place = at.checked_add(length)?;
                        return self.text.get(start..self.place);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

const fn is_part(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

fn mantissa(text: &str) -> &str {
    text.split(['e', 'E']).next().unwrap_or_default()
}

/// A number of exactly this text, which must be one that the JSON grammar allows.
///
/// The only use of a function of serde_json that its documentation hides: there is no other way to keep `1E2` in a `Value`. A test
/// in `tests/it/canonical.rs` fails if it ever stops to do so.
fn written(text: String) -> Number {
    Number::from_string_unchecked(text)
}
