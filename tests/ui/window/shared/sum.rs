use typed_state::primitive::Aggregate;

/// An aggregate that is no `Merge`.
pub struct Sum;

impl Aggregate for Sum {
    type Input = i64;
    type Accumulator = i64;
    type Output = i64;

    fn empty() -> i64 {
        0
    }

    fn add(sum: &mut i64, input: &i64) {
        *sum += input;
    }

    fn output(sum: &i64) -> i64 {
        *sum
    }
}
