use std::sync::Arc;

use super::Backend;

/// A backend or layer that tells numbers of itself, such as how many connections are in use, for metrics.
pub trait Observed: Backend {
    /// The numbers as they are now: without asking anybody, and always of the same names.
    fn observations(&self) -> Vec<Observation>;
}

/// A number that a backend tells of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The metric: of ASCII letters, digits and `_`, not beginning with a digit.
    pub name: &'static str,
    /// What it is, in a sentence; the same for all of one name.
    pub help: &'static str,
    /// Name and value of a label that tells those of one name apart; the label's name is the same for all of them.
    pub label: Option<(&'static str, &'static str)>,
    /// How it moves.
    pub course: Course,
    /// The number.
    pub value: f64,
}

/// How an observed number moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Course {
    /// Up alone, from zero on.
    Counter,
    /// Up and down.
    Gauge,
}

impl Observation {
    /// A count since the start.
    pub(crate) const fn counter(
        name: &'static str,
        help: &'static str,
        label: (&'static str, &'static str),
        count: u64,
    ) -> Self {
        #[allow(
            clippy::cast_precision_loss,
            reason = "what Prometheus holds is a double, exact to 2^53"
        )]
        let value = count as f64;
        Self {
            name,
            help,
            label: Some(label),
            course: Course::Counter,
            value,
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

    /// `state_pool_connections` of these states.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(crate) fn of_pool<const N: usize>(states: [(&'static str, usize); N]) -> Vec<Self> {
        states
            .into_iter()
            .map(|(state, count)| Self {
                name: "state_pool_connections",
                help: "Connections of the backend by state, and calls that wait for one.",
                label: Some(("state", state)),
                course: Course::Gauge,
                value: u32::try_from(count).unwrap_or(u32::MAX).into(),
            })
            .collect()
    }
}

impl<B: Observed> Observed for Arc<B> {
    fn observations(&self) -> Vec<Observation> {
        (**self).observations()
    }
}
