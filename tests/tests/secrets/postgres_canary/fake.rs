//! What listens where a PostgreSQL server should, and is none.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use typed_state::testing::TestResult;

/// The code of a request for TLS, where others have the protocol's version.
const TLS: u32 = 80_877_103;

/// It answers every connection in the same way until it is dropped.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Fake {
    /// It says no to TLS, and to everything else an error with this SQLSTATE and message.
    pub(crate) async fn refusing(code: &str, message: &str, detail: &str) -> TestResult<Self> {
        let mut fields = Vec::new();
        for (field, text) in [
            ('S', "FATAL"),
            ('V', "FATAL"),
            ('C', code),
            ('M', message),
            ('D', detail),
        ] {
            fields.extend(format!("{field}{text}\0").into_bytes());
        }
        fields.push(0);
        let length = u32::try_from(fields.len() + 4)?;
        let refusal = [&b"E"[..], &length.to_be_bytes(), &fields].concat();
        Self::start(move |mut client| {
            let refusal = refusal.clone();
            async move {
                no_tls(&mut client).await?;
                client.write_all(&refusal).await?;
                let _ = client.read(&mut [0; 512]).await?;
                Ok(())
            }
        })
        .await
    }

    /// It answers these bytes to whatever comes first.
    pub(crate) async fn saying(bytes: &'static [u8]) -> TestResult<Self> {
        Self::start(move |mut client| async move {
            let _ = client.read(&mut [0; 512]).await?;
            client.write_all(bytes).await?;
            let _ = client.read(&mut [0; 512]).await?;
            Ok(())
        })
        .await
    }

    /// It says no to TLS in the name of a server, and lets everything else pass.
    pub(crate) async fn stripping_tls(of: SocketAddr) -> TestResult<Self> {
        Self::start(move |mut client| async move {
            let mut server = TcpStream::connect(of).await?;
            let begin = no_tls(&mut client).await?;
            server.write_all(&begin).await?;
            copy_bidirectional(&mut client, &mut server).await?;
            Ok(())
        })
        .await
    }

    async fn start<F, S>(serve: S) -> TestResult<Self>
    where
        S: Fn(TcpStream) -> F + Send + 'static,
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            task: tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    // A client that goes away ends its task, and nobody asks why.
                    tokio::spawn(serve(client));
                }
            }),
        })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads the first message that is no request for TLS, and gives its bytes.
async fn no_tls(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    loop {
        let length = client.read_u32().await?;
        let code = client.read_u32().await?;
        let mut message = [length.to_be_bytes(), code.to_be_bytes()].concat();
        message.resize(usize::try_from(length).unwrap_or_default().max(8), 0);
        client
            .read_exact(message.get_mut(8..).unwrap_or_default())
            .await?;
        if code != TLS {
            return Ok(message);
        }
        client.write_all(b"N").await?;
    }
}
