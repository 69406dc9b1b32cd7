use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use redis::Value;

use super::call::Call;
use super::connector::Purpose;
use super::exchange;
use super::failure::Failure;
use super::node::Node;
use super::request::{Next, Request};
use super::settings::Replicas;
use super::shared::{Shared, pause};
use crate::backend::Context;

/// How many pipelines of one call are on their way at a time.
const AT_ONCE: usize = 16;

type Answer = Result<Value, Failure>;

/// A request and where its answer belongs.
struct Place {
    index: usize,
    request: Request,
}

/// What goes to one node in one pipeline.
struct Chunk {
    node: Arc<Node>,
    purpose: Purpose,
    durable: Option<Replicas>,
    requests: Vec<Request>,
    /// Where the answer to each belongs.
    indexes: Vec<usize>,
}

impl Shared {
    pub(super) async fn call_many(&self, cx: &Context, calls: Vec<Call>) -> Vec<Answer> {
        let deadline = self.deadline(cx);
        let mut answers: Vec<Option<Answer>> = calls.iter().map(|_| None).collect();
        let mut places: Vec<Place> = calls
            .into_iter()
            .enumerate()
            .map(|(index, call)| Place {
                index,
                request: Request::new(call),
            })
            .collect();
        let mut round = 0;
        while !places.is_empty() {
            let (again, later) = self.send_round(places, &mut answers, deadline).await;
            places = again;
            if later.is_empty() {
                continue;
            }
            if pause(&mut round, deadline).await {
                places.extend(later.into_iter().map(|(place, _)| place));
            } else {
                for (place, failure) in later {
                    settle(&mut answers, place.index, Err(failure));
                }
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(exchange::missing())))
            .collect()
    }

    /// Sends all once. Gives back what is to be sent again, at once and a little later.
    async fn send_round(
        &self,
        places: Vec<Place>,
        answers: &mut [Option<Answer>],
        deadline: Instant,
    ) -> (Vec<Place>, Vec<(Place, Failure)>) {
        let mut again = Vec::new();
        let mut later = Vec::new();
        let (chunks, unrouted) = self.chunks(places);
        for (mut place, failure) in unrouted {
            match self
                .learn(&mut place.request, failure, None, deadline)
                .await
            {
                Next::End(failure) => settle(answers, place.index, Err(failure)),
                Next::Again => again.push(place),
                Next::Later(failure) => later.push((place, failure)),
            }
        }
        let mut sent = stream::iter(chunks)
            .map(|chunk| chunk.send(deadline))
            .buffer_unordered(AT_ONCE);
        while let Some((chunk, answered)) = sent.next().await {
            let requests = chunk.requests.into_iter().zip(chunk.indexes);
            for ((request, index), answer) in requests.zip(answered) {
                let failure = match answer {
                    Ok(value) => {
                        settle(answers, index, Ok(value));
                        continue;
                    }
                    Err(failure) => failure,
                };
                let mut place = Place { index, request };
                let node = Some(&chunk.node);
                match self
                    .learn(&mut place.request, failure, node, deadline)
                    .await
                {
                    Next::End(failure) => settle(answers, place.index, Err(failure)),
                    Next::Again => again.push(place),
                    Next::Later(failure) => later.push((place, failure)),
                }
            }
        }
        (again, later)
    }

    /// Divides requests by the node that they go to, and by size; those that go nowhere stand apart.
    fn chunks(&self, places: Vec<Place>) -> (Vec<Chunk>, Vec<(Place, Failure)>) {
        let mut open: Vec<Chunk> = Vec::new();
        let mut full = Vec::new();
        let mut unrouted = Vec::new();
        // Where the request before went: most often the next one goes there too.
        let mut last = 0;
        let count = places.len();
        for place in places {
            let (node, purpose) = match self.route(&place.request) {
                Ok(route) => route,
                Err(failure) => {
                    unrouted.push((place, failure));
                    continue;
                }
            };
            let durable = self.durable(&place.request);
            let fits = |chunk: &Chunk| {
                Arc::ptr_eq(&chunk.node, &node)
                    && chunk.purpose == purpose
                    && chunk.durable.is_some() == durable.is_some()
            };
            if !open.get(last).is_some_and(fits) {
                last = open.iter().position(fits).unwrap_or(open.len());
            }
            if last == open.len() {
                // Most often one server has all.
                let room = if last == 0 {
                    count.min(self.batch_size)
                } else {
                    0
                };
                open.push(Chunk {
                    node,
                    purpose,
                    durable,
                    requests: Vec::with_capacity(room),
                    indexes: Vec::with_capacity(room),
                });
            }
            let Some(chunk) = open.get_mut(last) else {
                continue;
            };
            chunk.requests.push(place.request);
            chunk.indexes.push(place.index);
            if chunk.requests.len() >= self.batch_size {
                full.push(open.swap_remove(last));
            }
        }
        full.append(&mut open);
        (full, unrouted)
    }
}

impl Chunk {
    async fn send(mut self, deadline: Instant) -> (Self, Vec<Answer>) {
        let (node, requests) = (&self.node, &mut self.requests);
        let answers =
            exchange::send_all(node, self.purpose, self.durable, requests, deadline).await;
        (self, answers)
    }
}

fn settle(answers: &mut [Option<Answer>], index: usize, answer: Answer) {
    if let Some(place) = answers.get_mut(index) {
        *place = Some(answer);
    }
}
