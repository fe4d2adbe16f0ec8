//! What users may be probed for without a step that says so: requests that
//! carried an id of one user's, for another user to repeat.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{
    GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};
use dashmap::DashMap;
use rand::{Rng, RngExt as _};

use crate::model::{Timestamp, UserId};

use super::denial_times::DenialTimes;
use super::request::Request;
use super::template::Identity;

/// Requests that are remembered of each user, the latest.
const REMEMBERED: usize = 8;

/// How often one request is repeated by others.
const REPEATS: u32 = 2;

/// The freshest requests of others, among which one is drawn: what they ask for
/// is most likely still there, and its owner active.
const FRESHEST: usize = 8;

/// Kept values of which it is remembered who kept them.
const MOST_KEPT: usize = 1_000_000;

/// Requests with ids of their owners, and who keeps what.
#[derive(Debug, Default)]
pub(crate) struct ForeignAccess {
    /// By kept name and value, hashed: who keeps it, or `None` for several.
    keepers: DashMap<u64, Option<UserId>>,
    offers: DashMap<UserId, VecDeque<Arc<Offer>>>,
    /// How long denials take.
    pub times: DenialTimes,
}

/// A request that its owner was answered, with everything to repeat it.
#[derive(Debug)]
pub(crate) struct Offer {
    pub owner: UserId,
    /// The owner with the values that the request carried.
    pub identity: Arc<Identity>,
    pub request: Request,
    /// The values that are ids of the owner's.
    pub ids: Vec<Id>,
    pub at: Timestamp,
    pub signed_in: bool,
    left: AtomicU32,
}

/// A value in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// Under which name it was kept or learned.
    pub name: String,
    /// Kept, and not learned.
    pub kept: bool,
    pub value: String,
}

impl Offer {
    pub(crate) fn new(
        identity: Arc<Identity>,
        request: Request,
        ids: Vec<Id>,
        at: Timestamp,
        signed_in: bool,
    ) -> Self {
        Self {
            owner: identity.person.id,
            identity,
            request,
            ids,
            at,
            signed_in,
            left: AtomicU32::new(REPEATS),
        }
    }
}

impl ForeignAccess {
    /// `user` keeps `value` as `name`.
    pub(crate) fn kept(&self, user: UserId, name: &str, value: &str) {
        let key = key(name, value);
        if self.keepers.len() >= MOST_KEPT && !self.keepers.contains_key(&key) {
            return;
        }
        let mut keeper = self.keepers.entry(key).or_insert(Some(user));
        if *keeper != Some(user) {
            *keeper = None;
        }
    }

    /// Whether `user` and nobody else ever kept `value` as `name`. What several
    /// kept, such as the id of a slot, is everybody's.
    pub(crate) fn is_kept_by_one(&self, user: UserId, name: &str, value: &str) -> bool {
        self.keepers
            .get(&key(name, value))
            .is_some_and(|keeper| *keeper == Some(user))
    }

    /// Whether anybody kept `value` as `name`.
    pub(crate) fn is_known(&self, name: &str, value: &str) -> bool {
        self.keepers.contains_key(&key(name, value))
    }

    /// Others may repeat `offer`, in place of an older one of the same kind.
    pub(crate) fn offer(&self, offer: Offer) {
        let mut offers = self.offers.entry(offer.owner).or_default();
        let same = |own: &Arc<Offer>| {
            own.request.method == offer.request.method && own.request.path == offer.request.path
        };
        if let Some(at) = offers.iter().position(same) {
            offers.remove(at);
        } else if offers.len() == REMEMBERED {
            offers.pop_front();
        }
        offers.push_back(Arc::new(offer));
    }

    /// Draws a request of somebody else's for `me` to repeat.
    pub(crate) fn draw(&self, me: UserId, rng: &mut impl Rng) -> Option<Arc<Offer>> {
        let mut fresh: Vec<Arc<Offer>> = self
            .offers
            .iter()
            .filter(|entry| *entry.key() != me)
            .flat_map(|entry| entry.value().iter().map(Arc::clone).collect::<Vec<_>>())
            .filter(|offer| offer.left.load(Ordering::Relaxed) > 0)
            .collect();
        // The map's order is not the same on every machine.
        fresh.sort_by(|one, other| {
            let by_age = other.at.cmp(&one.at).then(one.owner.cmp(&other.owner));
            by_age.then_with(|| one.request.path.cmp(&other.request.path))
        });
        fresh.truncate(FRESHEST);
        if fresh.is_empty() {
            return None;
        }
        let drawn = fresh.swap_remove(rng.random_range(0..fresh.len()));
        drawn.left.fetch_sub(1, Ordering::Relaxed);
        Some(drawn)
    }
}

fn key(name: &str, value: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((name, value))
}

