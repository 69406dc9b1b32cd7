//! What stood in the store and when, what each process must know of it, and so what its reads may answer.

use std::collections::VecDeque;
use std::time::Duration;

use super::command::KEYS;

/// How long a cache keeps an entry, and that there is none.
pub(crate) const CACHED_FOR: Duration = Duration::from_secs(10);

/// What a plain read sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// What the table of the cache says.
    Cached,
    /// What the store has.
    Exact,
}

/// What stood under a key from a moment on.
#[derive(Debug, Clone)]
struct Version {
    value: Option<u64>,
    since: u64,
    until: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Truth {
    versions: [Vec<Version>; KEYS],
    processes: [Process; 2],
}

#[derive(Debug, Default)]
struct Process {
    /// The oldest version of each key that it may still see.
    known: [usize; KEYS],
    /// Changes that it has not heard of, the oldest first.
    unheard: VecDeque<(usize, usize)>,
    deaf: bool,
}

/// A read under way: when it began, and the oldest version that it may give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    key: usize,
    oldest: usize,
    begun: u64,
}

impl Truth {
    pub(crate) fn new(now: u64) -> Self {
        let nothing = Version {
            value: None,
            since: now,
            until: None,
        };
        Self {
            versions: std::array::from_fn(|_| vec![nothing.clone()]),
            processes: [Process::default(), Process::default()],
        }
    }

    /// A process has changed what stands under a key.
    pub(crate) fn changed(
        &mut self,
        by: usize,
        key: usize,
        value: Option<u64>,
        now: u64,
        until: Option<u64>,
    ) {
        self.versions[key].push(Version {
            value,
            since: now,
            until,
        });
        let newest = self.versions[key].len() - 1;
        self.processes[by].known[key] = newest;
        for process in &mut self.processes {
            if !process.deaf {
                process.unheard.push_back((key, newest));
            }
        }
    }

    /// The key whose change a process hears of next.
    pub(crate) fn next_unheard(&self, process: usize) -> Option<usize> {
        self.processes[process].unheard.front().map(|(key, _)| *key)
    }

    /// It has heard of it.
    pub(crate) fn heard(&mut self, process: usize) {
        let process = &mut self.processes[process];
        if let Some((key, version)) = process.unheard.pop_front() {
            process.known[key] = process.known[key].max(version);
        }
    }

    /// A process has heard that it hears nothing from here on, or everything.
    pub(crate) fn hears(&mut self, process: usize, hears: bool) {
        let process = &mut self.processes[process];
        process.deaf = !hears;
        process.unheard.clear();
        process.known = std::array::from_fn(|key| self.versions[key].len() - 1);
    }

    /// A read that begins.
    pub(crate) fn begin(&self, rule: Rule, process: usize, key: usize, now: u64) -> Reading {
        let process = &self.processes[process];
        let versions = &self.versions[key];
        let kept = u64::try_from(CACHED_FOR.as_millis()).unwrap();
        let stood = |version: &Version| version.since + kept <= now;
        let in_time = versions.iter().rposition(stood).unwrap_or(0);
        let oldest = match rule {
            Rule::Cached if !process.deaf => process.known[key].max(in_time),
            Rule::Cached | Rule::Exact => versions.len() - 1,
        };
        Reading {
            key,
            oldest,
            begun: now,
        }
    }

    /// Whether a read that ends now may have been answered so.
    pub(crate) fn judge(
        &self,
        reading: Reading,
        read: Option<u64>,
        now: u64,
    ) -> Result<(), String> {
        let Reading { key, oldest, begun } = reading;
        let window = &self.versions[key][oldest..];
        let may = window.iter().any(|version| match read {
            None => version.value.is_none() || version.until.is_some_and(|until| until <= now),
            Some(_) => version.value == read && version.until.is_none_or(|until| begun < until),
        });
        if may {
            return Ok(());
        }
        Err(format!(
            "key {key} was read as {read:?} between {begun} and {now}, where it could be one of {window:?}"
        ))
    }
}
