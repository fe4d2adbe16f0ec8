//! Which hosts may be contacted.

use url::Url;

/// The hosts that a profile names; nobody else is ever contacted, redirects
/// included.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// `host:port` in lower case.
    allowed: Vec<String>,
}

impl Hosts {
    /// The host of `target` and `further` ones, written `host` or `host:port`.
    /// Without a port the default ports of HTTP and HTTPS are meant.
    pub fn new<'a>(target: &Url, further: impl IntoIterator<Item = &'a str>) -> Self {
        let mut allowed: Vec<String> = authority(target).into_iter().collect();
        for host in further {
            let host = host.trim().to_ascii_lowercase();
            let has_port = host
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok() && !host.ends_with(']'));
            if has_port {
                allowed.push(host);
            } else {
                allowed.extend([format!("{host}:80"), format!("{host}:443")]);
            }
        }
        Self { allowed }
    }

    /// Whether `url` may be contacted.
    pub fn allow(&self, url: &Url) -> bool {
        authority(url).is_some_and(|own| self.allowed.contains(&own))
    }
}

/// `host:port` of an HTTP or HTTPS URL.
fn authority(url: &Url) -> Option<String> {
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?.to_ascii_lowercase();
    Some(format!("{host}:{}", url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_allowed() {
        let target = Url::parse("https://Shop.example.test/base").unwrap();
        let hosts = Hosts::new(
            &target,
            ["login.example.test", "127.0.0.1:8080", "[::1]:9000"],
        );
        for (url, allowed) in [
            ("https://shop.example.test/other", true),
            ("https://shop.example.test:443/", true),
            ("http://shop.example.test/", false),
            ("https://shop.example.test:8443/", false),
            ("https://login.example.test/", true),
            ("http://login.example.test/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://127.0.0.1:8081/", false),
            ("http://[::1]:9000/", true),
            ("https://shop.example.test.evil.test/", false),
            ("https://user@shop.example.test/", true),
            ("ftp://shop.example.test/", false),
        ] {
            assert_eq!(hosts.allow(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
