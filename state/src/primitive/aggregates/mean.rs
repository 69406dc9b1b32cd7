use super::float_sum::FloatSum;
use super::stored::{Stored, read_u64, state_value};
use crate::primitive::{Aggregate, Merge};

/// How many inputs there were, and their mean.
#[derive(Debug)]
pub struct Mean;

/// The state of [`Mean`], and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Average {
    count: u64,
    sum: FloatSum,
}

impl Average {
    /// How many inputs there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum.total()
    }

    /// Their mean; `None` where there were none.
    #[allow(clippy::cast_precision_loss, reason = "a mean is rounded anyhow")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum() / self.count as f64)
    }
}

impl Aggregate for Mean {
    type Input = f64;
    type Accumulator = Average;
    type Output = Average;

    fn empty() -> Average {
        Average::default()
    }

    fn add(average: &mut Average, input: &f64) {
        average.count = average.count.saturating_add(1);
        average.sum.add(*input);
    }

    fn output(average: &Average) -> Average {
        *average
    }
}

impl Merge for Mean {
    fn merge(average: &mut Average, other: &Average) {
        average.count = average.count.saturating_add(other.count);
        average.sum.merge(&other.sum);
    }
}

impl Stored for Average {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_be_bytes());
        self.sum.write(out);
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (count, rest) = read_u64(payload)?;
        let sum = FloatSum::read(rest)?;
        Some(Self { count, sum })
    }
}

state_value!(Average, "typed-state.mean");
