//! Metadata beside values goes with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use typed_state::backends::{Memory, Postgres};
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store};
use typed_state_tests::postgres::{PostgresMode, fresh_table};

#[derive(StateKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "order", value = String)]
struct Order(u64);

type Labels = BTreeMap<String, String>;

async fn store() -> TestResult<Store<Arc<Postgres>>> {
    let config = PostgresMode::Direct.shared().await?;
    let backend = Postgres::open(&config.table(fresh_table()).build()?).await?;
    Ok(Store::new(Arc::new(backend)))
}

fn labels(number: u64) -> Labels {
    Labels::from([("customer".to_owned(), format!("\u{e9} {number}"))])
}

#[tokio::test]
async fn it_comes_back_where_it_was() -> TestResult {
    let source = store().await?;
    for number in 0..50 {
        let value = format!("value {number}");
        if number % 3 == 0 {
            source
                .put_with_metadata(&Order(number), &value, &labels(number))
                .await?;
        } else {
            source.put(&Order(number), &value).await?;
        }
    }
    let checkpoints = Checkpoints::new(Objects::memory());
    let manifest = checkpoints.create(&source).await?;
    assert_eq!((manifest.entries, manifest.metadata), (50, 17));
    let again = checkpoints.create(&source).await?;
    assert_eq!(
        again.chunks, manifest.chunks,
        "what has not changed has the same bytes"
    );
    assert_eq!(checkpoints.verify(&manifest.id).await?, manifest);

    let copy = store().await?;
    copy.put_with_metadata(&Order(1), &"other".to_owned(), &labels(0))
        .await?;
    let restored = checkpoints.restore(&copy, &manifest.id).replace().await?;
    assert_eq!((restored.entries, restored.without_metadata), (50, 0));
    for number in 0..50 {
        assert_eq!(
            copy.get(&Order(number)).await?,
            Some(format!("value {number}"))
        );
        let expected = (number % 3 == 0).then(|| labels(number));
        assert_eq!(
            copy.metadata::<Labels>(&Order(number)).await?,
            expected,
            "{number}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_keeps_none_refuses_it_unless_it_is_left_out() -> TestResult {
    let source = store().await?;
    source
        .put_with_metadata(&Order(1), &"one".to_owned(), &labels(1))
        .await?;
    source.put(&Order(2), &"two".to_owned()).await?;
    let checkpoints = Checkpoints::new(Objects::memory());
    let manifest = checkpoints.create(&source).await?;

    let copy = Store::new(Memory::new());
    let refused = checkpoints.restore(&copy, &manifest.id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    assert!(
        refused.to_string().contains("without_metadata"),
        "{refused}"
    );
    assert_eq!(
        checkpoints.unfinished(&copy).await?,
        None,
        "nothing was begun"
    );
    let restored = checkpoints
        .restore(&copy, &manifest.id)
        .without_metadata()
        .await?;
    assert_eq!((restored.entries, restored.without_metadata), (2, 1));
    assert_eq!(copy.get(&Order(1)).await?, Some("one".to_owned()));
    Ok(())
}
