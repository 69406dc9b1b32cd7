//! A job: it puts departures into windows, and keeps what comes out of them.
//!
//! How far the input has been counted stands with the windows, in the same commits. The rest may be written twice and
//! no harm is done: which rows are begun, before they are counted; and what came out of windows, before it is acknowledged.

use jiff::Timestamp;
use typed_state::backend::Backend;
use typed_state::window::{self, Emission, OpenWindow, Windowing, Windows};
use typed_state::{Error, ErrorKind, Result, Store};

use super::input::Batch;
use super::kind::Kind;
use super::source::Source;
use super::state::{Begun, Closed, Count, InputOf, Totals};

const HOUR_MS: i64 = 3_600_000;

/// How far the watermark stays behind the newest event time.
const DELAY_MS: i64 = 2 * HOUR_MS;

/// The stream of which all jobs are.
const SOURCE: &str = "departures";

/// How many results move at once.
const AT_ONCE: usize = 1_000;

/// A job and its state.
#[derive(Debug, Clone)]
pub(crate) struct Job<B, W> {
    pub(crate) kind: Kind,
    store: Store<B>,
    windows: Windows<B, String, Count, W>,
    input: InputOf,
}

/// How much has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Flights that the job counts, late ones too.
    pub(crate) events: u64,
    /// Those that came after their windows had closed.
    pub(crate) late: u64,
}

impl<B: Backend, W: Windowing<Count>> Job<B, W> {
    pub(crate) async fn open(store: Store<B>, kind: Kind, windowing: W) -> Result<Self> {
        let name = format!("flights.{}", kind.name());
        let input = InputOf {
            job: kind.name().to_owned(),
        };
        Ok(Self {
            kind,
            windows: store.windows(name, windowing).open().await?,
            store,
            input,
        })
    }

    /// Up to which row the input has been counted.
    pub(crate) async fn position(&self) -> Result<u64> {
        Ok(self.windows.position(SOURCE).await?.unwrap_or(0))
    }

    /// The rows that have begun to be counted.
    pub(crate) async fn begun(&self) -> Result<Begun> {
        Ok(self.store.get(&self.input).await?.unwrap_or_default())
    }

    /// Counts a batch; after an error or a crash, none of it or a part that the same batch goes on after.
    pub(crate) async fn count(&self, batch: Batch) -> Result<()> {
        self.begin(&batch).await?;
        let mut elements = window::Batch::of(SOURCE);
        for (row, departure) in (batch.before + 1..).zip(batch.departures) {
            let time = departure.scheduled.as_millisecond();
            let time = typed_state::Timestamp::from_millis(time);
            if let Some(key) = self.kind.key(&departure) {
                elements.input(row, key.to_owned(), time, departure)?;
            }
            elements.watermark(row, time.saturating_add(-DELAY_MS))?;
        }
        // How many are late stands in the totals of the windows.
        drop(self.windows.apply(elements).await?);
        self.keep_results().await
    }

    /// Notes that a batch is going to be counted.
    async fn begin(&self, batch: &Batch) -> Result<()> {
        let mut transaction = self.store.transaction();
        let begun = transaction.get(&self.input).await?.unwrap_or_default();
        let goes_on = begun.rows == batch.before;
        let is_same = (begun.rows, begun.checksum) == (batch.rows(), batch.checksum);
        if !goes_on && !is_same {
            return Err(Error::new(
                ErrorKind::Conflict,
                "another process counts with the same state; let one of them go on alone",
            ));
        }
        let begun = Begun {
            rows: batch.rows(),
            checksum: batch.checksum,
            finished: None,
        };
        transaction.put(&self.input, &begun)?;
        transaction.commit().await?;
        Ok(())
    }

    /// Moves what came out of windows to where it stays.
    pub(crate) async fn keep_results(&self) -> Result<()> {
        let outbox = self.windows.outbox();
        loop {
            let deliveries = outbox.read(AT_ONCE).await?;
            if deliveries.is_empty() {
                return Ok(());
            }
            let mut transaction = self.store.transaction();
            for delivery in &deliveries {
                if let Emission::Result {
                    key,
                    window,
                    output,
                    ..
                } = &delivery.emission
                {
                    transaction.put(&self.closed(key, window)?, output)?;
                }
            }
            transaction.commit().await?;
            outbox.acknowledge(&deliveries).await?;
        }
    }

    fn closed(&self, key: &str, window: &window::Window) -> Result<Closed> {
        Ok(Closed {
            job: self.input.job.clone(),
            start: moment(window.start())?,
            of: key.to_owned(),
            end: moment(window.end())?,
        })
    }

