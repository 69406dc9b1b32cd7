use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use redis::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use typed_state::testing::TestResult;

use crate::servers::RedisServer;

/// A server that answers what it is told to; what it was told nothing about, the shared server answers.
#[derive(Debug)]
pub struct FakeRedis {
    address: SocketAddr,
    answers: Answers,
    task: JoinHandle<()>,
}

/// What a command begins with, in capitals, and the bytes to answer it with. The last that fits counts.
type Answers = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

impl FakeRedis {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> TestResult<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let answers = Answers::default();
        Ok(Self {
            address: listener.local_addr()?,
            answers: Arc::clone(&answers),
            task: tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    let answers = Arc::clone(&answers);
                    // A client that goes away ends its task, and nobody asks why.
                    tokio::spawn(async move {
                        let _ = serve(client, answers).await;
                    });
                }
            }),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it answers commands that begin with `command`, in capitals, with these bytes of the protocol, or
    /// in whatever protocol. An empty `command` is any.
    pub fn answer(&self, command: &str, bytes: impl Into<Vec<u8>>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push((command.to_owned(), bytes.into()));
    }

    /// It forgets what it was told to answer.
    pub fn heal(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clear();
    }
}

impl Drop for FakeRedis {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(client: TcpStream, answers: Answers) -> TestResult {
    let mut client = BufReader::new(client);
    loop {
        let command = read(&mut client).await?;
        let text = String::from_utf8_lossy(&command.join(&b' ')).into_owned();
        let told = {
            let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            let fits = |(begin, _): &&(String, Vec<u8>)| {
                let head = text.get(..begin.len());
                head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
            };
            answers
                .iter()
                .rev()
                .find(fits)
                .map(|(_, bytes)| bytes.clone())
        };
        let answer = match told {
            Some(bytes) => bytes,
            None => ask_shared(&command).await?,
        };
        client.write_all(&answer).await?;
    }
}

/// One command, as clients send them: an array of strings.
async fn read(client: &mut BufReader<TcpStream>) -> TestResult<Vec<Vec<u8>>> {
    let mut command = Vec::new();
    for _ in 0..number(client).await? {
        let mut word = vec![0; number(client).await?];
        client.read_exact(&mut word).await?;
        client.read_exact(&mut [0; 2]).await?;
        command.push(word);
    }
    Ok(command)
}

/// The number of a line such as `*3` or `$5`.
async fn number(client: &mut BufReader<TcpStream>) -> TestResult<usize> {
    let mut line = String::new();
    client.read_line(&mut line).await?;
    Ok(line.trim_end().get(1..).ok_or("the end")?.parse()?)
}

async fn ask_shared(command: &[Vec<u8>]) -> TestResult<Vec<u8>> {
    let mut answer = Vec::new();
    match RedisServer::shared().await?.command(command).await {
        Ok(value) => write(&value, &mut answer),
        Err(error) => answer.extend(format!("-ERR {error}\r\n").into_bytes()),
    }
    Ok(answer)
}

fn write(value: &Value, answer: &mut Vec<u8>) {
    match value {
        Value::Okay => answer.extend(b"+OK\r\n"),
        Value::SimpleString(text) => answer.extend(format!("+{text}\r\n").into_bytes()),
        Value::Int(number) => answer.extend(format!(":{number}\r\n").into_bytes()),
        Value::BulkString(bytes) => {
            answer.extend(format!("${}\r\n", bytes.len()).into_bytes());
            answer.extend(bytes);
            answer.extend(b"\r\n");
        }
        Value::Array(values) => {
            answer.extend(format!("*{}\r\n", values.len()).into_bytes());
            for value in values {
                write(value, answer);
            }
        }
        _ => answer.extend(b"$-1\r\n"),
    }
}
