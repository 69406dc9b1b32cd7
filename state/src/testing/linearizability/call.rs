/// How many keys there are: few, so that clients meet.
pub(super) const KEYS: usize = 3;

/// One of the few keys, by its place.
pub(super) type KeyIndex = usize;

/// What stands under a key: the number of a counter, and who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) number: i64,
    pub(super) revision: u64,
}

/// What stands under each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct State([Option<Cell>; KEYS]);

impl State {
    pub(super) fn get(&self, key: KeyIndex) -> Option<Cell> {
        self.0.get(key).copied().flatten()
    }

    fn set(&mut self, key: KeyIndex, cell: Option<Cell>) {
        if let Some(place) = self.0.get_mut(key) {
            *place = cell;
        }
    }
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Read(KeyIndex),
    Commit {
        revision: u64,
        requires: Vec<Require>,
        changes: Vec<Change>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Require {
    Absent(KeyIndex),
    Present(KeyIndex),
    Revision(KeyIndex, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Put(KeyIndex, i64),
    Delete(KeyIndex),
    Add(KeyIndex, i64),
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Read(Option<Cell>),
    Applied(Vec<Effect>),
    /// Which of the requirements failed, and the revisions that stood there.
    Conflict(Vec<(usize, Option<u64>)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Put,
    Deleted(bool),
    Added(i64),
}

impl Call {
    /// Whether it can change anything.
    pub(super) fn writes(&self) -> bool {
        matches!(self, Self::Commit { changes, .. } if !changes.is_empty())
    }

    /// What a store that does one thing at a time answers, and becomes.
    pub(super) fn run(&self, state: &State) -> (Answer, State) {
        match self {
            Self::Read(key) => (Answer::Read(state.get(*key)), *state),
            Self::Commit {
                revision,
                requires,
                changes,
            } => {
                let failed = failed(requires, state);
                if !failed.is_empty() {
                    return (Answer::Conflict(failed), *state);
                }
                let mut after = *state;
                let effects = changes
                    .iter()
                    .map(|change| change.apply(&mut after, *revision));
                (Answer::Applied(effects.collect()), after)
            }
        }
    }
}

fn failed(requires: &[Require], state: &State) -> Vec<(usize, Option<u64>)> {
    let mut failed = Vec::new();
    for (index, require) in requires.iter().enumerate() {
        let (key, wanted) = match *require {
            Require::Absent(key) | Require::Present(key) => (key, None),
            Require::Revision(key, revision) => (key, Some(revision)),
        };
        let current = state.get(key).map(|cell| cell.revision);
        let holds = match require {
            Require::Absent(_) => current.is_none(),
            Require::Present(_) => current.is_some(),
            Require::Revision(..) => current == wanted,
        };
        if !holds {
            failed.push((index, current));
        }
    }
    failed
}

impl Change {
    fn apply(self, state: &mut State, revision: u64) -> Effect {
        match self {
            Self::Put(key, number) => {
                state.set(key, Some(Cell { number, revision }));
                Effect::Put
            }
            Self::Delete(key) => {
                let deleted = state.get(key).is_some();
                state.set(key, None);
                Effect::Deleted(deleted)
            }
            Self::Add(key, delta) => {
                let before = state.get(key).map_or(0, |cell| cell.number);
                let number = before.wrapping_add(delta);
                state.set(key, Some(Cell { number, revision }));
                Effect::Added(number)
            }
        }
    }
}
