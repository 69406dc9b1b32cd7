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
    requests: &[&Request],
    deadline: Instant,
) -> Vec<Answer> {
    let answers = match durable {
        None => send_shared(node, purpose, requests, deadline).await,
        Some(replicas) => send_durable(node, replicas, requests, deadline).await,
    };
    answers.unwrap_or_else(|failure| vec![Err(failure); requests.len()])
}

async fn send_shared(
    node: &Node,
    purpose: Purpose,
    requests: &[&Request],
    deadline: Instant,
) -> Result<Vec<Answer>, Failure> {
    let connection = node.connection(purpose, deadline).await?;
    let (pipeline, places) = pack(requests, &connection, deadline);
    let answers = connection.wire().send_all(&pipeline, deadline).await?;
    Ok(unpack(answers, &places, &connection))
}

async fn send_durable(
    node: &Node,
    replicas: Replicas,
    requests: &[&Request],
    deadline: Instant,
) -> Result<Vec<Answer>, Failure> {
    let mut loan = node.exclusives.get(deadline).await?;
    let connection = Arc::clone(loan.connection());
    let (mut pipeline, places) = pack(requests, &connection, deadline);
    // An answer just before the deadline says more than none at it.
    let left = deadline.saturating_duration_since(Instant::now());
    let patience = replicas.timeout.min(left.mul_f32(0.9));
    let patience = patience.max(Duration::from_millis(1)).as_millis();
    let patience = u64::try_from(patience).unwrap_or(u64::MAX);
    pipeline.cmd("WAIT").arg(replicas.count).arg(patience);
    let mut answers = loan.send_all(&pipeline, deadline).await?;
    let acknowledged = answers.pop();
    let mut answers = unpack(answers, &places, &connection);
    if let Err(short) = enough(acknowledged, replicas) {
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

/// The commands of the requests, and where the answer to each will stand.
fn pack(
    requests: &[&Request],
    connection: &Arc<Connection>,
    deadline: Instant,
) -> (Pipeline, Vec<usize>) {
    let mut pipeline = Pipeline::with_capacity(requests.len());
    let mut places = Vec::with_capacity(requests.len());
    for request in requests {
        if let (true, Command::Script { script, .. }) = (request.load, &request.call.command) {
            pipeline.add_command(script.load());
        }
        if request.ask.is_some() {
            pipeline.cmd("ASKING");
        }
        let command = request
            .call
            .command
            .with_deadline(|| connection.deadline(deadline));
        places.push(pipeline.len());
        pipeline.add_command(command.into_owned());
    }
    (pipeline, places)
}

fn unpack(mut answers: Vec<Value>, places: &[usize], connection: &Connection) -> Vec<Answer> {
    let mut take = |place: &usize| {
        let answer = answers.get_mut(*place).ok_or_else(missing)?;
        accept(std::mem::take(answer), connection)
    };
    places.iter().map(&mut take).collect()
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
