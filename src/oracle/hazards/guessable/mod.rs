//! `guessable-session-credential`: session credentials that somebody could
//! work out.
//!
//! All values of one name are looked at together. They stay in memory; what is
//! written down is only what follows from them, on the exchange that gave the
//! last one that was needed.

mod estimate;
mod made_of;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{Credential, HazardKind, SeenHazard, is_plain_name};

use made_of::Material;

/// Different values below which nothing is said of how they are made.
pub(in crate::oracle) const FEWEST: usize = 20;

/// Values of one name that are kept.
const MOST: usize = 1_280;

/// Bytes of a value above which nothing is said of it: browsers keep no longer
/// cookies, and what takes so much room for each is no id. Its beginning alone
/// would not do: tokens begin alike.
const LONGEST: usize = 4_096;

/// Names that are kept.
const MOST_NAMES: usize = 50;

/// Fewer bits than this are guessed. The estimate of true randomness is far
/// above, see the tests: nobody is accused for an unlucky sample.
const GUESSED: f64 = 40.0;

/// What a credential has to be able to hold: the least that OWASP asks for.
const LEAST_ROOM: f64 = 64.0;

/// The session credentials of a run, by name.
#[derive(Default)]
pub(in crate::oracle) struct Credentials {
    names: Mutex<BTreeMap<String, Values>>,
}

#[derive(Default)]
struct Values {
    parts: Vec<String>,
    told: bool,
}

/// The values are secrets, so they are not shown.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Takes in a credential that was given to a user with these `facts`
    /// (folded), and says what is weak about it and its like. Each name is told
    /// once.
    pub(in crate::oracle) fn issued(
        &self,
        credential: &Credential,
        facts: &[String],
    ) -> Option<SeenHazard> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_NAMES && !names.contains_key(&credential.name) {
            return None;
        }
        let values = names.entry(credential.name.clone()).or_default();
        if values.told {
            return None;
        }
        let why = match made_of::material(&credential.value, facts) {
            Material::Facts => "is made of what is known of the user",
            Material::Unsigned => "is a token without a signature",
            Material::Signed => return None,
            Material::Random(part) => values.add(part)?,
        };
        values.told = true;
        let name = Some(credential.name.as_str()).filter(|name| is_plain_name(name));
        let message = format!("the session credential `{}` {why}", name.unwrap_or("?"));
        Some(SeenHazard::new(
            HazardKind::GuessableSessionCredential,
            message,
        ))
    }
}

impl Values {
    /// Takes in the part that has to be random. Looks at all so far whenever
    /// their number has doubled.
    fn add(&mut self, part: String) -> Option<&'static str> {
        if self.parts.len() >= MOST || part.len() > LONGEST || self.parts.contains(&part) {
            return None;
        }
        self.parts.push(part);
        let count = self.parts.len();
        let due = count.is_multiple_of(FEWEST) && (count / FEWEST).is_power_of_two();
        due.then(|| weakness(&self.parts)).flatten()
    }
}

/// An estimate of how many random bits differ between values.
pub(in crate::oracle) fn estimated_bits(values: &[String]) -> f64 {
    estimate::bits(values)
}

