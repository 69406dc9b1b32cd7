//! Which windows an input falls into, and how the windows of a key are kept.

mod aligned;
mod global;
mod session;
mod sliding;

use std::fmt;

use smallvec::SmallVec;

pub use self::aligned::{Hopping, Tumbling};
pub use self::global::Global;
pub use self::session::Session;
pub use self::sliding::Sliding;
use super::contents::{Coder, Contents, Pane, Turn};
use super::rules::Rules;
use super::span::Window;
use crate::backend::Expiry;
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// The entries that the windows of one input lie in, each named by a span: a window, or [`Window::ALL`] for one that holds all
/// windows of a key.
pub(crate) type Homes = SmallVec<[Window; 1]>;

/// What of an assigner does not depend on the aggregate.
pub trait Assigner: fmt::Debug + Clone + Send + Sync + 'static {
    /// What is stored, so that nobody goes on with others.
    fn describe(&self) -> String;

    /// Refuses rules that make no sense of it.
    fn check(&self, rules: &Rules) -> Result<()>;

    /// When an entry expires that nothing happens to.
    fn expiry(&self) -> Expiry {
        Expiry::Never
    }

    fn homes(&self, time: i64) -> Homes;
}

/// What an assigner does with the windows of an entry.
pub trait Keeps<A: Aggregate<Output: StateValue>>: Assigner {
    /// Adds an input, by default to the one window of the entry; `false` where all its windows are over.
    fn add(
        &self,
        contents: &mut Contents<A::Accumulator>,
        home: Window,
        _time: i64,
        input: &A::Input,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<bool> {
        if home.is_over(turn.watermark, turn.rules.lateness) {
            return Ok(false);
        }
        if contents.panes.is_empty() {
            let mut pane = Pane::new(home, A::empty());
            pane.told.closed = home.is_over(turn.watermark, 0);
            contents.panes.push(pane);
        }
        for pane in &mut contents.panes {
            pane.add::<A>(input, turn)?;
        }
        Ok(true)
    }

    /// Does what is due up to `at`.
    fn fire(
        &self,
        contents: &mut Contents<A::Accumulator>,
        at: i64,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()> {
        contents.close::<A>(at, turn)
    }

    /// Tells the results of open windows that have changed.
    fn tell_early(
        &self,
        contents: &mut Contents<A::Accumulator>,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()> {
        contents.tell_early::<A>(turn)
    }

    /// When something is due.
    fn due(&self, contents: &Contents<A::Accumulator>, rules: &Rules) -> Option<i64> {
        contents.next_end(rules.lateness)
    }

    /// The windows, and what each says now.
    fn show(&self, contents: &Contents<A::Accumulator>) -> Vec<(Window, A::Output)> {
        let panes = contents.panes.iter();
        panes
            .map(|pane| (pane.window, A::output(&pane.state)))
            .collect()
    }
}

/// How inputs are put into windows: one of [`Tumbling`], [`Hopping`], [`Sliding`], [`Session`] and [`Global`].
///
/// Sessions and sliding windows are put together from parts, so their aggregate must be a [`Merge`](crate::primitive::Merge).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not put the inputs of `{A}` into windows",
    label = "no windows of this aggregate",
    note = "the windows are `Tumbling`, `Hopping`, `Sliding`, `Session` and `Global` of `typed_state::window`",
    note = "`Session` and `Sliding` require that the aggregate implements `typed_state::primitive::Merge`",
    note = "the output of an aggregate must be a `StateValue`, because results are stored until they are acknowledged"
)]
pub trait Windowing<A: Aggregate<Output: StateValue>>: Keeps<A> {}

#[diagnostic::do_not_recommend]
impl<A: Aggregate<Output: StateValue>, W: Keeps<A>> Windowing<A> for W {}
