//! Metadata beside values, on its way from a snapshot into a batch.

use super::fixtures::{Label, label, text};
use super::support::{Trial, key_of, size};
use crate::backend::{Backend as _, Context, Item, Write, WriteBatch};
use crate::testing::Harness;
use crate::{ErrorKind, Expiry, Revision};

const JSON: &str = r#"{"a": 1}"#;

async fn snapshot<H: Harness>(trial: &Trial<H>) -> Vec<Item> {
    let cx = Context::new();
    let taken = trial.store.backend().snapshot(&cx, None).await;
    let mut snapshot = taken.unwrap();
    let mut items = Vec::new();
    loop {
        let page = snapshot.next(size(100)).await.unwrap();
        if page.is_empty() {
            items.sort_by(|left: &Item, right| left.key.cmp(&right.key));
            return items;
        }
        items.extend(page);
    }
}

/// Shows that a batch puts metadata and a snapshot gives it, that a put without takes it away, or that a backend that keeps none
/// refuses the whole batch.
pub async fn a_batch_puts_the_metadata_that_a_snapshot_gives<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let [beside, plain]: [Label; 2] = [label("a", "x"), label("a", "y")];
    let [beside, plain] = [key_of(&beside), key_of(&plain)];
    let value = trial.store.encode(&text("value")).unwrap();
    let write = async |writes| {
        let revision = Revision::from_bits(0x00C0_FFEE);
        let batch = WriteBatch { revision, writes };
        trial.store.backend().write(&Context::new(), batch).await
    };
    let put = |key: &crate::backend::Key| Write::Put {
        key: key.clone(),
        value: value.clone(),
        expiry: Expiry::Never,
    };
    let both = vec![
        put(&plain),
        Write::PutWithMetadata {
            key: beside.clone(),
            value: value.clone(),
            metadata: JSON.into(),
            expiry: Expiry::Never,
        },
    ];
    let written = write(both.clone()).await;
    if !trial.store.capabilities().metadata {
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(
            write(both[1..].to_vec()).await.unwrap_err().kind(),
            ErrorKind::Unsupported
        );
        assert_eq!(snapshot(&trial).await, Vec::new(), "nothing was written");
        return;
    }
    written.unwrap();
    let items = snapshot(&trial).await;
    let shown: Vec<_> = items
        .iter()
        .map(|item| (&item.key, &item.entry.value, item.metadata.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [(&beside, &value, Some(JSON)), (&plain, &value, None)]
    );
    write(vec![both[1].clone(), put(&beside)]).await.unwrap();
    let items = snapshot(&trial).await;
    assert!(
        items.iter().all(|item| item.metadata.is_none()),
        "the last write has none"
    );
}
