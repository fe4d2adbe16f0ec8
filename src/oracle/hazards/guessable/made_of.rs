//! What a credential is made of.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::Sha256;

use crate::oracle::fold;

/// Facts shorter than this stand in a random text by chance.
const SHORTEST_FACT: usize = 6;

/// What a credential is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    /// Of facts of the user's and nothing else.
    Facts,
    /// A token that says it has no signature.
    Unsigned,
    /// A signed or encrypted token: it is the key that nobody can guess.
    Signed,
    /// This has to be random.
    Random(String),
}

/// Takes a credential apart, which was given to a user with these facts
/// (folded).
pub(super) fn material(value: &str, facts: &[String]) -> Material {
    // `Bearer abc`, and what is encoded for a cookie.
    let value = value.rsplit(' ').next().unwrap_or(value);
    let value = percent_encoding::percent_decode_str(value)
        .decode_utf8_lossy()
        .into_owned();
    if let Some(material) = token(&value) {
        return material;
    }
    let facts: Vec<&String> = facts
        .iter()
        .filter(|fact| fact.len() >= SHORTEST_FACT)
        .collect();
    let lower = value.to_ascii_lowercase();
    let hashed = facts.iter().any(|fact| {
        [(*fact).clone(), fact.to_uppercase()]
            .iter()
            .flat_map(|fact| hashes(fact))
            .any(|hash| hash == lower)
    });
    if hashed {
        return Material::Facts;
    }
    // Some numbers are hexadecimal digits of a text, too: first as it stands.
    for text in [Some(value.clone()), readable(&value)].iter().flatten() {
        let folded = fold(text);
        let mut rest = folded.clone();
        for fact in &facts {
            rest = rest.replace(fact.as_str(), " ");
        }
        if rest != folded {
            let is_more = rest.chars().any(char::is_alphanumeric);
            return if is_more {
                Material::Random(rest)
            } else {
                Material::Facts
            };
        }
    }
    Material::Random(value)
}

/// The usual hashes of a text, in hexadecimal digits.
pub(super) fn hashes(text: &str) -> [String; 3] {
    let hex = |bytes: &[u8]| {
        let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .collect()
    };
    [
        hex(&Md5::digest(text)),
        hex(&Sha1::digest(text)),
        hex(&Sha256::digest(text)),
    ]
}

/// JSON web tokens (RFC 7515, RFC 7516): three parts, or five, of which the
/// first one is a JSON object.
fn token(value: &str) -> Option<Material> {
    let parts: Vec<&str> = value.split('.').collect();
    if !matches!(parts.len(), 3 | 5) {
        return None;
    }
    let head = String::from_utf8(decode(parts[0])?).ok()?;
    let head: serde_json::Value = serde_json::from_str(&head).ok()?;
    let algorithm = head.get("alg")?.as_str()?;
    let unsigned = algorithm.eq_ignore_ascii_case("none") || parts[2].is_empty();
    Some(if unsigned && parts.len() == 3 {
        Material::Unsigned
    } else {
        Material::Signed
    })
}

/// What stands in base64 or hexadecimal digits, if that is a text.
fn readable(value: &str) -> Option<String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    unhex(value)
        .and_then(text)
        .or_else(|| decode(value).and_then(text))
}

fn decode(value: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let with = |alphabet| GeneralPurpose::new(alphabet, config).decode(value).ok();
    with(&alphabet::URL_SAFE).or_else(|| with(&alphabet::STANDARD))
}

fn unhex(value: &str) -> Option<Vec<u8>> {
    if !value.len().is_multiple_of(2) || !value.is_ascii() {
        return None;
    }
    (0..value.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&value[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn facts() -> Vec<String> {
        ["ann@example.test", "m-1001xy", "343536", "616263646566"]
            .map(str::to_owned)
            .to_vec()
    }

    fn hex(text: &str) -> String {
        let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .map(|digit| char::from_digit(u32::from(digit), 16).unwrap())
            .collect()
    }

    #[test]
    fn hashes_are_written_as_everybody_writes_them() {
        assert_eq!(
            hashes("abc"),
            [
                "900150983cd24fb0d6963f7d28e17f72",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ]
        );
    }

    #[test]
    fn facts_are_known_plain_in_base64_and_in_hex() {
        for value in [
            "m-1001xy".to_owned(),
            "M-1001XY%3Aann%40example.test".to_owned(),
            hex("ann@example.test"),
            hex("M-1001XY").to_uppercase(),
            STANDARD.encode("ann@example.test"),
            // As `echo ann@example.test | base64` has it.
            STANDARD.encode("ann@example.test\n"),
            // Numbers that are also hexadecimal digits, of `456` and `abcdef`.
            "343536".to_owned(),
            "616263646566".to_owned(),
        ] {
            assert_eq!(material(&value, &facts()), Material::Facts, "{value}");
        }
    }

    #[test]
    fn what_is_left_has_to_be_random() {
        for (value, rest) in [
            ("Token bob@example.test".to_owned(), "bob@example.test"),
            // An odd number of digits, and no digits.
            ("abcde".to_owned(), "abcde"),
            ("a%C3%A4b".to_owned(), "aäb"),
            (hex("ann@example.test/17"), " /17"),
            (STANDARD.encode("ann@example.test/17"), " /17"),
        ] {
            assert_eq!(
                material(&value, &facts()),
                Material::Random(rest.to_owned()),
                "{value}"
            );
        }
    }

    #[test]
    fn a_token_is_as_good_as_its_signature() {
        let token = |head: &str, parts: &str| format!("{}{parts}", URL_SAFE_NO_PAD.encode(head));
        for (head, parts, expected) in [
            ("{\"alg\":\"HS256\"}", ".e30.c2ln", Material::Signed),
            ("{\"alg\":\"HS256\"}", ".e30.", Material::Unsigned),
            ("{\"alg\":\"none\"}", ".e30.", Material::Unsigned),
            ("{\"alg\":\"None\"}", ".e30.c2ln", Material::Unsigned),
            // Five parts are encrypted.
            ("{\"alg\":\"dir\"}", "..aXY.Y2lwaGVy.dGFn", Material::Signed),
            ("{\"alg\":\"dir\"}", "...Y2lwaGVy.dGFn", Material::Signed),
        ] {
            let value = token(head, parts);
            assert_eq!(material(&value, &facts()), expected, "{head}{parts}");
        }
        let other = token("{\"typ\":\"x\"}", ".e30.");
        assert_eq!(
            material(&other, &facts()),
            Material::Random(other.clone()),
            "no algorithm"
        );
    }
}
