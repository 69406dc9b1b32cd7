use std::collections::HashMap;

use bytes::Bytes;

use super::assign::Keeps;
use super::batch::{Act, Element};
use super::contents::{Coder, Contents, Turn};
use super::emission::{Telling, TimeDomain, Timing};
use super::names::{Names, Wheel, id, split_id};
use super::progress::{Progress, Taken};
use super::rules::Rules;
use super::span::Window;
use super::timers::{Due, Timers, What};
use crate::backend::{Expiry, Mutation};
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// Changes that a commit has at the most, or a few more.
const ENOUGH: usize = 2_000;

/// The first byte of what a timer is for: panes, with their id after it, or a user's timer, with its key.
const OF_PANES: u8 = 0;
const OF_USER: u8 = 1;

/// What one commit of a shard changes: elements are taken one after the other, and what is due before an element is done before it.
///
/// So what comes out is a function of the elements alone, however they are cut into batches and commits.
pub(super) struct Chunk<'a, W, A: Aggregate, C> {
    windowing: &'a W,
    rules: &'a Rules,
    coder: &'a C,
    /// The time on the wall.
    now: i64,
    pub(super) progress: Progress,
    pub(super) timers: Timers,
    pub(super) alarms: Timers,
    groups: HashMap<Box<[u8]>, Group<A::Accumulator>>,
    outbox: Vec<Bytes>,
    /// About how many changes there are.
    changes: usize,
}

/// The panes of one entry.
#[derive(Debug)]
pub(super) struct Group<S> {
    contents: Contents<S>,
    stored: bool,
    changed: bool,
}

/// Whether what was to be done is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    /// More must be read first, or there is enough for a commit.
    Full,
}

