use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Notify};
use tokio::time::timeout_at;

use super::call::Effect;
use super::connector::Purpose;
use super::discovery::Discovery;
use super::failure::{Failure, Kind};
use super::map::Map;
use super::node::Node;
use super::request::{Lesson, Next, Request};
use super::settings::Replicas;
use crate::backend::{Context, Deadline};
use crate::clock::{Entropy as _, SystemEntropy};

/// How long servers are asked for the topology.
const SURVEY_WITHIN: Duration = Duration::from_secs(2);
/// How old the topology may be for a request that a node refused: many are refused together.
const NEWS: Duration = Duration::from_millis(20);
/// A request that is sent again waits at least so long …
const SHORTEST_PAUSE: u64 = 10;
/// … and at most so long, in milliseconds.
const LONGEST_PAUSE: u64 = 100;
/// A request is not sent again where an answer is not to be expected in time: that would make its outcome unknown.
const ANSWER_WITHIN: Duration = Duration::from_millis(20);

/// What the link and its watcher share.
pub(super) struct Shared {
    pub(super) map: Map,
    pub(super) discovery: Discovery,
    pub(super) command_timeout: Duration,
    pub(super) durable: Option<Replicas>,
    pub(super) batch_size: usize,
    /// Wakes the watcher: what is known of the topology may be old.
    pub(super) doubt: Notify,
    /// One survey at a time; the others wait for what it finds. When the last one began that found anything.
    surveying: Mutex<Option<Instant>>,
    turn: AtomicUsize,
    closed: AtomicBool,
}

impl Shared {
    pub(super) fn new(
        map: Map,
        discovery: Discovery,
        command_timeout: Duration,
        durable: Option<Replicas>,
        batch_size: usize,
    ) -> Self {
        Self {
            map,
            discovery,
            command_timeout,
            durable,
            batch_size: batch_size.max(1),
            doubt: Notify::new(),
            surveying: Mutex::new(None),
            turn: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        }
    }

    pub(super) fn deadline(&self, cx: &Context) -> Instant {
        cx.deadline
            .map_or_else(|| Instant::now() + self.command_timeout, Deadline::instant)
    }

    /// The node that `request` goes to next.
    pub(super) fn route(&self, request: &Request) -> Result<(Arc<Node>, Purpose), Failure> {
        self.check_open()?;
        if let Some(address) = &request.ask {
            return Ok((self.map.node(address)?, Purpose::Primary));
        }
        let routes = self.map.routes();
        if request.may_use_replica() {
            let replicas = routes.replicas(request.call.slot);
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            let turn = turn.checked_rem(replicas.len()).unwrap_or(0);
            if let Some(replica) = replicas.get(turn) {
                return Ok((Arc::clone(replica), Purpose::Replica));
            }
        }
        let primary = routes.primary(request.call.slot).ok_or_else(|| {
            let message = "no node is known to serve the slot";
            Failure::not_sent(Kind::Unserved, message)
        })?;
        Ok((Arc::clone(primary), Purpose::Primary))
    }

    /// The replicas that must have `request`, where it changes anything.
    pub(super) fn durable(&self, request: &Request) -> Option<Replicas> {
        self.durable.filter(|_| request.call.effect != Effect::Read)
    }

    /// What comes next for `request` after `failure`, of the node that it went to.
    pub(super) async fn learn(
        &self,
        request: &mut Request,
        failure: Failure,
        node: Option<&Arc<Node>>,
        deadline: Instant,
    ) -> Next {
        if failure.kind == Kind::Closed {
            return Next::End(failure);
        }
        // A node that has left the topology since has said or lost it all the same.
        let address = failure.address().cloned();
        let address = node.map(|node| &node.address).or(address.as_ref());
        let (lesson, next) = request.take(failure, address);
        match lesson {
            Lesson::Nothing => return next,
            Lesson::Moved(slot, address) => {
                self.doubt.notify_one();
                if let Err(failure) = self.map.learn(slot, &address) {
                    return Next::End(failure);
                }
            }
            Lesson::Doubt => self.doubt.notify_one(),
            Lesson::Demoted => {
                if let Some(node) = node {
                    node.retire();
                }
                if let Err(failure) = Box::pin(self.survey(NEWS, deadline)).await {
                    tracing::debug!(%failure, "the topology of Redis is not known anew");
                }
            }
        }
        // Another node may have been found out meanwhile.
        match (next, node) {
            (Next::End(failure), Some(node))
                if failure.kind == Kind::Unreachable && self.has_moved(request, node) =>
            {
                Next::Later(failure)
            }
            (next, _) => next,
        }
    }

    /// Asks for the topology and takes it over; one that was asked for since `age` before now is new enough.
    pub(super) async fn survey(&self, age: Duration, deadline: Instant) -> Result<(), Failure> {
        self.check_open()?;
        let came = Instant::now();
        let deadline = deadline.min(came + SURVEY_WITHIN);
        let survey = async {
            let mut last = self.surveying.lock().await;
            if last.is_some_and(|last| last + age >= came) {
                return Ok(());
            }
            let begun = Instant::now();
            let topology = self.discovery.survey(deadline).await?;
            self.check_open()?;
            self.map.update(topology)?;
            *last = Some(begun);
            Ok(())
        };
        match timeout_at(deadline.into(), survey).await {
            Ok(surveyed) => surveyed,
            Err(_) => Err(Failure::late("no server said the topology in time")),
        }
    }

    pub(super) fn check_open(&self) -> Result<(), Failure> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Failure::not_sent(Kind::Closed, "the store is closed"));
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.map.close();
        self.discovery.close();
    }

    fn has_moved(&self, request: &Request, from: &Node) -> bool {
        let routes = self.map.routes();
        let owner = routes.topology.owner(request.call.slot);
        owner.is_some_and(|owner| *owner != from.address)
    }
}

/// Waits a little, longer with every `round`; `false` where the deadline would pass meanwhile, or right after.
pub(super) async fn pause(round: &mut u32, deadline: Instant) -> bool {
    let spread = SHORTEST_PAUSE << (*round).min(3);
    let longest = spread.min(LONGEST_PAUSE - SHORTEST_PAUSE);
    *round += 1;
    let millis = SHORTEST_PAUSE + SystemEntropy.next_u64() % (longest + 1);
    let until = Instant::now() + Duration::from_millis(millis);
    if until + ANSWER_WITHIN >= deadline {
        return false;
    }
    tokio::time::sleep_until(until.into()).await;
    true
}
