use rustix::process::Signal;

/// What sets the servers of one program apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) binary: &'static str,
    /// What its one argument begins with; the path of the configuration follows.
    pub(super) argument: &'static str,
    /// Asks it to end without waiting for its clients.
    pub(super) stop: Signal,
    /// Whether it starts processes and holds memory that a killed one leaves to the machine. It is ended with `SIGQUIT`.
    pub(super) family: bool,
    /// Whether it refuses to run as root.
    pub(super) unprivileged: bool,
}

impl Kind {
    pub(super) const REDIS: Self = Self {
        binary: "redis-server",
        argument: "",
        stop: Signal::TERM,
        family: false,
        unprivileged: false,
    };

    pub(super) const SENTINEL: Self = Self {
        binary: "redis-sentinel",
        ..Self::REDIS
    };

    pub(super) const POSTGRES: Self = Self {
        binary: "postgres",
        argument: "--config_file=",
        stop: Signal::INT,
        family: true,
        unprivileged: true,
    };

    pub(super) const PGBOUNCER: Self = Self {
        binary: "pgbouncer",
        unprivileged: true,
        ..Self::REDIS
    };

    /// What ends it at once and leaves nothing behind.
    pub(super) const fn end(self) -> Signal {
        if self.family {
            Signal::QUIT
        } else {
            Signal::KILL
        }
    }
}
