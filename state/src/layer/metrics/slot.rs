use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::histogram::Histogram;

/// How many names of operations are told apart.
const SLOTS: usize = 64;
/// What the rest is counted as.
const REST: &str = "rest";

/// The numbers of the operations of one name.
pub(super) struct Slot {
    pub(super) operation: &'static str,
    pub(super) durations: Histogram,
    pub(super) conflicts: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) cancelled: AtomicU64,
}

/// A slot for each name that was used, found by the name without a lock.
pub(super) struct Slots {
    places: [OnceLock<Box<Slot>>; SLOTS],
    rest: Slot,
}

impl Slot {
    fn new(operation: &'static str) -> Self {
        Self {
            operation,
            durations: Histogram::new(),
            conflicts: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
        }
    }

    /// A name is most often the very same text.
    #[inline]
    fn is_of(&self, operation: &'static str) -> bool {
        std::ptr::eq(self.operation, operation) || self.operation == operation
    }
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            places: [const { OnceLock::new() }; SLOTS],
            rest: Slot::new(REST),
        }
    }

    /// The slot of a name.
    #[inline]
    pub(super) fn of(&self, operation: &'static str) -> &Slot {
        let begin = place_of(operation);
        let first = self.places.get(begin).and_then(OnceLock::get);
        match first {
            Some(slot) if slot.is_of(operation) => slot,
            _ => self.search(operation, begin),
        }
    }

    #[cold]
    fn search(&self, operation: &'static str, begin: usize) -> &Slot {
        let (before, from) = self
            .places
            .split_at_checked(begin)
            .unwrap_or((&[], &self.places));
        from.iter()
            .chain(before)
            .map(|place| place.get_or_init(|| Box::new(Slot::new(operation))))
            .find(|slot| slot.is_of(operation))
            .map_or(&self.rest, |slot| slot)
    }

    /// Those that were used, in the order of their names.
    pub(super) fn used(&self) -> Vec<&Slot> {
        let known = self.places.iter().filter_map(OnceLock::get);
        let rest = Some(&self.rest).filter(|rest| rest.durations.read().count() > 0);
        let mut used: Vec<&Slot> = known.map(|slot| &**slot).chain(rest).collect();
        used.sort_by_key(|slot| slot.operation);
        used
    }
}

/// Where a name is looked for first.
#[inline]
fn place_of(operation: &str) -> usize {
    let bytes = operation.as_bytes();
    let ends = [bytes.first(), bytes.last(), bytes.get(bytes.len() / 2)];
    let mix = |hash: usize, byte: Option<&u8>| hash * 7 + usize::from(byte.copied().unwrap_or(0));
    ends.into_iter().fold(bytes.len(), mix) % SLOTS
}

/// A number that was counted.
pub(super) fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_a_slot_while_there_are_some() {
        let slots = Slots::new();
        let names: Vec<&'static str> = (0..SLOTS + 3)
            .map(|number| &*Box::leak(format!("operation {number}").into_boxed_str()))
            .collect();
        for _ in 0..2 {
            for name in &names {
                slots.of(name).durations.record(0, 1);
            }
        }
        let used = slots.used();
        assert_eq!(used.len(), SLOTS + 1);
        for slot in used {
            let count = slot.durations.read().count();
            assert_eq!(
                count,
                if slot.operation == REST { 6 } else { 2 },
                "{}",
                slot.operation
            );
        }
        assert!(std::ptr::eq(
            slots.of("operation 1"),
            slots.of(&String::from("operation 1").leak()[..])
        ));
    }
}
