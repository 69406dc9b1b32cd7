//! An embedded store without a runtime, and one whose runtime has ended.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, Wake};
use std::thread::Thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use typed_state::ErrorKind;
use typed_state::backend::{Backend as _, Context, Deadline};
use typed_state::backends::Embedded;
use typed_state_tests::crash::{inspect, work};

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Runs a future on this thread, without a runtime.
fn plainly<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Poller::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn a_store_works_without_a_runtime() {
    let directory = tempfile::tempdir().unwrap();
    plainly(async {
        let store = Embedded::builder(directory.path())
            .cache_size(0)
            .sweep_every(Some(Duration::from_millis(1)))
            .open()
            .await
            .unwrap();
        for round in 0..10 {
            work(&store, 0, round).await.unwrap();
        }
        assert_eq!(inspect(&store).await.unwrap().of(0), 10);
        let soon = Deadline::after(Duration::from_hours(1)).unwrap();
        let cx = Context::new().with_deadline(soon);
        store.health(&cx).await.unwrap();
        store.sweep(10).await.unwrap();
        let mut snapshot = store.snapshot(&cx, None).await.unwrap();
        let all = std::num::NonZeroUsize::MAX;
        assert_eq!(snapshot.next(all).await.unwrap().len(), 12);
    });
}

#[test]
fn a_store_outlives_the_runtime_that_opened_it() {
    let directory = tempfile::tempdir().unwrap();
    let first = runtime();
    let store = first.block_on(Embedded::open(directory.path())).unwrap();
    first.block_on(work(&store, 0, 0)).unwrap();
    drop(first);
    plainly(work(&store, 0, 1)).unwrap();
    let second = runtime();
    second.block_on(work(&store, 0, 2)).unwrap();
    assert_eq!(second.block_on(inspect(&store)).unwrap().of(0), 3);
    second.block_on(store.close()).unwrap();
}

/// A request of a runtime that ends is dropped with it, and disturbs nobody.
#[test]
fn a_runtime_may_end_amid_requests() {
    let directory = tempfile::tempdir().unwrap();
    let store = plainly(Embedded::builder(directory.path()).cache_size(0).open()).unwrap();
    for _ in 0..10 {
        let doomed = runtime();
        for task in 0..3 {
            let store = store.clone();
            doomed.spawn(async move {
                let first = inspect(&store).await?.of(task);
                for round in first.. {
                    work(&store, task, round).await?;
                    inspect(&store).await?;
                }
                typed_state::testing::TestResult::Ok(())
            });
        }
        std::thread::sleep(Duration::from_millis(5));
        doomed.shutdown_background();
    }
    // What they had sent may still be applied; each commit is whole.
    plainly(inspect(&store)).unwrap();
    plainly(store.close()).unwrap();
}

#[test]
fn dropping_a_store_needs_no_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let store = runtime.block_on(Embedded::open(directory.path())).unwrap();
    let snapshot = runtime
        .block_on(store.snapshot(&Context::new(), None))
        .unwrap();
    drop(runtime);
    drop(store);
    drop(snapshot);
    plainly(Embedded::open(directory.path())).unwrap();
}

#[test]
fn a_read_on_a_runtime_that_shuts_down_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let store = plainly(Embedded::builder(directory.path()).cache_size(0).open()).unwrap();
    let ended = runtime();
    let handle = ended.handle().clone();
    drop(ended);
    let _entered = handle.enter();
    let error = plainly(store.health(&Context::new())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
