//! What is seen of windows, from their first element until nothing is left of them.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::{Backend, Context, Projection, Scan};
use typed_state::window::{
    Emission, Emit, OpenWindow, Updates, Window, WindowTotals, Windowing, Windows,
};
use typed_state::{ManualClock, Result, Store, Timestamp};
use typed_state_tests::{Inputs, Numbers};

pub(crate) type Opened<B, W> = Windows<B, u8, Inputs, W>;

/// By shard and number.
pub(crate) type Out = BTreeMap<(u32, u64), Emission<u8, Numbers>>;

pub(crate) const SHARDS: u32 = 3;

/// Later than anything in a stream.
pub(crate) const LAST: Timestamp = Timestamp::from_millis(1 << 40);

/// What must be the same however the stream was applied.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// When all elements were applied.
    pub(crate) open: BTreeMap<(u8, Window), Numbers>,
    pub(crate) applied: WindowTotals,
    /// When everything had closed.
    pub(crate) out: Out,
    pub(crate) closed: WindowTotals,
}

/// Windows whose results come early, on time and late, and are taken back.
pub(crate) async fn open<B: Backend, W: Windowing<Inputs>>(
    backend: &Arc<B>,
    windowing: W,
    clock: &Arc<ManualClock>,
) -> Result<Opened<Arc<B>, W>> {
    let emit = Emit::on_close()
        .early_each(2)
        .early_every(Duration::from_millis(500))
        .allowed_lateness(Duration::from_millis(15))
        .updates(Updates::Retract);
    Store::new(Arc::clone(backend))
        .windows("once", windowing)
        .shards(NonZeroU32::new(SHARDS).unwrap())
        .emit(emit)
        .clock(Arc::clone(clock))
        .open()
        .await
}

pub(crate) fn by_key_and_time(
    open: Vec<OpenWindow<u8, Numbers>>,
) -> BTreeMap<(u8, Window), Numbers> {
    let open = open.into_iter();
    open.map(|open| ((open.key, open.window), open.output))
        .collect()
}

/// How many entries of a namespace there are.
pub(crate) async fn entries<B: Backend>(backend: &B, namespace: &str) -> Result<usize> {
    let mut keys = std::collections::BTreeSet::new();
    let mut cursor = None;
    loop {
        let scan = Scan {
            namespace: namespace.to_owned(),
            projection: Projection::Keys,
            limit: NonZeroUsize::new(100).unwrap(),
            cursor,
        };
        let page = backend.scan(&Context::new(), scan).await?;
        keys.extend(page.items.iter().map(|item| item.key.as_bytes().to_vec()));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(keys.len());
        }
    }
}
