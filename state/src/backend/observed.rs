use std::borrow::Cow;
use std::sync::Arc;

use super::Backend;

/// A backend or layer that tells numbers of itself, such as how many connections are in use, for metrics.
pub trait Observed: Backend {
    /// The numbers as they are now, without asking anybody: always of the same names, each of them once at the least.
    fn observations(&self) -> Vec<Observation>;
}

/// A number that a backend tells of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The metric: of ASCII letters, digits and `_`, not beginning with a digit.
    pub name: &'static str,
    /// What it is, in a sentence; the same for all of one name.
    pub help: &'static str,
    /// Names and values of the labels that tell those of one name apart; all of one name have labels of the same names.
    pub labels: Vec<(&'static str, Cow<'static, str>)>,
    /// How it moves.
    pub course: Course,
    /// The number.
    pub value: Reading,
}

/// How an observed number moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Course {
    /// Up alone, from zero on.
    Counter,
    /// Up and down.
    Gauge,
    /// As a [`Distribution`], whose counts go up alone.
    Histogram,
}

/// What is observed.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Nothing yet: that there is such a metric, so that it is known before its first number.
    Nothing,
    /// A number.
    Number(f64),
    /// Many numbers; the course is [`Histogram`](Course::Histogram).
    Distribution(Distribution),
}

/// How many numbers there were, and of which size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    /// How many.
    pub count: u64,
    /// All of them together.
    pub sum: f64,
    /// Bounds, the least first, and how many numbers were at most so large.
    pub within: Vec<(f64, u64)>,
}

impl Observation {
    /// That there is such a metric.
    pub const fn new(name: &'static str, help: &'static str, course: Course) -> Self {
        Self {
            name,
            help,
            labels: Vec::new(),
            course,
            value: Reading::Nothing,
        }
    }

    /// `state_cache_requests_total` of these results.
    pub(crate) fn of_cache<const N: usize>(results: [(&'static str, u64); N]) -> Vec<Self> {
        let results = results.into_iter().map(|(result, count)| {
            Self::counter(
                "state_cache_requests_total",
                "Keys that were asked for, by what the cache had.",
                ("result", result),
                count,
            )
        });
        results.collect()
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.labels.push((name, value.into()));
        self
    }

    /// With a number.
    #[must_use]
    pub fn number(mut self, value: f64) -> Self {
        self.value = Reading::Number(value);
        self
    }

    /// With a count.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "what Prometheus holds is a double, exact to 2^53"
    )]
    pub fn count(self, count: u64) -> Self {
        self.number(count as f64)
    }

    /// A count since the start.
    pub(crate) fn counter(
        name: &'static str,
        help: &'static str,
        (label, value): (&'static str, &'static str),
        count: u64,
    ) -> Self {
        let counter = Self::new(name, help, Course::Counter);
        counter.label(label, value).count(count)
    }

    /// `state_pool_connections` of these states.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(crate) fn of_pool<const N: usize>(states: [(&'static str, usize); N]) -> Vec<Self> {
        const NAME: &str = "state_pool_connections";
        const HELP: &str = "Connections of the backend by state, and calls that wait for one.";
        let of_state = |(state, count)| {
            let pool = Self::new(NAME, HELP, Course::Gauge);
            pool.label("state", state).count(count as u64)
        };
        states.into_iter().map(of_state).collect()
    }
}

impl<B: Observed> Observed for Arc<B> {
    fn observations(&self) -> Vec<Observation> {
        (**self).observations()
    }
}
