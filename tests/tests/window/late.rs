//! Late inputs are told of once, also where the attempt that found them failed; and what metrics show of windows.

use std::num::NonZeroU32;
use std::time::Duration;

use prometheus::Registry;
use prometheus::proto::LabelPair;
use typed_state::backends::Memory;
use typed_state::window::{Batch, Tumbling, Windows};
use typed_state::{ErrorKind, ManualClock, Store, Timestamp};
use typed_state_tests::Inputs;

type Minutes = Windows<Memory, u64, Inputs, Tumbling>;

const MINUTE: i64 = 60_000;
/// More inputs than fit into a window here.
const MANY: u64 = 2_000;

async fn open(store: &Store<Memory>) -> Minutes {
    let minutes = Tumbling::of(Duration::from_mins(1)).unwrap();
    let windows = store.windows("minutes", minutes);
    let windows = windows.shards(NonZeroU32::new(2).unwrap());
    let clock = ManualClock::at(Timestamp::from_millis(10 * MINUTE));
    windows.clock(clock).open().await.unwrap()
}

/// Twenty inputs that are late, and so many of one key that are not.
fn batch(others: u64) -> Batch<u64, u64> {
    let mut batch = Batch::of("source");
    batch.watermark(0, Timestamp::from_millis(MINUTE)).unwrap();
    let before = Timestamp::from_millis(0);
    for key in 0..20 {
        batch.input(1 + key, key, before, key).unwrap();
    }
    let after = Timestamp::from_millis(2 * MINUTE);
    for input in 0..others {
        batch.input(100, 7, after, input << 32).unwrap();
    }
    batch
}

#[tokio::test]
async fn what_was_late_in_an_attempt_that_failed_is_told_by_the_next() {
    let store = Store::builder(Memory::new()).max_value_size(1_000).build();
    let windows = open(&store).await;
    let error = windows.apply(batch(MANY)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    let told = windows.totals().await.unwrap().late;
    assert!((1..20).contains(&told), "one shard of two: {told}");

    let late = windows.apply(batch(1)).await.unwrap().late;
    let keys: Vec<u64> = late.into_iter().map(|late| late.key).collect();
    assert_eq!(keys, (0..20).collect::<Vec<_>>());
    let again = windows.apply(batch(1)).await.unwrap().late;
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(windows.totals().await.unwrap().late, 20);
}

#[tokio::test]
async fn metrics_show_what_is_late_and_kept_and_how_far_the_watermark_is() {
    let windows = open(&Store::new(Memory::new())).await;
    let registry = Registry::new();
    windows.register_metrics(&registry, "main").unwrap();
    let number = |name: &str| {
        let families = registry.gather();
        let family = families.iter().find(|family| family.name() == name)?;
        let metric = family.get_metric().first()?;
        let labels = metric.get_label().iter().map(LabelPair::value);
        assert_eq!(labels.filter(|label| *label == "minutes").count(), 1);
        Some(metric.get_gauge().get_value() + metric.get_counter().get_value())
    };
    assert_eq!(number("state_window_late_total"), Some(0.0));
    assert_eq!(number("state_window_watermark_lag_seconds"), None);

    assert_eq!(windows.apply(batch(1)).await.unwrap().late.len(), 20);
    assert_eq!(number("state_window_late_total"), Some(20.0));
    assert_eq!(number("state_window_open"), Some(1.0));
    assert_eq!(number("state_window_watermark_lag_seconds"), Some(540.0));
    assert_eq!(windows.totals().await.unwrap().kept, 1);

    windows
        .advance(Timestamp::from_millis(3 * MINUTE))
        .await
        .unwrap();
    assert_eq!(number("state_window_open"), Some(0.0));
    assert_eq!(number("state_window_watermark_lag_seconds"), Some(420.0));
    let twice = windows.register_metrics(&registry, "main").unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Configuration, "{twice}");
}
