//! Where watermarks come from.
//!
//! A watermark says that nothing that happened at that time or before is expected any more. It is worked out where the stream is read,
//! from the times of what comes, and goes into the [`Batch`](super::Batch) or to [`Windows::advance`](super::Windows::advance).
//! Nothing here is stored: after a restart, [`WindowTotals::watermark`](super::WindowTotals::watermark) tells how far it had
//! come.
//!
//! | here | in Flink |
//! | --- | --- |
//! | [`BoundedOutOfOrderness`] | `WatermarkStrategy.forBoundedOutOfOrderness`; with a bound of zero `forMonotonousTimestamps` |
//! | [`Sources`] | the lowest watermark of all splits or partitions (`WatermarkOutputMultiplexer`) |
//! | [`Sources::idle_after`], [`Sources::leave_out`] | `withIdleness`, `markIdle` |
//!
//! ```
//! # use std::time::Duration;
//! # use typed_state::Timestamp;
//! # use typed_state::window::{Batch, watermark::Sources};
//! let mut partitions = Sources::of(Duration::from_secs(5))?.idle_after(Duration::from_mins(1))?;
//! partitions.expect(0);
//! partitions.expect(1);
//!
//! let at = |seconds: i64| Timestamp::from_millis(1_000 * seconds);
//! assert_eq!(partitions.observe(&0, at(20)), None, "nothing is known of partition 1");
//! let watermark = partitions.observe(&1, at(12));
//! assert_eq!(watermark, Some(Timestamp::from_millis(6_999)));
//!
//! let mut batch = Batch::<String, u64>::of("clicks");
//! if let Some(watermark) = watermark {
//!     batch.watermark(1, watermark)?;
//! }
//! # Ok::<(), typed_state::Error>(())
//! ```

mod bounded;
mod sources;

pub use self::bounded::BoundedOutOfOrderness;
pub use self::sources::Sources;
