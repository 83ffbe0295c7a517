//! What TLS is made of here: version 1.3 alone, from one cryptography library.
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::{SupportedProtocolVersion, version};
use std::sync::Arc;

/// The versions that are spoken.
pub(crate) static VERSIONS: &[&SupportedProtocolVersion] = &[&version::TLS13];

/// The protocol inside (RFC 7301), so that a connection is not taken for another protocol's.
pub(crate) const INSIDE: &[u8] = b"http/1.1";

/// First the hybrid with ML-KEM-768: whoever records today's traffic does not read it with tomorrow's computer.
static GROUPS: &[&dyn SupportedKxGroup] = &[
    kx_group::X25519MLKEM768,
    kx_group::X25519,
    kx_group::SECP256R1,
];

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        kx_groups: GROUPS.to_vec(),
        ..default_provider()
    })
}
