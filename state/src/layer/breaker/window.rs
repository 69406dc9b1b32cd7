use std::collections::VecDeque;

use super::config::CircuitBreakerLayer;

/// What the last calls of a closed circuit have come to.
///
/// It begins with a failure: the calls before it were successes as far as the window reaches, and need not be known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Window {
    /// Failures since the last success.
    in_a_row: u32,
    calls: u64,
    /// Which of the last calls failed, by their number. Never more than open the circuit.
    failures: VecDeque<u64>,
}

impl Window {
    /// A call has failed. Whether that opens the circuit.
    pub(super) fn failed(&mut self, options: &CircuitBreakerLayer) -> bool {
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.calls += 1;
        self.failures.push_back(self.calls);
        self.forget(options);
        let most = options.most_failures();
        self.in_a_row >= options.threshold.get()
            || most.is_some_and(|most| self.failures.len() >= most)
    }

    /// The store has answered. Whether no failure is left to be remembered.
    pub(super) fn succeeded(&mut self, options: &CircuitBreakerLayer) -> bool {
        self.in_a_row = 0;
        self.calls += 1;
        self.forget(options);
        self.failures.is_empty()
    }

    fn forget(&mut self, options: &CircuitBreakerLayer) {
        let reach = match options.most_failures() {
            Some(_) => u64::from(options.window.get()),
            None => 0,
        };
        while let Some(oldest) = self.failures.front()
            && oldest + reach <= self.calls
        {
            self.failures.pop_front();
        }
    }
}
