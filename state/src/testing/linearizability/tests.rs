use super::call::{Answer, Call, Cell, Change, Effect, Require};
use super::checker::is_linearizable;
use super::history::{Operation, Violation};

const X: usize = 0;
const Y: usize = 1;

fn operation(asked: u64, answered: u64, call: Call, answer: Answer) -> Operation {
    Operation {
        client: 0,
        call,
        answer: Some(answer),
        asked,
        answered: Some(answered),
    }
}

fn cell(revision: u64) -> Cell {
    Cell {
        number: revision.cast_signed(),
        revision,
    }
}

fn read(key: usize, asked: u64, answered: u64, revision: Option<u64>) -> Operation {
    let answer = Answer::Read(revision.map(cell));
    operation(asked, answered, Call::Read(key), answer)
}

fn commit(revision: u64, requires: Vec<Require>, changes: Vec<Change>) -> Call {
    Call::Commit {
        revision,
        requires,
        changes,
    }
}

fn put_all(keys: &[usize], asked: u64, answered: u64, revision: u64) -> Operation {
    let changes = keys
        .iter()
        .map(|&key| Change::Put(key, revision.cast_signed()));
    let call = commit(revision, vec![], changes.collect());
    let answer = Answer::Applied(vec![Effect::Put; keys.len()]);
    operation(asked, answered, call, answer)
}

fn put(key: usize, asked: u64, answered: u64, revision: u64) -> Operation {
    put_all(&[key], asked, answered, revision)
}

fn add(asked: u64, answered: u64, revision: u64, sum: i64) -> Operation {
    let call = commit(revision, vec![], vec![Change::Add(X, 1)]);
    let answer = Answer::Applied(vec![Effect::Added(sum)]);
    operation(asked, answered, call, answer)
}

fn replace(asked: u64, answered: u64, revision: u64, over: u64, answer: Answer) -> Operation {
    let requires = vec![Require::Revision(X, over)];
    let changes = vec![Change::Put(X, revision.cast_signed())];
    operation(asked, answered, commit(revision, requires, changes), answer)
}

fn applied() -> Answer {
    Answer::Applied(vec![Effect::Put])
}

/// Requires both revisions and changes nothing: sees both keys at one moment.
fn see_both(asked: u64, answered: u64, x: u64, y: u64) -> Operation {
    let requires = vec![Require::Revision(X, x), Require::Revision(Y, y)];
    let call = commit(0, requires, vec![]);
    operation(asked, answered, call, Answer::Applied(vec![]))
}

/// The same with its answer lost.
fn lost(mut operation: Operation) -> Operation {
    operation.answer = None;
    operation.answered = None;
    operation
}

/// The same where the answer does not tell.
fn unspecified(mut operation: Operation) -> Operation {
    operation.answer = None;
    operation
}

#[track_caller]
fn accepts(history: &[Operation]) {
    assert!(
        is_linearizable(history),
        "{:?}",
        Violation::new(0, history.to_vec())
    );
}

#[track_caller]
fn refuses(history: &[Operation]) {
    assert!(!is_linearizable(history), "{history:#?}");
}

#[test]
fn one_after_the_other() {
    accepts(&[]);
    accepts(&[read(X, 0, 1, None)]);
    accepts(&[put(X, 0, 1, 1), read(X, 2, 3, Some(1)), read(Y, 4, 5, None)]);
    refuses(&[read(X, 0, 1, Some(1))]);
    refuses(&[put(X, 0, 1, 1), read(Y, 2, 3, Some(1))]);
}

#[test]
fn a_stale_read_is_refused() {
    let writes = [put(X, 0, 1, 1), put(X, 2, 5, 2)];
    let with = |reads: &[Operation]| [&writes[..], reads].concat();
    // While the second is written a read may give either.
    accepts(&with(&[read(X, 3, 4, Some(1))]));
    accepts(&with(&[read(X, 3, 4, Some(2))]));
    accepts(&with(&[read(X, 3, 6, Some(1)), read(X, 7, 8, Some(2))]));
    // After it none may give the first, nor may any once one has given the second.
    refuses(&with(&[read(X, 6, 7, Some(1))]));
    refuses(&with(&[read(X, 6, 7, None)]));
    let writes = [put(X, 0, 1, 1), put(X, 2, 9, 2)];
    let with = |reads: &[Operation]| [&writes[..], reads].concat();
    accepts(&with(&[read(X, 3, 4, Some(1)), read(X, 5, 6, Some(2))]));
    refuses(&with(&[read(X, 3, 4, Some(2)), read(X, 5, 6, Some(1))]));
}

