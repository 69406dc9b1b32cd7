use std::fmt;

use super::super::link::SLOTS;

const WORDS: usize = SLOTS as usize / 64;

/// A set of hash slots.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SlotSet(Box<[u64; WORDS]>);

impl SlotSet {
    pub(super) fn empty() -> Self {
        Self(Box::new([0; WORDS]))
    }

    /// From the first slot of each pair to the last, both included.
    pub(super) fn of_ranges(ranges: impl IntoIterator<Item = (u16, u16)>) -> Self {
        let mut set = Self::empty();
        for (first, last) in ranges {
            if (first, last) == (0, SLOTS - 1) {
                return Self::all();
            }
            for slot in first..=last.min(SLOTS - 1) {
                set.insert(slot);
            }
        }
        set
    }

    pub(super) fn all() -> Self {
        Self(Box::new([u64::MAX; WORDS]))
    }

    pub(super) fn insert(&mut self, slot: u16) {
        if let Some(word) = self.0.get_mut(usize::from(slot / 64)) {
            *word |= 1 << (slot % 64);
        }
    }

    pub(super) fn contains(&self, slot: u16) -> bool {
        let word = self.0.get(usize::from(slot / 64));
        word.is_some_and(|word| word & (1 << (slot % 64)) != 0)
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Those for which it is so.
    pub(super) fn matching(&self, is_so: impl Fn(u16) -> bool) -> Self {
        let slots = (0..SLOTS).filter(|&slot| self.contains(slot) && is_so(slot));
        Self::of_ranges(slots.map(|slot| (slot, slot)))
    }

    pub(super) fn first(&self) -> Option<u16> {
        (0..SLOTS).find(|&slot| self.contains(slot))
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.merged(other, |a, b| a & !b)
    }

    pub(super) fn common(&self, other: &Self) -> Self {
        self.merged(other, |a, b| a & b)
    }

    pub(super) fn with(&self, other: &Self) -> Self {
        self.merged(other, |a, b| a | b)
    }

    fn merged(&self, other: &Self, merge: impl Fn(u64, u64) -> u64) -> Self {
        let mut words = self.0.clone();
        for (word, other) in words.iter_mut().zip(other.0.iter()) {
            *word = merge(*word, *other);
        }
        Self(words)
    }

    /// The ranges that it consists of, each by its first slot and its last.
    pub(super) fn ranges(&self) -> Vec<(u16, u16)> {
        if *self == Self::all() {
            return vec![(0, SLOTS - 1)];
        }
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for (word, bits) in (0..).zip(self.0.iter()) {
            let mut bits = *bits;
            while bits != 0 {
                let bit = u16::try_from(bits.trailing_zeros()).unwrap_or_default();
                let slot = word * 64 + bit;
                bits &= bits - 1;
                match ranges.last_mut() {
                    Some((_, last)) if *last + 1 == slot => *last = slot,
                    _ => ranges.push((slot, slot)),
                }
            }
        }
        ranges
    }
}

impl fmt::Debug for SlotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ranges()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{SLOTS, SlotSet};

    fn slots() -> impl Strategy<Value = BTreeSet<u16>> {
        prop::collection::btree_set(0..SLOTS, 0..200)
    }

    proptest! {
        #[test]
        fn it_is_a_set(a in slots(), b in slots()) {
            let set = |slots: &BTreeSet<u16>| SlotSet::of_ranges(slots.iter().map(|&slot| (slot, slot)));
            let (left, right) = (set(&a), set(&b));
            prop_assert_eq!(left.len() as usize, a.len());
            prop_assert_eq!(left.first(), a.first().copied());
            prop_assert_eq!(left.without(&right), set(&(&a - &b)));
            prop_assert_eq!(left.common(&right), set(&(&a & &b)));
            prop_assert_eq!(left.with(&right), set(&(&a | &b)));
            prop_assert_eq!(SlotSet::of_ranges(left.ranges()), left);
        }
    }

    #[test]
    fn all_of_them() {
        assert_eq!(SlotSet::all(), SlotSet::of_ranges([(0, u16::MAX)]));
        assert_eq!(SlotSet::all().len(), u32::from(SLOTS));
        assert_eq!(SlotSet::empty().first(), None);
    }
}
