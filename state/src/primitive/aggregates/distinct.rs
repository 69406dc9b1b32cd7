use std::marker::PhantomData;

use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};
use xxhash_rust::xxh3::xxh3_64;

use super::stored::{Stored, state_value};
use crate::key::{KeyField, KeyWriter};
use crate::primitive::{Aggregate, Merge};

/// How many different inputs there were, about: a few dozen are counted exactly, of many the estimate is in two cases of three within
/// 1.6 %, and hardly ever 5 % off.
///
/// `HyperLogLog` with 4,096 registers: a state grows to 3 KiB at the most. Inputs are told apart by a hash of the bytes that they have
/// as a field of a key, which is the same in every process and version.
#[derive(Debug)]
pub struct Distinct<T>(PhantomData<fn() -> T>);

/// The state of [`Distinct`].
#[derive(Debug, Clone)]
pub struct DistinctSketch(Option<HllSketch>);

/// The logarithm of the number of registers.
const REGISTERS: u8 = 12;
/// Six bits a register.
const KIND: HllType = HllType::Hll6;

impl DistinctSketch {
    /// About how many different inputs there were.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that does not fit is held at the ends"
    )]
    pub fn estimate(&self) -> u64 {
        // The other estimate depends on the order of the inputs.
        let estimate = self.0.as_ref().map_or(0.0, HllSketch::composite_estimate);
        estimate.round() as u64
    }
}

impl<T: KeyField> Aggregate for Distinct<T> {
    type Input = T;
    type Accumulator = DistinctSketch;
    type Output = u64;

    fn empty() -> DistinctSketch {
        DistinctSketch(None)
    }

    fn add(sketch: &mut DistinctSketch, input: &T) {
        let mut writer = KeyWriter::new();
        T::encode_field(input.as_key_ref(), &mut writer);
        let hash = xxh3_64(writer.as_bytes()).to_be_bytes();
        if sketch.0.is_none() {
            sketch.0 = HllSketch::new(REGISTERS, KIND).ok();
        }
        if let Some(sketch) = &mut sketch.0 {
            sketch.update(raw_bytes::from_slice(&hash));
        }
    }

    fn output(sketch: &DistinctSketch) -> u64 {
        sketch.estimate()
    }
}

impl<T: KeyField> Merge for Distinct<T> {
    fn merge(sketch: &mut DistinctSketch, other: &DistinctSketch) {
        let Some(theirs) = &other.0 else {
            return;
        };
        let Some(ours) = &mut sketch.0 else {
            sketch.0 = Some(theirs.clone());
            return;
        };
        if let Ok(mut union) = HllUnion::new(REGISTERS) {
            union.update(ours);
            union.update(theirs);
            *ours = union.to_sketch(KIND);
        }
    }
}

impl Stored for DistinctSketch {
    fn write(&self, out: &mut Vec<u8>) {
        if let Some(sketch) = &self.0 {
            out.extend_from_slice(&sketch.serialize());
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        if payload.is_empty() {
            return Some(Self(None));
        }
        let sketch = HllSketch::deserialize(payload).ok()?;
        let ours = sketch.lg_config_k() == REGISTERS
            && sketch.target_type() == KIND
            && sketch.serialize().len() == payload.len();
        ours.then_some(Self(Some(sketch)))
    }
}

state_value!(DistinctSketch, "typed-state.distinct");
