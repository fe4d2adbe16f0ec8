//! The values themselves: texts in arenas, and what is known of each in
//! entries of a fixed size.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use hashbrown::HashTable;

use crate::model::{FactName, Origin, UserId, Visibility};

use super::IndexedFact;
use super::filter::whole;

/// Parts of the store, each with a lock of its own. A power of two.
const SHARDS: usize = 256;

/// Bits of a [`Place`] that tell where in the arena of its shard.
const PLACE_BITS: u32 = 24;

/// Entries of one text that are compared before another is added.
const COMPARED: usize = 64;

/// What facts of one kind have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) name: FactName,
    pub(super) visibility: Visibility,
    pub(super) origin: Origin,
    /// It is somebody's; otherwise the owner means nothing.
    pub(super) owned: bool,
    /// The text is another way of writing the fact.
    pub(super) form: bool,
}

/// Numbers for kinds: there are few of them.
#[derive(Debug, Default)]
struct Kinds {
    numbers: HashMap<Kind, u32>,
    kinds: Vec<Kind>,
}

/// Where a text stands, shard and offset in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    /// Nowhere that can be told.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);
}

/// A fact, 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    owner: u32,
    group: u32,
    kind: u32,
    /// Offset of the text in the shard's arena.
    text: u32,
    /// The next entry of the same text; behind the last one comes the first.
    next: u32,
    /// The fact's own value, when the text is another form of it.
    own: Place,
}

/// What is to be stored.
#[derive(Debug)]
pub(super) struct New<'a> {
    pub(super) owner: u32,
    pub(super) group: u32,
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) own: Place,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is the first with this text.
    NewText,
    /// Others have the same text.
    KnownText,
    /// The very same was there.
    Already,
    /// A shard holds 4 GiB and more than that was to be stored.
    Full,
}

#[derive(Debug, Default)]
struct Shard {
    /// The last entry of each text.
    last: HashTable<u32>,
    entries: Vec<Entry>,
    /// Each text with its length before it.
    texts: Vec<u8>,
}

/// All facts.
#[derive(Debug)]
pub(super) struct Store {
    seed: u64,
    shards: Box<[RwLock<Shard>]>,
    kinds: RwLock<Kinds>,
}

impl Store {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            kinds: RwLock::default(),
        }
    }

    /// Stores a fact whose text has this hash.
    pub(super) fn add(&self, hash: u64, new: New<'_>) -> Stored {
        let Some(kind) = self.number(new.kind) else {
            return Stored::Full;
        };
        let mut shard = self.shards[shard_of(hash)]
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = Entry {
            owner: new.owner,
            group: new.group,
            kind,
            text: 0,
            next: 0,
            own: new.own,
        };
        shard.add(self.seed, hash, new.text.as_bytes(), entry)
    }

    /// Where `text` stands, if some fact has it.
    pub(super) fn place(&self, text: &str) -> Place {
        let hash = whole(self.seed, text.as_bytes());
        let at = shard_of(hash);
        let shard = read(&self.shards[at]);
        let known = shard
            .find(hash, text.as_bytes())
            .map(|last| shard.entries[last as usize].text)
            .filter(|offset| *offset < (1 << PLACE_BITS) - 1);
        match (known, u32::try_from(at)) {
            (Some(offset), Ok(at)) => Place((at << PLACE_BITS) | offset),
            _ => Place::UNKNOWN,
        }
    }

    /// All facts whose text is `text`, in the order in which they came.
    pub(super) fn facts(&self, hash: u64, text: &str) -> Vec<IndexedFact> {
        let entries: Vec<Entry> = {
            let shard = read(&self.shards[shard_of(hash)]);
            match shard.find(hash, text.as_bytes()) {
                Some(last) => shard.of_text(last).copied().collect(),
                None => return Vec::new(),
            }
        };
        let text: Arc<str> = text.into();
        let kinds = read(&self.kinds);
        entries
            .iter()
            .filter_map(|entry| {
                let kind = kinds.kinds.get(entry.kind as usize)?;
                let own = kind.form.then(|| self.text_at(entry.own)).flatten();
                Some(IndexedFact {
                    owner: kind.owned.then_some(UserId(entry.owner)),
                    group: entry.group,
                    name: Arc::clone(&kind.name),
                    visibility: kind.visibility,
                    origin: kind.origin,
                    form: Arc::clone(&text),
                    folded: own.unwrap_or_else(|| Arc::clone(&text)),
                })
            })
            .collect()
    }

    /// Tells every text once.
    pub(super) fn each_text(&self, tell: &mut dyn FnMut(&[u8])) {
        for shard in &self.shards {
            let shard = read(shard);
            for last in &shard.last {
                tell(text_at(&shard.texts, shard.entries[*last as usize].text));
            }
        }
    }

    fn text_at(&self, place: Place) -> Option<Arc<str>> {
        if place == Place::UNKNOWN {
            return None;
        }
        let shard = read(&self.shards[(place.0 >> PLACE_BITS) as usize]);
        let text = text_at(&shard.texts, place.0 & ((1 << PLACE_BITS) - 1));
        std::str::from_utf8(text).ok().map(Arc::from)
    }

    fn number(&self, kind: Kind) -> Option<u32> {
        if let Some(number) = read(&self.kinds).numbers.get(&kind) {
            return Some(*number);
        }
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(kinds.kinds.len()).ok()?;
        let number = *kinds.numbers.entry(kind.clone()).or_insert(next);
        if number == next {
            kinds.kinds.push(kind);
        }
        Some(number)
    }
}

