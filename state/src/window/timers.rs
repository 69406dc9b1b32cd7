use std::collections::BTreeMap;

/// What a timer is for, and of whom: the rest of its key.
pub(super) type What = Box<[u8]>;

/// The timers of a shard that are known, in their order, and how they differ from those that are stored.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// Each with whether it is stored.
    live: BTreeMap<(i64, What), bool>,
    /// Those to be removed, each with whether it is certain that it is stored.
    gone: BTreeMap<(i64, What), bool>,
    /// The last of those that were read, where there are others after it.
    read_to: Option<(i64, What)>,
    /// Whether the earliest were read.
    read: bool,
}

/// The next timer that is due.
#[derive(Debug)]
pub(super) enum Due {
    Timer(i64, What),
    /// It is not known yet.
    Unread,
    Nothing,
}

impl Timers {
    /// The earliest of those that are stored, and whether there are others.
    pub(super) fn read(timers: Vec<(i64, What)>, others: bool) -> Self {
        let read_to = if others { timers.last().cloned() } else { None };
        Self {
            live: timers.into_iter().map(|timer| (timer, true)).collect(),
            gone: BTreeMap::new(),
            read_to,
            read: true,
        }
    }

    /// Those that are due up to `horizon`.
    pub(super) fn due(&self, horizon: i64) -> impl Iterator<Item = &What> {
        let due = self
            .live
            .keys()
            .take_while(move |(time, _)| *time <= horizon);
        due.map(|(_, what)| what)
    }

    pub(super) fn set(&mut self, time: i64, what: What) {
        let timer = (time, what);
        let stored = self.gone.remove(&timer).unwrap_or(false);
        self.live.entry(timer).or_insert(stored);
    }

    /// Removes a timer, which may be stored where nothing is known of it.
    pub(super) fn delete(&mut self, time: i64, what: What) {
        let timer = (time, what);
        let stored = self.live.remove(&timer).unwrap_or(false);
        self.gone.insert(timer, stored);
    }

    /// Takes the first that is due.
    pub(super) fn pop(&mut self, up_to: i64) -> Due {
        let first = self.live.first_key_value();
        let first = first.filter(|(timer, _)| self.read_to.as_ref().is_none_or(|to| *timer <= to));
        match (first, &self.read_to) {
            (Some(((time, _), _)), _) if *time <= up_to => {}
            (None, Some((read_to, _))) if *read_to <= up_to => return Due::Unread,
            _ => return Due::Nothing,
        }
        match self.live.pop_first() {
            Some((timer, stored)) => {
                if stored {
                    self.gone.insert(timer.clone(), true);
                }
                Due::Timer(timer.0, timer.1)
            }
            None => Due::Nothing,
        }
    }

    /// Those to be stored.
    pub(super) fn to_put(&self) -> impl Iterator<Item = &(i64, What)> {
        let fresh = self.live.iter().filter(|(_, stored)| !**stored);
        fresh.map(|(timer, _)| timer)
    }

    /// Those to be removed.
    pub(super) fn to_delete(&self) -> impl Iterator<Item = &(i64, What)> {
        self.gone.keys()
    }

    /// A time that no timer is before, when there was such a time before.
    pub(super) fn earliest(&self, before: Option<i64>) -> Option<i64> {
        let known = self.live.first_key_value().map(|((time, _), _)| *time);
        let unknown = match &self.read_to {
            Some((time, _)) => Some(*time),
            None if self.read => None,
            None => before,
        };
        known.into_iter().chain(unknown).min()
    }
}
