//! A `redis-server` of its own for a test, killed when it is dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::time::{Duration, Instant};

use redis::Value;
use tempfile::TempDir;

use super::super::*;

pub(super) struct Server {
    program: &'static str,
    pub(super) port: u16,
    arguments: Vec<String>,
    directory: TempDir,
    child: Option<Child>,
    pub(super) password: Option<String>,
}

impl Server {
    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_on("redis-server", free_port(), arguments)
    }

    pub(super) fn start_on(program: &'static str, port: u16, arguments: &[&str]) -> Self {
        let mut server = Self {
            program,
            port,
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            directory: TempDir::new().unwrap(),
            child: None,
            password: None,
        };
        server.start_again();
        server
    }

    pub(super) fn start_again(&mut self) {
        let mut command = Program::new(self.program);
        let configuration = self.path("sentinel.conf");
        if self.program == "redis-sentinel" {
            let lines = self.arguments.join("\n");
            std::fs::write(&configuration, format!("port {}\n{lines}\n", self.port)).unwrap();
            command.arg(configuration);
        } else {
            let port = self.port.to_string();
            let fixed = [
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--daemonize",
                "no",
                "--save",
                "",
                "--repl-diskless-sync-delay",
                "0",
                "--enable-debug-command",
                "yes",
            ];
            command.args(fixed).args(&self.arguments);
        }
        let child = command
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let help = "cannot start; apt-get install -y redis-server redis-sentinel";
        self.child =
            Some(child.unwrap_or_else(|error| panic!("{}: {help}: {error}", self.program)));
        wait_until("the server answers", || {
            self.try_command(&["PING"])
                .is_ok_and(|answer| !format!("{answer:?}").contains("LOADING"))
        });
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        Path::new(self.directory.path()).join(name)
    }

    pub(super) fn address(&self) -> Address {
        Address::tcp("127.0.0.1", self.port)
    }

    /// The answer to a command, over a connection of its own.
    pub(super) fn command(&self, words: &[&str]) -> Value {
        self.try_command(words)
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    pub(super) fn number(&self, words: &[&str]) -> i64 {
        redis::from_redis_value(self.command(words)).unwrap()
    }

    pub(super) fn text(&self, words: &[&str]) -> String {
        redis::from_redis_value(self.command(words)).unwrap()
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(super) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(
            Program::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn try_command(&self, words: &[&str]) -> redis::RedisResult<Value> {
        let credentials = self
            .password
            .as_ref()
            .map(|it| format!(":{it}@"))
            .unwrap_or_default();
        let url = format!("redis://{credentials}127.0.0.1:{}", self.port);
        let mut connection =
            redis::Client::open(url)?.get_connection_with_timeout(Duration::from_secs(5))?;
        let mut command = Cmd::new();
        for word in words {
            command.arg(*word);
        }
        redis::ConnectionLike::req_command(&mut connection, &command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(super) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < limit, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port that is free now, and the one of a Cluster's bus above it.
pub(super) fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        if port < 55_000 && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
}
