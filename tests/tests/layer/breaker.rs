//! A circuit breaker against a model of it that is too plain to be wrong.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::oneshot::{self, Sender};
use typed_state::backend::{Backend as _, Commit, Context, Deadline, Entry, Revision, Scope};
use typed_state::layer::{CircuitBreaker, CircuitBreakerLayer, CircuitState, Layer as _};
use typed_state::testing::TestResult;
use typed_state::{Clock, ErrorKind, ManualClock, Result, Timestamp};
use typed_state_tests::{Act, Scripted};

const THRESHOLD: u32 = 3;
const WINDOW: u32 = 8;
const SHARE: f64 = 0.45;
/// The least failures that are so large a share of the window.
const MOST: usize = 4;
const OPEN_MILLIS: u64 = 1_000;
const PROBES: u32 = 2;

type Breaker = CircuitBreaker<Arc<Scripted>>;

fn breaker<C: Clock>(clock: &Arc<C>) -> Breaker {
    CircuitBreakerLayer::new()
        .threshold(NonZeroU32::new(THRESHOLD).unwrap())
        .failure_rate(SHARE)
        .window(NonZeroU32::new(WINDOW).unwrap())
        .open_for(Duration::from_millis(OPEN_MILLIS))
        .probes(NonZeroU32::new(PROBES).unwrap())
        .clock(Arc::clone(clock))
        .over(Arc::new(Scripted::default()))
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Begin { forced: bool },
    End { which: usize, how: How },
    Drop { which: usize },
    Elapse { millis: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Success,
    Failure,
    Neither,
}

impl How {
    const fn kind(self) -> Option<ErrorKind> {
        match self {
            Self::Success => None,
            Self::Failure => Some(ErrorKind::Unavailable),
            Self::Neither => Some(ErrorKind::Corrupt),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let how =
        prop_oneof![3 => Just(How::Failure), 2 => Just(How::Success), 1 => Just(How::Neither)];
    prop_oneof![
        6 => prop::bool::weighted(0.1).prop_map(|forced| Step::Begin { forced }),
        6 => (0..8_usize, how).prop_map(|(which, how)| Step::End { which, how }),
        1 => (0..8_usize).prop_map(|which| Step::Drop { which }),
        2 => prop_oneof![Just(1), Just(999), Just(1_000), 0..2_500_u64].prop_map(|millis| Step::Elapse { millis }),
    ]
}

/// How a call passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// In the so-many-th time that the circuit was closed.
    Closed(u32),
    Probe(u32),
    Forced,
}

#[derive(Debug)]
enum Phase {
    Closed {
        /// All calls, the oldest first; whether each failed.
        calls: Vec<bool>,
    },
    Open {
        at: u64,
    },
    HalfOpen {
        probes: Vec<(u32, u64)>,
        successes: u32,
    },
}

#[derive(Debug)]
struct Model {
    now: u64,
    closings: u32,
    calls: u32,
    phase: Phase,
}

impl Model {
    const fn new() -> Self {
        Self {
            now: 0,
            closings: 0,
            calls: 0,
            phase: Phase::Closed { calls: Vec::new() },
        }
    }

    const fn state(&self) -> CircuitState {
        match self.phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { .. } => CircuitState::Open,
            Phase::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    fn begin(&mut self, forced: bool) -> Option<Pass> {
        self.calls += 1;
        let is_over = |at: u64| self.now - at >= OPEN_MILLIS;
        if let Phase::Open { at } = self.phase
            && is_over(at)
        {
            self.phase = Phase::HalfOpen {
                probes: Vec::new(),
                successes: 0,
            };
        }
        match &mut self.phase {
            Phase::Closed { .. } => return Some(Pass::Closed(self.closings)),
            Phase::HalfOpen { probes, .. } => {
                probes.retain(|&(_, began)| !is_over(began));
                if probes.len() < PROBES as usize {
                    probes.push((self.calls, self.now));
                    return Some(Pass::Probe(self.calls));
                }
            }
            Phase::Open { .. } => {}
        }
        forced.then_some(Pass::Forced)
    }

    fn end(&mut self, pass: Pass, how: How) {
        match (&mut self.phase, pass) {
            (Phase::Closed { calls }, Pass::Closed(closings)) if closings == self.closings => {
                if how == How::Neither {
                    return;
                }
                calls.push(how == How::Failure);
                let in_a_row = calls.iter().rev().take_while(|&&failed| failed).count();
                let last = calls.iter().rev().take(WINDOW as usize);
                let failures = last.filter(|&&failed| failed).count();
                if in_a_row == THRESHOLD as usize || failures == MOST {
                    self.phase = Phase::Open { at: self.now };
                }
            }
            (Phase::Open { .. }, Pass::Forced) if how == How::Success => {
                self.phase = Phase::HalfOpen {
                    probes: Vec::new(),
                    successes: 1,
                };
            }
            (Phase::HalfOpen { probes, successes }, Pass::Probe(_) | Pass::Forced) => {
                if let Pass::Probe(number) = pass {
                    let Some(place) = probes.iter().position(|&(other, _)| other == number) else {
                        return;
                    };
                    probes.remove(place);
                }
                match how {
                    How::Success => {
                        *successes += 1;
                        if *successes == PROBES {
                            self.closings += 1;
                            self.phase = Phase::Closed { calls: Vec::new() };
                        }
                    }
                    How::Neither => {}
                    How::Failure => self.phase = Phase::Open { at: self.now },
                }
            }
            _ => {}
        }
    }
}

type Call = Pin<Box<dyn Future<Output = Result<Vec<Option<Entry>>>>>>;

fn poll(call: &mut Call) -> Poll<Result<Vec<Option<Entry>>>> {
    call.as_mut()
        .poll(&mut TaskContext::from_waker(Waker::noop()))
}

fn compare(steps: &[Step]) {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    let mut model = Model::new();
    let mut calls: Vec<(Call, Sender<ErrorKind>, Pass)> = Vec::new();
    for &step in steps {
        match step {
            Step::Begin { forced } => {
                let (tell, message) = oneshot::channel();
                let asked = breaker.inner().seen().len();
                let store = breaker.clone();
                let mut call: Call = Box::pin(async move {
                    let cx = Context::new();
                    let cx = if forced { cx.forced() } else { cx };
                    store.get(&cx, &[]).await
                });
                breaker.inner().script([Act::Hold(message)]);
                let polled = poll(&mut call);
                let passed = breaker.inner().seen().len() > asked;
                if let Some(pass) = model.begin(forced) {
                    assert!(passed && polled.is_pending(), "{pass:?} must pass");
                    calls.push((call, tell, pass));
                } else {
                    assert!(!passed, "it must not pass");
                    let Poll::Ready(Err(error)) = polled else {
                        panic!("it must be refused");
                    };
                    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
                    breaker.inner().unscript();
                }
            }
            Step::End { which, how } if !calls.is_empty() => {
                let (mut call, tell, pass) = calls.remove(which % calls.len());
                match how.kind() {
                    Some(kind) => tell.send(kind).unwrap(),
                    None => drop(tell),
                }
                let Poll::Ready(answer) = poll(&mut call) else {
                    panic!("it has been answered");
                };
                assert_eq!(answer.err().map(|error| error.kind()), how.kind());
                model.end(pass, how);
            }
            Step::Drop { which } if !calls.is_empty() => {
                let (call, _, pass) = calls.remove(which % calls.len());
                drop(call);
                model.end(pass, How::Neither);
            }
            Step::Elapse { millis } => {
                clock.advance(Duration::from_millis(millis));
                model.now += millis;
            }
            Step::End { .. } | Step::Drop { .. } => {}
        }
        assert_eq!(breaker.state(), model.state(), "after {step:?}");
    }
}

/// Opens it, lets it close again, and opens it by calls that fail now and then.
#[tokio::test]
async fn a_store_that_fails_now_and_then_is_left_alone() {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    let failure = || Act::Refuse(ErrorKind::Unavailable);
    let cx = Context::new();
    // Three in eight are too few, for as long as it may be.
    for _ in 0..20 {
        for place in 0..WINDOW {
            let act = if place % 3 == 0 { failure() } else { Act::Pass };
            call(&breaker, &cx, act).await;
        }
        assert_eq!(breaker.state(), CircuitState::Closed);
    }
    for _ in 0..WINDOW {
        call(&breaker, &cx, Act::Pass).await;
    }
    for place in 0..MOST {
        assert_eq!(breaker.state(), CircuitState::Closed, "{place}");
        call(&breaker, &cx, Act::Pass).await;
        call(&breaker, &cx, failure()).await;
    }
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test]
async fn without_a_share_only_failures_in_a_row_open_it() {
    let breaker = CircuitBreakerLayer::new()
        .threshold(NonZeroU32::new(THRESHOLD).unwrap())
        .failure_rate(None)
        .over(Arc::new(Scripted::default()));
    for place in 0..300 {
        let failure = Act::Refuse(ErrorKind::Unavailable);
        let act = if place % THRESHOLD == 0 {
            Act::Pass
        } else {
            failure
        };
        call(&breaker, &Context::new(), act).await;
        assert_eq!(breaker.state(), CircuitState::Closed);
    }
    open(&breaker).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn it_does_what_the_model_does(steps in prop::collection::vec(step(), 1..80)) {
        compare(&steps);
    }
}

async fn call(breaker: &Breaker, cx: &Context, act: Act) -> Option<ErrorKind> {
    breaker.inner().script([act]);
    let answer = breaker.get(cx, &[]).await;
    breaker.inner().unscript();
    answer.err().map(|error| error.kind())
}

async fn open(breaker: &Breaker) {
    for _ in 0..THRESHOLD {
        call(breaker, &Context::new(), Act::Refuse(ErrorKind::Timeout)).await;
    }
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test]
async fn what_counts_as_a_failure_is_that_the_store_did_not_serve() {
    use ErrorKind::{
        Backend, Configuration, Corrupt, InvalidInput, OutcomeUnknown, Overflow, Timeout, TooLarge,
        Unavailable, Unsupported,
    };
    let clock = Arc::new(ManualClock::default());
    let opens = [Unavailable, Timeout, OutcomeUnknown];
    let others = [
        Corrupt,
        TooLarge,
        Overflow,
        InvalidInput,
        Unsupported,
        Configuration,
        Backend,
    ];
    for kind in opens.into_iter().chain(others) {
        let breaker = breaker(&clock);
        for _ in 0..THRESHOLD {
            assert_eq!(
                call(&breaker, &Context::new(), Act::Refuse(kind)).await,
                Some(kind)
            );
        }
        let expected = if opens.contains(&kind) {
            CircuitState::Open
        } else {
            CircuitState::Closed
        };
        assert_eq!(breaker.state(), expected, "{kind}");
    }
}

#[tokio::test]
async fn a_call_without_time_is_no_fault_of_the_store() {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    let late = Context::new().with_deadline(Deadline::after(Duration::ZERO).unwrap());
    for _ in 0..THRESHOLD {
        assert_eq!(
            call(&breaker, &late, Act::Pass).await,
            Some(ErrorKind::Timeout)
        );
    }
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test]
async fn a_refusal_says_for_how_long() {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    open(&breaker).await;
    clock.advance(Duration::from_millis(400));
    let error = breaker.get(&Context::new(), &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert!(error.to_string().contains("try again in 600ms"), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn health_passes_and_does_not_count() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    breaker
        .inner()
        .script((0..THRESHOLD).map(|_| Act::Refuse(ErrorKind::Unavailable)));
    for _ in 0..THRESHOLD {
        assert!(breaker.health(&Context::new()).await.is_err());
    }
    assert_eq!(breaker.state(), CircuitState::Closed);
    open(&breaker).await;
    breaker.health(&Context::new()).await?;
    assert_eq!(breaker.state(), CircuitState::Open);
    Ok(())
}

#[tokio::test]
async fn commits_that_go_together_are_refused_together() {
    let clock = Arc::new(ManualClock::default());
    let breaker = breaker(&clock);
    open(&breaker).await;
    let commits = || (1..4).map(|bits| Commit::new(Revision::from_bits(bits), Scope::Partition));
    let answers = breaker
        .commit_many(&Context::new(), commits().collect())
        .await;
    assert_eq!(answers.len(), 3);
    for answer in answers {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::CircuitOpen);
    }
    let forced = Context::new().forced();
    let answers = breaker.commit_many(&forced, commits().collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
}

/// A clock that can be set back, as that of a machine.
#[derive(Debug, Default)]
struct Settable(std::sync::atomic::AtomicI64);

impl Clock for Settable {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Relaxed))
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_keep_it_open() {
    let clock = Arc::new(Settable::default());
    let breaker = breaker(&clock);
    clock.0.store(3_600_000, Relaxed);
    open(&breaker).await;
    clock.0.store(0, Relaxed);
    assert_eq!(
        call(&breaker, &Context::new(), Act::Pass).await,
        Some(ErrorKind::CircuitOpen)
    );
    clock.0.store(OPEN_MILLIS.cast_signed(), Relaxed);
    assert_eq!(call(&breaker, &Context::new(), Act::Pass).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_fail_at_once_open_it_once() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    for _ in 0..50 {
        let breaker = breaker(&clock);
        breaker
            .inner()
            .script((0..1_000).map(|_| Act::Refuse(ErrorKind::Unavailable)));
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let breaker = breaker.clone();
                tokio::spawn(async move {
                    for _ in 0..20 {
                        assert!(breaker.get(&Context::new(), &[]).await.is_err());
                    }
                })
            })
            .collect();
        for client in clients {
            client.await?;
        }
        assert_eq!(breaker.state(), CircuitState::Open);
        // Each may have been under way when it opened.
        let asked = breaker.inner().seen().len();
        assert!(
            (THRESHOLD as usize..THRESHOLD as usize + 8).contains(&asked),
            "{asked}"
        );
    }
    Ok(())
}