    /// Notes that `source` has been counted to its end.
    pub(crate) async fn finish(&self, source: Option<Source>) -> Result<()> {
        let finish = |begun: Option<Begun>| {
            Some(Begun {
                finished: source.clone(),
                ..begun.unwrap_or_default()
            })
        };
        self.store.update(&self.input, finish).await?;
        Ok(())
    }

    /// How much has been counted.
    pub(crate) async fn counted(&self) -> Result<Counted> {
        let totals = self.windows.totals().await?;
        Ok(Counted {
            events: totals.events,
            late: totals.late,
        })
    }

    /// All windows, those that are open too, by start, then by airport, aircraft or airline.
    pub(crate) async fn windows(&self) -> Result<Vec<(Closed, Totals)>> {
        let prefix = Closed::prefix().job(&self.input.job);
        let mut windows = self.store.range(prefix).collect().await?;
        for open in self.windows.between(..).await? {
            let OpenWindow {
                key,
                window,
                output,
            } = open;
            windows.push((self.closed(&key, &window)?, output));
        }
        windows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(windows)
    }
}

fn moment(time: typed_state::Timestamp) -> Result<Timestamp> {
    Timestamp::from_millisecond(time.as_millis())
        .map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))
}

#[cfg(test)]
mod tests {
    use typed_state::backends::Memory;
    use typed_state::window::Tumbling;

    use super::super::departure::Departure;
    use super::super::kind::hours;
    use super::*;

    async fn job() -> Job<Memory, Tumbling> {
        let store = Store::new(Memory::new());
        let opened = Job::open(store, Kind::Delays, hours().unwrap()).await;
        opened.unwrap()
    }

    /// Counts flights of these times, one after the other; gives the starts of the windows and what was late.
    async fn admit(times: &[&str]) -> (Vec<(Timestamp, u64)>, Counted) {
        let job = job().await;
        for (before, time) in times.iter().enumerate() {
            let departure = Departure {
                scheduled: time.parse().unwrap(),
                key: Some("EWR".to_owned()),
                delay: Some(0),
                distance: 0,
            };
            let batch = Batch {
                before: before as u64,
                departures: vec![departure],
                checksum: 0,
            };
            job.count(batch).await.unwrap();
        }
        let windows = job.windows().await.unwrap().into_iter();
        let windows = windows.map(|(window, totals)| (window.start, totals.flights));
        (windows.collect(), job.counted().await.unwrap())
    }

    fn at(time: &str) -> Timestamp {
        format!("2013-01-01T{time}Z").parse().unwrap()
    }

    #[tokio::test]
    async fn a_window_begins_with_its_hour() {
        let (windows, _) = admit(&[
            "1969-12-31T23:30:00Z",
            "2013-01-01T05:00:00Z",
            "2013-01-01T05:59:59.999Z",
        ])
        .await;
        let before_1970 = "1969-12-31T23:00:00Z".parse().unwrap();
        assert_eq!(windows, [(before_1970, 1), (at("05:00:00"), 2)]);
    }

    #[tokio::test]
    async fn a_window_closes_two_hours_after_its_last_millisecond() {
        let times = [
            "2013-01-01T07:59:00Z",
            // Its window closes at 07:59:59.999.
            "2013-01-01T05:59:00Z",
            "2013-01-01T07:59:59.998Z",
            "2013-01-01T05:00:00Z",
            "2013-01-01T07:59:59.999Z",
            "2013-01-01T05:59:00Z",
            // The one before is late and moves nothing.
            "2013-01-01T06:00:00Z",
        ];
        let (windows, counted) = admit(&times).await;
        let expected = [
            (at("05:00:00"), 2),
            (at("06:00:00"), 1),
            (at("07:00:00"), 3),
        ];
        assert_eq!(windows, expected);
        assert_eq!((counted.events, counted.late), (7, 1));
        let (before, counted_before) = admit(times.get(..5).unwrap()).await;
        assert_eq!(before, [(at("05:00:00"), 2), (at("07:00:00"), 3)]);
        assert_eq!(counted_before.late, 0);
    }

    #[tokio::test]
    async fn an_event_that_moves_the_watermark_is_judged_by_the_one_before() {
        let (windows, counted) = admit(&["2013-01-01T23:00:00Z"]).await;
        assert_eq!(windows, [(at("23:00:00"), 1)]);
        assert_eq!(counted.late, 0);
    }

    #[tokio::test]
    async fn who_begins_rows_that_another_has_begun_is_refused() {
        let job = job().await;
        let batch = |before, checksum| Batch {
            before,
            departures: Vec::new(),
            checksum,
        };
        job.begin(&batch(7, 1)).await.unwrap_err();
        job.begin(&batch(0, 1)).await.unwrap();
        job.begin(&batch(5, 1)).await.unwrap_err();
    }
}
