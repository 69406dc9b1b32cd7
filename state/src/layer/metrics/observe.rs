use prometheus::Registry;
use prometheus::core::{Collector, Desc};
use prometheus::proto::{MetricFamily, MetricType};

use super::families::{Family, register};
use crate::backend::{Course, Observation, Observed};
use crate::error::Result;

/// Has a registry show what a backend and its layers tell of themselves, read when the registry is asked: operations, retries,
/// the circuit, the cache, connections. `store` is the label of that name. A store does so by
/// [`Store::register_metrics`](crate::Store::register_metrics).
///
/// ```no_run
/// # async fn show(registry: &prometheus::Registry) -> typed_state::Result<()> {
/// use typed_state::{AnyBackend, layer::register_observed};
///
/// let backend = AnyBackend::connect("redis://localhost").await?;
/// register_observed(registry, "orders", backend.clone())?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Configuration`](crate::ErrorKind::Configuration) where the registry shows such metrics of a store of the same name on
/// the same backend, or where a name is none that Prometheus can have.
pub fn register_observed(registry: &Registry, store: &str, source: impl Observed) -> Result<()> {
    let backend = source.capabilities().backend;
    register_numbers(registry, store, backend, move || source.observations())
}

/// Has a registry show numbers, of the same names each time, as those of a store on this backend.
///
/// # Errors
/// As [`register_observed`].
pub(crate) fn register_numbers<S>(
    registry: &Registry,
    store: &str,
    backend: &str,
    source: S,
) -> Result<()>
where
    S: Fn() -> Vec<Observation> + Send + Sync + 'static,
{
    let mut families: Vec<(&'static str, Family)> = Vec::new();
    for observation in source() {
        if families.iter().any(|(name, _)| *name == observation.name) {
            continue;
        }
        let kind = match observation.course {
            Course::Counter => MetricType::COUNTER,
            Course::Gauge => MetricType::GAUGE,
            Course::Histogram => MetricType::HISTOGRAM,
        };
        let labels: Vec<&str> = observation.labels.iter().map(|(name, _)| *name).collect();
        let told = (observation.name, observation.help, kind);
        let family = Family::new(told, &labels, backend, store)?;
        families.push((observation.name, family));
    }
    if families.is_empty() {
        return Ok(());
    }
    register(registry, store, Shown { source, families })
}

struct Shown<S> {
    source: S,
    families: Vec<(&'static str, Family)>,
}

impl<S: Fn() -> Vec<Observation> + Send + Sync> Collector for Shown<S> {
    fn desc(&self) -> Vec<&Desc> {
        self.families
            .iter()
            .map(|(_, family)| family.desc())
            .collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let observations = (self.source)();
        let of = |name: &str, family: &Family| {
            let ours = observations.iter().filter(|one| one.name == name);
            let numbers = ours.filter_map(|one: &Observation| family.observed(one));
            family.with(numbers.collect())
        };
        let families = self.families.iter().map(|(name, family)| of(name, family));
        // A registry takes a family without numbers for a fault.
        families
            .filter(|family| !family.get_metric().is_empty())
            .collect()
    }
}
