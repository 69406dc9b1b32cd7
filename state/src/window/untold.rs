use std::collections::BTreeSet;

use super::shard::Work;

/// Inputs that were late and of which nobody has been told: who asked may have gone before the answer.
#[derive(Debug, Default)]
pub(super) struct Untold(BTreeSet<Id>);

/// What names an element, whatever batch it comes in: its source, its position, its place there.
type Id = (String, u64, u64);

impl Untold {
    /// The elements at these places were late.
    pub(super) fn note<K, I>(&mut self, work: &Work<'_, K, I>, late: &[usize]) {
        self.0
            .extend(late.iter().filter_map(|place| id(work, *place)));
    }

    /// The places of those that are part of the work.
    pub(super) fn among<K, I>(&self, work: &Work<'_, K, I>) -> Vec<usize> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let is_late = |place: &usize| id(work, *place).is_some_and(|id| self.0.contains(&id));
        work.places.iter().copied().filter(is_late).collect()
    }

    /// Somebody has been told that these were late.
    pub(super) fn told<K, I>(&mut self, work: &Work<'_, K, I>, late: &[usize]) {
        for id in late.iter().filter_map(|place| id(work, *place)) {
            self.0.remove(&id);
        }
    }
}

fn id<K, I>(work: &Work<'_, K, I>, place: usize) -> Option<Id> {
    let element = work.elements.get(place)?;
    Some((work.source.to_owned(), element.position, element.ordinal))
}
