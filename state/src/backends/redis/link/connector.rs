use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::PubSub;
use redis::{Cmd, RedisConnectionInfo, RedisError, ServerError, Value};
use rustls::ClientConfig;
use secrecy::ExposeSecret as _;

use super::address::Address;
use super::clock::ServerClock;
use super::connection::{Connection, Wire};
use super::failure::{Failure, Kind};
use super::greeting::{authenticate, credentials_refused, full, is_full, talk, within, words};
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

    /// Subscribes to a channel over a connection of its own.
    pub(super) async fn subscribe(
        &self,
        address: &Address,
        channel: &[u8],
    ) -> Result<PubSub, Failure> {
        let limit = Instant::now() + self.timeout;
        let mut greeting = RedisConnectionInfo::default().set_skip_set_lib_name();
        if let Some(password) = &self.credentials.password {
            greeting = greeting.set_password(password.expose_secret());
        }
        if let Some(username) = &self.credentials.username {
            greeting = greeting.set_username(username);
        }
        let subscribe = async {
            let stream = dial(address, &self.tcp, self.tls.as_ref(), self.timeout).await?;
            let subscribed = async {
                let mut subscription = PubSub::new(&greeting, stream).await?;
                subscription.subscribe(channel).await?;
                Ok(subscription)
            };
            subscribed.await.map_err(|error: RedisError| {
                // The server's own words are left out: they may follow a command that held the password.
                let message = match error.code() {
                    Some("NOPERM") => "the user may not subscribe to the channel of changes",
                    _ => "the channel of changes could not be subscribed to",
                };
                Failure::not_sent(Kind::Unreachable, message)
            })
        };
        within(limit, address, self.tls.is_some(), subscribe).await
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

fn says_master(answer: &Value) -> bool {
    let Value::Array(parts) = answer else {
        return false;
    };
    matches!(parts.first(), Some(Value::BulkString(role)) if role == b"master")
}
