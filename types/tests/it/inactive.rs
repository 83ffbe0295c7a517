//! Who is inactive in the next epoch, as the last header of one says it: since version 3, ascending, at most f.
use crate::samples::header::{header, roster};
use amanat_types::block::{Header, Inactive, NextEpoch};
use commonware_codec::{DecodeExt as _, Encode as _, EncodeSize as _};

fn last(protocol: u16, inactive: &[u8]) -> Header {
    let mut header = header(Some(NextEpoch {
        roster: roster(),
        protocol: 3,
        inactive: Inactive::new(inactive.to_vec()).expect("a few"),
    }));
    header.protocol = protocol;
    header
}

#[test]
fn it_is_said_since_version_three() {
    for inactive in [&[][..], &[0], &[3]] {
        let header = last(3, inactive);
        let bytes = header.encode();
        assert_eq!(bytes.len(), header.encode_size());
        assert!(bytes.len() <= Header::ENCODE_SIZE_MAX);
        assert_eq!(Header::decode(bytes).expect("whole"), header);
    }
    let digests = [&[][..], &[0], &[1]].map(|inactive| last(3, inactive).digest());
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    // An older block has no room for it, also where it names an epoch of version 3.
    let header = last(2, &[]);
    assert_eq!(header.encode_size() + 1, last(3, &[]).encode_size());
    assert_eq!(Header::decode(header.encode()).expect("whole"), header);
}

/// Of four one may be inactive, and it stands in the roster.
#[test]
fn a_list_that_does_not_fit_is_refused() {
    for inactive in [&[4][..], &[255], &[0, 1], &[1, 1], &[1, 0]] {
        let refused = Header::decode(last(3, inactive).encode());
        assert!(refused.is_err(), "{inactive:?}");
    }
}