/// What is weak about values in the order in which they were given.
fn weakness(parts: &[String]) -> Option<&'static str> {
    if estimate::room(parts) < LEAST_ROOM {
        return Some("is too short: it cannot hold 64 bits");
    }
    if estimate::bits(parts) >= GUESSED {
        return None;
    }
    Some(if estimate::counts_up(parts) {
        "counts up: the next ones can be told from the last"
    } else {
        "differs from others of its kind in fewer than 40 bits"
    })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// What is said of the first so many values.
    fn said(count: usize, value: impl Fn(usize, &mut ChaCha8Rng) -> String) -> Option<String> {
        let credentials = Credentials::default();
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let facts = ["ann@example.test".to_owned(), "m-1001xy".to_owned()];
        (0..count).find_map(|at| {
            let credential = Credential {
                name: "sid".into(),
                value: value(at, &mut rng),
                guessed: false,
            };
            let seen = credentials.issued(&credential, &facts)?;
            Some(seen.message.replace("the session credential `sid` ", ""))
        })
    }

    fn drawn(rng: &mut ChaCha8Rng, alphabet: &str, length: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| alphabet[rng.random_range(0..alphabet.len())])
            .collect()
    }

    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// Time-ordered ids of sign-ins some milliseconds apart.
    fn millis(at: usize, rng: &mut ChaCha8Rng) -> u64 {
        1_700_000_000_000 + 37 * at as u64 + rng.random_range(0..30)
    }

    #[test]
    fn what_is_random_is_never_accused() {
        let uuid4 = |_: usize, rng: &mut ChaCha8Rng| {
            let hex = format!("{:032x}", rng.random::<u128>());
            format!(
                "{}-{}-4{}-a{}-{}",
                &hex[..8],
                &hex[8..12],
                &hex[13..16],
                &hex[17..20],
                &hex[20..]
            )
        };
        let uuid7 = |at: usize, rng: &mut ChaCha8Rng| {
            let time = format!("{:012x}", millis(at, rng));
            let hex = format!("{:032x}", rng.random::<u128>());
            format!(
                "{}-{}-7{}-b{}-{}",
                &time[..8],
                &time[8..],
                &hex[1..4],
                &hex[5..8],
                &hex[8..20]
            )
        };
        let ulid = |at: usize, rng: &mut ChaCha8Rng| {
            const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
            let time = millis(at, rng);
            let head: String = (0..10)
                .rev()
                .map(|digit| {
                    char::from(CROCKFORD[usize::try_from((time >> (5 * digit)) & 31).unwrap()])
                })
                .collect();
            head + &drawn(rng, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 16)
        };
        let hex16 = |_: usize, rng: &mut ChaCha8Rng| format!("{:032x}", rng.random::<u128>());
        let hex8 = |_: usize, rng: &mut ChaCha8Rng| format!("{:016x}", rng.random::<u64>());
        let php =
            |_: usize, rng: &mut ChaCha8Rng| drawn(rng, "0123456789abcdefghijklmnopqrstuvwxyz", 26);
        let base64 = |_: usize, rng: &mut ChaCha8Rng| drawn(rng, BASE64, 11);
        let signed = |at: usize, rng: &mut ChaCha8Rng| format!("s:{at}.{}", drawn(rng, BASE64, 43));
        let owned =
            |at: usize, rng: &mut ChaCha8Rng| format!("user{at}:{:032x}", rng.random::<u128>());
        let with_fact = |_: usize, rng: &mut ChaCha8Rng| {
            use base64::Engine as _;
            let text = format!("ann@example.test:{:032x}", rng.random::<u128>());
            base64::engine::general_purpose::STANDARD.encode(text)
        };
        let jwt = |at: usize, rng: &mut ChaCha8Rng| {
            use base64::Engine as _;
            let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
            let head = encode("{\"alg\":\"HS256\"}");
            let body = encode(&format!("{{\"sub\":\"m-1001xy\",\"n\":{at}}}"));
            format!("Bearer {head}.{body}.{}", drawn(rng, BASE64, 43))
        };
        for count in [20, 80, 640] {
            assert_eq!(said(count, uuid4), None);
            assert_eq!(said(count, uuid7), None);
            assert_eq!(said(count, ulid), None);
            assert_eq!(said(count, hex16), None);
            assert_eq!(said(count, hex8), None);
            assert_eq!(said(count, php), None);
            assert_eq!(said(count, base64), None);
            assert_eq!(said(count, signed), None);
            assert_eq!(said(count, owned), None);
            assert_eq!(said(count, with_fact), None);
            assert_eq!(said(count, jwt), None);
        }
    }

    #[test]
    fn what_can_be_told_from_the_last_is() {
        let counter = |at: usize, _: &mut ChaCha8Rng| format!("{}", 900_000_000_000 + at);
        let padded = |at: usize, _: &mut ChaCha8Rng| format!("session-{:020}", at * 3);
        let hex = |at: usize, _: &mut ChaCha8Rng| format!("{:032x}", 0xabc0_0000 + at);
        for (count, value) in [
            (20, &counter as &dyn Fn(_, &mut _) -> _),
            (20, &padded),
            (20, &hex),
        ] {
            let said = said(count, value).unwrap();
            let known = ["counts up: the next ones", "is too short: it cannot"];
            assert!(known.iter().any(|own| said.starts_with(own)), "{said}");
        }
        assert_eq!(said(19, padded), None, "too few to say");
        let clock = |at: usize, rng: &mut ChaCha8Rng| format!("at-{:024}", millis(at, rng));
        assert!(said(20, clock).is_some());
        let member = |_: usize, rng: &mut ChaCha8Rng| {
            use base64::Engine as _;
            let text = format!("m-1001xy/2026/{}/sign-in-desk", rng.random_range(0..9_999));
            base64::engine::general_purpose::STANDARD.encode(text)
        };
        assert!(said(40, member).is_some());
        let object_id = |at: usize, _: &mut ChaCha8Rng| {
            format!(
                "{:08x}{:010x}{:06x}",
                0x6553_0000 + at / 20,
                0x12_3456_789a_u64,
                77_000 + at
            )
        };
        assert!(said(20, object_id).is_some());
    }

    /// Each of their places took memory for all of the values.
    #[test]
    fn of_very_long_ones_nothing_is_said() {
        let counted = |length: usize| move |at: usize, _: &mut ChaCha8Rng| format!("{at:0length$}");
        assert!(said(20, counted(LONGEST)).is_some());
        assert_eq!(said(20, counted(LONGEST + 1)), None);
        assert_eq!(said(40, counted(60_000)), None);
    }

    #[test]
    fn short_ones_are_told_by_their_length() {
        let short = |_: usize, rng: &mut ChaCha8Rng| format!("{:012x}", rng.random::<u64>() >> 16);
        assert_eq!(
            said(20, short).as_deref(),
            Some("is too short: it cannot hold 64 bits")
        );
    }

    #[test]
    fn what_is_made_of_facts_is_told_at_once() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"),
            URL_SAFE_NO_PAD.encode("{\"sub\":\"somebody\"}")
        );
        for (value, why) in [
            ("ann%40example.test".to_owned(), "is made of"),
            (STANDARD.encode("Ann@Example.test"), "is made of"),
            (
                URL_SAFE_NO_PAD.encode("M-1001XY:ann@example.test"),
                "is made of",
            ),
            // md5("ann@example.test") and sha1("M-1001XY").
            (made_of::hashes("ann@example.test")[0].clone(), "is made of"),
            (made_of::hashes("M-1001XY")[1].to_uppercase(), "is made of"),
            (made_of::hashes("m-1001xy")[2].clone(), "is made of"),
            (unsigned, "is a token without a signature"),
        ] {
            let said = said(1, |_, _| value.clone());
            assert!(said.is_some_and(|said| said.starts_with(why)), "{value}");
        }
        assert_eq!(
            said(1, |_, _| made_of::hashes("bob@example.test")[0].clone()),
            None
        );
    }

    fn credential(name: &str, value: &str) -> Credential {
        Credential {
            name: name.into(),
            value: value.into(),
            guessed: false,
        }
    }

    #[test]
    fn one_value_again_and_again_is_one_value() {
        assert_eq!(said(200, |_, _| "a-cookie-of-everybody".to_owned()), None);
        let counted = |at: usize, _: &mut ChaCha8Rng| format!("session-{:020}", at % 19);
        assert_eq!(said(200, counted), None);
    }

    /// They are looked at again whenever their number has doubled: after 20, 40 and
    /// 80, not in between.
    #[test]
    fn what_becomes_weak_is_told_when_the_values_have_doubled() {
        let at_first_random = |at: usize, rng: &mut ChaCha8Rng| {
            let random = format!("{:032x}", rng.random::<u128>());
            if at < 20 { random } else { format!("{at}") }
        };
        assert_eq!(said(79, at_first_random), None);
        assert!(said(80, at_first_random).is_some());
    }

    #[test]
    fn of_many_names_the_first_are_looked_at() {
        let credentials = Credentials::default();
        let facts = ["ann@example.test".to_owned()];
        let issued = |name: usize, value: &str| {
            let credential = credential(&format!("sid{name}"), value);
            credentials.issued(&credential, &facts).is_some()
        };
        for name in 0..MOST_NAMES {
            assert!(!issued(name, "8f14e45fceea167a"), "{name}");
        }
        assert!(!issued(MOST_NAMES, "ann@example.test"));
        assert!(issued(MOST_NAMES - 1, "ann@example.test"));
        // A name is told once, and the others still are.
        assert!(!issued(MOST_NAMES - 1, "ann@example.test"));
        assert!(issued(0, "ann@example.test"));
    }

    #[test]
    fn the_values_are_not_shown() {
        let credentials = Credentials::default();
        credentials.issued(&credential("sid", "8f14e45fceea167a"), &[]);
        assert_eq!(format!("{credentials:?}"), "Credentials");
    }
}
