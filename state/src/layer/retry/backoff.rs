use std::time::Duration;

use super::config::RetryLayer;

impl RetryLayer {
    /// The pause before a retry, counted from zero: `base * 2^n` up to the cap, of which the share of the jitter is drawn.
    pub(super) fn pause(&self, retry: u32) -> Duration {
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX).max(1);
        let longest = self
            .initial_delay
            .saturating_mul(factor)
            .min(self.max_delay);
        if longest.is_zero() {
            return longest;
        }
        let bits = u32::try_from(self.entropy.next_u64() >> 32).unwrap_or(u32::MAX);
        let drawn = f64::from(bits) / f64::from(u32::MAX);
        let share = self.jitter.mul_add(drawn - 1.0, 1.0);
        Duration::try_from_secs_f64(longest.as_secs_f64() * share)
            .map_or(longest, |pause| pause.min(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    const BASE: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(5);

    fn pauses(layer: &RetryLayer, retry: u32) -> (Duration, Duration) {
        let drawn: Vec<_> = (0..2_000).map(|_| layer.pause(retry)).collect();
        (
            drawn.iter().min().copied().unwrap_or_default(),
            drawn.iter().max().copied().unwrap_or_default(),
        )
    }

    #[test]
    fn a_pause_doubles_up_to_its_cap_and_is_drawn_from_all_of_it() {
        let layer = RetryLayer::new().entropy(SeededEntropy::new(1));
        for (retry, longest) in [
            (0, BASE),
            (1, BASE * 2),
            (5, BASE * 32),
            (6, CAP),
            (31, CAP),
            (32, CAP),
            (u32::MAX, CAP),
        ] {
            let (least, most) = pauses(&layer, retry);
            assert!(most <= longest, "{retry}: {most:?}");
            assert!(most >= longest.mul_f64(0.99), "{retry}: {most:?}");
            assert!(least <= longest.mul_f64(0.01), "{retry}: {least:?}");
        }
    }

    #[test]
    fn the_jitter_is_the_share_that_is_drawn() {
        let layer = RetryLayer::new().entropy(SeededEntropy::new(1)).jitter(0.3);
        let (least, most) = pauses(&layer, 0);
        assert!(
            least >= BASE.mul_f64(0.7) && least <= BASE.mul_f64(0.71),
            "{least:?}"
        );
        assert!(most >= BASE.mul_f64(0.99) && most <= BASE, "{most:?}");
        let (least, most) = pauses(&layer.jitter(0.0), 1);
        assert_eq!((least, most), (BASE * 2, BASE * 2));
    }

    #[test]
    fn no_delay_is_no_pause() {
        let layer = RetryLayer::new().initial_delay(Duration::ZERO);
        assert_eq!(layer.pause(7), Duration::ZERO);
    }
}
