use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Wakeable, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use tokio::time::timeout;

use super::class::Class;
use super::entry::{Entry, Returned};
use super::options::BatchLayer;
use crate::backend::{Context, Deadline};

/// How often the tasks that are ready run before what they asked for is sent.
const TURNS: usize = 2;
/// Into how many calls the open operations are divided: the store works on some while the next are made.
const PARTS: usize = 2;
/// So few operations are no part of their own, unless nobody else is ready.
const LEAST: usize = 8;
/// For how many at the most room is made beforehand.
const ROOM: usize = 256;
/// How often those are looked for whose time is up, or who are gone, while no call may begin.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Operations of one kind, which travel together.
pub(super) trait Passenger<B>: Send + Sized + 'static {
    type Answer: Send + 'static;

    /// About how many bytes are sent for it.
    fn bytes(&self) -> usize;

    /// Sends them in one call, and answers each.
    fn travel(backend: &B, group: Group<B, Self>) -> impl Future<Output = ()> + Send;
}

/// Operations that are sent together, all of one class.
pub(super) struct Group<B, O: Passenger<B>> {
    pub(super) entries: VecDeque<Entry<O, O::Answer>>,
    class: Class,
    /// The earliest of theirs.
    deadline: Option<Deadline>,
}

impl<B, O: Passenger<B>> Group<B, O> {
    /// What the call is made with.
    pub(super) fn context(&self) -> Context {
        let mut cx = Context::new().for_operation("batch");
        cx.deadline = self.deadline;
        cx.lifetimes = self.class.lifetimes;
        cx.reads = self.class.reads;
        cx.announce = self.class.announce;
        cx
    }
}

/// What became of an operation that joined others.
pub(super) enum Joined<O, A> {
    Answered(A),
    /// Nobody sent it.
    NotSent(Box<O>),
    /// It was sent, and its answer did not come.
    Lost,
}

/// Gathers operations and sends them.
///
/// A task of the runtime sends what has gathered, so that no caller has to stay for the others. Where it is dropped, with its
/// runtime, what it had not sent goes back to the callers.
pub(super) struct Gatherer<B, O: Passenger<B>>(Arc<Shared<B, O>>);

struct Shared<B, O: Passenger<B>> {
    backend: Arc<B>,
    max_operations: usize,
    max_bytes: usize,
    flights: Arc<Semaphore>,
    lanes: Vec<Mutex<Lane<B, O>>>,
}

/// Operations of one class that wait, in the order in which they came.
struct Lane<B, O: Passenger<B>> {
    waiting: VecDeque<Entry<O, O::Answer>>,
    /// Whether somebody is about to send them.
    gathering: bool,
    /// How many are sent though more may come,
    enough: usize,
    /// and who sends them then.
    gatherer: Option<Waker>,
}

impl<B, O: Passenger<B>> Default for Lane<B, O> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            gathering: false,
            enough: LEAST,
            gatherer: None,
        }
    }
}

impl<B, O: Passenger<B>> Lane<B, O> {
    /// Whether nobody is about to send the operation, and who does now that there are enough.
    fn add(&mut self, entry: Entry<O, O::Answer>, others: usize) -> (bool, Option<Waker>) {
        self.enough = LEAST.max(others / PARTS);
        if self.waiting.is_empty() {
            // Entries are large: they should not be moved about while more come.
            self.waiting.reserve(self.enough.min(ROOM));
        }
        self.waiting.push_back(entry);
        let is_first = !mem::replace(&mut self.gathering, true);
        let enough = self.waiting.len() >= self.enough;
        (is_first, enough.then(|| self.gatherer.take()).flatten())
    }

