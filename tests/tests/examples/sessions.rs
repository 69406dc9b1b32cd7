//! The example `sessions` as processes of its own, asked over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use typed_state_tests::servers::RedisServer;

/// A process of the service. Dropping it kills it.
struct Service {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Service {
    fn start(arguments: &[&str]) -> Self {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        let program = BUILT.get_or_init(|| typed_state_tests::example("sessions"));
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap();
        Self {
            process,
            output,
            address: address.to_owned(),
        }
    }

    fn ask(&self, what: &str, token: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let request = format!(
            "{what} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn log_in(&self, user: &str) -> String {
        let body = json!({ "user": user }).to_string();
        let answer = self.ask("POST /sessions", "", &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        body["token"].as_str().unwrap().to_owned()
    }

    fn session(&self, token: &str) -> Answer {
        self.ask("GET /session", token, "")
    }

    /// Tells it to end, and gives what it says last.
    fn end(mut self) -> String {
        let id = i32::try_from(self.process.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        let mut last = String::new();
        self.output.read_to_string(&mut last).unwrap();
        assert!(self.process.wait().unwrap().success());
        last
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is(answer: &Answer, status: u16, body: &Value) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), *body);
}

fn a_session_lives(one: &Service, other: &Service) {
    let token = one.log_in("ada");
    let session = |requests: u64| json!({ "user": "ada", "requests": requests });
    is(&one.session(&token), 200, &session(1));
    is(&other.session(&token), 200, &session(2));
    let logged_out = json!({ "error": "log in first" });
    is(&one.session("nobody's"), 401, &logged_out);
    is(&one.session(&"x".repeat(5_000)), 401, &logged_out);
    assert_eq!(other.ask("DELETE /session", &token, "").status, 204);
    is(&one.session(&token), 401, &logged_out);
    assert_eq!(one.ask("POST /sessions", "", "{").status, 400);
}

#[test]
fn a_session_lives_in_memory() {
    let service = Service::start(&[]);
    a_session_lives(&service, &service);
    let health: Value = serde_json::from_str(&service.ask("GET /health", "", "").body).unwrap();
    assert!(health["latency_us"].is_u64(), "{health}");
    assert_eq!(health["servers"], json!([]));
    let metrics = service.ask("GET /metrics", "", "").body;
    for line in [
        r#"state_operations_total{backend="memory",operation="update",outcome="ok",store="sessions"}"#,
        r#"state_circuit_breaker_state{backend="memory",node="",store="sessions"} 0"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("ada"), "{metrics}");
    assert!(service.end().contains("good-bye"));
}

#[test]
fn a_client_that_asks_too_often_waits() {
    let service = Service::start(&["--rate", "3"]);
    let asked: Vec<Answer> = (0..8).map(|_| service.session("x")).collect();
    // A minute may end meanwhile, and only one.
    let refused = asked.iter().filter(|answer| answer.status == 429);
    assert!(refused.clone().count() >= 2);
    for answer in refused {
        assert!(answer.head.contains("retry-after: "), "{}", answer.head);
    }
    assert_eq!(service.ask("GET /health", "", "").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_sessions_and_outlive_their_server() {
    let server = RedisServer::options().start().await.unwrap();
    let url = server.url().unwrap();
    let one = Service::start(&["--store", &url]);
    let other = Service::start(&["--store", &url]);
    a_session_lives(&one, &other);
    let token = one.log_in("bob");
    server.kill().unwrap();
    assert_eq!(one.session(&token).status, 503);
    assert_eq!(one.ask("GET /health", "", "").status, 503);
    assert!(
        one.ask("GET /metrics", "", "")
            .body
            .contains("state_retries_total")
    );
    server.start_again().await.unwrap();
    let mut answer = one.session(&token);
    for _ in 0..200 {
        if answer.status != 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = one.session(&token);
    }
    assert_ne!(answer.status, 503, "{}", answer.body);
    assert!(one.end().contains("good-bye"));
}

#[test]
fn a_file_says_how_the_store_behaves() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sessions.toml");
    let state = directory.path().join("state");
    let document = format!(
        "backend = 'embedded'\n[embedded]\ndirectory = '{}'\n[store]\ncircuit_breaker = false\n",
        state.display()
    );
    std::fs::write(&file, document).unwrap();
    let service = Service::start(&["--config", file.to_str().unwrap()]);
    a_session_lives(&service, &service);
    let metrics = service.ask("GET /metrics", "", "").body;
    assert!(metrics.contains(r#"backend="embedded""#), "{metrics}");
    assert!(!metrics.contains("state_circuit_breaker"), "{metrics}");
}

#[test]
fn a_wrong_url_is_told() {
    let program = typed_state_tests::example("sessions");
    let output = Command::new(program)
        .args(["--store", "mysql://root:secret@x"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("--store") && told.contains("redis://"),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
}
