//! Two stores whose calls a test directs, and processes over them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use typed_state::backend::{Context, Key, Projection, Scan};
use typed_state::backends::Memory;
use typed_state::layer::{Layer as _, TierLayer, Tiered};
use typed_state::{ErrorKind, ManualClock, Store};
use typed_state_tests::{Act, Scripted};

pub(crate) type Process = Store<Tiered<Arc<Scripted>, Arc<Scripted>>>;

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) upper: Arc<Scripted>,
    pub(crate) below: Arc<Scripted>,
    /// The store, without the tier.
    pub(crate) direct: Store<Memory>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let memory = || {
            let memory = Memory::builder().clock(Arc::clone(&clock));
            memory.sweep_every(None).build()
        };
        let below = Scripted::new(memory());
        Self {
            upper: Arc::new(Scripted::new(memory())),
            direct: Store::new(below.memory().clone()),
            below: Arc::new(below),
            clock,
        }
    }

    pub(crate) fn layer(&self) -> TierLayer<Arc<Scripted>> {
        TierLayer::new(Arc::clone(&self.upper)).patience(Duration::from_millis(200))
    }

    pub(crate) fn process(&self) -> Process {
        self.process_with(self.layer())
    }

    pub(crate) fn process_with(&self, layer: TierLayer<Arc<Scripted>>) -> Process {
        Store::new(layer.over(Arc::clone(&self.below)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The upper store fails, until its script is taken away.
    pub(crate) fn upper_fails(&self) {
        let refused = (0..1_000).map(|_| Act::Refuse(ErrorKind::Unavailable));
        self.upper.script(refused);
    }

    /// How often each of the stores was called.
    pub(crate) fn calls(&self) -> (usize, usize) {
        (self.upper.seen().len(), self.below.seen().len())
    }

    /// What stands in the upper store.
    pub(crate) async fn slots(&self) -> Vec<(Key, Vec<u8>)> {
        use typed_state::backend::Backend as _;
        let scan = Scan {
            namespace: "~tier".to_owned(),
            projection: Projection::Entries,
            limit: 1_000.try_into().unwrap(),
            cursor: None,
        };
        let page = self.upper.memory().scan(&Context::new(), scan).await;
        let items = page.unwrap().items.into_iter();
        items
            .map(|item| (item.key, item.entry.value.to_vec()))
            .collect()
    }
}

/// A call that waits until the sender is dropped.
pub(crate) fn held() -> (oneshot::Sender<ErrorKind>, Act) {
    let (sender, receiver) = oneshot::channel();
    (sender, Act::Hold(receiver))
}

/// Waits until so many calls have come.
pub(crate) async fn called(scripted: &Scripted, times: usize) {
    let limit = Instant::now() + Duration::from_secs(20);
    while scripted.seen().len() < times {
        assert!(Instant::now() < limit, "the call never came");
        tokio::task::yield_now().await;
    }
}
