//! A put where nothing stands, together with an addition, is one short script on Redis: it does what the long one does.

use typed_state::backends::Redis;
use typed_state::testing::TestResult;
use typed_state::{Counter, ErrorKind, Result, StateKey, Store};
use typed_state_tests::redis::{RedisMode, fresh_prefix};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "seat", value = String)]
struct Seat {
    #[state(partition)]
    row: u64,
    number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "taken", value = Counter)]
struct Taken {
    #[state(partition)]
    row: u64,
}

async fn store() -> TestResult<Store<Redis>> {
    let config = RedisMode::Standalone.shared().await?;
    let config = config.key_prefix(fresh_prefix()).build()?;
    Ok(Store::new(Redis::open(&config).await?))
}

/// Takes a seat that is free, and counts; the sum.
async fn take(store: &Store<Redis>, number: u64, delta: i64) -> Result<i64> {
    let (seat, taken) = (Seat { row: 1, number }, Taken { row: 1 });
    let mut transaction = store.transaction();
    transaction
        .require_absent(&seat)?
        .put(&seat, &"taken".to_owned())?
        .add(&taken, delta)?;
    transaction.commit().await?;
    store.counter(&taken)?.get().await
}

#[tokio::test]
async fn sums_carry_and_borrow() -> TestResult {
    let store = store().await?;
    let steps = [
        5,
        -7,
        i64::from(u32::MAX),
        1,
        -(1 << 40),
        i64::MAX - 3,
        -1,
        i64::MIN / 2,
        1 << 32,
    ];
    let mut sum = 0;
    for (number, delta) in (0..).zip(steps) {
        sum += delta;
        assert_eq!(take(&store, number, delta).await?, sum, "{delta}");
    }
    Ok(())
}

#[tokio::test]
async fn a_taken_seat_changes_nothing() -> TestResult {
    let store = store().await?;
    take(&store, 1, 3).await?;
    let refused = take(&store, 1, 3).await.err().ok_or("it was taken")?;
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    assert_eq!(store.counter(&Taken { row: 1 })?.get().await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_sum_that_leaves_its_range_changes_nothing() -> TestResult {
    for (start, delta) in [(i64::MAX, 1), (i64::MIN, -1)] {
        let store = store().await?;
        take(&store, 1, start).await?;
        let refused = take(&store, 2, delta).await.err().ok_or("it overflowed")?;
        assert_eq!(refused.kind(), ErrorKind::Overflow, "{refused}");
        assert_eq!(store.get(&Seat { row: 1, number: 2 }).await?, None);
        assert_eq!(store.counter(&Taken { row: 1 })?.get().await?, start);
    }
    Ok(())
}
