use std::time::Duration;

/// A store that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How long it took to answer.
    pub latency: Duration,
    /// The servers that it lives on, as far as they are known: each of the configuration, each primary and each replica that a
    /// primary tells of. Empty where it lives in this process, and where there was no time to ask.
    pub servers: Vec<ServerHealth>,
}

/// A server that a store lives on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerHealth {
    /// Where it is.
    pub address: String,
    /// What it is; `None` where that is not known.
    pub role: Option<Role>,
    /// Whether it answers; of a replica that was not asked itself, whether it follows its primary.
    pub answers: bool,
    /// For how long at the most a replica may not have heard from its primary; `None` for a primary, and where it is not known.
    pub lag: Option<Duration>,
}

/// What a server is in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It takes writes: of the whole store, or of its part.
    Primary,
    /// It follows a primary.
    Replica,
}

impl Health {
    /// A store that answered after `latency`.
    pub const fn new(latency: Duration) -> Self {
        Self {
            latency,
            servers: Vec::new(),
        }
    }

    /// The same, on these servers.
    #[must_use]
    pub fn on(mut self, servers: Vec<ServerHealth>) -> Self {
        self.servers = servers;
        self
    }

    /// How many of its servers answer.
    pub fn answering(&self) -> usize {
        self.servers.iter().filter(|server| server.answers).count()
    }
}

impl ServerHealth {
    /// A server of which nothing is known but where it is: it does not answer.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            role: None,
            answers: false,
            lag: None,
        }
    }

    /// The same, of this role.
    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The same; whether it answers.
    #[must_use]
    pub const fn answers(mut self, answers: bool) -> Self {
        self.answers = answers;
        self
    }

    /// The same, so far behind.
    #[must_use]
    pub fn lag(mut self, lag: impl Into<Option<Duration>>) -> Self {
        self.lag = lag.into();
        self
    }
}

impl Role {
    /// `primary` or `replica`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Replica => "replica",
        }
    }
}
