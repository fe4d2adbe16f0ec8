//! `credential-in-plain-http`: a session credential was given out without
//! encryption.

use url::Host;

use crate::model::{HazardKind, SeenHazard};

use super::Scene;

/// Only over the public network: inside a machine or a closed network, TLS
/// often ends at a balancer in front, and plain HTTP behind it is as it should
/// be.
pub(super) fn look(scene: Scene<'_>) -> Option<SeenHazard> {
    let url = url::Url::parse(&scene.exchange.request.url).ok()?;
    let open = url.scheme() == "http" && url.host().is_some_and(|host| is_public(&host));
    if !open || scene.exchange.intent.issued.is_empty() {
        return None;
    }
    Some(SeenHazard::new(
        HazardKind::CredentialInPlainHttp,
        "a session credential was given out over plain HTTP, for everybody on the way to read",
    ))
}

/// Names that stay within a machine or a closed network.
const CLOSED: [&str; 9] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "test",
    "arpa",
];

fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => {
            !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified())
        }
        Host::Ipv6(ip) => {
            let closed = ip.is_loopback() || ip.is_unspecified();
            // Unique local and link-local addresses (RFC 4193 and 4291).
            let head = ip.segments()[0];
            !closed && head & 0xfe00 != 0xfc00 && head & 0xffc0 != 0xfe80
        }
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            name.contains('.') && !CLOSED.contains(&last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{exchange, messages};
    use super::*;
    use crate::model::Credential;

    #[test]
    fn only_the_public_network_is_told() {
        for (url, hazard) in [
            ("http://shop.example.com/session", true),
            ("https://shop.example.com/session", false),
            ("http://127.0.0.1:8080/session", false),
            ("http://localhost/session", false),
            ("http://web:8080/session", false),
            ("http://10.1.2.3/session", false),
            ("http://[::1]/session", false),
            ("http://[fd00::1]/session", false),
            ("http://[fc00::1]/session", false),
            ("http://[fe80::1]/session", false),
            ("http://[febf::1]/session", false),
            ("http://[::]:8080/session", false),
            ("http://[2001:db8::1]/session", true),
            ("http://169.254.10.20/session", false),
            ("http://0.0.0.0:8080/session", false),
            ("http://shop.default.svc.cluster.local/session", false),
            ("http://8.8.8.8/session", true),
        ] {
            let mut exchange = exchange(url, &[], 200, &[], "");
            let none = messages(|scene| look(scene).into_iter().collect(), &exchange, &[]);
            assert!(none.is_empty(), "{url}");
            exchange.intent.issued = vec![Credential {
                name: "sid".into(),
                value: "0123456789abcdef".into(),
                guessed: false,
            }];
            let said = messages(|scene| look(scene).into_iter().collect(), &exchange, &[]);
            assert_eq!(!said.is_empty(), hazard, "{url}");
        }
    }
}
