//! What is tried again, what is not, and how a commit whose answer was lost is settled.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Deadline, Effect, Expiry, Item, Key, MAX_KEY_LEN,
    Mutation, Outcome, Revision, Scope, Snapshot, Write, WriteBatch, decode_counter,
    encode_counter,
};
use typed_state::backends::Memory;
use typed_state::layer::{Layer as _, Retries, Retry, RetryLayer};
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, ManualClock, Result, Ttl};
use typed_state_tests::commit_of as commit;
use typed_state_tests::{Act, Scripted};

use self::Act::{Ghost, Lose, Meanwhile, Pass, Refuse, Release};

const UNAVAILABLE: ErrorKind = ErrorKind::Unavailable;
const UNKNOWN: ErrorKind = ErrorKind::OutcomeUnknown;

/// Retries without pauses.
fn quick() -> RetryLayer {
    RetryLayer::new().initial_delay(Duration::ZERO)
}

fn store(layer: RetryLayer) -> Retry<Scripted> {
    layer.over(Scripted::default())
}

fn key(name: &str) -> Key {
    Key::new([b"test\0p", name.as_bytes()].concat().as_slice(), 6).unwrap()
}

fn put(name: &str) -> Mutation {
    let value = bytes::Bytes::copy_from_slice(&encode_counter(40));
    Mutation::Put {
        key: key(name),
        value,
        expiry: Expiry::Never,
    }
}

fn delete(name: &str) -> Mutation {
    Mutation::Delete { key: key(name) }
}

fn add(name: &str, delta: i64) -> Mutation {
    Mutation::Add {
        key: key(name),
        delta,
        expiry: Expiry::Never,
    }
}

async fn send(store: &Retry<Scripted>, commit: Commit) -> Result<Outcome> {
    store.commit(&Context::new(), commit).await
}

fn effects(outcome: Result<Outcome>) -> Vec<Effect> {
    match outcome.unwrap() {
        Outcome::Applied(effects) => effects.into_vec(),
        Outcome::Conflict(conflict) => panic!("{conflict}"),
    }
}

/// Which conditions failed, and what stands there.
fn conflict(outcome: Result<Outcome>) -> Vec<(usize, Option<u64>)> {
    match outcome.unwrap() {
        Outcome::Applied(effects) => panic!("{effects:?}"),
        Outcome::Conflict(conflict) => conflict
            .failed
            .iter()
            .map(|failed| (failed.index, failed.current.map(Revision::to_bits)))
            .collect(),
    }
}

async fn standing(store: &Retry<Scripted>, name: &str) -> Option<u64> {
    let entries = store
        .inner()
        .memory()
        .get(&Context::new(), &[key(name)])
        .await;
    entries.unwrap()[0]
        .as_ref()
        .map(|entry| entry.revision.to_bits())
}

async fn counted(store: &Retry<Scripted>, name: &str) -> Option<i64> {
    let entries = store
        .inner()
        .memory()
        .get(&Context::new(), &[key(name)])
        .await;
    decode_counter(&entries.unwrap()[0].as_ref()?.value)
}

/// How many entries the store has for who looks past the layer, receipts too.
async fn stored(memory: &Memory) -> usize {
    let mut snapshot = memory.snapshot(&Context::new(), None).await.unwrap();
    items(&mut snapshot).await.len()
}

/// What a snapshot holds, in small steps.
async fn items(snapshot: &mut Snapshot) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        let more = snapshot.next(NonZeroUsize::new(7).unwrap()).await.unwrap();
        if more.is_empty() {
            return items;
        }
        items.extend(more);
    }
}

