//! Known answers of the standards, through the functions that this crate really calls. Only numbers are taken over.
use crate::SealingSecret;
use crate::cipher::{self, CipherFault};
use crate::derive::{authenticate, derive};
use crate::parcel::{open_with, seal_to};
use aws_lc_rs::hkdf;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}

fn array<const N: usize>(hexadecimal: &str) -> [u8; N] {
    bytes(hexadecimal).try_into().unwrap()
}

/// Gives the 32 bytes of a vector once, and nothing else.
struct Once(Option<[u8; 32]>);

impl TryRng for Once {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("a vector is asked for bytes only")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("a vector is asked for bytes only")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0.take().expect("asked once"));
        Ok(())
    }
}
impl TryCryptoRng for Once {}

/// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 16: the example that NIST
/// SP 800-38D refers to, with associated data and a last block that is not full.
#[test]
fn aes_256_gcm_test_case_16() {
    let key = array("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    let nonce = array("cafebabefacedbaddecaf888");
    let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plain = bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    let sealed = bytes(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
         76fc6ece0f4e1768cddf8853bb2d551b",
    );
    assert_eq!(
        cipher::encrypt(&key, nonce, &associated, plain.clone()),
        Ok(sealed.clone())
    );
    let opened = cipher::decrypt(&key, nonce, &associated, &sealed).unwrap();
    assert_eq!(*opened, plain);
    let other = cipher::decrypt(&key, nonce, &associated[1..], &sealed);
    assert_eq!(other.err(), Some(CipherFault));
}

/// Test case 14 of the same: the all-zero key and nonce, one block, no associated data.
#[test]
fn aes_256_gcm_test_case_14() {
    let sealed = bytes("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    assert_eq!(
        cipher::encrypt(&[0; 32], [0; 12], &[], vec![0; 16]),
        Ok(sealed)
    );
}

/// The test vectors published with RFC 9180 (its appendix A points at the file): mode 0, KEM 0x0020, KDF 0x0001,
/// AEAD 0x0002, encryption 0. The sender's entropy is `ikmE`, the receiver's seed `ikmR`.
#[test]
fn hpke_base_x25519_sha256_aes_256_gcm() {
    let receiver = SealingSecret::from_seed(&array(
        "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
    ));
    let secret = array("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d");
    assert_eq!(
        receiver.public().as_bytes(),
        &array("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
    );
    assert_eq!(
        SealingSecret::from_bytes(&secret).public(),
        receiver.public()
    );
    let info = bytes("4f6465206f6e2061204772656369616e2055726e");
    let plain = bytes("4265617574792069732074727574682c20747275746820626561757479");
    let associated = bytes("436f756e742d30");
    let sealed = bytes(
        "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256\
         e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
    );
    let mut entropy = Once(Some(array(
        "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
    )));
    assert_eq!(
        seal_to(receiver.public(), &info, &associated, &plain, &mut entropy),
        Some(sealed.clone())
    );
    let opened = open_with(&receiver, &info, &associated, &sealed).unwrap();
    assert_eq!(*opened, plain);
}

/// RFC 5869, appendix A.1: the first 32 of 42 bytes (expansion is by prefix), and all 42 by aws-lc itself.
#[test]
fn hkdf_sha256_test_case_1() {
    let secret = [0x0b; 22];
    let salt = bytes("000102030405060708090a0b0c");
    let info = bytes("f0f1f2f3f4f5f6f7f8f9");
    let expected = bytes(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
    assert_eq!(derive(&salt, &secret, &[&info])[..], expected[..32]);
    assert_eq!(
        derive(&salt, &secret, &[&info[..3], &info[3..]])[..],
        expected[..32]
    );

    struct Length42;
    impl hkdf::KeyType for Length42 {
        fn len(&self) -> usize {
            42
        }
    }
    let mut all = [0u8; 42];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(&secret);
    prk.expand(&[&info], Length42)
        .unwrap()
        .fill(&mut all)
        .unwrap();
    assert_eq!(all[..], expected);
}

/// RFC 5869, appendix A.3: neither salt nor info.
#[test]
fn hkdf_sha256_test_case_3() {
    let expected = bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    assert_eq!(derive(&[], &[0x0b; 22], &[])[..], expected[..]);
}

/// RFC 4231, sections 4.2 and 4.3.
#[test]
fn hmac_sha256_test_cases_1_and_2() {
    assert_eq!(
        authenticate(&[0x0b; 20], b"Hi There").as_ref(),
        bytes("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    );
    assert_eq!(
        authenticate(b"Jefe", b"what do ya want for nothing?").as_ref(),
        bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
}
