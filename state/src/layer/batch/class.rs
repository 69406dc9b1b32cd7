use crate::backend::{Context, Deadline, Reads};

/// Deadlines beyond this power of two of milliseconds are as good as one another: a quarter of an hour.
const FARTHEST: u32 = 20;

/// How many classes of deadlines there are: one without any, and one a power of two.
const DEADLINES: usize = FARTHEST as usize + 1;

/// Operations that may share a call: they ask for the same, and the time they have left is within a factor of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) lifetimes: bool,
    pub(super) reads: Reads,
    pub(super) announce: bool,
    /// None, or a power of two of milliseconds.
    left: usize,
}

impl Class {
    pub(super) const COUNT: usize = 2 * 2 * 3 * DEADLINES;

    /// `None` where there is too little time left to wait for others, or the operation must not share their fate.
    pub(super) fn of(cx: &Context) -> Option<Self> {
        if cx.forced {
            return None;
        }
        let left = match cx.deadline {
            None => 0,
            Some(deadline) => Self::left(deadline)?,
        };
        Some(Self {
            lifetimes: cx.lifetimes,
            reads: cx.reads,
            announce: cx.announce,
            left,
        })
    }

    fn left(deadline: Deadline) -> Option<usize> {
        let millis = deadline.remaining().as_millis();
        let power = millis.checked_ilog2()?.min(FARTHEST);
        if power == 0 {
            return None;
        }
        usize::try_from(power).ok()
    }

    /// Which of [`COUNT`](Self::COUNT) it is.
    pub(super) fn index(self) -> usize {
        let reads = match self.reads {
            Reads::Primary => 0,
            Reads::Cached => 1,
            Reads::Replica => 2,
        };
        let flags = 2 * usize::from(self.announce) + usize::from(self.lifetimes);
        let kind = 3 * flags + reads;
        kind * DEADLINES + self.left
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    fn with(left: Duration) -> Context {
        Context::new().with_deadline(Deadline::after(left).unwrap())
    }

    #[test]
    fn deadlines_share_within_a_factor_of_two() {
        let class = |millis| Class::of(&with(Duration::from_millis(millis)));
        assert_eq!(class(1_100), class(2_000));
        assert_ne!(class(900), class(1_100));
        assert_ne!(class(1_100), Class::of(&Context::new()));
        assert_eq!(class(1), None);
        assert_eq!(Class::of(&with(Duration::ZERO)), None);
        assert_eq!(class(10_000_000), class(100_000_000));
    }

    #[test]
    fn what_asks_for_something_else_is_of_another_class() {
        let mut classes = HashSet::new();
        for left in [1, 3, 7, 500, 3_000, u64::from(u32::MAX)] {
            let cx = with(Duration::from_millis(left + 1));
            for cx in [cx, cx.with_lifetimes()] {
                for cx in
                    [Reads::Primary, Reads::Cached, Reads::Replica].map(|it| cx.with_reads(it))
                {
                    for cx in [cx, cx.with_announcements()] {
                        let Some(class) = Class::of(&cx) else {
                            continue;
                        };
                        assert!(class.index() < Class::COUNT);
                        assert!(classes.insert(class.index()), "{cx:?}");
                    }
                }
            }
        }
        assert_eq!(classes.len(), 5 * 2 * 3 * 2);
        assert_eq!(Class::of(&Context::new().forced()), None);
    }
}
