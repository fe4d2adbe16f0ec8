//! Issued values taken together: whether those of a name look drawn, so that
//! nobody is given one twice by chance, and whether the numbers in a field are
//! counted for all users or for each.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use dashmap::DashMap;

use crate::model::{FactName, UserId};

use super::hazards::{FEWEST, estimated_bits};

/// Random bits with which a value does not come twice by chance in one run.
/// Twenty samples of eight letters out of 32, which are 40 bits, are estimated
/// at about 36.
const DRAWN: f64 = 32.0;

/// Of those of one name, one in so many may have been issued twice; otherwise
/// the values are drawn, but each is several users'.
const ONE_IN: u64 = 20;

/// Values of one name that are kept to estimate how they are made.
const MOST_SAMPLES: usize = 160;

/// Bytes of a value that are kept for it: enough for any id, and a value can be as
/// long as a body.
const SAMPLE: usize = 256;

/// Numbers below this are met with by every user who has been there for a while,
/// where they are counted for each.
const SMALL: u64 = 1_000;

/// Numbers of one field that are kept to see how they are counted.
const MOST_NUMBERS: usize = 1_024;

/// Times that a user's numbers went past another one's, so that they are counted
/// for all.
const JUMPS: u32 = 2;

/// Users who were given the number that they had, so that it is theirs and not a
/// count.
const KEPT: usize = 3;

/// What was issued so far.
#[derive(Default)]
pub(super) struct Issued {
    names: DashMap<FactName, Samples>,
    fields: DashMap<Box<str>, Numbers>,
}

/// The values are private, so they are not shown.
impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued")
    }
}

impl Issued {
    /// `value` was issued for the first time, as `name`.
    pub(super) fn note(&self, name: &FactName, value: &str) {
        let mut samples = self.names.entry(FactName::clone(name)).or_default();
        samples.add(value);
    }

    /// `user` was issued `number` in `field`.
    pub(super) fn note_number(&self, field: &str, user: UserId, number: u64) {
        let mut numbers = self.fields.entry(field.into()).or_default();
        numbers.add(user, number);
    }

    /// Another value of `name`, a number in `field` when there is one, was issued
    /// to several; or it was not, after all.
    pub(super) fn contest(&self, name: &FactName, field: Option<&str>, is_so: bool) {
        let change = |count: &mut u64| {
            *count = if is_so {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        };
        change(
            &mut self
                .names
                .entry(FactName::clone(name))
                .or_default()
                .contested,
        );
        if let Some(field) = field {
            change(&mut self.fields.entry(field.into()).or_default().contested);
        }
    }

    /// A value of `name` that looked drawn was issued to a second user.
    pub(super) fn double(&self, name: &FactName) {
        let mut samples = self.names.entry(FactName::clone(name)).or_default();
        samples.doubled += 1;
    }

    /// Whether values of `name` look drawn, so that one which is issued twice
    /// went to the wrong user.
    pub(super) fn look_drawn(&self, name: &FactName) -> bool {
        self.names.get(name).is_some_and(|own| own.look_drawn())
    }

    /// Whether a `number` in `field` accuses nobody: numbers of it were issued to
    /// several users, or it is small and they may be counted for each.
    pub(super) fn may_be_anybodys(&self, field: &str, number: u64) -> bool {
        self.fields
            .get(field)
            .is_none_or(|own| own.contested > 0 || (number < SMALL && !own.are_counted_for_all()))
    }
}

/// Values of one name.
#[derive(Default)]
struct Samples {
    values: Vec<String>,
    issued: u64,
    contested: u64,
    /// Issued to a second user while they looked drawn, rightly or not.
    doubled: u64,
    /// As far as the samples were looked at.
    drawn: bool,
}

impl Samples {
    /// Looks at all so far whenever their number has doubled.
    fn add(&mut self, value: &str) {
        self.issued += 1;
        if self.values.len() == MOST_SAMPLES {
            return;
        }
        let sample = &value[..value.floor_char_boundary(SAMPLE)];
        self.values.push(sample.to_owned());
        let count = self.values.len();
        if count.is_multiple_of(FEWEST) && (count / FEWEST).is_power_of_two() {
            self.drawn = self.values.iter().all(|value| is_uuid(value))
                || estimated_bits(&self.values) >= DRAWN;
        }
    }

