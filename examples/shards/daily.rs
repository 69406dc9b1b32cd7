//! The windows: the departures of each airport and airline by day.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use typed_state::backend::Backend;
use typed_state::primitive::Aggregate;
use typed_state::window::{Delivery, Emission, Tumbling, WindowTotals, Windows};
use typed_state::{Result, StateValue, Store};

/// More than there will ever be workers.
const SHARDS: NonZeroU32 = NonZeroU32::new(12).unwrap();

/// Airport and airline, by their codes.
pub(crate) type Route = (String, String);

/// The windows of all routes.
pub(crate) type Daily<B> = Windows<B, Route, Departures, Tumbling>;

/// Counts departures, each of which is how late it was in minutes, or `None` where it was cancelled.
#[derive(Debug)]
pub(crate) struct Departures;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "shards.totals")]
pub(crate) struct Totals {
    flights: u64,
    cancelled: u64,
    delay: i64,
}

impl Aggregate for Departures {
    type Input = Option<i64>;
    type Accumulator = Totals;
    type Output = Totals;

    fn empty() -> Totals {
        Totals::default()
    }

    fn add(totals: &mut Totals, delay: &Option<i64>) {
        match delay {
            Some(minutes) => {
                totals.flights += 1;
                totals.delay += minutes;
            }
            None => totals.cancelled += 1,
        }
    }

    fn output(totals: &Totals) -> Totals {
        totals.clone()
    }
}

pub(crate) async fn daily<B: Backend>(store: &Store<B>, name: &str) -> Result<Daily<B>> {
    let days = Tumbling::of(Duration::from_hours(24))?;
    store.windows(name, days).shards(SHARDS).open().await
}

/// All that came out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) totals: WindowTotals,
    out: Vec<Delivery<Route, Totals>>,
}

impl Answer {
    pub(crate) async fn of<B: Backend>(windows: &Daily<B>) -> Result<Self> {
        Ok(Self {
            totals: windows.totals().await?,
            out: windows.outbox().read(usize::MAX).await?,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Totals::default();
        for delivery in &self.out {
            if let Emission::Result { output, .. } = &delivery.emission {
                all.flights += output.flights;
                all.cancelled += output.cancelled;
                all.delay += output.delay;
            }
        }
        let WindowTotals {
            events,
            late,
            closed,
            ..
        } = self.totals;
        let Totals {
            flights,
            cancelled,
            delay,
        } = all;
        write!(
            f,
            "{events} departures, {late} of them late, in {closed} windows: {flights} flights with {delay} minutes of delay, \
             {cancelled} cancelled"
        )
    }
}
