use super::stored::{Stored, read_f64, read_u64, state_value};
use crate::primitive::{Aggregate, Merge};

/// How many inputs there were, their mean, and how far they lie from it.
///
/// One pass without cancellation: Welford (1962) for inputs, Chan, Golub and `LeVeque` (1979) for states that are merged.
#[derive(Debug)]
pub struct Variance;

/// The state of [`Variance`], and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    count: u64,
    mean: f64,
    /// The sum of the squares of the distances from the mean.
    squares: f64,
}

#[allow(
    clippy::cast_precision_loss,
    reason = "means and variances are rounded anyhow"
)]
impl Spread {
    /// How many inputs there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` where there were none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The variance of the inputs, where they are all that there is; `None` where there were none.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 0).then(|| self.squares / self.count as f64)
    }

    /// The variance of that of which the inputs are a sample; `None` of fewer than two.
    pub fn sample_variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    fn merged(&self, other: &Self) -> Self {
        if self.count == 0 {
            return *other;
        }
        if other.count == 0 {
            return *self;
        }
        let count = self.count.saturating_add(other.count);
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let apart = other.mean - self.mean;
        let share = theirs / (ours + theirs);
        Self {
            count,
            mean: self.mean + apart * share,
            squares: self.squares + other.squares + apart * apart * ours * share,
        }
    }
}

impl Aggregate for Variance {
    type Input = f64;
    type Accumulator = Spread;
    type Output = Spread;

    fn empty() -> Spread {
        Spread::default()
    }

    fn add(spread: &mut Spread, input: &f64) {
        *spread = spread.merged(&Spread {
            count: 1,
            mean: *input,
            squares: 0.0,
        });
    }

    fn output(spread: &Spread) -> Spread {
        *spread
    }
}

impl Merge for Variance {
    fn merge(spread: &mut Spread, other: &Spread) {
        *spread = spread.merged(other);
    }
}

impl Stored for Spread {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.mean.to_be_bytes());
        out.extend_from_slice(&self.squares.to_be_bytes());
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (count, rest) = read_u64(payload)?;
        let (mean, rest) = read_f64(rest)?;
        let (squares, rest) = read_f64(rest)?;
        rest.is_empty().then_some(Self {
            count,
            mean,
            squares,
        })
    }
}

state_value!(Spread, "typed-state.variance");