#[tokio::test]
async fn reads_are_tried_again_where_the_store_did_not_serve_and_not_otherwise() {
    let store = store(quick());
    let cx = Context::new();
    store
        .inner()
        .script([UNAVAILABLE, ErrorKind::Timeout, ErrorKind::CircuitOpen].map(Refuse));
    store.get(&cx, &[key("a")]).await.unwrap();
    assert_eq!(
        store.retries(),
        Retries {
            unavailable: 1,
            timeout: 1,
            circuit_open: 1,
            ..Retries::default()
        }
    );
    // Three retries, and no fourth.
    store.inner().script([UNAVAILABLE; 4].map(Refuse));
    assert_eq!(
        store.get(&cx, &[key("a")]).await.unwrap_err().kind(),
        UNAVAILABLE
    );
    assert_eq!(store.inner().seen().len(), 8);
    for kind in [
        ErrorKind::Corrupt,
        ErrorKind::InvalidInput,
        ErrorKind::Backend,
        UNKNOWN,
    ] {
        store.inner().script([Refuse(kind)]);
        assert_eq!(store.get(&cx, &[key("a")]).await.unwrap_err().kind(), kind);
    }
    assert_eq!(store.inner().seen().len(), 12);
    store.inner().script([Refuse(UNAVAILABLE)]);
    assert!(store.health(&cx).await.is_err(), "health is asked once");
}

#[tokio::test]
async fn a_write_is_sent_again_whatever_became_of_it() {
    let store = store(quick());
    store
        .inner()
        .script([Lose, Refuse(UNAVAILABLE), Refuse(UNKNOWN)]);
    let write = Write::Put {
        key: key("a"),
        value: "x".into(),
        expiry: Expiry::Never,
    };
    let batch = WriteBatch {
        revision: Revision::from_bits(7),
        writes: vec![write],
    };
    store.write(&Context::new(), batch).await.unwrap();
    assert_eq!(standing(&store, "a").await, Some(7));
    assert_eq!(store.retries().outcome_unknown, 2);
}

#[tokio::test]
async fn a_lost_put_is_sent_again_with_its_revision_and_no_receipt() {
    let store = store(quick());
    store.inner().script([Lose]);
    assert_eq!(
        effects(send(&store, commit(7, vec![], vec![put("a")])).await),
        [Effect::Put]
    );
    assert_eq!(standing(&store, "a").await, Some(7));
    store.inner().script([Lose]);
    let deleted = effects(send(&store, commit(8, vec![], vec![delete("a")])).await);
    assert_eq!(
        deleted,
        [Effect::Deleted(false)],
        "the first attempt removed it"
    );
    assert_eq!(stored(store.inner().memory()).await, 0);
}

#[tokio::test]
async fn a_lost_replacement_is_recognised_by_its_revision() {
    let store = store(quick());
    let replace = |from, to| {
        let condition = Condition::Revision(key("a"), Revision::from_bits(from));
        commit(to, vec![condition], vec![put("a"), put("b")])
    };
    effects(send(&store, commit(1, vec![], vec![put("a")])).await);
    // Applied, and its answer lost.
    store.inner().script([Lose]);
    assert_eq!(
        effects(send(&store, replace(1, 2)).await),
        [Effect::Put, Effect::Put]
    );
    assert_eq!(store.retries().settled, 1);
    // Not applied.
    store.inner().script([Refuse(UNKNOWN)]);
    assert_eq!(
        effects(send(&store, replace(2, 3)).await),
        [Effect::Put, Effect::Put]
    );
    assert_eq!(store.retries().settled, 1);
    // Applied, and overwritten since: nobody can tell.
    store
        .inner()
        .script([Lose, Meanwhile(vec![commit(9, vec![], vec![put("a")])])]);
    let error = send(&store, replace(3, 4)).await.unwrap_err();
    assert_eq!(error.kind(), UNKNOWN);
    assert!(
        error.to_string().contains("somebody has written since"),
        "{error}"
    );
    // A conflict without a lost answer is one.
    assert_eq!(conflict(send(&store, replace(3, 5)).await), [(0, Some(9))]);
    assert_eq!(
        stored(store.inner().memory()).await,
        2,
        "none of them left a receipt"
    );
}