impl Shard {
    /// The last entry of `text`.
    fn find(&self, hash: u64, text: &[u8]) -> Option<u32> {
        let same = |last: &u32| text_at(&self.texts, self.entries[*last as usize].text) == text;
        self.last.find(hash, same).copied()
    }

    /// The entries of one text, told by its last one, from the first on.
    fn of_text(&self, last: u32) -> impl Iterator<Item = &Entry> {
        let mut at = Some(last);
        std::iter::from_fn(move || {
            let next = self.entries[at? as usize].next;
            at = (next != last).then_some(next);
            Some(&self.entries[next as usize])
        })
    }

    fn add(&mut self, seed: u64, hash: u64, text: &[u8], mut entry: Entry) -> Stored {
        let Ok(number) = u32::try_from(self.entries.len()) else {
            return Stored::Full;
        };
        if let Some(last) = self.find(hash, text) {
            let first = &self.entries[last as usize];
            (entry.text, entry.next) = (first.text, first.next);
            let same = |own: &Entry| {
                Entry {
                    next: entry.next,
                    ..*own
                } == entry
            };
            if self.of_text(last).take(COMPARED).any(same) {
                return Stored::Already;
            }
            self.entries[last as usize].next = number;
            push(&mut self.entries, &[entry]);
            let of_text = |own: &u32| *own == last;
            if let Some(known) = self.last.find_mut(hash, of_text) {
                *known = number;
            }
            return Stored::KnownText;
        }
        let (Ok(offset), Ok(length)) = (u32::try_from(self.texts.len()), u32::try_from(text.len()))
        else {
            return Stored::Full;
        };
        (entry.text, entry.next) = (offset, number);
        push_length(&mut self.texts, length);
        push(&mut self.texts, text);
        push(&mut self.entries, &[entry]);
        let (entries, texts) = (&self.entries, &self.texts);
        self.last.insert_unique(hash, number, |last| {
            whole(seed, text_at(texts, entries[*last as usize].text))
        });
        Stored::NewText
    }
}

/// The shard of the text with this hash. The table inside takes its bits from
/// both ends.
fn shard_of(hash: u64) -> usize {
    (hash >> 32) as usize % SHARDS
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Pushes with little room to spare: doubling would waste a quarter of all
/// memory on average.
fn push<T: Copy>(into: &mut Vec<T>, items: &[T]) {
    if into.capacity() - into.len() < items.len() {
        into.reserve_exact(items.len().max(into.len() / 8).max(16));
    }
    into.extend_from_slice(items);
}

/// Seven bits at a time, the lowest first; the highest bit says that more
/// follow.
fn push_length(into: &mut Vec<u8>, mut length: u32) {
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            return push(into, &[low]);
        }
        push(into, &[low | 0x80]);
    }
}

/// The text whose length stands at `offset`.
fn text_at(texts: &[u8], offset: u32) -> &[u8] {
    let (mut at, mut length, mut shift) = (offset as usize, 0, 0);
    loop {
        let byte = texts[at];
        at += 1;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return &texts[at..at + length];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_left_and_growing_is_rare() {
        let mut all: Vec<u8> = Vec::new();
        let mut grown = 0;
        let mut capacity = 0;
        for _ in 0..20_000 {
            push(&mut all, b"12345");
            // An eighth more than there was, or a few bytes.
            let most = (all.len() * 9 / 8).max(all.len() + 16);
            assert!(
                all.capacity() <= most,
                "{} at {}",
                all.capacity(),
                all.len()
            );
            grown += u32::from(all.capacity() != capacity);
            capacity = all.capacity();
        }
        assert_eq!(all.len(), 100_000);
        assert!(grown < 100, "{grown}");
    }
}
