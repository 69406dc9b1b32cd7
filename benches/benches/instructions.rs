//! Instructions of the hot paths of keys, values and the memory backend: unlike times, the same on a busy machine.
//!
//! It needs valgrind, and `cargo install gungraun-runner --version =0.20.0`. A count that is more than 3 % above the run
//! before, or above a baseline that was saved, fails it:
//!
//! ```text
//! cargo bench -p typed-state-benches --bench instructions -- --save-baseline=main
//! cargo bench -p typed-state-benches --bench instructions -- --baseline=main
//! ```
#![allow(
    missing_docs,
    unused_qualifications,
    reason = "the macros write such items"
)]

use std::future::Future;
use std::hint::black_box;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use typed_state::backend::Key;
use typed_state::backends::Memory;
use typed_state::codec::{decode_value, encode_value};
use typed_state::key::{decode_key, encode_key};
use typed_state::{Revision, Store};
use typed_state_benches::data::items::Item;
use typed_state_benches::data::keys::{EventKey, events};
use typed_state_benches::data::shapes::{Shape, bincode, draw, msgpack};
use typed_state_benches::data::{KEYS, rng};

const LIMIT: usize = 1 << 20;

/// Makes the allocator tidy up what drawing the data has freed, which it would else do inside the measured call, once a
/// large chunk is freed.
fn settled<T>(draw: impl FnOnce() -> T) -> T {
    let drawn = draw();
    drop(black_box(Vec::<u8>::with_capacity(100 << 10)));
    drawn
}

fn key() -> Option<EventKey> {
    settled(|| events().pop())
}

fn encoded_key() -> Option<Key> {
    key().and_then(|key| encode_key(&key).ok())
}

fn value<S: Shape>() -> Option<S> {
    settled(|| draw().pop())
}

fn encoded<S: Shape>() -> Option<Bytes> {
    encode_value(&value::<S>()?, LIMIT).ok()
}

#[library_benchmark(setup = key)]
#[bench::event()]
fn key_encode(key: Option<EventKey>) -> Option<Key> {
    black_box(encode_key(black_box(key.as_ref()?)).ok())
}

#[library_benchmark(setup = encoded_key)]
#[bench::event()]
fn key_decode(key: Option<Key>) -> Option<EventKey> {
    black_box(decode_key(black_box(key.as_ref()?)).ok())
}

fn encode<S: Shape>(value: Option<&S>) -> Option<Bytes> {
    black_box(encode_value(black_box(value?), LIMIT).ok())
}

fn decode<S: Shape>(bytes: Option<&Bytes>) -> Option<S> {
    black_box(decode_value(black_box(bytes?), LIMIT).ok())
}

macro_rules! values {
    ($($encode:ident $decode:ident $shape:ty),* $(,)?) => {$(
        #[library_benchmark(setup = value::<$shape>)]
        #[bench::value()]
        fn $encode(value: Option<$shape>) -> Option<Bytes> {
            encode(value.as_ref())
        }

        #[library_benchmark(setup = encoded::<$shape>)]
        #[bench::value()]
        fn $decode(bytes: Option<Bytes>) -> Option<$shape> {
            decode(bytes.as_ref())
        }
    )*};
}

values!(
    msgpack_encode_small msgpack_decode_small msgpack::Session,
    msgpack_encode_medium msgpack_decode_medium msgpack::Profile,
    msgpack_encode_large msgpack_decode_large msgpack::Basket,
    bincode_encode_small bincode_decode_small bincode::Session,
    bincode_encode_medium bincode_decode_medium bincode::Profile,
    bincode_encode_large bincode_decode_large bincode::Basket,
);

/// A store of many entries, and one of its keys and values.
struct Filled {
    store: Store<Memory>,
    key: EventKey,
    item: Item,
}

/// The answer of a future that never waits, as those of the memory backend.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match Box::pin(future)
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

fn filled() -> Option<Filled> {
    settled(fill)
}

fn fill() -> Option<Filled> {
    let store = Store::new(Memory::new());
    let mut rng = rng();
    let keys = events();
    for key in &keys {
        now(store.put(key, &Item::draw(&mut rng)))?.ok()?;
    }
    let key = keys.get(KEYS / 3)?.clone();
    Some(Filled {
        store,
        key,
        item: Item::draw(&mut rng),
    })
}

#[library_benchmark(setup = filled)]
#[bench::one()]
fn memory_get(filled: Option<Filled>) -> (Option<Item>, Option<Filled>) {
    let item = filled
        .as_ref()
        .and_then(|Filled { store, key, .. }| black_box(now(store.get(black_box(key))))?.ok()?);
    // Handed back, so that freeing it is not counted.
    (item, filled)
}

#[library_benchmark(setup = filled)]
#[bench::one()]
fn memory_put(filled: Option<Filled>) -> (Option<Revision>, Option<Filled>) {
    let revision = filled.as_ref().and_then(|Filled { store, key, item }| {
        black_box(now(store.put(black_box(key), black_box(item))))?.ok()
    });
    (revision, filled)
}

library_benchmark_group!(name = keys, benchmarks = [key_encode, key_decode]);
library_benchmark_group!(
    name = values,
    benchmarks = [
        msgpack_encode_small,
        msgpack_decode_small,
        msgpack_encode_medium,
        msgpack_decode_medium,
        msgpack_encode_large,
        msgpack_decode_large,
        bincode_encode_small,
        bincode_decode_small,
        bincode_encode_medium,
        bincode_decode_medium,
        bincode_encode_large,
        bincode_decode_large
    ]
);
library_benchmark_group!(name = memory, benchmarks = [memory_get, memory_put]);

main!(
    config = LibraryBenchmarkConfig::default()
        .tool(Callgrind::default().soft_limits([(EventKind::Ir, 3.0)])),
    library_benchmark_groups = [keys, values, memory]
);
