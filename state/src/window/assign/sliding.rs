use std::collections::BTreeSet;
use std::time::Duration;

use super::super::contents::{Coder, Contents, Pane, Turn};
use super::super::emission::Timing;
use super::super::rules::{Rules, Updates};
use super::super::span::{Window, millis};
use super::super::wrong;
use super::{Assigner, Homes, Keeps};
use crate::error::Result;
use crate::primitive::{Aggregate, Merge};
use crate::value::StateValue;

/// Windows that are aligned to inputs: for each input, the one that ends with it and reaches so far back, and the one that
/// begins after it, where anything is in that. Both ends belong to a window.
///
/// What windows there are follows from the inputs alone, not from their order. What is kept is one aggregate for each time
/// at which a key had inputs; windows are put together from them when they tell a result.
///
/// These are the sliding windows of Kafka Streams ([KIP-450](https://cwiki.apache.org/confluence/x/hWZ4CQ)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sliding {
    difference: i64,
}

impl Sliding {
    /// Windows in which the first and the last moment are so far apart.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where it is no whole number of milliseconds, or 0.
    pub fn of(difference: Duration) -> Result<Self> {
        let difference = millis("difference", difference, 1)?;
        Ok(Self { difference })
    }

    /// The window that ends with a moment.
    const fn up_to(self, time: i64) -> Window {
        Window::new(time - self.difference, time + 1)
    }

    /// The window that begins after a moment.
    const fn after(self, time: i64) -> Window {
        Window::new(time + 1, time + self.difference + 2)
    }

    /// All windows, or those that a moment lies in.
    fn windows<S>(self, slices: &[Pane<S>], of: Option<i64>) -> BTreeSet<Window> {
        let times = slices.iter().map(|slice| slice.window.start);
        let windows = times.flat_map(|time| [self.up_to(time), self.after(time)]);
        let concerned = |window: &Window| {
            of.is_none_or(|time| window.start <= time && time < window.end)
                && !within(slices, *window).is_empty()
        };
        windows.filter(concerned).collect()
    }
}

/// The slices in a window.
fn within<S>(slices: &[Pane<S>], window: Window) -> &[Pane<S>] {
    let from = slices.partition_point(|slice| slice.window.start < window.start);
    let to = slices.partition_point(|slice| slice.window.start < window.end);
    slices.get(from..to).unwrap_or_default()
}

/// What is in a window.
fn state_of<A: Merge>(slices: &[Pane<A::Accumulator>], window: Window) -> A::Accumulator {
    let mut state = A::empty();
    for slice in within(slices, window) {
        A::merge(&mut state, &slice.state);
    }
    state
}

/// Has a window tell what is in it.
fn tell<A: Merge + Aggregate<Output: StateValue>>(
    contents: &mut Contents<A::Accumulator>,
    window: Window,
    timing: Timing,
    turn: &mut Turn<'_, impl Coder>,
) -> Result<()> {
    let output = A::output(&state_of::<A>(&contents.panes, window));
    let told = contents.told.entry(window).or_default();
    told.closed = timing != Timing::Early;
    told.tell(window, timing, &output, turn)
}

impl Assigner for Sliding {
    fn describe(&self) -> String {
        format!("sliding, difference {} ms", self.difference)
    }

    fn check(&self, rules: &Rules) -> Result<()> {
        if rules.updates != Updates::Discard {
            return Ok(());
        }
        Err(wrong(
            "sliding windows share what is in them, so it cannot be discarded: use `Accumulate` or `Retract`",
        ))
    }

    fn homes(&self, _: i64) -> Homes {
        Homes::from_buf([Window::ALL])
    }
}

impl<A: Merge + Aggregate<Output: StateValue>> Keeps<A> for Sliding {
    fn add(
        &self,
        contents: &mut Contents<A::Accumulator>,
        _: Window,
        time: i64,
        input: &A::Input,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<bool> {
        let (watermark, rules) = (turn.watermark, turn.rules);
        let slices = &mut contents.panes;
        let place = slices.partition_point(|slice| slice.window.start < time);
        let is_new = slices
            .get(place)
            .is_none_or(|slice| slice.window.start != time);
        if is_new {
            slices.insert(place, Pane::new(Window::new(time, time + 1), A::empty()));
        }
        let windows = self.windows(slices, Some(time));
        let takes = |window: &Window| !window.is_over(watermark, rules.lateness);
        if !windows.iter().any(takes) {
            if is_new {
                slices.remove(place);
            }
            return Ok(false);
        }
        if let Some(slice) = slices.get_mut(place) {
            A::add(&mut slice.state, input);
            slice.inputs += 1;
        }
        contents.closed_to = contents.closed_to.max(watermark);
        for window in windows.into_iter().filter(takes) {
            if window.is_over(watermark, 0) {
                tell::<A>(contents, window, Timing::Late, turn)?;
                continue;
            }
            let inputs = within(&contents.panes, window).iter();
            let inputs: u64 = inputs.map(|slice| slice.inputs).sum();
            if rules.every.is_some() {
                contents.told.entry(window).or_default().changed = true;
            }
            if rules
                .each
                .is_some_and(|each| inputs.is_multiple_of(each.get()))
            {
                tell::<A>(contents, window, Timing::Early, turn)?;
            }
        }
        // The window after a new time is there from now on; what is in it came before.
        let after = self.after(time);
        if is_new
            && after.is_over(watermark, 0)
            && takes(&after)
            && !within(&contents.panes, after).is_empty()
        {
            tell::<A>(contents, after, Timing::Late, turn)?;
        }
        Ok(true)
    }

    fn fire(
        &self,
        contents: &mut Contents<A::Accumulator>,
        at: i64,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()> {
        let closed_to = contents.closed_to;
        let mut closing: Vec<_> = self.windows(&contents.panes, None).into_iter().collect();
        closing.retain(|window| !window.is_over(closed_to, 0) && window.is_over(at, 0));
        closing.sort_unstable_by_key(|window| (window.end, window.start));
        for window in closing {
            tell::<A>(contents, window, Timing::OnTime, turn)?;
        }
        contents.closed_to = closed_to.max(at);
        let lateness = turn.rules.lateness;
        let last = |time| self.after(time);
        contents
            .panes
            .retain(|slice| !last(slice.window.start).is_over(at, lateness));
        contents
            .told
            .retain(|window, _| !window.is_over(at, lateness));
        Ok(())
    }

    fn tell_early(
        &self,
        contents: &mut Contents<A::Accumulator>,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()> {
        let changed = contents.told.iter();
        let changed =
            changed.filter(|(window, told)| told.changed && !window.is_over(turn.watermark, 0));
        for window in changed.map(|(window, _)| *window).collect::<Vec<_>>() {
            tell::<A>(contents, window, Timing::Early, turn)?;
        }
        Ok(())
    }

    fn due(&self, contents: &Contents<A::Accumulator>, rules: &Rules) -> Option<i64> {
        let times = contents.panes.iter().map(|slice| slice.window.start);
        let last = |window: Window| window.end - 1;
        let moments = times.flat_map(|time| {
            let (before, after) = (last(self.up_to(time)), last(self.after(time)));
            [before, after, after + rules.lateness]
        });
        // What has been told is not due, and what is over has been forgotten.
        moments.filter(|moment| *moment > contents.closed_to).min()
    }

    fn show(&self, contents: &Contents<A::Accumulator>) -> Vec<(Window, A::Output)> {
        let slices = &contents.panes;
        let windows = self.windows(slices, None).into_iter();
        windows
            .map(|window| (window, A::output(&state_of::<A>(slices, window))))
            .collect()
    }
}