#[tokio::test]
async fn a_replacement_that_is_held_up_does_not_apply_twice() {
    let store = store(quick());
    effects(send(&store, commit(1, vec![], vec![put("a")])).await);
    store.inner().script([Ghost]);
    let condition = Condition::Revision(key("a"), Revision::from_bits(1));
    effects(send(&store, commit(2, vec![condition], vec![put("a")])).await);
    effects(send(&store, commit(3, vec![], vec![put("a")])).await);
    assert!(matches!(
        store.inner().release().await[..],
        [Ok(Outcome::Conflict(_))]
    ));
    assert_eq!(standing(&store, "a").await, Some(3));
}

#[tokio::test]
async fn a_lost_addition_counts_once() {
    let store = store(quick());
    let hit = |revision| commit(revision, vec![], vec![add("n", 5)]);
    store.inner().script([Lose]);
    assert_eq!(effects(send(&store, hit(1)).await), [Effect::Added(5)]);
    store
        .inner()
        .script([Refuse(UNKNOWN), Refuse(UNAVAILABLE), Lose]);
    assert_eq!(effects(send(&store, hit(2)).await), [Effect::Added(10)]);
    store.inner().script([Ghost, Pass]);
    assert_eq!(effects(send(&store, hit(3)).await), [Effect::Added(15)]);
    assert!(matches!(
        store.inner().release().await[..],
        [Ok(Outcome::Conflict(_))]
    ));
    assert_eq!(counted(&store, "n").await, Some(15));
    assert_eq!(store.retries().settled, 2);
}

