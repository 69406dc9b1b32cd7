use super::stored::{Stored, read_f64, state_value};

/// A sum of floats that keeps what rounding takes away (Neumaier, 1974): its error does not grow with the number of
/// inputs, and hardly depends on their order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FloatSum {
    sum: f64,
    /// What `sum` has lost to rounding.
    lost: f64,
}

impl FloatSum {
    /// The sum. An infinite or missing number (NaN) among the inputs makes it what IEEE 754 says.
    pub fn total(&self) -> f64 {
        // Of what is not finite nothing was lost.
        if self.sum.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }

    pub(super) fn add(&mut self, input: f64) {
        let sum = self.sum + input;
        self.lost += if self.sum.abs() >= input.abs() {
            (self.sum - sum) + input
        } else {
            (input - sum) + self.sum
        };
        self.sum = sum;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.lost += other.lost;
    }
}

impl Stored for FloatSum {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.sum.to_be_bytes());
        out.extend_from_slice(&self.lost.to_be_bytes());
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (sum, rest) = read_f64(payload)?;
        let (lost, rest) = read_f64(rest)?;
        rest.is_empty().then_some(Self { sum, lost })
    }
}

state_value!(FloatSum, "typed-state.sum-f64");
