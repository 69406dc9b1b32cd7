use std::collections::BTreeMap;

use super::stored::{Stored, read_f64, state_value};
use crate::codec::varint;
use crate::primitive::{Aggregate, Merge};

/// How the inputs are distributed: any quantile of them, within 0.8 % of its value.
///
/// A `DDSketch` (Masson, Rim and Lee, 2019) whose buckets are cut by the bits of the number, 64 to each doubling, so no logarithm
/// rounds differently elsewhere. Magnitudes below 2^-64 count as 0, those above 2^64 as 2^64; what is no number (NaN) is passed
/// over. A state has two to four bytes for each bucket with inputs: a few kilobytes for times from microseconds to hours.
#[derive(Debug)]
pub struct Quantiles;

/// The state of [`Quantiles`], and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileSketch {
    min: f64,
    max: f64,
    /// How many inputs each has, by their order.
    buckets: BTreeMap<u16, u64>,
}

/// The bits of the mantissa that tell buckets apart.
const MANTISSA: u32 = 6;
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - MANTISSA;
/// The lowest magnitude that is not 0, and the first that is held: 2^-64 and 2^64.
const LEAST: u64 = (1023 - 64) << MANTISSA;
const MOST: u64 = (1023 + 64) << MANTISSA;
/// The bucket of 0, in the middle.
const ZERO: u16 = 1 + ((2 * 64) << MANTISSA);

fn bucket_of(input: f64) -> u16 {
    let magnitude = (input.abs().to_bits() >> SHIFT).min(MOST);
    // At most 8,193.
    let from_zero = u16::try_from((magnitude + 1).saturating_sub(LEAST)).unwrap_or(ZERO);
    if input.is_sign_negative() {
        ZERO - from_zero
    } else {
        ZERO + from_zero
    }
}

/// The number in the middle of a bucket.
fn middle(bucket: u16) -> f64 {
    let from_zero = u64::from(bucket.abs_diff(ZERO));
    if from_zero == 0 {
        return 0.0;
    }
    let magnitude = f64::from_bits((2 * (LEAST + from_zero - 1) + 1) << (SHIFT - 1));
    if bucket < ZERO { -magnitude } else { magnitude }
}

impl QuantileSketch {
    /// How many inputs there were.
    pub fn count(&self) -> u64 {
        let counts = self.buckets.values().copied();
        counts.fold(0, u64::saturating_add)
    }

    /// The lowest input, exactly; `None` where there was none.
    pub fn min(&self) -> Option<f64> {
        (!self.buckets.is_empty()).then_some(self.min)
    }

    /// The highest input, exactly; `None` where there was none.
    pub fn max(&self) -> Option<f64> {
        (!self.buckets.is_empty()).then_some(self.max)
    }

    /// The input that has the part `q` of the others below it, about: 0.5 asks for the median, 0.99 for what one of a hundred reaches.
    /// `None` where there was none, or `q` is not from 0 to 1.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank among so many inputs is near enough"
    )]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        let rank = (q * self.count().saturating_sub(1) as f64) as u64;
        let mut up_to = 0_u64;
        let mut buckets = self.buckets.iter();
        let found = buckets.find(|(_, count)| {
            up_to = up_to.saturating_add(**count);
            up_to > rank
        });
        // A rank that rounding moved past the end is that of the highest.
        let found = found.or_else(|| self.buckets.last_key_value());
        let (&bucket, _) = found?;
        Some(middle(bucket).max(self.min).min(self.max))
    }

    fn add(&mut self, bucket: u16, count: u64) {
        let all = self.buckets.entry(bucket).or_default();
        *all = all.saturating_add(count);
    }
}

impl Aggregate for Quantiles {
    type Input = f64;
    type Accumulator = QuantileSketch;
    type Output = QuantileSketch;

    fn empty() -> QuantileSketch {
        QuantileSketch {
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            buckets: BTreeMap::new(),
        }
    }

    fn add(sketch: &mut QuantileSketch, input: &f64) {
        if input.is_nan() {
            return;
        }
        // There is one zero.
        let input = *input + 0.0;
        sketch.min = sketch.min.min(input);
        sketch.max = sketch.max.max(input);
        sketch.add(bucket_of(input), 1);
    }

    fn output(sketch: &QuantileSketch) -> QuantileSketch {
        sketch.clone()
    }
}

impl Merge for Quantiles {
    fn merge(sketch: &mut QuantileSketch, other: &QuantileSketch) {
        sketch.min = sketch.min.min(other.min);
        sketch.max = sketch.max.max(other.max);
        for (&bucket, &count) in &other.buckets {
            sketch.add(bucket, count);
        }
    }
}

impl Stored for QuantileSketch {
    /// Lowest and highest, then for each bucket with inputs how far it is from the one before, and how many.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.min.to_be_bytes());
        out.extend_from_slice(&self.max.to_be_bytes());
        let mut before = 0;
        for (&bucket, &count) in &self.buckets {
            varint::write(u64::from(bucket - before), out);
            varint::write(count, out);
            before = bucket;
        }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (min, rest) = read_f64(payload)?;
        let (max, mut rest) = read_f64(rest)?;
        let mut buckets = BTreeMap::new();
        let mut bucket = 0_u16;
        while !rest.is_empty() {
            let (step, count);
            (step, rest) = varint::read(rest)?;
            (count, rest) = varint::read(rest)?;
            bucket = bucket.checked_add(u16::try_from(step).ok()?)?;
            let is_next = step > 0 || buckets.is_empty();
            if !is_next || count == 0 || bucket > 2 * ZERO {
                return None;
            }
            buckets.insert(bucket, count);
        }
        let ends = (buckets.keys().next(), buckets.keys().next_back());
        let fits = match ends {
            (Some(&first), Some(&last)) => bucket_of(min) == first && bucket_of(max) == last,
            _ => min == f64::INFINITY && max == f64::NEG_INFINITY,
        };
        let is_number = !min.is_nan() && !max.is_nan() && (min <= max || buckets.is_empty());
        (fits && is_number).then_some(Self { min, max, buckets })
    }
}

state_value!(QuantileSketch, "typed-state.quantiles");