#[tokio::test]
async fn what_a_settled_commit_did_is_told() {
    let store = store(quick());
    effects(send(&store, commit(1, vec![], vec![put("here"), put("n")])).await);
    store.inner().script([Lose]);
    let mutations = vec![
        add("n", 2),
        put("there"),
        add("n", -5),
        delete("here"),
        Mutation::Touch {
            key: key("there"),
            expiry: Expiry::Never,
        },
        delete("nowhere"),
    ];
    let absent = Condition::Absent(key("nowhere"));
    let told = effects(send(&store, commit(2, vec![absent], mutations)).await);
    let expected = [
        Effect::Added(42),
        Effect::Put,
        Effect::Added(37),
        Effect::Deleted(true),
        Effect::Touched(true),
        Effect::Deleted(false),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_is_settled_is_acknowledged_by_the_store_or_of_unknown_outcome() {
    for (conditions, mutation) in [
        (
            vec![Condition::Revision(key("a"), Revision::from_bits(1))],
            put("a"),
        ),
        (vec![], add("a", 1)),
    ] {
        let store = store(quick());
        effects(send(&store, commit(1, vec![], vec![put("a")])).await);
        let seen = store.inner().seen().len();
        // The answer is lost, the second attempt finds it applied, and the first to have that acknowledged is lost, too.
        store.inner().script([Lose, Pass, Lose]);
        effects(
            send(
                &store,
                commit(2, conditions.clone(), vec![mutation.clone()]),
            )
            .await,
        );
        assert!(store.inner().seen().len() >= seen + 4);
        assert_eq!(standing(&store, "a").await, Some(2));

        // A primary that nobody follows any more shows what it never acknowledges.
        store.inner().script([Lose, Pass]);
        store.inner().script((0..9).map(|_| Lose));
        let conditions = conditions
            .iter()
            .map(|_| Condition::Revision(key("a"), Revision::from_bits(2)));
        let outcome = send(&store, commit(3, conditions, vec![mutation])).await;
        assert_eq!(outcome.unwrap_err().kind(), UNKNOWN);
    }
}

#[tokio::test]
async fn a_lost_insert_is_no_conflict_with_itself() {
    let store = store(quick());
    let insert = |revision| commit(revision, vec![Condition::Absent(key("a"))], vec![put("a")]);
    store.inner().script([Lose]);
    assert_eq!(effects(send(&store, insert(1)).await), [Effect::Put]);
    assert_eq!(conflict(send(&store, insert(2)).await), [(0, Some(1))]);
    // Also where it has been overwritten since.
    effects(send(&store, commit(3, vec![], vec![delete("a")])).await);
    store
        .inner()
        .script([Lose, Meanwhile(vec![commit(4, vec![], vec![put("a")])])]);
    assert_eq!(effects(send(&store, insert(5)).await), [Effect::Put]);
}

#[tokio::test]
async fn a_conflict_after_a_lost_answer_is_told_when_no_attempt_can_apply_any_more() {
    let store = store(quick());
    let insert = |revision| commit(revision, vec![Condition::Absent(key("a"))], vec![put("a")]);
    let other = commit(1, vec![], vec![put("a")]);
    // The first attempt is held up, and the second comes after another client's. The look at the receipt fails at first, too.
    store
        .inner()
        .script([Ghost, Meanwhile(vec![other]), Refuse(UNAVAILABLE), Lose]);
    assert_eq!(conflict(send(&store, insert(2)).await), [(0, Some(1))]);
    effects(send(&store, commit(3, vec![], vec![delete("a")])).await);
    assert!(matches!(
        store.inner().release().await[..],
        [Ok(Outcome::Conflict(_))]
    ));
    assert_eq!(standing(&store, "a").await, None);
}

#[tokio::test]
async fn an_attempt_that_applies_after_a_conflict_was_seen_counts() {
    let store = store(quick());
    let other = commit(1, vec![], vec![put("a")]);
    let removal = commit(3, vec![], vec![delete("a")]);
    store
        .inner()
        .script([Ghost, Meanwhile(vec![other]), Release(vec![removal])]);
    // Before the look at the receipt, the other's entry goes, and the first attempt arrives.
    let insert = commit(2, vec![Condition::Absent(key("a"))], vec![put("a")]);
    let told = send(&store, insert).await;
    assert_eq!(effects(told), [Effect::Put]);
    assert_eq!(standing(&store, "a").await, Some(2));
}

#[tokio::test]
async fn an_error_after_a_lost_answer_is_of_unknown_outcome_unless_it_can_be_settled() {
    let store = store(quick());
    // The attempts run out.
    store.inner().script([
        Lose,
        Refuse(UNAVAILABLE),
        Refuse(UNAVAILABLE),
        Refuse(UNAVAILABLE),
    ]);
    let hit = |revision| commit(revision, vec![], vec![add("n", 1)]);
    assert_eq!(send(&store, hit(1)).await.unwrap_err().kind(), UNKNOWN);
    store.inner().script([
        Refuse(UNAVAILABLE),
        Refuse(UNAVAILABLE),
        Refuse(UNAVAILABLE),
        Refuse(UNAVAILABLE),
    ]);
    assert_eq!(send(&store, hit(2)).await.unwrap_err().kind(), UNAVAILABLE);
    store.inner().script([Lose, Refuse(ErrorKind::Backend)]);
    let lost_put = commit(3, vec![], vec![put("a")]);
    assert_eq!(send(&store, lost_put).await.unwrap_err().kind(), UNKNOWN);
    // The receipt of this one shows that it was not applied, and makes sure of it.
    store.inner().script([Ghost, Refuse(ErrorKind::Overflow)]);
    assert_eq!(
        send(&store, hit(4)).await.unwrap_err().kind(),
        ErrorKind::Overflow
    );
    assert!(matches!(
        store.inner().release().await[..],
        [Ok(Outcome::Conflict(_))]
    ));
    assert_eq!(counted(&store, "n").await, Some(1));
}

#[tokio::test]
async fn without_receipts_what_cannot_be_recognised_is_not_sent_again() {
    let store = store(quick().receipts(false));
    for (asked, mutation) in (1..).zip([add("n", 1), add("n", 1)]) {
        store.inner().script([Lose]);
        let error = send(&store, commit(asked, vec![], vec![mutation]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), UNKNOWN);
        assert_eq!(store.inner().seen().len() as u64, asked);
    }
    assert_eq!(stored(store.inner().memory()).await, 1);
    store.inner().script([Refuse(UNAVAILABLE)]);
    effects(send(&store, commit(3, vec![], vec![add("n", 1)])).await);
    assert_eq!(counted(&store, "n").await, Some(3));
}

#[tokio::test]
async fn a_partition_that_leaves_a_receipt_no_room_has_none() {
    let store = store(quick());
    let bytes = [b"t\0", "x".repeat(MAX_KEY_LEN - 2).as_bytes()].concat();
    let long = Key::new(&bytes[..], bytes.len()).unwrap();
    let mutation = Mutation::Add {
        key: long,
        delta: 1,
        expiry: Expiry::Never,
    };
    store.inner().script([Lose]);
    let error = send(&store, commit(1, vec![], vec![mutation]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UNKNOWN);
    assert_eq!(stored(store.inner().memory()).await, 1);
}

#[tokio::test]
async fn receipts_are_hidden_and_expire() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    let memory = Memory::builder()
        .clock(Arc::clone(&clock))
        .sweep_every(None)
        .build();
    let store = quick().over(Scripted::new(memory.clone()));
    for revision in 1..=300 {
        effects(send(&store, commit(revision, vec![], vec![add("n", 1)])).await);
    }
    assert_eq!(stored(&memory).await, 301);
    let mut snapshot = store.snapshot(&Context::new(), None).await?;
    let items = items(&mut snapshot).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].key, key("n"));
    clock.advance(Duration::from_mins(10));
    assert_eq!(memory.sweep(u64::MAX), 300);
    Ok(())
}

