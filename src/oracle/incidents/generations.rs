//! A map that forgets what is oldest, so that long runs do not grow.

use std::collections::BTreeMap;

/// A map of two generations: when the young one is full it becomes the old one,
/// and what was old is forgotten. Between one and two times as many entries as
/// it may hold young are remembered.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    most: usize,
    young: BTreeMap<K, V>,
    old: BTreeMap<K, V>,
}

impl<K: Ord, V> Generations<K, V> {
    pub(super) const fn of(most: usize) -> Self {
        Self {
            most,
            young: BTreeMap::new(),
            old: BTreeMap::new(),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// Takes the value out, to be put back changed.
    pub(super) fn take(&mut self, key: &K) -> Option<V> {
        let old = self.old.remove(key);
        self.young.remove(key).or(old)
    }

    /// What is remembered, each key once, in no order that matters.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let forgotten = self
            .old
            .iter()
            .filter(|(key, _)| !self.young.contains_key(key));
        self.young.iter().chain(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_and_the_used_stay() {
        let mut map = Generations::of(2);
        for key in 0..4 {
            map.insert(key, key * 10);
        }
        // 0 and 1 are old, 2 and 3 young.
        assert_eq!((map.get(&0), map.get(&3)), (Some(&0), Some(&30)));
        let kept = map.take(&0).unwrap();
        map.insert(0, kept + 1);
        assert_eq!((map.get(&0), map.get(&1)), (Some(&1), None));
        let mut all: Vec<i32> = map.iter().map(|(key, _)| *key).collect();
        all.sort_unstable();
        assert_eq!(all, [0, 2, 3]);
    }
}