    /// What goes into one call, and whether more are waiting.
    fn take(
        &mut self,
        max_operations: usize,
        max_bytes: usize,
    ) -> (VecDeque<Entry<O, O::Answer>>, bool) {
        let mut bytes = 0_usize;
        let fits = |(place, entry): &(usize, &Entry<O, O::Answer>)| {
            bytes = bytes.saturating_add(entry.operation().map_or(0, O::bytes));
            *place == 0 || bytes <= max_bytes
        };
        let first = self.waiting.iter().take(max_operations).enumerate();
        let count = first.take_while(fits).count();
        let rest = self.waiting.split_off(count);
        self.gathering = !rest.is_empty();
        self.gatherer = None;
        (mem::replace(&mut self.waiting, rest), self.gathering)
    }
}

impl<B: Send + Sync + 'static, O: Passenger<B>> Gatherer<B, O> {
    pub(super) fn new(backend: &Arc<B>, options: &BatchLayer) -> Self {
        Self(Arc::new(Shared {
            backend: Arc::clone(backend),
            max_operations: options.max_operations.get(),
            max_bytes: options.max_bytes,
            flights: Arc::new(Semaphore::new(
                options.max_in_flight.get().min(Semaphore::MAX_PERMITS),
            )),
            lanes: (0..Class::COUNT).map(|_| Mutex::default()).collect(),
        }))
    }

    /// Has an operation sent with others, of so many that are open, and waits for its answer.
    ///
    /// Cancellation: it may still be sent; the others of its call do not notice.
    pub(super) async fn join(
        &self,
        class: Class,
        deadline: Option<Deadline>,
        operation: O,
        others: usize,
    ) -> Joined<O, O::Answer> {
        let Ok(runtime) = Handle::try_current() else {
            return Joined::NotSent(Box::new(operation));
        };
        if operation.bytes() > self.0.max_bytes {
            return Joined::NotSent(Box::new(operation));
        }
        let (entry, answer) = Entry::new(operation, deadline);
        let (is_first, gatherer) = self.0.lane(class).add(entry, others);
        if let Some(gatherer) = gatherer {
            gatherer.wake();
        }
        if is_first {
            let gathering = Gathering {
                shared: Arc::clone(&self.0),
                class,
                runtime: runtime.clone(),
                is_over: false,
            };
            runtime.spawn(gathering.run());
        }
        match answer.await {
            Ok(Returned::Answer(answer)) => Joined::Answered(answer),
            Ok(Returned::NotSent(operation)) => Joined::NotSent(operation),
            Err(_) => Joined::Lost,
        }
    }
}

impl<B, O: Passenger<B>> Shared<B, O> {
    /// No code panics while it holds the lock, so poison says nothing.
    fn lane(&self, class: Class) -> MutexGuard<'_, Lane<B, O>> {
        #[allow(
            clippy::indexing_slicing,
            reason = "there is a lane for every class, and a class is no larger than their count"
        )]
        let lane = &self.lanes[class.index()];
        lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next group, and whether more are waiting; where none are, nobody gathers any more.
    fn take(&self, class: Class) -> (Group<B, O>, bool) {
        let (mut entries, more) = self.lane(class).take(self.max_operations, self.max_bytes);
        // Those whose time is up go back to their callers.
        let now = Instant::now();
        entries.retain(|entry| entry.is_due(now));
        let deadline = entries.iter().filter_map(Entry::deadline).min();
        let group = Group {
            entries,
            class,
            deadline,
        };
        (group, more)
    }

    /// Whether so many wait in a lane that they are sent; `waker` is told when they do.
    fn has_enough(&self, class: Class, waker: &Waker) -> bool {
        let mut lane = self.lane(class);
        let enough = lane.waiting.len() >= lane.enough;
        lane.gatherer = (!enough).then(|| waker.clone());
        enough
    }

    /// Lets those go whose time is up, or who are gone.
    fn tidy(&self, class: Class) {
        let now = Instant::now();
        let mut lane = self.lane(class);
        let waiting = mem::take(&mut lane.waiting).into_iter();
        let (due, idle): (VecDeque<_>, VecDeque<_>) = waiting.partition(|entry| entry.is_due(now));
        lane.waiting = due;
        drop(lane);
        drop(idle);
    }
}

