//! The typed store on backends in this process, for people: `cargo bench -p typed-state-benches --bench store`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;
use typed_state::Store;
use typed_state::backends::Memory;
use typed_state_benches::data::items::Item;
use typed_state_benches::data::keys::events;
use typed_state_benches::data::rng;

fn memory(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().unwrap();
    let store = Store::new(Memory::new());
    let keys = events();
    let mut rng = rng();
    let item = Item::draw(&mut rng);
    runtime.block_on(async {
        for key in &keys {
            store.put(key, &item).await.unwrap();
        }
    });
    let mut group = criterion.benchmark_group("store/memory");
    let mut next = keys.iter().cycle();
    group.bench_function("get", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| store.get(next.next().unwrap()));
    });
    let mut next = keys.iter().cycle();
    group.bench_function("put", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| store.put(next.next().unwrap(), &item));
    });
    group.bench_function("get_many of 100", |bencher| {
        let batch: Vec<_> = keys.iter().take(100).cloned().collect();
        bencher.to_async(&runtime).iter(|| store.get_many(&batch));
    });
    group.finish();
}

criterion_group!(benches, memory);
criterion_main!(benches);
