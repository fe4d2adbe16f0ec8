//! Finding values in a text, in every form.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::fold::{fold, places};
use super::super::label::is_joint;
use super::super::look::GlimpseKind;
use super::super::{FactIndex, IndexedFact};
use super::accents::{Ascii, Places, unaccented};
use super::called_after::is_a_place;
use super::found::{Certainty, Found, Match};
use super::matches::{MOST, Matches};
use super::ordinary::reads_as_words;
use super::shape::Shape;
use super::slug::Standing;
use super::{DATE, Forms, ID, date, hints_at, lines, longer, moment, name, number};
use super::{phone, plainer, slug, towns};

impl Forms {
    /// Every known value in `text`, which the service calls `hint`.
    pub(in crate::oracle) fn find(
        &self,
        index: &FactIndex,
        text: &str,
        hint: &str,
        kind: GlimpseKind,
    ) -> Found {
        let mut search = Search {
            forms: self,
            index,
            text,
            hint,
            kind,
            matches: Matches::default(),
        };
        search.as_it_stands();
        if kind != GlimpseKind::Patchwork {
            if !text.is_ascii() {
                search.without_accents();
            }
            search.numbers(text, None);
            if kind == GlimpseKind::Whole {
                search.joined_words();
                search.without_what_is_between();
            }
            if self.dates.load(Ordering::Relaxed) {
                search.dates();
            }
        }
        let mut found = search.matches.found();
        if kind == GlimpseKind::Fields {
            let length = text.trim().len();
            // A plus sign or a bracket may stand around a number.
            found.matches.retain(|own| own.range.len() + 2 >= length);
        }
        found
    }
}

struct Search<'s> {
    forms: &'s Forms,
    index: &'s FactIndex,
    text: &'s str,
    hint: &'s str,
    kind: GlimpseKind,
    matches: Matches,
}

