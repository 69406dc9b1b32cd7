//! Reads through the upper store.

use super::Tiered;
use super::slot::{Copied, Slot};
use super::statistics::add;
use super::upper::{Standing, place_of};
use crate::backend::{Backend, Context, Entry, Key, Outcome, Reads, Revision, Ttl};
use crate::error::Result;

/// What the upper store knows of a key.
enum Answer {
    Known(Option<Entry>),
    /// Nothing; the place may be leased.
    Vacant(Vacancy),
    /// Nothing, and nothing is to be kept.
    Unknown,
}

struct Vacancy {
    place: Key,
    /// What stands there and cannot be read.
    seen: Option<Revision>,
}

/// The right to keep what the store answers, for as long as it stands.
struct Lease {
    place: Key,
    revision: Revision,
    /// Which of the keys that the store is asked for.
    asked: usize,
}

impl<U: Backend, B: Backend> Tiered<U, B> {
    pub(super) async fn read_through(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        let known = self.look_up(cx, keys).await;
        let mut answers = Vec::with_capacity(keys.len());
        let (mut missing, mut gaps, mut vacancies) = (Vec::new(), Vec::new(), Vec::new());
        for ((at, key), answer) in keys.iter().enumerate().zip(known) {
            let found = match answer {
                Answer::Known(found) => {
                    answers.push(found);
                    continue;
                }
                Answer::Vacant(vacancy) => Some(vacancy),
                Answer::Unknown => None,
            };
            vacancies.extend(found.map(|vacancy| (missing.len(), vacancy)));
            missing.push(key.clone());
            gaps.push(at);
            answers.push(None);
        }
        if missing.is_empty() {
            return Ok(answers);
        }
        let leases = self.lease(cx, vacancies).await;
        // Not `Cached`: what is kept for others must be what the store itself has.
        let mut below = cx.with_reads(Reads::Primary);
        below.lifetimes |= !leases.is_empty();
        let read = self.inner.get(&below, &missing).await?;
        self.keep(cx, leases, &read).await;
        for (at, found) in gaps.into_iter().zip(read) {
            if let Some(answer) = answers.get_mut(at) {
                *answer = found;
            }
        }
        Ok(answers)
    }

    async fn look_up(&self, cx: &Context, keys: &[Key]) -> Vec<Answer> {
        let trusted = keys.iter().map(|key| !self.doubts.has(key));
        let places = keys.iter().zip(trusted);
        let places: Vec<Option<Key>> = places
            .map(|(key, trusted)| trusted.then(|| place_of(key)).flatten())
            .collect();
        let asked: Vec<Key> = places.iter().flatten().cloned().collect();
        add(&self.counts.misses, keys.len() - asked.len());
        let standing = if asked.is_empty() {
            Ok(Vec::new())
        } else {
            self.upper.look(&self.upper.context(cx), &asked).await
        };
        let Ok(standing) = standing else {
            add(&self.counts.failed, asked.len());
            return keys.iter().map(|_| Answer::Unknown).collect();
        };
        let mut standing = standing.into_iter();
        let answers = places.into_iter().map(|place| {
            let seen = place.and_then(|place| Some((place, standing.next()?)));
            seen.map_or(Answer::Unknown, |(place, seen)| self.judge(cx, place, seen))
        });
        answers.collect()
    }

    fn judge(&self, cx: &Context, place: Key, standing: Standing) -> Answer {
        let Standing {
            revision,
            slot,
            left,
        } = standing;
        let (count, answer) = match slot {
            Some(Slot::Absent) => (&self.counts.negative_hits, Answer::Known(None)),
            // No copy is put without a time to live; what has none is not ours.
            Some(Slot::Copy(copied)) if !cx.lifetimes || left.is_some() => {
                let entry = copied.into_entry(left);
                (&self.counts.hits, Answer::Known(Some(entry)))
            }
            Some(Slot::Lease | Slot::Mark(_)) => (&self.counts.misses, Answer::Unknown),
            Some(Slot::Copy(_)) | None => {
                let seen = revision;
                (&self.counts.misses, Answer::Vacant(Vacancy { place, seen }))
            }
        };
        add(count, 1);
        answer
    }

    async fn lease(&self, cx: &Context, vacancies: Vec<(usize, Vacancy)>) -> Vec<Lease> {
        let upper = &self.upper;
        let options = &upper.options;
        let Ok(ttl) = Ttl::new(options.lease) else {
            return Vec::new();
        };
        if vacancies.is_empty() || options.ttl.is_zero() {
            return Vec::new();
        }
        let changes = vacancies
            .iter()
            .map(|(_, vacancy)| upper.put(&vacancy.place, vacancy.seen, &Slot::Lease, ttl));
        let Ok(changes) = changes.collect::<Result<Vec<_>>>() else {
            return Vec::new();
        };
        let leases: Vec<Lease> = vacancies
            .into_iter()
            .zip(&changes)
            .map(|((asked, vacancy), change)| Lease {
                place: vacancy.place,
                revision: change.revision(),
                asked,
            })
            .collect();
        let outcomes = upper.decide(&upper.context(cx), changes).await;
        let taken = leases.into_iter().zip(outcomes);
        taken
            .filter(|(_, outcome)| matches!(outcome, Ok(Outcome::Applied(_))))
            .map(|(lease, _)| lease)
            .collect()
    }

    /// Keeps what the store has answered, where the lease still stands.
    async fn keep(&self, cx: &Context, leases: Vec<Lease>, read: &[Option<Entry>]) {
        let changes = leases.iter().filter_map(|lease| {
            let (slot, ttl) = self.copy_of(read.get(lease.asked)?.as_ref())?;
            let seen = Some(lease.revision);
            self.upper.put(&lease.place, seen, &slot, ttl).ok()
        });
        let changes = changes.collect();
        // Where it fails nothing is kept, and the next reader tries.
        drop(self.upper.decide(&self.upper.context(cx), changes).await);
    }

    /// A copy, and how long it may live; `None` where it may not.
    fn copy_of(&self, found: Option<&Entry>) -> Option<(Slot, Ttl)> {
        let options = &self.upper.options;
        let Some(entry) = found else {
            return Some((Slot::Absent, Ttl::new(options.negative_ttl).ok()?));
        };
        let longest = Ttl::new(options.ttl).ok()?;
        // What was left when the store answered, after the lease was given; the copy is put before the lease is over.
        let lease = Ttl::new(options.lease).ok()?;
        let life = match entry.ttl {
            None => None,
            Some(left) => Some(Ttl::from_millis(left.as_millis() - lease.as_millis())?),
        };
        let given = life.map_or(longest, |life| life.min(longest));
        let copied = Copied {
            given,
            life,
            revision: entry.revision,
            value: entry.value.clone(),
        };
        Some((Slot::Copy(copied), given))
    }
}
