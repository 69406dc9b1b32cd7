//! What happens in a run.

use proptest::collection::vec;
use proptest::prelude::*;

/// How many keys there are.
pub(crate) const KEYS: usize = 2;

/// One thing that happens. Operations in flight are counted from the oldest, and what is not there is passed over.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// A process begins an operation: up to its first call of a store.
    Begin(usize, Action),
    /// An operation goes on, up to before or after its next call of a store.
    Step(usize),
    /// An operation goes on to its end, unless it waits for another.
    Finish(usize),
    /// An operation is dropped where it is.
    Drop(usize),
    /// A process hears of the change that it has not heard of for longest.
    Deliver(usize),
    /// A process hears that it hears nothing.
    Silence(usize),
    /// It hears again.
    Restore(usize),
    /// Milliseconds pass.
    Pass(u64),
}

/// An operation, with the keys that it is about.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Read(usize),
    ReadAll,
    ReadPrimary(usize),
    Put(usize, Option<i64>),
    Delete(usize),
    Insert(usize),
    Replace(usize, Option<i64>),
    Touch(usize, Option<i64>),
    Together,
    WriteAll(Option<i64>),
}

fn action() -> impl Strategy<Value = Action> {
    let key = 0..KEYS;
    let life = prop_oneof![2 => Just(None), 1 => (1_i64..15_000).prop_map(Some)];
    let put = (key.clone(), life.clone());
    prop_oneof![
        8 => key.clone().prop_map(Action::Read),
        2 => Just(Action::ReadAll),
        1 => key.clone().prop_map(Action::ReadPrimary),
        4 => put.clone().prop_map(|(key, life)| Action::Put(key, life)),
        1 => key.clone().prop_map(Action::Delete),
        1 => key.prop_map(Action::Insert),
        1 => put.clone().prop_map(|(key, life)| Action::Replace(key, life)),
        1 => put.prop_map(|(key, life)| Action::Touch(key, life)),
        1 => Just(Action::Together),
        1 => life.prop_map(Action::WriteAll),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let process = 0..2_usize;
    let flight = 0..3_usize;
    prop_oneof![
        8 => (process.clone(), action()).prop_map(|(process, action)| Command::Begin(process, action)),
        6 => flight.clone().prop_map(Command::Step),
        6 => flight.clone().prop_map(Command::Finish),
        1 => flight.prop_map(Command::Drop),
        3 => process.clone().prop_map(Command::Deliver),
        1 => process.clone().prop_map(Command::Silence),
        1 => process.prop_map(Command::Restore),
        2 => (1_u64..6_000).prop_map(Command::Pass),
    ]
}

pub(crate) fn commands() -> impl Strategy<Value = Vec<Command>> {
    vec(command(), 1..60)
}
