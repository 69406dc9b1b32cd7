use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Pipeline, Value};

use super::call::{Call, Command};
use super::connection::Connection;
use super::connector::Purpose;
use super::failure::{Failure, Kind, Sent};
use super::node::Node;
use super::request::Request;
use super::settings::Replicas;

type Answer = Result<Value, Failure>;

/// Sends one request that needs nothing beside it.
pub(super) async fn send(
    node: &Node,
    purpose: Purpose,
    request: &Request,
    deadline: Instant,
) -> Answer {
    let connection = node.connection(purpose, deadline).await?;
    send_over(&connection, &request.call, deadline).await
}

/// Sends one call over a connection.
pub(super) async fn send_over(
    connection: &Arc<Connection>,
    call: &Call,
    deadline: Instant,
) -> Answer {
    let command = call.command.with_deadline(|| connection.deadline(deadline));
    let answer = connection.wire().send(&command, deadline).await?;
    accept(answer, connection)
}

/// Sends requests in one pipeline; answers in their order. Where `durable` is set, over a connection of their own, and
/// an answer counts only once the replicas have all of them.
pub(super) async fn send_all(
    node: &Node,
    purpose: Purpose,
    durable: Option<Replicas>,
    requests: &mut [Request],
    deadline: Instant,
) -> Vec<Answer> {
    let count = requests.len();
    let answers = match durable {
        None => send_shared(node, purpose, requests, deadline).await,
        // Its future is large, and few need it.
        Some(replicas) => Box::pin(send_durable(node, replicas, requests, deadline)).await,
    };
    answers.unwrap_or_else(|failure| vec![Err(failure); count])
}

async fn send_shared(
    node: &Node,
    purpose: Purpose,
    requests: &mut [Request],
    deadline: Instant,
) -> Result<Vec<Answer>, Failure> {
    let connection = node.connection(purpose, deadline).await?;
    let packed = Packed::of(requests, &connection, deadline);
    let answers = connection.wire().send_all(&packed.pipeline, deadline).await;
    Ok(packed.answers(answers, requests, &connection))
}

async fn send_durable(
    node: &Node,
    replicas: Replicas,
    requests: &mut [Request],
    deadline: Instant,
) -> Result<Vec<Answer>, Failure> {
    let mut loan = node.exclusives.get(deadline).await?;
    let connection = Arc::clone(loan.connection());
    let mut packed = Packed::of(requests, &connection, deadline);
    // An answer just before the deadline says more than none at it.
    let left = deadline.saturating_duration_since(Instant::now());
    let patience = replicas.timeout.min(left.mul_f32(0.9));
    let patience = patience.max(Duration::from_millis(1)).as_millis();
    let patience = u64::try_from(patience).unwrap_or(u64::MAX);
    let wait = packed.pipeline.cmd("WAIT");
    wait.arg(replicas.count).arg(patience);
    let mut answers = loan.send_all(&packed.pipeline, deadline).await;
    let acknowledged = answers.as_mut().map(Vec::pop).unwrap_or_default();
    let was_answered = answers.is_ok();
    let mut answers = packed.answers(answers, requests, &connection);
    if was_answered && let Err(short) = enough(acknowledged, replicas) {
        for answer in answers.iter_mut().filter(|answer| answer.is_ok()) {
            *answer = Err(short.clone().at(&node.address));
        }
    }
    Ok(answers)
}

fn enough(answer: Option<Value>, replicas: Replicas) -> Result<(), Failure> {
    let wanted = replicas.count;
    let message = match answer {
        Some(Value::Int(count)) if count >= i64::from(wanted) => return Ok(()),
        Some(Value::Int(count)) => format!(
            "the write is on the primary and on {count} replicas, of the {wanted} that it waits for"
        ),
        Some(Value::ServerError(error)) => {
            let refused = Failure::refused(&error);
            format!("the write is on the primary, and waiting for replicas failed: {refused}")
        }
        _ => "the answer to WAIT cannot be read".to_owned(),
    };
    Err(Failure::new(Kind::Replicas, Sent::Unknown, message))
}

/// Requests as they are sent.
struct Packed {
    pipeline: Pipeline,
    /// Where the answer to each will stand.
    places: Vec<usize>,
}

impl Packed {
    /// Takes what they send out of the requests.
    fn of(requests: &mut [Request], connection: &Arc<Connection>, deadline: Instant) -> Self {
        let mut pipeline = Pipeline::with_capacity(requests.len());
        let mut places = Vec::with_capacity(requests.len());
        for request in requests {
            if let (true, Command::Script { script, .. }) = (request.load, &request.call.command) {
                pipeline.add_command(script.load());
            }
            if request.ask.is_some() {
                pipeline.cmd("ASKING");
            }
            places.push(pipeline.len());
            pipeline.add_command(match &mut request.call.command {
                Command::Plain(command) => mem::take(command),
                script @ Command::Script { .. } => {
                    let command = script.with_deadline(|| connection.deadline(deadline));
                    command.into_owned()
                }
            });
        }
        Self { pipeline, places }
    }

    /// The answers to the requests. Those that failed are whole again, and may be sent again.
    fn answers(
        self,
        answered: Result<Vec<Value>, Failure>,
        requests: &mut [Request],
        connection: &Connection,
    ) -> Vec<Answer> {
        let answers: Vec<Answer> = match answered {
            Ok(mut values) => {
                let mut take = |place: &usize| {
                    let value = values.get_mut(*place).ok_or_else(missing)?;
                    accept(mem::take(value), connection)
                };
                self.places.iter().map(&mut take).collect()
            }
            Err(failure) => vec![Err(failure); requests.len()],
        };
        if answers.iter().any(Result::is_err) {
            self.give_back(requests);
        }
        answers
    }

    fn give_back(self, requests: &mut [Request]) {
        let commands: Vec<_> = self.pipeline.cmd_iter().collect();
        for (request, place) in requests.iter_mut().zip(self.places) {
            if let (Command::Plain(taken), Some(command)) =
                (&mut request.call.command, commands.get(place))
            {
                taken.clone_from(command);
            }
        }
    }
}

pub(super) fn missing() -> Failure {
    Failure::new(Kind::Protocol, Sent::Unknown, "an answer is missing")
}

/// Tells an answer from an error. After some errors the connection takes no new request.
fn accept(answer: Value, connection: &Connection) -> Answer {
    let Value::ServerError(error) = answer else {
        return Ok(answer);
    };
    if matches!(error.code(), "NOAUTH" | "LOADING") {
        connection.wire().retire();
    }
    Err(Failure::refused(&error).at(&connection.wire().address))
}
