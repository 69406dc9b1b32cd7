use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use redis::{Cmd, Pipeline, ServerError, Value};
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;
use tokio::time::timeout_at;

use super::address::Address;
use super::connection::Wire;
use super::failure::{Failure, Kind};
use super::settings::{Credentials, Tcp};
use super::stream::dial;

/// The greeting of a server that is asked only about others: a Sentinel.
pub(super) async fn connect_scout(
    address: &Address,
    tcp: &Tcp,
    tls: Option<&Arc<ClientConfig>>,
    credentials: &Credentials,
    timeout: Duration,
) -> Result<Wire, Failure> {
    let limit = Instant::now() + timeout;
    let greet = async {
        let stream = dial(address, tcp, tls, timeout).await?;
        let wire = Wire::over(stream, address.clone()).await?;
        let authenticate = authenticate(credentials);
        let authenticates = authenticate.is_some();
        // Whatever a server answers to a `PING`, it is there.
        let command = authenticate.unwrap_or_else(|| words(&["PING"]));
        match wire.send(&command, limit).await? {
            Value::ServerError(error) if authenticates => Err(credentials_refused(&error)),
            Value::ServerError(error) if is_full(&error) => Err(full()),
            _ => Ok(wire),
        }
    };
    within(limit, address, tls.is_some(), greet).await
}

pub(super) async fn within<T>(
    limit: Instant,
    address: &Address,
    tls: bool,
    greet: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    // TLS makes the future large, and connecting is rare.
    let greeted = timeout_at(limit.into(), Box::pin(greet)).await;
    let greeted = greeted.unwrap_or_else(|_| Err(silent(tls)));
    greeted.map_err(|failure| explain(failure, tls).before_sending().at(address))
}

/// The first command is a request of its own, sent together with the others: a server that refuses a client says
/// so in the first answer and closes, and the words would be lost with the rest of a pipeline.
pub(super) async fn talk(
    wire: &Wire,
    commands: Vec<Cmd>,
    limit: Instant,
) -> Result<Vec<Value>, Failure> {
    let mut commands = commands.into_iter();
    let Some(first) = commands.next() else {
        return Ok(Vec::new());
    };
    let mut rest = Pipeline::new();
    for command in commands {
        rest.add_command(command);
    }
    let (first, rest) = join(wire.send(&first, limit), wire.send_all(&rest, limit)).await;
    let first = first?;
    match (&first, rest) {
        (Value::ServerError(_), Err(_)) => Ok(vec![first]),
        (_, rest) => {
            let mut answers = vec![first];
            answers.extend(rest?);
            Ok(answers)
        }
    }
}

/// What a connection that ends in the greeting, or brings other bytes, is likely to mean.
fn explain(failure: Failure, tls: bool) -> Failure {
    match failure.kind {
        Kind::Timeout => silent(tls),
        Kind::Lost if !tls => Failure::not_sent(
            Kind::Unreachable,
            "the server closed the connection during the greeting; a port for TLS does so where `tls` is off",
        ),
        Kind::Protocol => Failure::new(
            Kind::Configuration,
            failure.sent,
            format!(
                "{}: check that the address is that of a Redis server, and whether its port is one for TLS",
                failure.message()
            ),
        ),
        _ => failure,
    }
}

fn silent(tls: bool) -> Failure {
    let message = if tls {
        "no answer to the greeting within `connect_timeout`; a port without TLS is as silent where `tls` is on"
    } else {
        "no answer to the greeting within `connect_timeout`"
    };
    Failure::not_sent(Kind::Unreachable, message)
}

pub(super) fn authenticate(credentials: &Credentials) -> Option<Cmd> {
    let password = credentials.password.as_ref()?.expose_secret();
    Some(match &credentials.username {
        Some(username) => words(&["AUTH", username, password]),
        None => words(&["AUTH", password]),
    })
}

/// The server's own words are left out: they follow a command that held the password.
pub(super) fn credentials_refused(error: &ServerError) -> Failure {
    if is_full(error) {
        return full();
    }
    let message = match error.code() {
        "ERR" => "the server has no password: remove `password`, or set one at the server",
        "WRONGPASS" => "the server refuses the user name or the password: check both",
        _ => return Failure::refused(error).before_sending(),
    };
    Failure::not_sent(Kind::Configuration, message)
}

pub(super) fn is_full(error: &ServerError) -> bool {
    error
        .details()
        .is_some_and(|text| text.starts_with("max number of clients"))
}

pub(super) fn full() -> Failure {
    let message =
        "the server takes no more clients: raise its maxclients, or open fewer connections";
    Failure::not_sent(Kind::Unreachable, message)
}

pub(super) fn words(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}