impl Search<'_> {
    /// What `seen` makes of the known values in `text`, as far as so many are
    /// kept.
    fn scan<T>(
        &mut self,
        text: &str,
        mut seen: impl FnMut(Range<usize>, &IndexedFact) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        self.index.scan(text, |range, fact| {
            if found.len() < MOST {
                found.extend(seen(range, fact));
            } else {
                self.matches.leave_out();
            }
        });
        found
    }

    fn as_it_stands(&mut self) {
        let folded = fold(self.text);
        // Worked out only where something was found.
        let unfolded: OnceCell<Vec<usize>> = OnceCell::new();
        let text = self.text;
        let found = self.scan(&folded, |range, fact| {
            let places = unfolded.get_or_init(|| places(text));
            let exact = folded[range.clone()] == *fact.folded();
            let place = without_sign(text, places[range.start]..places[range.end]);
            Some((exact, place, range, Arc::new(fact.clone())))
        });
        for (exact, place, range, fact) in found {
            if exact {
                let standing = longer::standing(self.text, &place, &fact.name);
                let certainty = if !self.can_be(&place, &fact, &standing) {
                    Certainty::Doubtful
                } else if joins_mail(&folded[..range.start], &folded[range]) {
                    // Behind a label, unless the whole is an address, too.
                    Certainty::Form
                } else {
                    Certainty::Exact
                };
                self.matches.add(Match {
                    range: place,
                    fact,
                    certainty,
                    with: match standing {
                        Standing::With(words) if certainty == Certainty::Doubtful => words,
                        _ => Vec::new(),
                    },
                });
            } else if self.kind != GlimpseKind::Patchwork
                || fact.folded().contains(|c: char| c.is_ascii_digit())
            {
                self.form(place, &fact, &folded[range]);
            }
        }
    }

    /// The text as it reads without its accents: for values that are known
    /// without theirs, too.
    fn without_accents(&mut self) {
        let mut before = String::new();
        for how in [Ascii::Dropped, Ascii::WrittenOut] {
            let (plain, places) = unaccented(self.text, how);
            if plain == before {
                continue;
            }
            let found = self.scan(&plain, |range, fact| Some((range, Arc::new(fact.clone()))));
            for (range, fact) in found {
                let place = places.of(&range);
                let Some(slice) = self.text.get(place.clone()) else {
                    continue;
                };
                // Otherwise it was found as it stands.
                if !slice.is_ascii() {
                    self.form(place, &fact, &plain[range]);
                }
            }
            if how == Ascii::Dropped && self.text.contains(|c| matches!(c, '\u{ff10}'..='\u{ff19}'))
            {
                self.numbers(&plain, Some(&places));
            }
            before = plain;
        }
    }

    /// A name or an address in another form, unless it is a part of something.
    fn form(&mut self, place: Range<usize>, fact: &Arc<IndexedFact>, written: &str) {
        let words = |text: &str| text.split(' ').count();
        let Some(slice) = self.text.get(place.clone()) else {
            return;
        };
        let known = fact.folded();
        if fold(slice) == known {
            // Found as it stands.
            return;
        }
        let swapped = !is_in_order(known, written);
        if words(known) < 2 {
            return;
        }
        let sure = !self.forms.weak.contains(written)
            && self.can_be(
                &place,
                fact,
                &longer::standing(self.text, &place, &fact.name),
            )
            && name::stands_by_itself(self.text, place.start, place.end, swapped);
        self.push(place, fact, sure);
    }

    /// Whether what stands so at `place` can be nothing but `fact`.
    fn can_be(&self, place: &Range<usize>, fact: &IndexedFact, standing: &Standing) -> bool {
        let (text, labels) = (self.text, &self.forms.labels);
        let is_all = match standing {
            Standing::Alone => true,
            Standing::With(words) => words.iter().all(|word| labels.is_one(word)),
            Standing::Part => false,
        };
        let lives_elsewhere = |owner| {
            let (Some(value), Some(after)) = (text.get(place.clone()), text.get(place.end..))
            else {
                return false;
            };
            value.contains(char::is_whitespace)
                && value.contains(|c: char| c.is_ascii_digit())
                && towns::is_street(&fact.name)
                && self.forms.towns.are_others(owner, value, after)
        };
        is_all
            && !lines::are_apart(text, place)
            && !reads_as_words(text, place, self.hint, &fact.name)
            && !is_a_place(text, place)
            && !fact.owner.is_some_and(lives_elsewhere)
    }

    /// The text as it reads without what stands between the parts of a name or of
    /// an address.
    fn without_what_is_between(&mut self) {
        if let Some(plain) = plainer::without_titles(self.text) {
            self.plainer(&plain, Shape::Name);
        }
        if let Some(plain) = plainer::without_marks(self.text) {
            self.plainer(&plain, Shape::Address);
        }
    }

    /// Values of `shape` in `plain`, which is the text with spaces for some of it.
    fn plainer(&mut self, plain: &str, shape: Shape) {
        let folded = fold(plain);
        let found = self.scan(&folded, |range, fact| {
            (Shape::of(&fact.name, fact.folded()) == shape).then(|| (range, Arc::new(fact.clone())))
        });
        if found.is_empty() {
            return;
        }
        let places = places(plain);
        for (range, fact) in found {
            let place = places[range.start]..places[range.end];
            let written = &folded[range];
            let known = fact.folded();
            let Some(before) = self.text.get(..place.end) else {
                continue;
            };
            let swapped = !is_in_order(known, written);
            let standing = longer::standing(self.text, &place, &fact.name);
            let is_two = swapped && plainer::greets_two(before);
            let sure = !is_two
                && !self.forms.weak.contains(written)
                && self.can_be(&place, &fact, &standing)
                && name::stands_by_itself(plain, place.start, place.end, swapped);
            // Otherwise it was found as it stands, or is none.
            if sure {
                self.push(place, &fact, true);
            }
        }
    }

    /// Numbers in `text`, which is the text itself or, with `places`, what it
    /// reads like.
    fn numbers(&mut self, text: &str, places: Option<&Places>) {
        if text.len() < number::SHORTEST {
            return;
        }
        let digits = text.bytes().filter(u8::is_ascii_digit);
        if digits.take(number::FEWEST_DIGITS).count() < number::FEWEST_DIGITS {
            return;
        }
        let sorted = moment::sort(text, number::groups(text));
        let mut wanted: Vec<(Range<usize>, String, bool)> = Vec::new();
        number::ids(text, &sorted.left, &mut |range, id, bare| {
            wanted.push((range, id + ID, bare));
        });
        number::ids(text, &sorted.doubtful, &mut |range, id, _| {
            // They stand in order, and apart.
            let before = |stamp: &Range<usize>| stamp.end <= range.start;
            let next = sorted.stamps.get(sorted.stamps.partition_point(before));
            if next.is_some_and(|stamp| stamp.start < range.end) {
                wanted.push((range, id + ID, true));
            }
        });
        phone::phones(text, &sorted.left, &mut |range, form, bare| {
            wanted.push((range, form, bare));
        });
        for (range, form, bare) in wanted {
            let place = match places {
                Some(places) => places.of(&range),
                None => range,
            };
            self.look_up(place, &form, bare);
        }
    }

    /// Names whose words are joined, as in paths and the names of files.
    fn joined_words(&mut self) {
        let Some(spaced) = slug::spaced(self.text) else {
            return;
        };
        let folded = fold(&spaced);
        let found = self.scan(&folded, |range, fact| {
            let is_name = !fact
                .folded()
                .contains(|c: char| c.is_ascii_digit() || c == '@');
            (is_name && folded[range.clone()].contains(' '))
                .then(|| (range, Arc::new(fact.clone())))
        });
        if found.is_empty() {
            return;
        }
        let places = places(&spaced);
        for (range, fact) in found {
            let place = places[range.start]..places[range.end];
            let written = &folded[range];
            // Otherwise it was found as it stands.
            if fold(&self.text[place.clone()]) != written {
                let strong = !self.forms.weak.contains(written)
                    && !reads_as_words(self.text, &place, self.hint, &fact.name)
                    && !is_a_place(self.text, &place);
                match slug::standing(self.text, &place) {
                    Standing::Alone => {
                        self.push(place, &fact, strong);
                    }
                    Standing::Part => {
                        self.push(place, &fact, false);
                    }
                    Standing::With(words) => {
                        let labels = words.iter().all(|word| self.forms.labels.is_one(word));
                        if let Some(own) = self.push(place, &fact, strong && labels)
                            && !labels
                        {
                            own.with = words;
                        }
                    }
                }
            }
        }
    }

    fn dates(&mut self) {
        let mut wanted = Vec::new();
        date::dates(self.text, &mut |range, day| {
            wanted.push((range, day + DATE));
        });
        for (range, form) in wanted {
            self.look_up(range, &form, false);
        }
    }

    /// Whoever is filed under `form`.
    fn look_up(&mut self, place: Range<usize>, form: &str, needs_hint: bool) {
        let found = self.scan(form, |range, fact| {
            (range.len() == form.len()).then(|| Arc::new(fact.clone()))
        });
        for fact in found {
            let sure =
                !self.forms.weak.contains(form) && (!needs_hint || hints_at(self.hint, &fact.name));
            self.push(place.clone(), &fact, sure);
        }
    }

    fn push(
        &mut self,
        range: Range<usize>,
        fact: &Arc<IndexedFact>,
        sure: bool,
    ) -> Option<&mut Match> {
        let certainty = if sure {
            Certainty::Form
        } else {
            Certainty::Doubtful
        };
        self.matches.unite(Match {
            range,
            fact: Arc::clone(fact),
            certainty,
            with: Vec::new(),
        })
    }
}

/// Where the digits of a number begin, whatever stands before them: forms of
/// numbers begin there, and lie at the same place.
fn without_sign(text: &str, place: Range<usize>) -> Range<usize> {
    let value = &text[place.clone()];
    let rest = value.trim_start_matches(['+', '(']);
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        place.end - rest.len()..place.end
    } else {
        place
    }
}

/// Whether `value` is an address that something is joined to.
fn joins_mail(before: &str, value: &str) -> bool {
    value.contains('@') && before.ends_with(is_joint)
}

/// Whether the words of a form are in the order in which they are known.
fn is_in_order(known: &str, written: &str) -> bool {
    known.contains(|c: char| c.is_ascii_digit())
        || [Ascii::Dropped, Ascii::WrittenOut]
            .into_iter()
            .any(|how| written == unaccented(known, how).0)
}
