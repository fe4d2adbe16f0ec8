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
    let text = readable(&value).unwrap_or_else(|| value.clone());
    let folded = fold(&text);
    let mut rest = folded.clone();
    for fact in facts {
        rest = rest.replace(fact.as_str(), " ");
    }
    if rest == folded {
        return Material::Random(value);
    }
    if rest.chars().any(char::is_alphanumeric) {
        Material::Random(rest)
    } else {
        Material::Facts
    }
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
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        let printable = text.chars().all(|c| !c.is_control());
        (printable && text.len() >= SHORTEST_FACT).then_some(text)
    };
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
