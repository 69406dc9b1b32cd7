use std::mem;
use std::time::Duration;

use super::super::contents::{Coder, Contents, Pane, Turn};
use super::super::rules::Rules;
use super::super::span::{Window, millis};
use super::{Assigner, Homes, Keeps};
use crate::error::Result;
use crate::primitive::{Aggregate, Merge};
use crate::value::StateValue;

/// Windows of activity: an input is in one from its time to so long after; windows of a key that overlap or touch are one.
///
/// An input that joins sessions makes one of them, in the same commit. It is late where what it would make has closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    gap: i64,
}

impl Session {
    /// Sessions that end when nothing has come for so long.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the gap is no whole number of milliseconds, or 0.
    pub fn with_gap(gap: Duration) -> Result<Self> {
        let gap = millis("gap", gap, 1)?;
        Ok(Self { gap })
    }
}

impl Assigner for Session {
    fn describe(&self) -> String {
        format!("session, gap {} ms", self.gap)
    }

    fn check(&self, _: &Rules) -> Result<()> {
        Ok(())
    }

    fn homes(&self, _: i64) -> Homes {
        Homes::from_buf([Window::ALL])
    }
}

impl<A: Merge + Aggregate<Output: StateValue>> Keeps<A> for Session {
    fn add(
        &self,
        contents: &mut Contents<A::Accumulator>,
        _: Window,
        time: i64,
        input: &A::Input,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<bool> {
        let own = Window::new(time, time + self.gap);
        let joins = |pane: &Pane<_>| pane.window.start <= own.end && own.start <= pane.window.end;
        let joined = contents.panes.iter().filter(|pane| joins(pane));
        let window = joined.fold(own, |all, pane| {
            Window::new(
                all.start.min(pane.window.start),
                all.end.max(pane.window.end),
            )
        });
        if window.is_over(turn.watermark, turn.rules.lateness) {
            return Ok(false);
        }
        let panes = mem::take(&mut contents.panes).into_iter();
        let (joined, others): (Vec<_>, Vec<_>) = panes.partition(joins);
        let mut whole = Pane::new(window, A::empty());
        whole.told.closed = window.is_over(turn.watermark, 0);
        for (place, part) in joined.into_iter().enumerate() {
            whole.inputs += part.inputs;
            if place == 0 {
                whole.state = part.state;
            } else {
                A::merge(&mut whole.state, &part.state);
            }
            if part.window == window {
                whole.told = part.told;
            } else {
                part.told.take_back(part.window, turn);
            }
        }
        whole.add::<A>(input, turn)?;
        contents.panes = others;
        let place = contents.panes.partition_point(|pane| pane.window < window);
        contents.panes.insert(place, whole);
        Ok(true)
    }
}
