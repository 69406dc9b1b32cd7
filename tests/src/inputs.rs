use serde::{Deserialize, Serialize};
use typed_state::StateValue;
use typed_state::primitive::{Aggregate, Merge};

/// Which inputs there were: any that is lost or counted twice is seen.
#[derive(Debug)]
pub struct Inputs;

/// Numbers of inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "numbers")]
pub struct Numbers(pub Vec<u64>);

impl Aggregate for Inputs {
    type Input = u64;
    type Accumulator = Numbers;
    type Output = Numbers;

    fn empty() -> Numbers {
        Numbers::default()
    }

    fn add(inputs: &mut Numbers, input: &u64) {
        inputs.0.push(*input);
    }

    fn output(inputs: &Numbers) -> Numbers {
        let mut inputs = inputs.clone();
        inputs.0.sort_unstable();
        inputs
    }
}

impl Merge for Inputs {
    fn merge(inputs: &mut Numbers, others: &Numbers) {
        inputs.0.extend(&others.0);
    }
}
