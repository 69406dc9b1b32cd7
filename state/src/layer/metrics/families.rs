//! What the prometheus crate wants to be told of a metric.

use std::borrow::Cow;
use std::collections::HashMap;

use prometheus::Registry;
use prometheus::core::{Collector, Desc};
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

use crate::backend::{Distribution, Observation, Reading};
use crate::error::{Error, ErrorKind, Result};

/// A metric of one store on one backend: its name, its help, and the labels that tell its numbers apart.
#[derive(Debug)]
pub(super) struct Family {
    desc: Desc,
    fixed: [(&'static str, String); 2],
    kind: MetricType,
}

impl Family {
    pub(super) fn new(
        (name, help, kind): (&str, &str, MetricType),
        labels: &[&str],
        backend: &str,
        store: &str,
    ) -> Result<Self> {
        let fixed = [("backend", backend.to_owned()), ("store", store.to_owned())];
        let constant = fixed
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let constant: HashMap<String, String> = constant.collect();
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let desc = Desc::new(name.to_owned(), help.to_owned(), labels, constant);
        let desc = desc.map_err(|error| {
            let message = format!("`{name}` is not a metric that Prometheus can have");
            Error::new(ErrorKind::Configuration, message).with_source(error)
        })?;
        Ok(Self { desc, fixed, kind })
    }

    pub(super) const fn desc(&self) -> &Desc {
        &self.desc
    }

    /// A number with its labels, to be given its value.
    fn metric(&self, labels: &[(&'static str, Cow<'static, str>)]) -> Metric {
        let fixed = self.fixed.iter().map(|(name, value)| (*name, &value[..]));
        let labels = labels.iter().map(|(name, value)| (*name, &value[..]));
        let mut pairs: Vec<LabelPair> = fixed.chain(labels).map(pair).collect();
        pairs.sort_by(|one, other| one.name().cmp(other.name()));
        Metric::from_label(pairs)
    }

    /// An observed number; `None` where there is none yet.
    pub(super) fn observed(&self, observation: &Observation) -> Option<Metric> {
        let mut metric = self.metric(&observation.labels);
        match (&observation.value, self.kind) {
            (Reading::Nothing, _) => return None,
            (Reading::Number(value), MetricType::GAUGE) => {
                let mut gauge = Gauge::default();
                gauge.set_value(*value);
                metric.set_gauge(gauge);
            }
            (Reading::Number(value), _) => {
                let mut counter = Counter::default();
                counter.set_value(*value);
                metric.set_counter(counter);
            }
            (Reading::Distribution(numbers), _) => metric.set_histogram(histogram(numbers)),
        }
        Some(metric)
    }

    pub(super) fn with(&self, metrics: Vec<Metric>) -> MetricFamily {
        let mut family = MetricFamily::default();
        family.set_name(self.desc.fq_name.clone());
        family.set_help(self.desc.help.clone());
        family.set_field_type(self.kind);
        family.set_metric(metrics);
        family
    }
}

fn histogram(numbers: &Distribution) -> Histogram {
    let buckets = numbers.within.iter().map(|&(bound, count)| {
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(bound);
        bucket.set_cumulative_count(count);
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(numbers.count);
    histogram.set_sample_sum(numbers.sum);
    histogram
}

fn pair((name, value): (&str, &str)) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

/// Has a registry ask a collector.
pub(super) fn register(
    registry: &Registry,
    store: &str,
    collector: impl Collector + 'static,
) -> Result<()> {
    registry.register(Box::new(collector)).map_err(|error| {
        let message = format!(
            "the registry has such metrics of a store named `{store}` already: give each store on it a name of its own, \
             and register it once"
        );
        Error::new(ErrorKind::Configuration, message).with_source(error)
    })
}