#[tokio::test]
async fn a_commit_over_the_store_has_its_receipt_too() {
    let store = store(quick());
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Store);
    for partition in ["x", "y"] {
        let bytes = format!("t\0{partition}");
        let key = Key::new(bytes.as_bytes(), bytes.len()).unwrap();
        commit
            .apply(Mutation::Add {
                key,
                delta: 1,
                expiry: Expiry::Never,
            })
            .unwrap();
    }
    store.inner().script([Lose]);
    assert_eq!(
        effects(send(&store, commit).await),
        [Effect::Added(1), Effect::Added(1)]
    );
}

#[tokio::test]
async fn of_commits_that_go_together_those_that_failed_go_again() {
    let store = store(quick());
    store.inner().script([
        Pass,
        Lose,
        Refuse(UNAVAILABLE),
        Refuse(ErrorKind::Corrupt),
        Pass,
    ]);
    store.inner().script([Pass, Refuse(UNAVAILABLE)]);
    let absent = Condition::Absent(key("c0"));
    let mut commits: Vec<_> = (0..4)
        .map(|place| commit(place + 1, vec![], vec![add(&format!("c{place}"), 1)]))
        .collect();
    commits.push(commit(5, vec![absent], vec![put("c4")]));
    let answers = store.commit_many(&Context::new(), commits).await;
    let kinds: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().err().map(typed_state::Error::kind))
        .collect();
    assert_eq!(kinds, [None, None, None, Some(ErrorKind::Corrupt), None]);
    let mut answers = answers.into_iter();
    assert_eq!(effects(answers.next().unwrap()), [Effect::Added(1)]);
    assert_eq!(effects(answers.next().unwrap()), [Effect::Added(1)]);
    assert_eq!(effects(answers.next().unwrap()), [Effect::Added(1)]);
    assert_eq!(conflict(answers.nth(1).unwrap()), [(0, Some(1))]);
    for name in ["c0", "c1", "c2"] {
        assert_eq!(counted(&store, name).await, Some(1));
    }
    // All; then two of them, a write that has one of them acknowledged and a look at its counter; then the last.
    assert_eq!(store.inner().seen().len(), 5);
    assert_eq!(store.retries().settled, 1);
}

#[tokio::test]
async fn only_the_first_attempt_is_forced() {
    let store = store(quick());
    store.inner().script([Refuse(UNAVAILABLE)]);
    store.get(&Context::new().forced(), &[]).await.unwrap();
    let forced: Vec<_> = store.inner().seen().iter().map(|cx| cx.forced).collect();
    assert_eq!(forced, [true, false]);
}

