use std::sync::atomic::{AtomicU32, Ordering};

/// In tenths of a token.
const FULL: u32 = 1_000;
const HALF: u32 = FULL / 2;
const FAILURE: u32 = 10;

/// What retries may cost, as gRPC throttles them (proposal A6): a failure takes a token, a success gives a tenth back, and at
/// half or less nothing is tried again.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Budget {
    pub(super) const fn new() -> Self {
        Self(AtomicU32::new(FULL))
    }

    #[inline]
    pub(super) fn succeeded(&self) {
        if self.0.load(Ordering::Relaxed) < FULL {
            self.give();
        }
    }

    #[cold]
    fn give(&self) {
        let more = |tenths: u32| (tenths < FULL).then_some(tenths + 1);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Whether what failed may be tried again.
    pub(super) fn failed(&self) -> bool {
        let less = |tenths: u32| Some(tenths.saturating_sub(FAILURE));
        let before = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        before.is_ok_and(|tenths| tenths.saturating_sub(FAILURE) > HALF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_tokens_are_for_retries() {
        let budget = Budget::new();
        let granted = (0..200).filter(|_| budget.failed()).count();
        assert_eq!(granted, 49);
        // It is empty now; nothing is tried again until more than half is back, and the failure itself is paid for.
        (0..509).for_each(|_| budget.succeeded());
        assert!(!budget.failed());
        (0..12).for_each(|_| budget.succeeded());
        assert!(budget.failed());
    }

    #[test]
    fn it_holds_no_more_than_it_began_with() {
        let budget = Budget::new();
        (0..5_000).for_each(|_| budget.succeeded());
        assert_eq!(budget.0.load(Ordering::Relaxed), FULL);
    }
}
