use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    pub(super) entries: Vec<Entry<O, O::Answer>>,
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
    NotSent(O),
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
}

impl<B, O: Passenger<B>> Default for Lane<B, O> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            gathering: false,
        }
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

    /// Has an operation sent with others, and waits for its answer.
    ///
    /// Cancellation: it may still be sent; the others of its call do not notice.
    pub(super) async fn join(
        &self,
        class: Class,
        deadline: Option<Deadline>,
        operation: O,
    ) -> Joined<O, O::Answer> {
        let Ok(runtime) = Handle::try_current() else {
            return Joined::NotSent(operation);
        };
        if operation.bytes() > self.0.max_bytes {
            return Joined::NotSent(operation);
        }
        let (entry, answer) = Entry::new(operation, deadline);
        let is_first = {
            let mut lane = self.0.lane(class);
            lane.waiting.push_back(entry);
            !std::mem::replace(&mut lane.gathering, true)
        };
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
        let now = Instant::now();
        let mut group = Group {
            entries: Vec::new(),
            class,
            deadline: None,
        };
        // They go back to their callers when the lock is free again.
        let mut idle = Vec::new();
        let mut bytes = 0_usize;
        let mut lane = self.lane(class);
        group
            .entries
            .reserve(lane.waiting.len().min(self.max_operations));
        while group.entries.len() < self.max_operations
            && let Some(entry) = lane.waiting.pop_front()
        {
            if !entry.is_due(now) {
                idle.push(entry);
                continue;
            }
            bytes = bytes.saturating_add(entry.operation().map_or(0, O::bytes));
            if bytes > self.max_bytes && !group.entries.is_empty() {
                lane.waiting.push_front(entry);
                break;
            }
            let deadlines = [group.deadline, entry.deadline()];
            group.deadline = deadlines.into_iter().flatten().min();
            group.entries.push(entry);
        }
        lane.gathering = !lane.waiting.is_empty();
        let more = lane.gathering;
        drop(lane);
        (group, more)
    }

    /// Lets those go whose time is up, or who are gone.
    fn tidy(&self, class: Class) {
        let now = Instant::now();
        let mut lane = self.lane(class);
        let waiting = std::mem::take(&mut lane.waiting).into_iter();
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
    /// Lets the tasks that are ready run, and sends what has gathered then.
    async fn run(self) {
        for _ in 0..TURNS {
            yield_now().await;
        }
        self.send().await;
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
        let waiting = std::mem::take(&mut lane.waiting);
        drop(lane);
        drop(waiting);
    }
}
