//! Marks that keep copies out while an entry is written.

use super::Tiered;
use super::slot::{Mark, Slot};
use super::statistics::add;
use super::upper::{Standing, place_of};
use crate::backend::{Backend, Commit, Context, Key, Outcome, Revision, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// A write under way, as the upper store was told of it.
pub(super) struct Marks {
    name: u64,
    held: Vec<Held>,
}

struct Held {
    place: Key,
    /// Of the mark, where it is known and names no other writer.
    alone: Option<Revision>,
}

impl Marks {
    /// Leaves the marks of these keys where they are, until they are over.
    pub(super) fn leave<'k>(&mut self, keys: impl Iterator<Item = &'k Key>) {
        let left: Vec<Key> = keys.filter_map(place_of).collect();
        self.held.retain(|held| !left.contains(&held.place));
    }
}

impl<U: Backend, B: Backend> Tiered<U, B> {
    /// Names this write in the marks of its keys, which keeps copies out from here on.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] where that cannot be done and it must be.
    pub(super) async fn mark(
        &self,
        cx: &Context,
        keys: impl Iterator<Item = &Key> + Clone + Send,
    ) -> Result<Marks> {
        let mut places: Vec<Key> = keys.clone().filter_map(place_of).collect();
        places.sort_unstable();
        places.dedup();
        let mut marks = Marks {
            name: self.upper.options.entropy.next_u64(),
            held: Vec::with_capacity(places.len()),
        };
        let ttl = self.upper.options.longest_write(cx);
        let Err(error) = self.join(cx, &mut marks, places, ttl).await else {
            return Ok(marks);
        };
        add(&self.counts.untold, 1);
        if !self.upper.options.strict {
            let options = &self.upper.options;
            let copies = options.ttl.max(options.negative_ttl);
            let doubted = ttl.as_duration().saturating_add(copies);
            keys.for_each(|key| self.doubts.raise(key, doubted));
            return Ok(marks);
        }
        self.unmark(cx, marks).await;
        cx.check()?;
        Err(Error::new(
            ErrorKind::Unavailable,
            "the upper tier of the cache could not be told of the write, and the tier is strict; nothing was applied: try \
             again, or leave `strict` out of the `TierLayer`",
        )
        .with_source(error))
    }

    async fn join(
        &self,
        cx: &Context,
        marks: &mut Marks,
        mut places: Vec<Key>,
        ttl: Ttl,
    ) -> Result<()> {
        let upper = &self.upper;
        let cx = upper.context(cx).with_lifetimes();
        let mut failed = Ok(());
        while !places.is_empty() {
            let standing = match cx.check() {
                Ok(()) => upper.look(&cx, &places).await,
                Err(late) => Err(late),
            };
            let standing = match standing {
                Ok(standing) => standing,
                Err(error) => {
                    failed = Err(error);
                    break;
                }
            };
            let mut held = Vec::with_capacity(places.len());
            let mut changes = Vec::with_capacity(places.len());
            for (place, standing) in places.into_iter().zip(standing) {
                let ours = Mark::of(marks.name, ttl);
                let (mark, alone) = match standing.slot {
                    Some(Slot::Mark(others)) => ours.joining(others, standing.left),
                    _ => (ours, true),
                };
                let ttl = mark.ttl();
                let change = upper.put(&place, standing.revision, &Slot::Mark(mark), ttl)?;
                let alone = alone.then_some(change.revision());
                held.push(Held { place, alone });
                changes.push(change);
            }
            let outcomes = upper.decide(&cx, changes).await;
            places = Vec::new();
            for (held, outcome) in held.into_iter().zip(outcomes) {
                match outcome {
                    Ok(Outcome::Applied(_)) => marks.held.push(held),
                    Ok(Outcome::Conflict(_)) => places.push(held.place),
                    Err(error) => {
                        failed = Err(error);
                        marks.held.push(Held {
                            alone: None,
                            ..held
                        });
                    }
                }
            }
        }
        // What could not be marked before may be put right after.
        let unmarked = places.into_iter().map(|place| Held { place, alone: None });
        marks.held.extend(unmarked);
        failed
    }

    /// Takes this write's name out of all marks, and what may have come where a mark was lost.
    pub(super) async fn unmark(&self, cx: &Context, marks: Marks) {
        let upper = &self.upper;
        let cx = upper.context(cx).with_lifetimes();
        let Marks { name, held } = marks;
        let (alone, others): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|held| held.alone.is_some());
        let mut places: Vec<Key> = others.into_iter().map(|held| held.place).collect();
        let known = alone
            .into_iter()
            .filter_map(|held| Some((upper.remove(&held.place, held.alone?).ok()?, held.place)));
        places.extend(self.attempt(&cx, known.collect()).await);
        while !places.is_empty() {
            let Ok(standing) = upper.look(&cx, &places).await else {
                return;
            };
            let changes = places
                .into_iter()
                .zip(standing)
                .filter_map(|(place, standing)| {
                    Some((self.without(name, &place, standing)?, place))
                });
            places = self.attempt(&cx, changes.collect()).await;
        }
    }

    /// Makes changes, and gives the places where something else was done meanwhile.
    async fn attempt(&self, cx: &Context, changes: Vec<(Commit, Key)>) -> Vec<Key> {
        if cx.check().is_err() {
            return Vec::new();
        }
        let (changes, places): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
        let outcomes = self.upper.decide(cx, changes).await;
        let decided = places.into_iter().zip(outcomes);
        decided
            .filter(|(_, outcome)| matches!(outcome, Ok(Outcome::Conflict(_))))
            .map(|(place, _)| place)
            .collect()
    }

    /// The change that takes a writer's name out of what stands there; `None` where nothing is to be done.
    fn without(&self, name: u64, place: &Key, standing: Standing) -> Option<Commit> {
        let seen = standing.revision?;
        let upper = &self.upper;
        let rest = match standing.slot {
            Some(Slot::Mark(mark)) if !mark.names(name) => return None,
            Some(Slot::Mark(mark)) => mark.without(name, standing.left),
            // The mark was lost, and a reader may keep what was there before the write.
            _ => None,
        };
        let change = match rest {
            Some(rest) => {
                let ttl = rest.ttl();
                upper.put(place, Some(seen), &Slot::Mark(rest), ttl)
            }
            None => upper.remove(place, seen),
        };
        change.ok()
    }
}