/// A value of the same shape as `value` that nobody was ever given: as long, and
/// letters, digits and signs where that has them. A leading word (`AP-`) stays.
/// A short number becomes a long one: a short one is somebody's. Of an id that
/// is the base64 of another one (`Patient:17`), that one is made up.
pub(crate) fn never_issued(value: &str, rng: &mut impl Rng) -> String {
    if let Some((alphabet, inner)) = enclosed(value) {
        let (name, id) = inner.rsplit_once(':').unwrap_or(("", &inner));
        let made = never_issued(id, rng);
        let joint = if inner.contains(':') { ":" } else { "" };
        return alphabet.encode(format!("{name}{joint}{made}"));
    }
    if value.len() < 9 && value.bytes().all(|b| b.is_ascii_digit()) {
        return rng.random_range(900_000_000..999_999_999_u32).to_string();
    }
    let prefix = value
        .find(['-', '_', ':', '.'])
        .filter(|at| value[..*at].bytes().all(|b| b.is_ascii_alphabetic()))
        .unwrap_or(0);
    let hex = value[prefix..]
        .chars()
        .filter(char::is_ascii_alphabetic)
        .all(|c| c.is_ascii_hexdigit());
    let letters = if hex { 6 } else { 26 };
    let is_uuid = value.len() == 36 && value.bytes().filter(|b| *b == b'-').count() == 4;
    let mut made = String::with_capacity(value.len());
    for (at, c) in value.char_indices() {
        // Version and variant of a UUID are part of its shape.
        let fixed = at < prefix || (is_uuid && matches!(at, 14 | 19));
        made.push(match c {
            _ if fixed => c,
            '0'..='9' => char::from(b'0' + rng.random_range(0..10)),
            'a'..='z' => char::from(b'a' + rng.random_range(0..letters)),
            'A'..='Z' => char::from(b'A' + rng.random_range(0..letters)),
            other => other,
        });
    }
    made
}

/// The id that `value` is the base64 of, and how it is written. Plain words and
/// numbers can be read as base64 as well, but say nothing then.
fn enclosed(value: &str) -> Option<(&'static GeneralPurpose, String)> {
    let padded = value.ends_with('=');
    let alphabet = match (value.contains(['-', '_']), padded) {
        (true, true) => &URL_SAFE,
        (true, false) => &URL_SAFE_NO_PAD,
        (false, true) => &STANDARD,
        (false, false) => &STANDARD_NO_PAD,
    };
    let inner = String::from_utf8(alphabet.decode(value).ok()?).ok()?;
    let telling = inner.bytes().any(|byte| byte.is_ascii_digit())
        && inner.bytes().all(|byte| byte.is_ascii_graphic());
    (value.len() >= 12 && telling).then_some((alphabet, inner))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn made_up_ids_have_the_shape_of_real_ones() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        for value in [
            "AP-7F3K9Q2M",
            "6f9619ff-8b86-4011-b42d-00c04fc964ff",
            "1234567890",
            "a1/b2?c=ü",
        ] {
            let made = never_issued(value, &mut rng);
            assert_ne!(made, value);
            let shape = |text: &str| -> Vec<(bool, bool, bool)> {
                let kind = |c: char| (c.is_ascii_digit(), c.is_lowercase(), c.is_uppercase());
                text.chars().map(kind).collect()
            };
            assert_eq!(shape(&made), shape(value), "{made}");
        }
        assert!(never_issued("AP-7F3K9Q2M", &mut rng).starts_with("AP-"));
        let uuid = never_issued("6f9619ff-8b86-4011-b42d-00c04fc964ff", &mut rng);
        assert_eq!((&uuid[14..15], &uuid[19..20]), ("4", "b"));
        assert!(uuid.chars().all(|c| c == '-' || c.is_ascii_hexdigit()));
        assert_eq!(never_issued("17", &mut rng).len(), 9);
    }

    #[test]
    fn ids_in_base64_are_made_up_inside() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        for (inner, beginning) in [
            ("Document:4001", "Document:"),
            ("Patient:6f9619ff", "Patient:"),
        ] {
            for alphabet in [&STANDARD, &STANDARD_NO_PAD] {
                let value = alphabet.encode(inner);
                let made = never_issued(&value, &mut rng);
                assert_ne!(made, value);
                let inside = String::from_utf8(alphabet.decode(&made).unwrap()).unwrap();
                assert!(inside.starts_with(beginning), "{inside}");
                assert!(inside.len() > beginning.len(), "{inside}");
            }
        }
        // Read as base64 these say nothing.
        for value in ["AP7F3K9Q2M4T", "abcdefghijkl", "123456789012"] {
            assert!(enclosed(value).is_none(), "{value}");
        }
    }

    #[test]
    fn what_several_keep_is_nobodys() {
        let foreign = ForeignAccess::default();
        foreign.kept(UserId(1), "slot", "S-1");
        foreign.kept(UserId(1), "slot", "S-1");
        assert!(foreign.is_kept_by_one(UserId(1), "slot", "S-1"));
        assert!(!foreign.is_kept_by_one(UserId(2), "slot", "S-1"));
        foreign.kept(UserId(2), "slot", "S-1");
        foreign.kept(UserId(1), "slot", "S-1");
        assert!(!foreign.is_kept_by_one(UserId(1), "slot", "S-1"));
        assert!(!foreign.is_kept_by_one(UserId(1), "appointment", "S-1"));
    }
}