    fn look_drawn(&self) -> bool {
        self.drawn && (self.contested + self.doubled) * ONE_IN <= self.issued
    }
}

fn is_uuid(value: &str) -> bool {
    let mut parts = value.split('-');
    let mut all = [8, 4, 4, 4, 12].into_iter();
    all.all(|length| {
        parts.next().is_some_and(|part| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }) && parts.next().is_none()
}

/// Numbers of one field.
#[derive(Default)]
struct Numbers {
    contested: u64,
    owners: BTreeMap<u64, UserId>,
    last: BTreeMap<UserId, u64>,
    jumps: u32,
    kept: BTreeSet<UserId>,
}

impl Numbers {
    fn add(&mut self, user: UserId, number: u64) {
        if let Some(before) = self.last.insert(user, number) {
            match before.cmp(&number) {
                Ordering::Equal => {
                    self.kept.insert(user);
                }
                Ordering::Less => {
                    let mut between = self.owners.range(before + 1..number);
                    self.jumps += u32::from(between.any(|(_, owner)| *owner != user));
                }
                Ordering::Greater => {}
            }
        }
        if self.owners.len() < MOST_NUMBERS {
            self.owners.insert(number, user);
        }
    }

    fn are_counted_for_all(&self) -> bool {
        self.jumps >= JUMPS || self.kept.len() >= KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> FactName {
        "order".into()
    }

    #[test]
    fn what_is_drawn_looks_so() {
        let letters = |seed: u64| -> String {
            const ALL: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
            let bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ (seed << 40);
            let bits = bits.wrapping_mul(0xd134_2543_de82_ef95);
            (0..8)
                .map(|at| usize::try_from(bits >> (24 + 5 * at) & 31).unwrap_or(0))
                .map(|at| char::from(ALL[at]))
                .collect()
        };
        let drawn = |count: u64, value: &dyn Fn(u64) -> String| {
            let issued = Issued::default();
            for at in 1..=count {
                issued.note(&named(), &value(at));
            }
            issued.look_drawn(&named())
        };
        let id = |at| format!("AP-{}", letters(at));
        let uuid = |at| format!("{:08x}-1b2c-4d3e-8f4a-5b6c7d8e9f{at:02x}", at * 77_777_777);
        let counted = |at| format!("ORD-7F3K-{at:08}");
        let constant = |_| "ORD-7F3K-0001".to_owned();
        assert!(drawn(20, &id) && drawn(160, &id));
        assert!(!drawn(19, &id), "too few to say");
        assert!(drawn(20, &uuid) && !drawn(19, &uuid));
        assert!(!drawn(200, &counted) && !drawn(200, &constant));
    }

    /// An "id" as long as a body took memory and time for each of its places.
    #[test]
    fn the_beginning_of_a_long_value_tells_whether_it_is_drawn() {
        let tail = "ä".repeat(1 << 20);
        let uuid = |at: u64| format!("{:08x}-1b2c-4d3e-8f4a-5b6c7d8e9f{at:02x}", at * 77_777_777);
        let spread = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (at << 40);
        let issued = Issued::default();
        for at in 1..=20 {
            issued.note(&named(), &format!("{}{:016x}-{tail}", uuid(at), spread(at)));
        }
        assert!(issued.look_drawn(&named()));
        let kept = issued.names.get(&named()).unwrap();
        assert!(kept.values.iter().all(|value| value.len() <= SAMPLE));
    }

    /// Whether these look drawn, one after another.
    fn look_drawn(values: impl IntoIterator<Item = String>) -> bool {
        let issued = Issued::default();
        for value in values {
            issued.note(&named(), &value);
        }
        issued.look_drawn(&named())
    }

    #[test]
    fn a_uuid_is_drawn_however_little_of_it_varies() {
        for (shape, drawn) in [
            ("01234567-89ab-4cde-8f01-23456789ab", true),
            ("01234567-89AB-4CDE-8F01-23456789AB", true),
            ("0123456-89ab-4cde-8f01-23456789ab", false),
            ("0123456x-89ab-4cde-8f01-23456789ab", false),
            ("0123456789ab4cde8f0123456789ab", false),
            ("01234567-89ab-4cde-8f01-0000-23456789ab", false),
        ] {
            let all = (0..20).map(|at| format!("{shape}{at:02}"));
            assert_eq!(look_drawn(all), drawn, "{shape}");
        }
        for (shape, more) in [("89ab-4cde", ""), ("89ab-4cde-8f01-0123456789ab", "-0")] {
            let all = (0..20).map(|at| format!("012345{at:02}-{shape}{more}"));
            assert!(!look_drawn(all), "{shape}{more}");
        }
    }

    #[test]
    fn values_are_looked_at_anew_whenever_there_are_twice_as_many() {
        let uuids = (0..20).map(|at| format!("01234567-89ab-4cde-8f01-0123456789{at:02}"));
        let with = |others: usize| {
            let others = (0..others).map(|at| format!("0123456x-89ab-4cde-8f01-0123456789{at:02}"));
            look_drawn(uuids.clone().chain(others))
        };
        assert!(with(0) && with(1) && with(19));
        assert!(!with(20) && !with(21));
    }

    #[test]
    fn what_was_issued_is_not_shown() {
        let issued = Issued::default();
        issued.note(&named(), "AP-7F3K9Q2M");
        assert_eq!(format!("{issued:?}"), "Issued");
    }

    #[test]
    fn values_that_many_share_do_not_look_drawn() {
        let issued = Issued::default();
        for at in 0..20 {
            issued.note(
                &named(),
                &format!(
                    "{:08x}-1b2c-4d3e-8f4a-5b6c{:08x}",
                    at * 99_991_111_u32,
                    at.wrapping_mul(2_654_435_761)
                ),
            );
        }
        let shared = |is_so| issued.contest(&named(), None, is_so);
        assert!(issued.look_drawn(&named()));
        shared(true);
        assert!(issued.look_drawn(&named()));
        shared(true);
        assert!(!issued.look_drawn(&named()));
        shared(false);
        assert!(issued.look_drawn(&named()));
        // Ids of clinics, which many patients are told.
        issued.double(&named());
        assert!(!issued.look_drawn(&named()));
    }

    #[test]
    fn numbers_that_are_counted_for_each_user_are_anybodys() {
        let field = "appointmentid";
        let issued = |all: &[(u32, u64)]| {
            let issued = Issued::default();
            for (user, number) in all {
                issued.note_number(field, UserId(*user), *number);
            }
            issued
        };
        // Each goes on from where they were.
        let each = issued(&[(1, 7), (2, 11), (1, 8), (2, 12), (1, 9), (2, 13)]);
        assert!(each.may_be_anybodys(field, 7));
        assert!(!each.may_be_anybodys(field, 1_000), "hardly");
        // Each from the beginning: nobody's numbers go past another one's.
        let each = issued(&[(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]);
        assert!(each.may_be_anybodys(field, 2));
        let all = issued(&[(1, 7), (2, 8), (1, 9), (2, 10)]);
        assert!(!all.may_be_anybodys(field, 7));
        assert!(all.may_be_anybodys("orderid", 7));
        all.contest(&named(), Some(field), true);
        assert!(all.may_be_anybodys(field, 7) && all.may_be_anybodys(field, 123_456));
        // Each has one, and keeps it.
        let same = issued(&[(1, 17), (2, 18), (3, 19), (1, 17), (2, 18)]);
        assert!(same.may_be_anybodys(field, 17));
        same.note_number(field, UserId(3), 19);
        assert!(!same.may_be_anybodys(field, 17));
    }

    #[test]
    fn of_a_field_no_more_numbers_are_remembered_than_it_says() {
        let field = "orderid";
        let issued = Issued::default();
        for number in 1..MOST_NUMBERS as u64 {
            issued.note_number(field, UserId(1), number);
        }
        for (user, number) in [(2, 5_000), (3, 6_000), (2, 7_000), (3, 8_000), (1, 5_500)] {
            issued.note_number(field, UserId(user), number);
        }
        // That of user 1 went past 5 000; 6 000 is not remembered.
        assert!(issued.may_be_anybodys(field, 7));
        issued.note_number(field, UserId(1), 5_600);
        issued.note_number(field, UserId(3), 4_000);
        issued.note_number(field, UserId(3), 5_001);
        assert!(!issued.may_be_anybodys(field, 7));
    }
}
