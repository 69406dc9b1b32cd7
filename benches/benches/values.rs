//! Values, for people: `cargo bench -p typed-state-benches --bench values`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use typed_state::codec::{decode_value, encode_value};
use typed_state_benches::data::shapes::{Shape, bincode, draw, msgpack};

const LIMIT: usize = 1 << 20;

fn shape<S: Shape>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("values/{}/{}", S::FORMAT.name(), S::SIZE));
    let values: Vec<S> = draw();
    let stored: Vec<_> = values
        .iter()
        .map(|value| encode_value(value, LIMIT).unwrap())
        .collect();
    let bytes = stored.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
    group.throughput(Throughput::Bytes(bytes / stored.len() as u64));
    let mut next = values.iter().cycle();
    group.bench_function("encode", |bencher| {
        bencher.iter(|| encode_value(black_box(next.next().unwrap()), LIMIT));
    });
    let mut next = stored.iter().cycle();
    group.bench_function("decode", |bencher| {
        bencher.iter(|| decode_value::<S>(black_box(next.next().unwrap()), LIMIT));
    });
    group.finish();
}

criterion_group!(
    benches,
    shape::<msgpack::Session>,
    shape::<msgpack::Profile>,
    shape::<msgpack::Basket>,
    shape::<bincode::Session>,
    shape::<bincode::Profile>,
    shape::<bincode::Basket>
);
criterion_main!(benches);
