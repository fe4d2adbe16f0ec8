//! Generating: a person from a seed and an index.

use std::sync::Arc;

use crate::model::{Fact, FactName, Origin, UserId};

use super::address::{ADDRESSES, address};
use super::draw::{Draw, Purpose};
use super::fold::fold;
use super::kind::{Kind, PASSWORD};
use super::names::{Name, NameGrid};
use super::numbers::{
    CANARIES, INSURANCE_NUMBERS, MEMBER_IDS, TOKENS, canary, insurance_number, member_id, password,
    token,
};
use super::permutation::Permutation;
use super::phone::{PHONES, phone};
use super::{Locale, Person, Secret, Spec};

/// Domains that are nobody's (RFC 2606 and 6761), none a part of another.
const MAIL_DOMAINS: [&str; 4] = ["example.com", "example.net", "example.org", "example.test"];

/// Years of birth: grown up in any year this is run.
const FIRST_YEAR: u32 = 1935;
const YEARS: u32 = 70;

/// Makes the people of one spec. What it makes of an index depends on the
/// seed, the locales and the group size only.
#[derive(Debug)]
pub(super) struct Generator {
    seed: u64,
    group_size: u32,
    slots: Vec<Slot>,
    /// The generated facts without their values, in the order of [`Kind::ALL`].
    blanks: Vec<Fact>,
    password: FactName,
    addresses: Permutation,
    phones: Permutation,
    member_ids: Permutation,
    insurance_numbers: Permutation,
    mailboxes: Permutation,
    canaries: Permutation,
    passwords: Permutation,
}

/// One entry of the list of locales.
#[derive(Debug)]
struct Slot {
    locale: Locale,
    grid: NameGrid,
    cells: Permutation,
    /// How often the locale is in the list before this entry, and at all.
    rank: u64,
    weight: u64,
}

impl Generator {
    pub(super) fn new(spec: &Spec) -> Self {
        let seed = spec.seed;
        let blanks = Kind::ALL.iter().map(|kind| {
            let setting = spec.setting(kind.name);
            Fact {
                name: kind.name.into(),
                value: String::new(),
                visibility: setting.visibility.unwrap_or(kind.visibility),
                origin: Origin::Generated,
                weak: setting.weak.unwrap_or(kind.weak),
            }
        });
        Self {
            seed,
            group_size: spec.group_size,
            slots: slots(spec),
            blanks: blanks.collect(),
            password: PASSWORD.into(),
            addresses: Permutation::new(ADDRESSES, seed, Purpose::Addresses),
            phones: Permutation::new(PHONES, seed, Purpose::Phones),
            member_ids: Permutation::new(MEMBER_IDS, seed, Purpose::MemberIds),
            insurance_numbers: Permutation::new(INSURANCE_NUMBERS, seed, Purpose::InsuranceNumbers),
            mailboxes: Permutation::new(TOKENS, seed, Purpose::Mailboxes),
            canaries: Permutation::new(CANARIES, seed, Purpose::Canaries),
            passwords: Permutation::new(TOKENS, seed, Purpose::Passwords),
        }
    }

    pub(super) fn person(&self, index: u32) -> Person {
        let group = index / self.group_size;
        let slot = &self.slots[group as usize % self.slots.len()];
        let mut draw = Draw::of_user(self.seed, index);
        let name = self.name(slot, index);
        let code = u64::from(index);
        let values = [
            email(&name, &token(self.mailboxes.apply(code)), &mut draw),
            member_id(self.member_ids.apply(code)),
            name.full,
            name.first,
            name.last.to_owned(),
            phone(slot.locale, self.phones.apply(code)),
            birth_date(&mut draw),
            address(slot.locale, self.addresses.apply(u64::from(group))),
            insurance_number(self.insurance_numbers.apply(code)),
            canary(self.canaries.apply(code)),
            index.to_string(),
        ];
        let facts = self.blanks.iter().zip(values).map(|(blank, value)| Fact {
            name: Arc::clone(&blank.name),
            value,
            ..*blank
        });
        let password = Secret::new(password(self.passwords.apply(code), &mut draw));
        let secrets = vec![(Arc::clone(&self.password), password)];
        Person::new(UserId(index), group, facts.collect(), secrets)
    }

    /// Households take the locales in turn; within a locale its people are
    /// counted, and each takes the next cell of the grid.
    fn name(&self, slot: &Slot, index: u32) -> Name {
        let size = u64::from(self.group_size);
        let (group, member) = (u64::from(index) / size, u64::from(index) % size);
        let turn = group / self.slots.len() as u64;
        let ordinal = (turn * slot.weight + slot.rank) * size + member;
        let cells = slot.cells.size();
        slot.grid
            .name(slot.cells.apply(ordinal % cells), ordinal / cells)
    }
}

fn slots(spec: &Spec) -> Vec<Slot> {
    let times = |locales: &[Locale], locale| {
        locales.iter().filter(|other| **other == locale).count() as u64
    };
    let grids = NameGrid::of(&spec.locales);
    let slots = spec.locales.iter().zip(grids).enumerate();
    slots
        .map(|(place, (locale, grid))| Slot {
            locale: *locale,
            cells: Permutation::new(grid.size(), spec.seed, Purpose::Names),
            grid,
            rank: times(&spec.locales[..place], *locale),
            weight: times(&spec.locales, *locale),
        })
        .collect()
}

/// `anna.mueller.7k3f9q2x@example.test`; without the name where it is not
/// written in Latin letters.
fn email(name: &Name, mailbox: &str, draw: &mut Draw) -> String {
    let domain = draw.pick(&MAIL_DOMAINS);
    let words = name.first.split([' ', '.']).chain([name.last]).map(fold);
    let mut local = String::new();
    for word in words.filter(|word| !word.is_empty() && word.is_ascii()) {
        local.push_str(&word);
        local.push('.');
    }
    format!("{local}{mailbox}@{domain}")
}

/// A day, as ISO 8601 writes it.
fn birth_date(draw: &mut Draw) -> String {
    let year = FIRST_YEAR + draw.below(YEARS);
    let month = 1 + draw.below(12);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = 1 + draw.below(days);
    format!("{year}-{month:02}-{day:02}")
}
