use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use redis::{Cmd, Pipeline, ServerError, Value};
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;
use tokio::time::timeout_at;

use super::address::Address;
use super::clock::ServerClock;
use super::connection::{Connection, Wire};
use super::failure::{Failure, Kind};
use super::identity::{Identity, OLDEST};
use super::script::Script;
use super::settings::{Credentials, Mode, Settings, Tcp};
use super::stream::dial;

/// Makes connections to the servers that hold data.
pub(super) struct Connector {
    credentials: Credentials,
    database: u32,
    client_name: String,
    tls: Option<Arc<ClientConfig>>,
    tcp: Tcp,
    timeout: Duration,
    layout: Layout,
    scripts: &'static [&'static Script],
}

/// What a server has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Standalone,
    /// A primary must say that it is one: what a Sentinel says may be old.
    Sentinel,
    Cluster,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Primary,
    Replica,
}

/// A step of the greeting.
enum Step {
    Authenticate,
    Select,
    Introduce,
    Identify,
    CheckRole,
    ReadFromReplica,
    Load(&'static Script),
    ReadClock,
}

impl Connector {
    pub(super) fn new(settings: &Settings, scripts: &'static [&'static Script]) -> Self {
        Self {
            credentials: settings.credentials.clone(),
            database: settings.database,
            client_name: settings.client_name.clone(),
            tls: settings.tls.clone(),
            tcp: settings.tcp.clone(),
            timeout: settings.connect_timeout,
            layout: match settings.mode {
                Mode::Standalone { .. } => Layout::Standalone,
                Mode::Sentinel { .. } => Layout::Sentinel,
                Mode::Cluster { .. } => Layout::Cluster,
            },
            scripts,
        }
    }

    /// Connects, authenticates, and makes sure that the server is what it should be.
    pub(super) async fn connect(
        &self,
        address: &Address,
        purpose: Purpose,
    ) -> Result<Connection, Failure> {
        let limit = Instant::now() + self.timeout;
        let greet = async {
            let stream = dial(address, &self.tcp, self.tls.as_ref(), self.timeout).await?;
            let wire = Wire::over(stream, address.clone()).await?;
            self.greet(wire, purpose, limit).await
        };
        within(limit, address, self.tls.is_some(), greet).await
    }

    async fn greet(
        &self,
        wire: Wire,
        purpose: Purpose,
        limit: Instant,
    ) -> Result<Connection, Failure> {
        let (steps, commands) = self.steps(purpose);
        let sent = Instant::now();
        let answers = talk(&wire, commands, limit).await?;
        let mut identity = None;
        let mut clock = None;
        for (step, answer) in steps.iter().zip(&answers) {
            match (step, answer) {
                (Step::Introduce, _) => {}
                (step, Value::ServerError(error)) => return Err(step.refused(error)),
                (Step::Identify, answer) => {
                    identity = Identity::read(answer);
                    // Another kind of server refuses later steps for reasons that say less.
                    identity.iter().try_for_each(|it| self.check(it))?;
                }
                (Step::CheckRole, answer) if !says_master(answer) => {
                    let message = "the server is no master (any more)";
                    return Err(Failure::not_sent(Kind::Unserved, message));
                }
                (Step::Load(script), Value::BulkString(digest)) if script.loaded(digest) => {}
                (Step::Load(_), _) => {
                    let message = "the server's digest of a script is not that of other servers";
                    return Err(Failure::not_sent(Kind::Protocol, message));
                }
                (Step::ReadClock, answer) => clock = ServerClock::read(sent, answer),
                _ => {}
            }
        }
        let (Some(identity), Some(clock)) = (identity, clock) else {
            let message = "the server does not say its version, its run or its time";
            return Err(Failure::not_sent(Kind::Protocol, message));
        };
        tracing::info!(address = %wire.address, ?purpose, "connected to Redis");
        Ok(Connection::new(wire, identity, clock))
    }