impl<'a, W, A, C> Chunk<'a, W, A, C>
where
    W: Keeps<A>,
    A: Aggregate<Output: StateValue>,
    C: Coder,
{
    pub(super) fn new(
        windowing: &'a W,
        rules: &'a Rules,
        coder: &'a C,
        now: i64,
        progress: Progress,
    ) -> Self {
        Self {
            windowing,
            rules,
            coder,
            now,
            progress,
            timers: Timers::default(),
            alarms: Timers::default(),
            groups: HashMap::new(),
            outbox: Vec::new(),
            changes: 0,
        }
    }

    /// The panes that elements and timers up to these times concern.
    pub(super) fn concerned<'e, K: 'e, I: 'e>(
        &self,
        elements: impl Iterator<Item = &'e Element<K, I>>,
        horizon: i64,
        alarm: i64,
    ) -> Vec<Box<[u8]>> {
        let mut ids = Vec::new();
        for element in elements {
            if let Act::Input { bytes, time, .. } = &element.act {
                ids.extend(self.homes(bytes, *time).map(|(_, id)| id));
            }
        }
        let timers = self.timers.due(horizon).chain(self.alarms.due(alarm));
        ids.extend(timers.filter_map(|what| what.strip_prefix(&[OF_PANES]).map(Box::from)));
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The homes of an input that are not over, and what names the entry of each.
    fn homes<'i>(
        &self,
        user_key: &'i [u8],
        time: i64,
    ) -> impl Iterator<Item = (Window, Box<[u8]>)> + use<'i, W, A, C> {
        let (watermark, lateness) = (self.progress.watermark, self.rules.lateness);
        let homes = self.windowing.homes(time).into_iter();
        let homes = homes.filter(move |home| !home.is_over(watermark, lateness));
        homes.map(move |home| (home, id(user_key, home)))
    }

    /// Puts in what was read.
    pub(super) fn know(&mut self, id: Box<[u8]>, stored: Option<&Bytes>) -> Result<()> {
        let contents = stored.map(|bytes| Contents::decode(bytes, self.coder));
        let group = Group {
            stored: stored.is_some(),
            contents: contents.transpose()?.unwrap_or_default(),
            changed: false,
        };
        self.groups.insert(id, group);
        Ok(())
    }

    /// Does what is due by the watermark.
    pub(super) fn drain(&mut self) -> Result<Step> {
        loop {
            if self.is_full() {
                return Ok(Step::Full);
            }
            match self.timers.pop(self.progress.watermark) {
                Due::Nothing => return Ok(Step::Done),
                Due::Unread => return Ok(Step::Full),
                Due::Timer(time, what) => match what.split_first() {
                    Some((&OF_PANES, id)) => self.fire(id, time)?,
                    Some((_, key)) => self.tell_timer(key, time, TimeDomain::Event),
                    None => {}
                },
            }
        }
    }

    /// Does what is due by the clock on the wall.
    pub(super) fn ring(&mut self) -> Result<Step> {
        loop {
            if self.is_full() {
                return Ok(Step::Full);
            }
            match self.alarms.pop(self.now) {
                Due::Nothing => return Ok(Step::Done),
                Due::Unread => return Ok(Step::Full),
                Due::Timer(time, what) => match what.split_first() {
                    Some((&OF_PANES, id)) => self.tell_early(id)?,
                    Some((_, key)) => self.tell_timer(key, time, TimeDomain::Processing),
                    None => {}
                },
            }
        }
    }

    /// Moves the watermark; never back.
    pub(super) fn advance(&mut self, watermark: i64) {
        self.progress.watermark = self.progress.watermark.max(watermark);
    }

    /// Takes an element, after which what is due has to be done. Says whether it was late.
    pub(super) fn take<K, I>(
        &mut self,
        source: &str,
        element: &Element<K, A::Input>,
    ) -> Result<bool>
    where
        A: Aggregate<Input = I>,
    {
        let taken = Taken {
            position: element.position,
            elements: element.ordinal + 1,
        };
        self.took(source, taken);
        match &element.act {
            Act::Watermark(watermark) => self.advance(*watermark),
            Act::Input {
                bytes, time, input, ..
            } => return self.input(bytes, *time, input),
            Act::Timer {
                bytes,
                time,
                domain,
                set,
            } => {
                let timers = match domain {
                    TimeDomain::Event => &mut self.timers,
                    TimeDomain::Processing => &mut self.alarms,
                };
                let what = what(OF_USER, bytes);
                if *set {
                    timers.set(*time, what);
                } else {
                    timers.delete(*time, what);
                }
            }
        }
        Ok(false)
    }

    /// Notes how far a source has been taken.
    pub(super) fn took(&mut self, source: &str, taken: Taken) {
        match self.progress.positions.get_mut(source) {
            Some(before) => *before = taken,
            None => {
                self.progress.positions.insert(source.to_owned(), taken);
            }
        }
    }

    fn input(&mut self, user_key: &[u8], time: i64, input: &A::Input) -> Result<bool> {
        self.progress.events += 1;
        let mut taken = false;
        let windowing = self.windowing;
        for (home, id) in self.homes(user_key, time) {
            let added = self.change(&id, |contents, turn| {
                windowing.add(contents, home, time, input, turn)
            })?;
            taken |= added;
        }
        self.progress.late += u64::from(!taken);
        Ok(!taken)
    }

    fn fire(&mut self, id: &[u8], time: i64) -> Result<()> {
        let windowing = self.windowing;
        self.change(id, |contents, turn| {
            contents.timer = None;
            windowing.fire(contents, time, turn)?;
            Ok(true)
        })?;
        Ok(())
    }

    fn tell_early(&mut self, id: &[u8]) -> Result<()> {
        let windowing = self.windowing;
        self.change(id, |contents, turn| {
            contents.alarm = None;
            windowing.tell_early(contents, turn)?;
            Ok(true)
        })?;
        Ok(())
    }

    fn tell_timer(&mut self, user_key: &[u8], time: i64, domain: TimeDomain) {
        let telling = Telling::Timer { time, domain };
        self.changes += 1;
        self.outbox.push(telling.encode(user_key));
    }

    /// Changes the panes of an entry, sets their timers, and puts out what they tell; says what `change` says, which is whether it
    /// changed them.
    fn change(
        &mut self,
        id: &[u8],
        change: impl FnOnce(&mut Contents<A::Accumulator>, &mut Turn<'_, C>) -> Result<bool>,
    ) -> Result<bool> {
        let Some(group) = self.groups.get_mut(id) else {
            // A timer that is left over from panes that have expired.
            return Ok(false);
        };
        let mut out = Vec::new();
        let mut turn = Turn {
            rules: self.rules,
            watermark: self.progress.watermark,
            coder: self.coder,
            out: &mut out,
        };
        let contents = &mut group.contents;
        let before = contents.panes.len();
        if !change(contents, &mut turn)? {
            return Ok(false);
        }
        if self.windowing.expiry() == Expiry::Never {
            let kept = self.progress.kept + contents.panes.len() as u64;
            self.progress.kept = kept.saturating_sub(before as u64);
        }
        self.changes += usize::from(!group.changed) + out.len();
        group.changed = true;
        let due = self.windowing.due(contents, self.rules);
        let due = if contents.panes.is_empty() { None } else { due };
        // One that is too early costs less than to move it with each input.
        let stays = matches!((contents.timer, due), (Some(set), Some(due)) if set <= due);
        if !stays && contents.timer != due {
            if let Some(before) = contents.timer {
                self.timers.delete(before, what(OF_PANES, id));
            }
            if let Some(due) = due {
                self.timers.set(due, what(OF_PANES, id));
            }
            contents.timer = due;
            self.changes += 1;
        }
        if contents.panes.is_empty() {
            if let Some(alarm) = contents.alarm.take() {
                self.alarms.delete(alarm, what(OF_PANES, id));
            }
        } else if let (Some(every), None) = (self.rules.every, contents.alarm)
            && contents.has_news()
        {
            let alarm = self.now.saturating_add(every);
            contents.alarm = Some(alarm);
            self.alarms.set(alarm, what(OF_PANES, id));
        }
        let user_key = split_id(id).map_or(id, |(user_key, _)| user_key);
        for telling in out {
            if let Telling::Result { timing, .. } = &telling {
                self.progress.closed += u64::from(*timing == Timing::OnTime);
            }
            self.outbox.push(telling.encode(user_key));
        }
        Ok(true)
    }

    /// Whether there is enough for a commit.
    pub(super) fn is_full(&self) -> bool {
        self.changes >= ENOUGH
    }

    /// What is to be committed, without the progress, which is given as it is to be stored.
    pub(super) fn finish(mut self, names: &Names) -> Result<(Vec<Mutation>, Progress)> {
        let mut mutations = Vec::new();
        let expiry = self.windowing.expiry();
        for (id, group) in self.groups {
            if !group.changed {
                continue;
            }
            let key = names.pane(&id)?;
            if !group.contents.panes.is_empty() {
                mutations.push(Mutation::Put {
                    key,
                    value: group.contents.encode(self.coder)?,
                    expiry,
                });
            } else if group.stored {
                mutations.push(Mutation::Delete { key });
            }
        }
        for (wheel, timers) in [
            (Wheel::Event, &self.timers),
            (Wheel::Processing, &self.alarms),
        ] {
            for (time, what) in timers.to_delete() {
                let key = names.timer(wheel, *time, what)?;
                mutations.push(Mutation::Delete { key });
            }
            for (time, what) in timers.to_put() {
                mutations.push(Mutation::Put {
                    key: names.timer(wheel, *time, what)?,
                    value: Bytes::new(),
                    expiry: Expiry::Never,
                });
            }
        }
        for value in self.outbox {
            mutations.push(Mutation::Put {
                key: names.outbox(self.progress.next)?,
                value,
                expiry: Expiry::Never,
            });
            self.progress.next += 1;
        }
        self.progress.timer = self.timers.earliest(self.progress.timer);
        self.progress.alarm = self.alarms.earliest(self.progress.alarm);
        Ok((mutations, self.progress))
    }
}

fn what(kind: u8, of: &[u8]) -> What {
    [&[kind], of].concat().into()
}
