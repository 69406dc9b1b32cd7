use std::collections::BTreeMap;

use crate::backend::{Commit, Condition, Expiry, Mutation};

/// What one statement does for many commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Puts, whatever stands there.
    Put,
    /// Puts where nothing is.
    Insert,
    /// Puts where an entry is at a revision.
    Replace,
    /// Deletes, of an entry at a revision or of any.
    Delete,
}

/// A commit in a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'c> {
    /// Where it stands among those that came together.
    pub(super) place: usize,
    pub(super) commit: &'c Commit,
    /// Its only one.
    pub(super) mutation: &'c Mutation,
}

/// Commits by who decides them.
#[derive(Debug, Default)]
pub(super) struct Sorted<'c> {
    /// At least two in each, on different keys, in the order of the keys.
    pub(super) groups: Vec<(Kind, Vec<Member<'c>>)>,
    /// Those that no statement decides with others.
    pub(super) alone: Vec<(usize, &'c Commit)>,
}

/// Sorts commits into groups of at most so many.
pub(super) fn sort(commits: &[Commit], most: usize) -> Sorted<'_> {
    let mut kinds: BTreeMap<Kind, BTreeMap<&[u8], Member<'_>>> = BTreeMap::new();
    let mut sorted = Sorted::default();
    for (place, commit) in commits.iter().enumerate() {
        let Some((kind, mutation)) = kind_of(commit) else {
            sorted.alone.push((place, commit));
            continue;
        };
        let member = Member {
            place,
            commit,
            mutation,
        };
        let same_key = kinds.entry(kind).or_default();
        if same_key.contains_key(mutation.key().as_bytes()) {
            sorted.alone.push((place, commit));
        } else {
            same_key.insert(mutation.key().as_bytes(), member);
        }
    }
    for (kind, members) in kinds {
        let members: Vec<_> = members.into_values().collect();
        for members in members.chunks(most.max(1)) {
            match members {
                [member] => sorted.alone.push((member.place, member.commit)),
                members => sorted.groups.push((kind, members.to_vec())),
            }
        }
    }
    sorted
}

/// The statement that decides it with others, and its only mutation.
fn kind_of(commit: &Commit) -> Option<(Kind, &Mutation)> {
    let [mutation] = commit.mutations() else {
        return None;
    };
    if commit
        .conditions()
        .iter()
        .any(|condition| condition.key() != mutation.key())
    {
        return None;
    }
    let kind = match (commit.conditions(), mutation) {
        // What it keeps is known only where the entry is locked.
        ([], Mutation::Put { expiry, .. }) if *expiry != Expiry::Keep => Kind::Put,
        ([Condition::Absent(_)], Mutation::Put { .. }) => Kind::Insert,
        ([Condition::Revision(..)], Mutation::Put { .. }) => Kind::Replace,
        ([] | [Condition::Revision(..)], Mutation::Delete { .. }) => Kind::Delete,
        _ => return None,
    };
    Some((kind, mutation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Key, Revision, Scope};

    fn key(name: u8) -> Key {
        Key::new(&[b'n', 0, name][..], 3).unwrap()
    }

    fn commit(conditions: &[Condition], mutations: &[Mutation]) -> Commit {
        let mut commit = Commit::new(Revision::from_bits(1), Scope::Store);
        for condition in conditions {
            commit.require(condition.clone()).unwrap();
        }
        for mutation in mutations {
            commit.apply(mutation.clone()).unwrap();
        }
        commit
    }

    fn put(name: u8, expiry: Expiry) -> Mutation {
        Mutation::Put {
            key: key(name),
            value: bytes::Bytes::new(),
            expiry,
        }
    }

    #[test]
    fn groups_have_each_key_once_and_in_order() {
        let puts = [3, 1, 2, 1].map(|name| commit(&[], &[put(name, Expiry::Never)]));
        let sorted = sort(&puts, 10);
        let places = |members: &[Member<'_>]| {
            let places = members.iter().map(|member| member.place);
            places.collect::<Vec<_>>()
        };
        assert_eq!(sorted.groups.len(), 1);
        assert_eq!(sorted.groups[0].0, Kind::Put);
        assert_eq!(places(&sorted.groups[0].1), [1, 2, 0]);
        assert_eq!(sorted.alone.len(), 1);
        assert_eq!(sorted.alone[0].0, 3);
        let halves = sort(&puts, 2);
        assert_eq!(halves.groups.len(), 1);
        assert_eq!(places(&halves.groups[0].1), [1, 2]);
        assert_eq!(halves.alone.len(), 2);
    }

    #[test]
    fn a_kind_is_what_one_statement_can_decide() {
        let revision = Condition::Revision(key(1), Revision::from_bits(7));
        let delete = Mutation::Delete { key: key(1) };
        let never = Expiry::Never;
        for (conditions, mutations, kind) in [
            (vec![], vec![put(1, never)], Some(Kind::Put)),
            (vec![], vec![put(1, Expiry::Keep)], None),
            (
                vec![Condition::Absent(key(1))],
                vec![put(1, never)],
                Some(Kind::Insert),
            ),
            (vec![Condition::Absent(key(2))], vec![put(1, never)], None),
            (vec![Condition::Present(key(1))], vec![put(1, never)], None),
            (
                vec![revision.clone()],
                vec![put(1, Expiry::Keep)],
                Some(Kind::Replace),
            ),
            (
                vec![revision.clone(), revision.clone()],
                vec![put(1, never)],
                None,
            ),
            (
                vec![revision.clone()],
                vec![delete.clone()],
                Some(Kind::Delete),
            ),
            (vec![], vec![delete.clone()], Some(Kind::Delete)),
            (vec![Condition::Absent(key(1))], vec![delete.clone()], None),
            (vec![], vec![delete, put(2, never)], None),
            (vec![revision], vec![], None),
            (vec![], vec![], None),
        ] {
            let commit = commit(&conditions, &mutations);
            assert_eq!(kind_of(&commit).map(|(kind, _)| kind), kind, "{commit:?}");
        }
    }
}
