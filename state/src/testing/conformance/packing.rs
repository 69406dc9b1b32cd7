//! Values in every format and compression through a store.

use super::fixtures::{COMPRESSORS, FORMATS, Packed, PackedKey, THRESHOLD};
use super::support::{Trial, key_of, noise, raw_value, refused};
use crate::backend::Backend;
use crate::codec::{Compressor, Format};
use crate::testing::Harness;
use crate::{ErrorKind, StateValue as _, Store};

/// Runs a check for every format and compressor, by their numbers.
macro_rules! for_each_packing {
    ($check:ident, $argument:expr) => {
        for_each_packing!($check, $argument, 0);
        for_each_packing!($check, $argument, 1);
        for_each_packing!($check, $argument, 2);
        for_each_packing!($check, $argument, 3);
    };
    ($check:ident, $argument:expr, $format:literal) => {
        $check::<_, $format, 0>($argument).await;
        $check::<_, $format, 1>($argument).await;
        $check::<_, $format, 2>($argument).await;
        $check::<_, $format, 3>($argument).await;
    };
}

/// Shows for every format and compression, with payloads just below, at and above the threshold, that values
/// come back; that they are compressed from the threshold on; and that what does not shrink is stored raw.
/// What is not compiled in is refused with a typed error.
pub async fn every_format_and_compression<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for_each_packing!(packs, &trial.store);
}

async fn packs<B: Backend, const F: usize, const C: usize>(store: &Store<B>) {
    let what = format!("{:?} with {:?}", FORMATS[F], COMPRESSORS[C]);
    let key = PackedKey::<F, C> { id: 1 };
    if !format_is_compiled_in(FORMATS[F]) {
        let value = Packed { body: vec![1] };
        refused(store.put(&key, &value).await, ErrorKind::Unsupported);
        assert!(
            !store.contains(&key).await.unwrap(),
            "{what}: refused and written"
        );
        return;
    }
    let (refused_ones, taken): (Vec<_>, Vec<_>) = around_the_threshold::<F, C>()
        .into_iter()
        .partition(|sample| sample.compresses() && !COMPRESSORS[C].is_some_and(is_compiled_in));
    for sample in refused_ones {
        refused(store.put(&key, &sample.value).await, ErrorKind::Unsupported);
        assert!(
            !store.contains(&key).await.unwrap(),
            "{what}: refused and written"
        );
    }
    let keys: Vec<_> = (0..).map(|id| PackedKey { id }).take(taken.len()).collect();
    let values = taken.iter().map(|sample| &sample.value);
    store.put_many(keys.iter().zip(values)).await.unwrap();
    for (key, sample) in keys.iter().zip(&taken) {
        let what = format!("{what}, {} bytes of payload", sample.payload.len());
        assert_eq!(
            store.get(key).await.unwrap().as_ref(),
            Some(&sample.value),
            "{what}"
        );
        let raw = raw_value(store, &key_of(key)).await;
        if sample.compresses() && sample.shrinks {
            assert!(raw.len() < sample.payload.len(), "{what} did not shrink");
        } else if !sample.compresses() || FORMATS[F] == Format::Raw {
            assert!(raw.ends_with(&sample.payload), "{what} are not stored raw");
            assert!(
                raw.len() <= sample.payload.len() + 8,
                "{what}: the envelope is no small one"
            );
        }
    }
}

/// A value with its payload.
struct Sample<const F: usize, const C: usize> {
    value: Packed<F, C>,
    payload: Vec<u8>,
    /// Whether compression makes it smaller.
    shrinks: bool,
}

impl<const F: usize, const C: usize> Sample<F, C> {
    /// Whether compression is tried.
    fn compresses(&self) -> bool {
        COMPRESSORS[C].is_some() && self.payload.len() >= THRESHOLD
    }
}

/// Values whose payload is empty, small, within a few bytes of the threshold, and large; half of them of
/// bytes that shrink and half of bytes that do not.
fn around_the_threshold<const F: usize, const C: usize>() -> Vec<Sample<F, C>> {
    let mut samples: Vec<Sample<F, C>> = Vec::new();
    for shrinks in [true, false] {
        let source = if shrinks {
            vec![b'a'; 4 * THRESHOLD]
        } else {
            noise(3, 4 * THRESHOLD)
        };
        for length in (0..=THRESHOLD + 1).chain([4 * THRESHOLD]) {
            let body = source[..length].to_vec();
            let value = Packed { body };
            let mut payload = Vec::new();
            value.encode_payload(&mut payload).unwrap();
            if length < 2 || length == 4 * THRESHOLD || payload.len().abs_diff(THRESHOLD) <= 6 {
                samples.push(Sample {
                    value,
                    payload,
                    shrinks,
                });
            }
        }
    }
    for large in [false, true] {
        let count = samples
            .iter()
            .filter(|sample| (sample.payload.len() >= THRESHOLD) == large)
            .count();
        assert!(count >= 4, "payloads on both sides of the threshold");
    }
    samples
}

fn is_compiled_in(compressor: Compressor) -> bool {
    match compressor {
        Compressor::Lz4 => cfg!(feature = "lz4"),
        Compressor::Snappy => cfg!(feature = "snappy"),
        Compressor::Zstd => cfg!(feature = "zstd"),
    }
}

fn format_is_compiled_in(format: Format) -> bool {
    match format {
        Format::MessagePack => cfg!(feature = "msgpack"),
        Format::Json => cfg!(feature = "json"),
        Format::Bincode => cfg!(feature = "bincode"),
        Format::Raw => true,
    }
}

/// Shows for every format and compression that bytes cut off at any length are an error that names the key,
/// and that a flip of any bit gives an error or a value of the type, never a panic.
pub async fn damage_anywhere_is_an_error_or_a_value<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for_each_packing!(endures_damage, &trial);
}

async fn endures_damage<H: Harness, const F: usize, const C: usize>(trial: &Trial<H>) {
    let compressed = COMPRESSORS[C].is_some();
    if !format_is_compiled_in(FORMATS[F]) || !COMPRESSORS[C].is_none_or(is_compiled_in) {
        return; // `every_format_and_compression` shows that it is refused.
    }
    let body = vec![b'a'; if compressed { THRESHOLD } else { 5 }];
    let key = |id| PackedKey::<F, C> { id };
    trial.store.put(&key(0), &Packed { body }).await.unwrap();
    let whole = raw_value(&trial.store, &key_of(&key(0))).await;
    let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut flipped = whole.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    let damaged: Vec<_> = (0..)
        .zip(cut.chain(flipped))
        .map(|(id, bytes)| (key_of(&key(id)), bytes))
        .collect();
    trial.put_many_raw(&damaged).await;
    for (id, (raw_key, bytes)) in (0..).zip(&damaged) {
        let is_cut = bytes.len() < whole.len();
        let error = match trial.store.get(&key(id)).await {
            Err(error) => error,
            Ok(value) => {
                // Raw bytes say nothing of their length, so fewer of them are a value, too.
                let may_be_cut = FORMATS[F] == Format::Raw && !compressed;
                assert!(may_be_cut || !is_cut, "{bytes:02x?} were read as {value:?}");
                continue;
            }
        };
        let kinds = [
            ErrorKind::Corrupt,
            ErrorKind::IncompatibleSchema,
            ErrorKind::TooLarge,
            ErrorKind::Unsupported,
        ];
        let kinds = if is_cut { &kinds[..1] } else { &kinds };
        assert!(kinds.contains(&error.kind()), "{bytes:02x?}: {error}");
        assert_eq!(error.key(), Some(raw_key.to_string().as_str()));
    }
}
