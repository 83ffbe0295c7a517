//! What a configuration says of its lines: plain HTTP in sight of others, the door's certificate, the keys of other members.
use super::Configured;
use crate::config::open::Open;
use crate::config::{GatewayConfig, beside};
use crate::finding::Findings;
use crate::run::{door_acceptor, member_doors, needs_key, throughs};
use amanat_types::genesis::Genesis;
use std::path::Path;

/// Whether plain HTTP would be spoken in sight of others.
pub fn check_open(config: &Configured, findings: &mut Findings) {
    match config.open() {
        Some(Open { field, found, todo }) => findings.fail(field, found, todo),
        None => findings.ok(
            "plain_http",
            "plain HTTP is spoken on loopback alone, or behind a proxy",
        ),
    }
}

/// Days before the end of a certificate from which on it is warned of.
pub const CERTIFICATE_DAYS: i64 = 30;

/// Whether the FHIR door's certificate can be shown, and for how long.
pub fn check_certificate(config: &GatewayConfig, path: &Path, findings: &mut Findings) {
    let todo =
        "name a certificate and its own key, both in PEM; docs/operate/configuration.md says more";
    match (door_acceptor(path, config), &config.tls_certificate) {
        (Err(error), _) => findings.fail("tls_certificate", error.to_string(), todo),
        (Ok(_), None) => {}
        (Ok(_), Some(certificate)) => {
            let renew = "renew it, put the new files in place, and reload the gateway (SIGHUP)";
            let validity = amanat_tls::validity::read(&beside(path, certificate));
            let now_s = i64::try_from(crate::now_ms().get() / 1000).unwrap_or(i64::MAX);
            match validity.map(|validity| validity.days_left(now_s)) {
                Err(error) => findings.unknown("tls_certificate", error.to_string(), renew),
                Ok(left) if left < 0 => {
                    findings.fail("tls_certificate", "it is no longer valid", renew)
                }
                Ok(left) if left < CERTIFICATE_DAYS => {
                    findings.warn("tls_certificate", format!("it ends in {left} days"), renew)
                }
                Ok(left) => findings.ok("tls_certificate", format!("it is valid for {left} days")),
            }
        }
    }
}

/// What is said of relays: whether it keeps their rules, and whether the key of each is known.
pub fn check_lines(config: &Configured, path: &Path, genesis: &Genesis, findings: &mut Findings) {
    let todo = "docs/operate/nat.md says how lines through a member are set up";
    if let Some((field, rule)) = config.broken_line() {
        return findings.fail(field, rule, todo);
    }
    let relays = config.through().len();
    match throughs(config.through(), config.members_folder(path), genesis) {
        Err(error) => findings.fail("through", error.to_string(), todo),
        Ok(_) if relays > 0 => {
            findings.ok("through", format!("{relays} relays carry this process"))
        }
        Ok(_) => {}
    }
    if let Configured::Node(node) = config
        && let Some(relay) = &node.relay
    {
        let carried = relay.members.len();
        findings.ok("relay", format!("{carried} members are carried"));
    }
}

/// Vaults and custodians of others that are asked in plain in sight of others, and whether each can be asked at all.
pub fn check_doors(
    config: &GatewayConfig,
    path: &Path,
    genesis: &Genesis,
    findings: &mut Findings,
) {
    // An unreadable folder was said already.
    let doors = member_doors(path, config).unwrap_or_default();
    let keyed = doors.iter().try_for_each(|door| needs_key(door, genesis));
    if let Err(error) = keyed {
        let todo =
            "put the member's public file into members_folder, or name its vault key at `key`";
        findings.fail("members", error.to_string(), todo);
    }
    let open = doors
        .iter()
        .filter(|_| config.plain_http.is_loopback_only());
    let open = open.filter(|door| door.vault.is_open() || door.custodian.is_open());
    for door in open {
        findings.warn(
            "members",
            format!(
                "vault or custodian of member {} are asked in plain, and who stands between sees who asks whom",
                door.member
            ),
            "ask the member to serve them at https://, and for its new public file",
        );
    }
}
