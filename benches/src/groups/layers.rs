//! What each layer adds to an operation on memory: the same store with it and without it.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use typed_state::backend::{Backend, Commit, Context, Expiry, Key, Mutation, Outcome, Scope};
use typed_state::backends::Memory;
use typed_state::layer::{
    CircuitBreakerLayer, Layer as _, MetricsLayer, RetryLayer, TimeoutLayer, TraceLayer,
};
use typed_state::{AnyBackend, Revision};

use super::Group;
use crate::harness::{Budget, Contest, Figure, repeat};
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "layers",
    about: "a get and a put on memory with a layer, against the same without: the difference is what the layer adds",
    run,
};

const AGAINST: &str = "memory without the layer";

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let memory = Memory::new;
    let breaker = CircuitBreakerLayer::new;
    let mut figures = Vec::new();
    let mut add = |more: Result<[Figure; 2]>| more.map(|more| figures.extend(more));
    add(compare(
        budget,
        "timeout",
        &TimeoutLayer::default().over(memory()),
    ))?;
    add(compare(budget, "retry", &RetryLayer::new().over(memory())))?;
    add(compare(budget, "breaker", &breaker().over(memory())))?;
    add(compare(
        budget,
        "metrics",
        &MetricsLayer::new().over(memory()),
    ))?;
    add(compare(budget, "trace", &TraceLayer::new().over(memory())))?;
    add(compare(budget, "any", &AnyBackend::from(memory())))?;
    let all = RetryLayer::new().over(breaker().over(memory()));
    let all = MetricsLayer::new().over(TimeoutLayer::default().over(all));
    add(compare(budget, "all", &TraceLayer::new().over(all)))?;
    Ok(figures)
}

fn compare(budget: &Budget, name: &str, layered: &impl Backend) -> Result<[Figure; 2]> {
    let bare = Memory::new();
    let cx = Context::new().for_operation("get");
    let key = Key::new(&b"bench\0key"[..], 6)?;
    put(&bare, &cx, &key)?;
    put(layered, &cx, &key)?;
    let get_figure = Contest::new(format!("layers/{name} get"), AGAINST, None).hold(
        budget,
        &mut |operations| repeat(operations, || get(layered, &cx, &key)),
        &mut |operations| repeat(operations, || get(&bare, &cx, &key)),
    )?;
    let cx = cx.for_operation("put");
    let put_figure = Contest::new(format!("layers/{name} put"), AGAINST, None).hold(
        budget,
        &mut |operations| repeat(operations, || put(layered, &cx, &key)),
        &mut |operations| repeat(operations, || put(&bare, &cx, &key)),
    )?;
    Ok([get_figure, put_figure])
}

fn get(backend: &impl Backend, cx: &Context, key: &Key) -> Result<()> {
    let entries = at_once(backend.get(cx, std::slice::from_ref(key)))??;
    black_box(entries);
    Ok(())
}

fn put(backend: &impl Backend, cx: &Context, key: &Key) -> Result<()> {
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
    commit.apply(Mutation::Put {
        key: key.clone(),
        value: bytes::Bytes::from_static(&[7; 100]),
        expiry: Expiry::Never,
    })?;
    match black_box(at_once(backend.commit(cx, commit))??) {
        Outcome::Applied(_) => Ok(()),
        Outcome::Conflict(_) => Err("a put without condition conflicts".into()),
    }
}

/// The answer of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T> {
    let waker = Waker::noop();
    match pin!(future).poll(&mut Task::from_waker(waker)) {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => Err(Error::from("memory answers at once")),
    }
}