    fn steps(&self, purpose: Purpose) -> (Vec<Step>, Vec<Cmd>) {
        let mut steps = Vec::new();
        let mut commands = Vec::new();
        let mut step = |step, command| {
            steps.push(step);
            commands.push(command);
        };
        if let Some(command) = authenticate(&self.credentials) {
            step(Step::Authenticate, command);
        }
        step(Step::Identify, words(&["INFO", "server"]));
        if self.database != 0 {
            let mut command = redis::cmd("SELECT");
            command.arg(self.database);
            step(Step::Select, command);
        }
        if !self.client_name.is_empty() {
            let command = words(&["CLIENT", "SETNAME", &self.client_name]);
            step(Step::Introduce, command);
        }
        match (self.layout, purpose) {
            (Layout::Sentinel, Purpose::Primary) => step(Step::CheckRole, words(&["ROLE"])),
            (Layout::Cluster, Purpose::Replica) => {
                step(Step::ReadFromReplica, words(&["READONLY"]));
            }
            _ => {}
        }
        for script in self.scripts {
            step(Step::Load(script), script.load());
        }
        // The last: its answer must not wait for those of others.
        step(Step::ReadClock, words(&["TIME"]));
        (steps, commands)
    }

    fn check(&self, identity: &Identity) -> Result<(), Failure> {
        let wrong = |message: String| Err(Failure::not_sent(Kind::Configuration, message));
        if identity.is_too_old() {
            let ((major, minor), (needed, least)) = (identity.version, OLDEST);
            return wrong(format!(
                "the server's version is {major}.{minor}: use {needed}.{least} or newer"
            ));
        }
        if identity.sentinel {
            return wrong("the server is a Sentinel: use the mode for Sentinels".into());
        }
        match self.layout {
            Layout::Cluster if !identity.cluster => {
                wrong("the server is not part of a Cluster: use another mode".into())
            }
            Layout::Standalone | Layout::Sentinel if identity.cluster => {
                wrong("the server is part of a Cluster: use the mode for a Cluster".into())
            }
            _ => Ok(()),
        }
    }
}

impl Step {
    fn refused(&self, error: &ServerError) -> Failure {
        match (self, error.code()) {
            (Self::Authenticate, _) => credentials_refused(error),
            (_, "ERR") if is_full(error) => full(),
            (Self::Select, "ERR") => Failure::not_sent(
                Kind::Configuration,
                "the server has no database of that number: lower `database`",
            ),
            _ => Failure::refused(error).before_sending(),
        }
    }
}

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
        let (command, step) = match authenticate(credentials) {
            Some(command) => (command, Step::Authenticate),
            // Whatever it answers, it is there.
            None => (words(&["PING"]), Step::Introduce),
        };
        match (wire.send(&command, limit).await?, step) {
            (Value::ServerError(error), Step::Authenticate) => Err(credentials_refused(&error)),
            (Value::ServerError(error), _) if is_full(&error) => Err(full()),
            _ => Ok(wire),
        }
    };
    within(limit, address, tls.is_some(), greet).await
}

async fn within<T>(
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
async fn talk(wire: &Wire, commands: Vec<Cmd>, limit: Instant) -> Result<Vec<Value>, Failure> {
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

fn authenticate(credentials: &Credentials) -> Option<Cmd> {
    let password = credentials.password.as_ref()?.expose_secret();
    Some(match &credentials.username {
        Some(username) => words(&["AUTH", username, password]),
        None => words(&["AUTH", password]),
    })
}

/// The server's own words are left out: they follow a command that held the password.
fn credentials_refused(error: &ServerError) -> Failure {
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

fn is_full(error: &ServerError) -> bool {
    error
        .details()
        .is_some_and(|text| text.starts_with("max number of clients"))
}

fn full() -> Failure {
    let message =
        "the server takes no more clients: raise its maxclients, or open fewer connections";
    Failure::not_sent(Kind::Unreachable, message)
}

fn says_master(answer: &Value) -> bool {
    let Value::Array(parts) = answer else {
        return false;
    };
    matches!(parts.first(), Some(Value::BulkString(role)) if role == b"master")
}

fn words(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}
