//! Padding to a size bucket: ISO/IEC 7816-4 (a byte 0x80, then zeros), always at least one byte, always into the smallest
//! bucket that holds it.
//!
//! One content has one padded form, and a padded form one content. It is taken off only after the tag was checked, so
//! that a wrong padding tells an attacker nothing.
use amanat_types::limits::SIZE_BUCKETS;

const MARK: u8 = 0x80;

/// Bytes of the bucket with this number.
pub(crate) fn bucket_bytes(bucket: usize) -> Option<usize> {
    SIZE_BUCKETS
        .get(bucket)
        .and_then(|bytes| usize::try_from(*bytes).ok())
}

/// Number and bytes of the smallest bucket for `length` bytes and the mark.
pub(crate) fn bucket_for(length: usize) -> Option<(u8, usize)> {
    (0..SIZE_BUCKETS.len()).find_map(|bucket| {
        let bytes = bucket_bytes(bucket)?;
        (length < bytes).then_some((u8::try_from(bucket).ok()?, bytes))
    })
}

/// Appends the padding that fills `buffer` to `bytes`, which are more than it has.
pub(crate) fn pad(buffer: &mut Vec<u8>, bytes: usize) {
    buffer.push(MARK);
    buffer.resize(bytes, 0);
}

/// Length of the content in `padded`, or none if it was not padded by the rule.
pub(crate) fn content_length(padded: &[u8]) -> Option<usize> {
    let length = padded.iter().rposition(|byte| *byte != 0)?;
    let marked = padded.get(length) == Some(&MARK);
    let smallest = bucket_for(length).is_some_and(|(_, bytes)| bytes == padded.len());
    (marked && smallest).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_around_a_bucket_edge_is_padded_and_found_again() {
        for bucket in SIZE_BUCKETS {
            let edge = usize::try_from(bucket).unwrap();
            for length in edge.saturating_sub(2)..edge + 2 {
                let Some((number, bytes)) = bucket_for(length) else {
                    assert!(length >= 4_194_304);
                    continue;
                };
                assert_eq!(bucket_bytes(usize::from(number)), Some(bytes));
                let mut buffer = vec![0u8; length];
                pad(&mut buffer, bytes);
                assert_eq!(buffer.len(), bytes);
                assert_eq!(content_length(&buffer), Some(length));
            }
        }
    }

    #[test]
    fn what_the_rule_does_not_make_is_refused() {
        let mut padded = b"content".to_vec();
        pad(&mut padded, 512);
        let refused = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut other = padded.clone();
            change(&mut other);
            assert_eq!(content_length(&other), None);
        };
        refused(&|bytes| bytes[7] = 0x81);
        refused(&|bytes| bytes[511] = 1);
        refused(&|bytes| bytes.fill(0));
        refused(&|bytes| bytes.clear());
        refused(&|bytes| bytes.truncate(511));
        refused(&|bytes| bytes.resize(1024, 0));
    }
}
