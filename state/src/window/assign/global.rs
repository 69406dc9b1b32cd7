use super::super::rules::Rules;
use super::super::span::Window;
use super::super::wrong;
use super::{Assigner, Homes, Keeps};
use crate::backend::{Expiry, Ttl};
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// One window of all of time for each key: it never closes, so it tells results as the rules for early ones say.
///
/// With [`Updates::Discard`](crate::window::Updates::Discard) and
/// [`early_each`](crate::window::Emit::early_each) it is a window of so many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Global {
    ttl: Ttl,
}

impl Global {
    /// The window of a key is forgotten when it has had no input for so long, by the store's clock.
    pub const fn expiring(ttl: Ttl) -> Self {
        Self { ttl }
    }
}

impl Assigner for Global {
    fn describe(&self) -> String {
        "global".to_owned()
    }

    fn check(&self, rules: &Rules) -> Result<()> {
        if rules.has_early() {
            return Ok(());
        }
        Err(wrong(
            "a global window never closes, so nothing would come out of it: set `early_each` or `early_every`",
        ))
    }

    fn expiry(&self) -> Expiry {
        Expiry::After(self.ttl)
    }

    fn homes(&self, _: i64) -> Homes {
        Homes::from_buf([Window::ALL])
    }
}

impl<A: Aggregate<Output: StateValue>> Keeps<A> for Global {}