#[test]
fn a_lost_update_is_refused() {
    // Two additions that raced: each order gives 1 and 2, none gives 1 twice.
    accepts(&[add(0, 3, 1, 1), add(1, 2, 2, 2)]);
    accepts(&[add(0, 3, 1, 2), add(1, 2, 2, 1)]);
    refuses(&[add(0, 3, 1, 1), add(1, 2, 2, 1)]);
    // Two that did not race have one order.
    refuses(&[add(0, 1, 1, 2), add(2, 3, 2, 1)]);
    // Two replaced one revision.
    let before = put(X, 0, 1, 1);
    let conflict = |current| Answer::Conflict(vec![(0, Some(current))]);
    accepts(&[
        before.clone(),
        replace(2, 5, 2, 1, applied()),
        replace(3, 4, 3, 1, conflict(2)),
    ]);
    refuses(&[
        before.clone(),
        replace(2, 5, 2, 1, applied()),
        replace(3, 4, 3, 1, applied()),
    ]);
    // A conflict that names what never stood there, or that had no cause.
    refuses(&[before.clone(), replace(2, 3, 2, 1, conflict(9))]);
    refuses(&[before, replace(2, 3, 2, 1, conflict(1))]);
}

#[test]
fn a_torn_pair_is_refused() {
    let pairs = [put_all(&[X, Y], 0, 1, 1), put_all(&[X, Y], 2, 9, 2)];
    let with = |sights: &[Operation]| [&pairs[..], sights].concat();
    accepts(&with(&[see_both(3, 4, 1, 1), see_both(5, 6, 2, 2)]));
    refuses(&with(&[see_both(3, 4, 2, 1)]));
    refuses(&with(&[see_both(3, 4, 1, 2)]));
    // Reads of one key each may fall on both sides of the write, in one order alone.
    accepts(&with(&[read(X, 3, 4, Some(1)), read(Y, 5, 6, Some(2))]));
    refuses(&with(&[read(X, 3, 4, Some(2)), read(Y, 5, 6, Some(1))]));
}

#[test]
fn effects_are_checked() {
    let delete = |asked, answered, found| {
        let call = commit(9, vec![], vec![Change::Delete(X)]);
        let answer = Answer::Applied(vec![Effect::Deleted(found)]);
        operation(asked, answered, call, answer)
    };
    accepts(&[put(X, 0, 1, 1), delete(2, 3, true), delete(4, 5, false)]);
    refuses(&[put(X, 0, 1, 1), delete(2, 5, true), delete(3, 4, true)]);
    refuses(&[put(X, 0, 1, 1), delete(2, 3, false)]);
    accepts(&[
        put(X, 0, 1, 1),
        unspecified(delete(2, 3, false)),
        read(X, 4, 5, None),
    ]);
    refuses(&[
        put(X, 0, 1, 1),
        unspecified(delete(2, 3, false)),
        read(X, 4, 5, Some(1)),
    ]);
}

#[test]
fn what_was_lost_may_have_happened_or_not_but_once() {
    let known = put(X, 0, 1, 1);
    let maybe = lost(put(X, 2, 3, 2));
    let with = |others: &[Operation]| [&[known.clone(), maybe.clone()][..], others].concat();
    accepts(&with(&[]));
    accepts(&with(&[read(X, 4, 5, Some(1))]));
    accepts(&with(&[read(X, 4, 5, Some(2))]));
    // It may take effect long after.
    accepts(&with(&[read(X, 4, 5, Some(1)), read(X, 6, 7, Some(2))]));
    // But not before it was asked, not twice, and not back and forth.
    refuses(&[known.clone(), read(X, 2, 3, Some(2)), lost(put(X, 4, 5, 2))]);
    refuses(&with(&[read(X, 4, 5, Some(2)), read(X, 6, 7, Some(1))]));
    refuses(&with(&[
        read(X, 4, 5, Some(2)),
        put(X, 6, 7, 3),
        read(X, 8, 9, Some(2)),
    ]));
    // A lost addition counts once or not at all.
    let one_lost = |sum| [add(0, 1, 1, 1), lost(add(2, 3, 2, 2)), add(4, 5, 3, sum)];
    accepts(&one_lost(2));
    accepts(&one_lost(3));
    refuses(&one_lost(4));
}

#[test]
fn a_violation_shows_what_it_needs() {
    let history = vec![
        put(X, 0, 1, 1),
        read(Y, 2, 3, None),
        put(X, 4, 5, 2),
        read(X, 6, 7, Some(2)),
        read(X, 8, 9, Some(1)),
        read(Y, 10, 11, None),
    ];
    refuses(&history);
    let shown = Violation::new(7, history).to_string();
    assert!(shown.contains("seed 7"), "{shown}");
    assert!(
        shown.contains("   8..9    client 0: read x -> 1@1"),
        "{shown}"
    );
    assert!(
        shown.contains("commit @2: x = 2 -> applied: put"),
        "{shown}"
    );
    assert!(!shown.contains("read y"), "{shown}");
    assert_eq!(shown.lines().count(), 4, "{shown}");
}

#[test]
fn many_racing_writers_are_judged_quickly() {
    // 8 writes that all overlap, in 8! orders, beside 3 that may stand anywhere, and a read that none of
    // the orders explains.
    let mut history: Vec<Operation> = (0..8).map(|n| put(X, n, 100 + n, n + 1)).collect();
    history.extend((0..3).map(|n| lost(put(Y, 8 + n, 0, 20 + n))));
    accepts(&history);
    history.push(read(X, 200, 201, Some(99)));
    refuses(&history);
}