/// Somebody who is about to send what waits in a lane.
struct Gathering<B, O: Passenger<B>> {
    shared: Arc<Shared<B, O>>,
    class: Class,
    runtime: Handle,
    /// Whether what comes next is for somebody else to send.
    is_over: bool,
}

impl<B: Send + Sync + 'static, O: Passenger<B>> Gathering<B, O> {
    /// Lets the tasks that are ready run, or enough of them, and sends what has gathered then.
    async fn run(self) {
        let mut turns = 0;
        poll_fn(|cx| self.poll_gathered(&mut turns, cx)).await;
        self.send().await;
    }

    fn poll_gathered(&self, turns: &mut usize, cx: &mut Wakeable<'_>) -> Poll<()> {
        if *turns == TURNS || self.shared.has_enough(self.class, cx.waker()) {
            return Poll::Ready(());
        }
        *turns += 1;
        // Wakes this task after those that are ready.
        let _ = pin!(yield_now()).poll(cx);
        Poll::Pending
    }

    /// Sends what waits, as much of it as goes into one call. The rest is for the next one.
    async fn send(mut self) {
        let permit = self.permit().await;
        let (group, more) = self.shared.take(self.class);
        self.is_over = true;
        if more {
            self.runtime.spawn(self.next());
        }
        if !group.entries.is_empty() {
            O::travel(&self.shared.backend, group).await;
        }
        drop(permit);
    }

    fn next(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let next = Self {
            shared: Arc::clone(&self.shared),
            class: self.class,
            runtime: self.runtime.clone(),
            is_over: false,
        };
        Box::pin(next.send())
    }

    /// Waits until a call may begin; `None` where none ever may.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let flights = &self.shared.flights;
        if let Ok(permit) = Arc::clone(flights).try_acquire_owned() {
            return Some(permit);
        }
        let mut permit = pin!(Arc::clone(flights).acquire_owned());
        loop {
            match timeout(LOOK_EVERY, permit.as_mut()).await {
                Ok(permit) => return permit.ok(),
                Err(_) => self.shared.tidy(self.class),
            }
        }
    }
}

impl<B, O: Passenger<B>> Drop for Gathering<B, O> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut lane = self.shared.lane(self.class);
        lane.gathering = false;
        let waiting = mem::take(&mut lane.waiting);
        drop(lane);
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ten;

    impl Passenger<()> for Ten {
        type Answer = ();

        fn bytes(&self) -> usize {
            10
        }

        async fn travel((): &(), group: Group<(), Self>) {
            drop(group);
        }
    }

    /// A lane with so many in it, of so many that are open, and who was woken last.
    fn lane(count: usize, others: usize) -> (Lane<(), Ten>, Option<usize>) {
        let mut lane = Lane::default();
        let mut woken = None;
        for number in 1..=count {
            lane.gatherer = Some(Waker::noop().clone());
            let (is_first, gatherer) = lane.add(Entry::new(Ten, None).0, others);
            assert_eq!(is_first, number == 1);
            if gatherer.is_some() {
                woken = woken.or(Some(number));
            }
        }
        (lane, woken)
    }

    #[test]
    fn a_part_of_those_that_are_open_is_enough() {
        assert_eq!(lane(LEAST - 1, 0).1, None);
        assert_eq!(lane(LEAST * 2, 0).1, Some(LEAST));
        assert_eq!(lane(64, 32 * PARTS).1, Some(32));
    }

    #[test]
    fn a_call_takes_as_many_as_it_may_and_one_at_the_least() {
        let (mut lane, _) = lane(10, 0);
        let (taken, more) = lane.take(4, 1_000);
        assert_eq!((taken.len(), more, lane.gathering), (4, true, true));
        let (taken, more) = lane.take(100, 25);
        assert_eq!((taken.len(), more, lane.gathering), (2, true, true));
        let (taken, more) = lane.take(100, 1);
        assert_eq!((taken.len(), more, lane.gathering), (1, true, true));
        let (taken, more) = lane.take(100, 1_000);
        assert_eq!((taken.len(), more, lane.gathering), (3, false, false));
        assert!(lane.gatherer.is_none());
    }
}
