//! Keys, for people: `cargo bench -p typed-state-benches --bench keys`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use typed_state::key::{decode_key, encode_key};
use typed_state_benches::data::keys::{EventKey, decode_by_hand, encode_by_hand, events};

fn keys(criterion: &mut Criterion) {
    let keys = events();
    let mut group = criterion.benchmark_group("keys");
    let mut next = keys.iter().cycle();
    let mut draw = || next.next().unwrap();
    group.bench_function("encode", |bencher| {
        bencher.iter_batched(
            &mut draw,
            |key| encode_key(black_box(key)),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("encode by hand", |bencher| {
        bencher.iter_batched(
            &mut draw,
            |key| encode_by_hand(black_box(key)),
            BatchSize::SmallInput,
        );
    });
    let encoded: Vec<_> = keys.iter().map(|key| encode_key(key).unwrap()).collect();
    let mut next = encoded.iter().cycle();
    let mut draw = || next.next().unwrap();
    group.bench_function("decode", |bencher| {
        bencher.iter_batched(
            &mut draw,
            |key| decode_key::<EventKey>(black_box(key)),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("decode by hand", |bencher| {
        bencher.iter_batched(
            &mut draw,
            |key| decode_by_hand(black_box(key.as_bytes())),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, keys);
criterion_main!(benches);
