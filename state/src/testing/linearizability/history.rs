use std::fmt;

use super::call::{Answer, Call};
use super::checker::is_linearizable;

/// One operation of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) client: usize,
    pub(super) call: Call,
    /// `None` where any answer would do: it was lost, or does not tell.
    pub(super) answer: Option<Answer>,
    /// When it was asked; all moments of a history differ but those of one request.
    pub(super) asked: u64,
    /// When it was answered; `None` where it never was, so that it may take effect at any later time, or never.
    pub(super) answered: Option<u64>,
}

/// A history that no order explains.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation {
    seed: u64,
    operations: Vec<Operation>,
}

impl Violation {
    /// Leaves out what only looked on and is not needed to show the fault: an order that explains the
    /// whole would explain what is left, so what is left is no more explicable than the whole.
    pub(super) fn new(seed: u64, mut history: Vec<Operation>) -> Self {
        history.sort_by_key(|operation| operation.asked);
        for index in (0..history.len()).rev() {
            let looks_on = history.get(index).is_some_and(Operation::looks_on);
            if looks_on {
                let operation = history.remove(index);
                if is_linearizable(&history) {
                    history.insert(index, operation);
                }
            }
        }
        Self {
            seed,
            operations: history,
        }
    }

    /// The seed that gave the clients' operations; how they raced, nobody gave.
    pub const fn seed(&self) -> u64 {
        self.seed
    }
}

impl Operation {
    /// Whether it changed nothing for certain.
    fn looks_on(&self) -> bool {
        !self.call.writes() || matches!(self.answer, Some(Answer::Conflict(_)))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answered = self
            .answered
            .map_or("?".to_owned(), |answered| answered.to_string());
        let times = format!("{:>4}..{answered:<4}", self.asked);
        write!(f, "{times} client {}: {}", self.client, self.call)?;
        match (&self.answer, self.answered) {
            (Some(answer), _) => write!(f, " -> {answer}"),
            (None, Some(_)) => f.write_str(" -> done"),
            (None, None) => f.write_str(" -> the answer was lost"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "no order of these operations explains their answers (seed {}; asked..answered, value@revision):",
            self.seed
        )?;
        for operation in &self.operations {
            writeln!(f, "  {operation}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violation {}
