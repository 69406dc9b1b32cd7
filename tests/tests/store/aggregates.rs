//! The aggregates that are ready to use: what they say depends neither on the order of the inputs nor on how they were merged
//! and stored; it is what a naive model says; and no bytes make them panic.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the models are rounded"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;
use typed_state::backends::Memory;
use typed_state::codec::{CodecError, Format};
use typed_state::primitive::{
    Aggregate, Aggregated, Average, Count, Distinct, Highest, Lowest, Max, Mean, Merge, Min,
    QuantileSketch, Quantiles, Spread, Sum, TopK, Variance,
};
use typed_state::window::{Batch, Emission, Session};
use typed_state::{StateKey, StateValue, Store, Timestamp, TotalF64};

fn state<'a, A: Aggregate>(inputs: impl IntoIterator<Item = &'a A::Input>) -> A::Accumulator
where
    A::Input: 'a,
{
    let mut state = A::empty();
    inputs
        .into_iter()
        .for_each(|input| A::add(&mut state, input));
    state
}

fn bytes_of<V: StateValue>(value: &V) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode_payload(&mut bytes).unwrap();
    bytes
}

fn read<V: StateValue>(bytes: &[u8]) -> Result<V, CodecError> {
    V::decode_payload(V::VERSION, V::FORMAT, bytes)
}

/// As it is after it was stored.
fn stored<V: StateValue>(value: &V) -> V {
    read(&bytes_of(value)).unwrap()
}

/// Inputs, the same in another order, and where they are cut.
fn streams<T: Debug + Clone>(
    input: impl Strategy<Value = T>,
) -> impl Strategy<Value = (Vec<T>, Vec<T>, Vec<usize>)> {
    let inputs = proptest::collection::vec(input, 0..60);
    let shuffled =
        inputs.prop_flat_map(|inputs| (Just(inputs.clone()), Just(inputs).prop_shuffle()));
    (shuffled, proptest::collection::vec(0_usize..20, 1..8))
        .prop_map(|((inputs, shuffled), cuts)| (inputs, shuffled, cuts))
}

/// Everything that may be done with the same inputs, and what it says then.
fn ways<A: Merge>(inputs: &[A::Input], shuffled: &[A::Input], cuts: &[usize]) -> Vec<A::Output> {
    let mut parts = Vec::new();
    let mut rest = shuffled;
    for cut in cuts {
        let (part, after) = rest.split_at((*cut).min(rest.len()));
        parts.push(stored(&state::<A>(part)));
        rest = after;
    }
    parts.push(state::<A>(rest));

    let mut from_left = A::empty();
    let mut from_right = A::empty();
    for part in &parts {
        A::merge(&mut from_left, part);
        from_left = stored(&from_left);
    }
    for part in parts.iter().rev() {
        let mut with = stored(part);
        A::merge(&mut with, &from_right);
        from_right = with;
    }
    // Cut into batches: stored after each, and added to.
    let mut cut = A::empty();
    for batch in shuffled.chunks(cuts.iter().copied().max().unwrap_or(1).max(1)) {
        for input in batch {
            A::add(&mut cut, input);
        }
        cut = stored(&cut);
    }
    let whole = state::<A>(inputs);
    let other_order = state::<A>(shuffled);
    [whole, other_order, from_left, from_right, cut]
        .iter()
        .map(A::output)
        .collect()
}

fn assert_same<A: Merge<Output: PartialEq + Debug>>(
    (inputs, shuffled, cuts): &(Vec<A::Input>, Vec<A::Input>, Vec<usize>),
) -> A::Output {
    let mut ways = ways::<A>(inputs, shuffled, cuts);
    let whole = ways.swap_remove(0);
    for other in ways {
        assert_eq!(whole, other);
    }
    whole
}

fn assert_near(found: f64, expected: f64, scale: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * (scale.abs() + f64::MIN_POSITIVE),
        "{found} is not near {expected}"
    );
}

/// Numbers as they are measured: of many sizes and both signs.
fn measured() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e3..1e3,
        -1e12..1e12,
        Just(0.0),
        Just(-0.0),
        Just(1e9),
        (-18..18_i32, -9.0..9.0)
            .prop_map(|(power, digits): (i32, f64)| digits * 10_f64.powi(power)),
    ]
}

