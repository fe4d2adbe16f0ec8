//! Names: a grid of first and last names per locale.

use std::collections::BTreeSet;

use fake::locales::{DE_DE, Data, EN, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR};

use super::Locale;
use super::fold::fold;

/// The names of one locale.
///
/// Two names are never the same, and none stands as whole words inside
/// another, for these reasons. Every word is a single one. No word is both a
/// first and a last name, and no last name is in two locales. A name is
/// exactly one last name and the given names next to it; what else there may
/// be (initials, once the grid is used up) stands between two names, where it
/// breaks every shorter name apart. Words that differ only by accents count as
/// the same, because services lose accents.
#[derive(Debug)]
pub(super) struct NameGrid {
    locale: Locale,
    firsts: Vec<&'static str>,
    lasts: Vec<&'static str>,
}

/// A name in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// All given names, with initials: put before the last name (in Japanese
    /// behind it) they make the full name, as services do it.
    pub(super) first: String,
    pub(super) last: &'static str,
    pub(super) full: String,
}

impl NameGrid {
    /// The grid of each of `locales`. It does not depend on the other ones.
    pub(super) fn of(locales: &[Locale]) -> Vec<Self> {
        let mut taken = BTreeSet::new();
        let mut lasts = Vec::new();
        for locale in Locale::ALL {
            let own = words(locale).1.iter().copied();
            let own = own.filter(|name| is_plain(name, shortest(locale).1));
            let own: Vec<_> = own.filter(|name| taken.insert(fold(name))).collect();
            lasts.push((locale, own));
        }
        let grid = |locale: Locale| {
            let mut seen = BTreeSet::new();
            let firsts = words(locale).0.iter().copied();
            let firsts = firsts.filter(|name| is_plain(name, shortest(locale).0));
            let new = |name: &&str| {
                let folded = fold(name);
                !taken.contains(&folded) && seen.insert(folded)
            };
            let own = lasts.iter().filter(|(owner, _)| *owner == locale);
            Self {
                locale,
                firsts: firsts.filter(new).collect(),
                lasts: own.flat_map(|(_, names)| names.iter().copied()).collect(),
            }
        };
        locales.iter().map(|locale| grid(*locale)).collect()
    }

    /// How many names there are before initials are needed.
    pub(super) fn size(&self) -> u64 {
        let (firsts, lasts) = (self.firsts.len() as u64, self.lasts.len() as u64);
        match self.locale {
            // Two different given names: one alone is too short to accuse.
            Locale::Ja => lasts * firsts * (firsts - 1),
            _ => lasts * firsts,
        }
    }

    /// The name in cell `cell` (below the size) of the `round`-th pass
    /// through the grid.
    pub(super) fn name(&self, cell: u64, round: u64) -> Name {
        let last = *at(&self.lasts, cell);
        let cell = cell / self.lasts.len() as u64;
        let initials = initials(round);
        if self.locale == Locale::Ja {
            let firsts = self.firsts.len() as u64;
            let given = cell % firsts;
            // Steps from the given name to another one, never around to it.
            let other = given + 1 + cell / firsts;
            let (given, other) = (at(&self.firsts, given), at(&self.firsts, other));
            let first = format!("{given}{initials} {other}");
            let full = format!("{last} {first}");
            return Name { first, last, full };
        }
        let first = format!("{}{initials}", at(&self.firsts, cell));
        let full = format!("{first} {last}");
        Name { first, last, full }
    }

    #[cfg(test)]
    pub(super) fn lasts(&self) -> impl Iterator<Item = &'static str> {
        self.lasts.iter().copied()
    }

    #[cfg(test)]
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.firsts.iter().chain(&self.lasts).copied()
    }
}

fn at<'a>(list: &'a [&'static str], index: u64) -> &'a &'static str {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below the length of a list"
    )]
    let index = (index % list.len() as u64) as usize;
    &list[index]
}

/// Initials that tell the passes through the grid apart: none, then ` A.` to
/// ` Z.`, ` A. A.` and on.
fn initials(mut round: u64) -> String {
    let mut letters = Vec::new();
    while round > 0 {
        round -= 1;
        letters.push(char::from(b'A' + (round % 26) as u8));
        round /= 26;
    }
    let mut text = String::new();
    for letter in letters.iter().rev() {
        text.push(' ');
        text.push(*letter);
        text.push('.');
    }
    text
}

/// First and last names as `fake` has them.
fn words(locale: Locale) -> (&'static [&'static str], &'static [&'static str]) {
    fn of<D: Data>() -> (&'static [&'static str], &'static [&'static str]) {
        (D::NAME_FIRST_NAME, D::NAME_LAST_NAME)
    }
    match locale {
        Locale::En => of::<EN>(),
        Locale::De => of::<DE_DE>(),
        Locale::Fr => of::<FR_FR>(),
        Locale::It => of::<IT_IT>(),
        Locale::Nl => of::<NL_NL>(),
        Locale::PtBr => of::<PT_BR>(),
        Locale::Ja => of::<JA_JP>(),
    }
}

/// The shortest first and last name, so that every full name has at least 8
/// characters.
const fn shortest(locale: Locale) -> (usize, usize) {
    match locale {
        Locale::Ja => (2, 2),
        _ => (3, 4),
    }
}

/// One word of letters, with an apostrophe inside at most.
fn is_plain(name: &str, shortest: usize) -> bool {
    name.chars().count() >= shortest
        && name.starts_with(char::is_alphabetic)
        && name.ends_with(char::is_alphabetic)
        && name
            .chars()
            .all(|char| char.is_alphabetic() || char == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_never_repeat() {
        let all: BTreeSet<String> = (0..2000).map(initials).collect();
        assert_eq!(all.len(), 2000);
        assert_eq!(initials(0), "");
        assert_eq!(initials(26), " Z.");
        assert_eq!(initials(27), " A. A.");
    }

    #[test]
    fn a_small_grid_is_walked_without_a_repeat() {
        let grid = &NameGrid::of(&[Locale::It])[0];
        let names: BTreeSet<String> = (0..grid.size() * 3)
            .map(|index| grid.name(index % grid.size(), index / grid.size()).full)
            .collect();
        assert_eq!(names.len() as u64, grid.size() * 3);
        assert!(names.iter().all(|name| name.chars().count() >= 8));
    }

    #[test]
    fn japanese_names_have_two_given_names() {
        let grid = &NameGrid::of(&[Locale::Ja])[0];
        let step = 97;
        for cell in (0..grid.size()).step_by(step) {
            let name = grid.name(cell, 0);
            let words: Vec<_> = name.full.split(' ').collect();
            assert_eq!(words.len(), 3);
            assert_ne!(words[1], words[2]);
            assert!(name.full.chars().count() >= 8);
        }
    }

    #[test]
    fn no_word_serves_twice() {
        let grids = NameGrid::of(&Locale::ALL);
        let mut lasts = BTreeSet::new();
        for grid in &grids {
            assert!(grid.size() > 3_000, "{}: {}", grid.locale, grid.size());
            for last in &grid.lasts {
                assert!(lasts.insert(fold(last)), "{last}");
            }
        }
        for first in grids.iter().flat_map(|grid| &grid.firsts) {
            assert!(!lasts.contains(&fold(first)), "{first}");
        }
    }

    #[test]
    fn latin_names_fold_to_ascii() {
        for grid in NameGrid::of(&Locale::ALL[..6]) {
            for word in grid.words() {
                let folded = fold(word);
                assert!(
                    folded.chars().all(|char| char.is_ascii_lowercase()),
                    "{word} {folded}"
                );
            }
        }
    }
}
