//! Every public type crosses threads, and every operation can be spawned.

use typed_state::backend::{
    Capabilities, Commit, Conflict, Context, Cursor, Entry, Item, Key, Outcome, Page, Range, Scan,
    Snapshot, WriteBatch,
};
use typed_state::backends::{Embedded, Memory};
use typed_state::primitive::{AggregateHandle, List, ListHandle, Map, MapHandle};
use typed_state::store::{
    CounterHandle, Query, StoreBuilder, StoreSnapshot, Transaction, Unordered,
};
use typed_state::{Counter, Error, ManualClock, StateKey, Store, SystemClock};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "log", value = List<u64>)]
struct Log {
    name: String,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "table", value = Map<String, u64>)]
struct Table {
    name: String,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "hits", value = Counter)]
struct Hits {
    page: String,
}

fn crosses_threads<T: Send + Sync + 'static>() {}

#[test]
fn public_types_cross_threads() {
    crosses_threads::<(
        Memory,
        Embedded,
        Store<Memory>,
        Store<Embedded>,
        StoreBuilder<Memory>,
    )>();
    crosses_threads::<(
        Transaction<Embedded>,
        Query<Memory, Hits, Unordered>,
        CounterHandle<Memory>,
    )>();
    crosses_threads::<(
        StoreSnapshot<Memory, Hits>,
        Snapshot,
        ListHandle<'static, Memory, Log>,
    )>();
    crosses_threads::<(
        MapHandle<'static, Memory, Table>,
        AggregateHandle<'static, Memory, Hits>,
    )>();
    crosses_threads::<(
        Capabilities,
        Commit,
        Conflict,
        Context,
        Cursor,
        Entry,
        Item,
        Key,
        Outcome,
        Page,
    )>();
    crosses_threads::<(Range, Scan, WriteBatch, Error, SystemClock, ManualClock)>();
}

#[tokio::test]
async fn operations_can_be_spawned() {
    let store = Store::new(Memory::new());
    let task = tokio::spawn(async move {
        let log = Log { name: "a".into() };
        store.list(&log).append_many(&[1, 2]).await?;
        let table = Table { name: "a".into() };
        store.map(&table).put("x", &1).await?;
        let hits = Hits { page: "/".into() };
        store.counter(&hits)?.add(2).await?;
        store
            .update(&hits, |hits| hits.map(|Counter(n)| Counter(n + 1)))
            .await?;
        let mut transaction = store.transaction();
        let seen = transaction.get(&hits).await?;
        transaction.add(&hits, 1)?;
        transaction.commit().await?;
        store.scan::<Hits>().keys().collect().await?;
        Ok::<_, Error>(seen)
    });
    assert_eq!(task.await.unwrap().unwrap(), Some(Counter(3)));
}