proptest! {
    #[test]
    fn count(streams in streams(any::<u8>())) {
        prop_assert_eq!(assert_same::<Count<u8>>(&streams), streams.0.len() as u64);
    }

    #[test]
    fn sums_of_integers(signed in streams(any::<i64>()), unsigned in streams(any::<u64>())) {
        let sum: i128 = signed.0.iter().map(|input| i128::from(*input)).sum();
        prop_assert_eq!(assert_same::<Sum<i64>>(&signed), sum);
        let sum: u128 = unsigned.0.iter().map(|input| u128::from(*input)).sum();
        prop_assert_eq!(assert_same::<Sum<u64>>(&unsigned), sum);
    }

    #[test]
    fn extremes(numbers in streams(any::<i64>()), texts in streams("[a-c\\x00]{0,3}"), floats in streams(measured().prop_map(TotalF64))) {
        prop_assert_eq!(assert_same::<Min<i64>>(&numbers), Lowest(numbers.0.iter().min().copied()));
        prop_assert_eq!(assert_same::<Max<String>>(&texts), Highest(texts.0.iter().max().cloned()));
        prop_assert_eq!(assert_same::<Max<TotalF64>>(&floats), Highest(floats.0.iter().max().copied()));
    }

    #[test]
    fn top(streams in streams((0_i64..9, "[ab]{0,2}"))) {
        let mut sorted = streams.0.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        sorted.truncate(4);
        let top = assert_same::<TopK<(i64, String), 4>>(&streams);
        prop_assert_eq!(top.as_slice(), sorted);
    }

    #[test]
    fn sums_and_means_of_floats(streams in streams(measured())) {
        let (inputs, shuffled, cuts) = &streams;
        let scale: f64 = inputs.iter().map(|input| input.abs()).sum();
        let sum: f64 = inputs.iter().sum();
        for found in ways::<Sum<f64>>(inputs, shuffled, cuts) {
            assert_near(found, sum, scale);
        }
        let mean = (!inputs.is_empty()).then(|| sum / inputs.len() as f64);
        for found in ways::<Mean>(inputs, shuffled, cuts) {
            prop_assert_eq!(found.count(), inputs.len() as u64);
            prop_assert_eq!(found.mean().is_some(), mean.is_some());
            assert_near(found.mean().unwrap_or(0.0), mean.unwrap_or(0.0), scale);
        }
    }

    #[test]
    fn variance(streams in streams(measured())) {
        let (inputs, shuffled, cuts) = &streams;
        let mean = inputs.iter().sum::<f64>() / inputs.len().max(1) as f64;
        let scale: f64 = inputs.iter().map(|input| input.abs()).sum();
        let squares: f64 = inputs.iter().map(|input| (input - mean).powi(2)).sum();
        for found in ways::<Variance>(inputs, shuffled, cuts) {
            prop_assert_eq!(found.count(), inputs.len() as u64);
            if inputs.is_empty() {
                prop_assert_eq!((found.mean(), found.variance(), found.sample_variance()), (None, None, None));
                continue;
            }
            assert_near(found.mean().unwrap(), mean, scale);
            assert_near(found.variance().unwrap(), squares / inputs.len() as f64, scale * scale);
            prop_assert_eq!(found.sample_variance().is_some(), inputs.len() > 1);
        }
    }

    #[test]
    fn quantiles(streams in streams(measured()), q in 0.0..=1.0) {
        let sketch = assert_same::<Quantiles>(&streams);
        let mut sorted = streams.0;
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(sketch.count(), sorted.len() as u64);
        prop_assert_eq!(sketch.min(), sorted.iter().copied().reduce(f64::min));
        prop_assert_eq!(sketch.max(), sorted.iter().copied().reduce(f64::max));
        for q in [0.0, q, 0.5, 1.0] {
            let Some(found) = sketch.quantile(q) else {
                prop_assert!(sorted.is_empty());
                continue;
            };
            let rank = (q * (sorted.len() - 1) as f64) as usize;
            let exact = sorted.get(rank).unwrap();
            // 2^-64 and less counts as 0.
            let allowed = exact.abs() / 128.0 + 2_f64.powi(-64);
            prop_assert!((found - exact).abs() <= allowed, "{found} for {exact}");
        }
        prop_assert_eq!(sketch.quantile(-0.1), None);
        prop_assert_eq!(sketch.quantile(f64::NAN), None);
    }

    #[test]
    fn quantiles_of_any_float(streams in streams(any::<f64>())) {
        assert_same::<Quantiles>(&streams);
    }

    #[test]
    fn distinct(streams in streams(0_u64..40)) {
        let different: BTreeSet<_> = streams.0.iter().collect();
        prop_assert_eq!(assert_same::<Distinct<u64>>(&streams), different.len() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Through all forms that a sketch takes as it grows.
    #[test]
    fn distinct_of_many(number in 1_u64..30_000, begin: u64, parts in 1_usize..6) {
        let inputs: Vec<u64> = (0..number).map(|input| begin.wrapping_add(input)).collect();
        let mut turned = inputs.clone();
        turned.reverse();
        let cuts = vec![inputs.len() / parts + 1; parts];
        let found = assert_same::<Distinct<u64>>(&(inputs, turned, cuts));
        let error = (found as f64 - number as f64).abs() / number as f64;
        prop_assert!(error < 0.08, "{found} for {number}");
    }
}

#[test]
fn the_error_of_distinct_is_what_it_says() {
    let mut squares = 0.0;
    let runs = 60_u64;
    let number = 20_000_u64;
    for run in 0..runs {
        let inputs: Vec<u64> = (run * number..(run + 1) * number).collect();
        let found = Distinct::<u64>::output(&state::<Distinct<u64>>(&inputs));
        squares += (found as f64 / number as f64 - 1.0).powi(2);
    }
    let error = (squares / runs as f64).sqrt();
    assert!(error < 0.025, "a standard error of {error}");
}

#[test]
fn what_has_no_number_is_told_as_floats_tell_it() {
    let endless = [1.0, f64::INFINITY, 2.0];
    assert!(Sum::<f64>::output(&state::<Sum<f64>>(&endless)).is_infinite());
    let none = [1.0, f64::NAN];
    assert!(Sum::<f64>::output(&state::<Sum<f64>>(&none)).is_nan());
    assert!(state::<Mean>(&none).mean().unwrap().is_nan());
    let sketch = state::<Quantiles>(&[f64::NAN, 3.0, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(sketch.count(), 3, "what is no number is passed over");
    let median = sketch.quantile(0.5).unwrap();
    assert!((median - 3.0).abs() < 3.0 / 128.0, "{median}");
    assert_eq!(sketch.max(), Some(f64::INFINITY));
}

#[test]
fn a_sum_of_floats_keeps_what_rounding_takes() {
    let inputs = [1.0, 1e100, 1.0, -1e100];
    assert_eq!(
        Sum::<f64>::output(&state::<Sum<f64>>(&inputs)).to_bits(),
        2_f64.to_bits()
    );
}

#[test]
fn a_variance_far_from_zero_does_not_cancel() {
    let inputs = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
    assert_near(state::<Variance>(&inputs).variance().unwrap(), 22.5, 1.0);
}

/// Bytes that are not, or hardly, those of a state.
fn hostile(valid: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let valid = valid.to_vec();
    let len = valid.len();
    let strokes = proptest::collection::vec((0..len.max(1), any::<u8>()), 0..6);
    let damaged = (strokes, 0..=len).prop_map(move |(changes, cut)| {
        let mut bytes = valid.clone();
        for (place, byte) in changes {
            if let Some(changed) = bytes.get_mut(place) {
                *changed = byte;
            }
        }
        if cut % 3 == 0 {
            bytes.truncate(cut);
        }
        bytes
    });
    prop_oneof![damaged, proptest::collection::vec(any::<u8>(), 0..100)]
}

/// What is read is a state like any other.
fn survives<A: Merge>(bytes: &[u8], input: &A::Input) {
    let Ok(mut found) = read::<A::Accumulator>(bytes) else {
        return;
    };
    A::output(&found);
    let mut other = state::<A>([input]);
    A::merge(&mut other, &found);
    A::output(&other);
    for _ in 0..40 {
        A::add(&mut found, input);
    }
    let again = stored(&found);
    A::merge(&mut found, &again);
    A::output(&found);
    bytes_of(&found);
    let unknown = A::Accumulator::decode_payload(2, Format::Raw, bytes);
    assert!(matches!(unknown, Err(CodecError::Version { .. })));
}

macro_rules! hostile {
    ($($test:ident: $aggregate:ty, $inputs:expr;)*) => {$(
        #[test]
        fn $test() {
            let inputs = $inputs;
            let valid = bytes_of(&state::<$aggregate>(&inputs));
            let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 600, ..ProptestConfig::default() });
            let input = inputs.first().unwrap();
            runner.run(&hostile(&valid), |bytes| {
                survives::<$aggregate>(&bytes, input);
                Ok(())
            }).unwrap();
        }
    )*};
}

hostile! {
    hostile_counts: Count<u8>, [1, 2];
    hostile_sums_of_i64: Sum<i64>, [1, -2];
    hostile_sums_of_u64: Sum<u64>, [1, 2];
    hostile_sums_of_f64: Sum<f64>, [1.5, 2.5];
    hostile_means: Mean, [1.5, 2.5];
    hostile_variances: Variance, [1.5, 2.5];
    hostile_lowest: Min<String>, ["a\0b".to_owned()];
    hostile_highest: Max<(u16, String)>, [(7, "b".to_owned())];
    hostile_tops: TopK<(i32, String), 3>, [(1, "a".to_owned()), (2, String::new()), (3, "c".to_owned())];
    hostile_quantiles: Quantiles, [1.5, -2.5, 0.0, 1e9, 1e-9];
    hostile_distinct_of_few: Distinct<u64>, [1, 2, 3];
    hostile_distinct_of_some: Distinct<u64>, (0..100).collect::<Vec<_>>();
    hostile_distinct_of_many: Distinct<u64>, (0..5_000).collect::<Vec<_>>();
}

#[test]
fn bytes_that_are_left_over_are_refused() {
    fn check<A: Aggregate>(inputs: &[A::Input]) {
        let mut bytes = bytes_of(&state::<A>(inputs));
        bytes.push(0);
        assert!(read::<A::Accumulator>(&bytes).is_err());
    }
    check::<Count<u8>>(&[1]);
    check::<Sum<i64>>(&[1]);
    check::<Sum<f64>>(&[1.0]);
    check::<Mean>(&[1.0]);
    check::<Variance>(&[1.0]);
    check::<Min<u8>>(&[1]);
    check::<TopK<u16, 2>>(&[1]);
    check::<Quantiles>(&[1.0]);
    check::<Distinct<u64>>(&[1]);
    check::<Distinct<u64>>(&(0..100).collect::<Vec<_>>());
    check::<Distinct<u64>>(&(0..5_000).collect::<Vec<_>>());
}

/// Later versions must read these bytes, and write them.
#[test]
fn the_bytes_are_these() {
    fn check<A: Aggregate>(inputs: &[A::Input], name: &str, hex: &str) {
        use std::fmt::Write as _;
        let bytes = bytes_of(&state::<A>(inputs));
        let written = bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        assert_eq!((A::Accumulator::NAME, &*written), (name, hex));
    }
    check::<Count<u8>>(&[1, 2], "typed-state.count", "0000000000000002");
    check::<Sum<i64>>(
        &[1, -3],
        "typed-state.sum-i64",
        "fffffffffffffffffffffffffffffffe",
    );
    check::<Sum<u64>>(
        &[1, 3],
        "typed-state.sum-u64",
        "00000000000000000000000000000004",
    );
    check::<Sum<f64>>(
        &[1.0, 0.5],
        "typed-state.sum-f64",
        "3ff80000000000000000000000000000",
    );
    check::<Mean>(
        &[1.0, 0.5],
        "typed-state.mean",
        "00000000000000023ff80000000000000000000000000000",
    );
    check::<Variance>(
        &[1.0, 3.0],
        "typed-state.variance",
        "000000000000000240000000000000004000000000000000",
    );
    check::<Min<u16>>(&[7, 3], "typed-state.min", "0003");
    check::<Min<u16>>(&[], "typed-state.min", "");
    check::<Max<String>>(
        &["a".to_owned(), "b".to_owned()],
        "typed-state.max",
        "620001",
    );
    check::<TopK<u8, 2>>(&[1, 5, 3], "typed-state.top", "0503");
    check::<Quantiles>(
        &[1.0, -1.0, 1.0],
        "typed-state.quantiles",
        "bff00000000000003ff0000000000000802001824002",
    );
    check::<Distinct<u64>>(
        &[1, 2],
        "typed-state.distinct",
        "0201070c03080204b69070061986a207",
    );
    check::<Distinct<u64>>(&[], "typed-state.distinct", "");
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "latency", value = Aggregated<Quantiles>)]
struct Latency {
    service: String,
}

#[tokio::test]
async fn under_a_key() {
    let store = Store::new(Memory::new());
    let key = Latency {
        service: "shop".to_owned(),
    };
    let inputs: Vec<f64> = (1..=100).map(f64::from).collect();
    let sketch = store.aggregate(&key).add(&inputs).await.unwrap();
    assert_eq!(sketch.count(), 100);
    let other = state::<Quantiles>(&[1e6]);
    store.aggregate(&key).merge(&other).await.unwrap();
    let sketch: QuantileSketch = store.aggregate(&key).get().await.unwrap().unwrap();
    assert_eq!(sketch.max(), Some(1e6));
    let median = sketch.quantile(0.5).unwrap();
    assert!((median - 51.0).abs() < 0.5, "{median}");
}

/// All of them can be what windows aggregate by, sessions among them.
#[tokio::test]
async fn in_windows() {
    async fn result<A>(inputs: Vec<A::Input>) -> A::Output
    where
        A: Merge<Input: Send + Sync, Output: StateValue>,
    {
        let store = Store::new(Memory::new());
        let sessions = Session::with_gap(std::time::Duration::from_millis(10)).unwrap();
        let windows = store.windows::<u8, A, _>("results", sessions);
        let windows = windows.open().await.unwrap();
        let mut batch = Batch::of("source");
        for (position, input) in inputs.into_iter().enumerate() {
            // Two sessions, until the last input joins them.
            let time = [0, 15, 8][position % 3];
            let time = Timestamp::from_millis(time);
            batch.input(position as u64, 1, time, input).unwrap();
        }
        batch.watermark(100, Timestamp::from_millis(1_000)).unwrap();
        assert!(windows.apply(batch).await.unwrap().late.is_empty());
        let mut out = windows.outbox().read(10).await.unwrap();
        assert_eq!(out.len(), 1);
        match out.remove(0).emission {
            Emission::Result { output, .. } => output,
            other => panic!("{:?}", other.key()),
        }
    }
    assert_eq!(result::<Count<u8>>(vec![1, 2, 3]).await, 3);
    assert_eq!(result::<Sum<i64>>(vec![1, 2, 3]).await, 6);
    assert_eq!(result::<Min<i64>>(vec![1, 2, 3]).await, Lowest(Some(1)));
    assert_eq!(result::<Max<i64>>(vec![1, 2, 3]).await, Highest(Some(3)));
    let mean: Average = result::<Mean>(vec![1.0, 2.0, 3.0]).await;
    assert_eq!(mean.mean(), Some(2.0));
    let spread: Spread = result::<Variance>(vec![1.0, 2.0, 3.0]).await;
    assert_near(spread.sample_variance().unwrap(), 1.0, 1.0);
    let top = result::<TopK<u8, 2>>(vec![1, 2, 3]).await;
    assert_eq!(top.as_slice(), [3, 2]);
    assert_eq!(result::<Distinct<u8>>(vec![1, 2, 1]).await, 2);
    assert_eq!(result::<Quantiles>(vec![1.0, 2.0, 3.0]).await.count(), 3);
}