#[tokio::test]
async fn a_store_that_is_down_gets_no_more_retries_than_the_budget_has() {
    let store = store(quick());
    let cx = Context::new();
    store.inner().script((0..400).map(|_| Refuse(UNAVAILABLE)));
    for _ in 0..100 {
        assert!(store.get(&cx, &[]).await.is_err());
    }
    // The first 12 fail four times each, for 48 tokens. The next has one retry.
    assert_eq!(store.inner().seen().len(), 12 * 4 + 2 + 87);
    store.inner().unscript();
    // What works gives it back.
    for _ in 0..1_000 {
        store.get(&cx, &[]).await.unwrap();
    }
    store.inner().script([Refuse(UNAVAILABLE)]);
    store.get(&cx, &[]).await.unwrap();
}

/// Timers end at whole milliseconds.
const TICKS: Duration = Duration::from_millis(3);

fn deadline(after: Duration) -> Deadline {
    Deadline::at(Instant::now().into_std() + after)
}

#[tokio::test(start_paused = true)]
async fn no_pause_reaches_over_the_deadline() {
    for millis in (0..800).step_by(25) {
        let store = store(RetryLayer::new());
        store.inner().script((0..4).map(|_| Refuse(UNAVAILABLE)));
        let begun = Instant::now();
        let time = Duration::from_millis(millis);
        let cx = Context::new().with_deadline(deadline(time));
        let error = store.get(&cx, &[]).await.unwrap_err();
        assert_eq!(error.kind(), UNAVAILABLE);
        assert!(
            begun.elapsed() <= time.min(Duration::from_millis(700)) + TICKS,
            "{:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_double_and_an_error_comes_at_once_where_there_is_no_time_for_one() {
    let store = store(RetryLayer::new().jitter(0.0));
    store.inner().script((0..8).map(|_| Refuse(UNAVAILABLE)));
    let begun = Instant::now();
    assert!(store.get(&Context::new(), &[]).await.is_err());
    assert!((700..=703).contains(&begun.elapsed().as_millis()));
    let begun = Instant::now();
    let cx = Context::new().with_deadline(deadline(Duration::from_millis(299)));
    assert!(store.get(&cx, &[]).await.is_err());
    // The second pause would end past the deadline.
    assert!((100..=101).contains(&begun.elapsed().as_millis()));
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_time_within_the_callers() {
    let layer = RetryLayer::new()
        .jitter(0.0)
        .attempt_timeout(Duration::from_millis(150));
    let store = store(layer);
    store
        .inner()
        .script([Refuse(ErrorKind::Timeout), Refuse(ErrorKind::Timeout)]);
    let begun = Instant::now().into_std();
    let cx = Context::new().with_deadline(deadline(Duration::from_millis(400)));
    store.get(&cx, &[]).await.unwrap();
    let left: Vec<_> = store
        .inner()
        .seen()
        .iter()
        .map(|cx| {
            cx.deadline
                .unwrap()
                .instant()
                .duration_since(begun)
                .as_millis()
        })
        .collect();
    // They begin after 0, 100 and 300 ms.
    assert_eq!(left.len(), 3);
    for (left, expected) in left.into_iter().zip([150, 250, 400]) {
        assert!(
            (expected..expected + 10).contains(&left),
            "{left} and not {expected}"
        );
    }
}

#[tokio::test]
async fn a_commit_does_not_outlive_its_receipt() {
    let store = store(quick().receipt_ttl(Ttl::new(Duration::from_mins(2)).unwrap()));
    let begun = Deadline::after(Duration::from_mins(1)).unwrap();
    effects(send(&store, commit(1, vec![], vec![add("n", 1)])).await);
    let given = store.inner().seen()[0].deadline.unwrap();
    assert!(given >= begun && given <= Deadline::after(Duration::from_mins(1)).unwrap());
    effects(send(&store, commit(2, vec![], vec![put("a")])).await);
    assert_eq!(store.inner().seen()[1].deadline, None);
}
