use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that can be read to its end after the peer has closed it.
///
/// A server that refuses a client says why, unasked, and closes. An answer that comes before the first request would be
/// nobody's, so nothing is read before something is written. What is written after the end fails, and would end the
/// connection before the words were read; here it goes nowhere instead, and reading ends with the words.
pub(super) struct LastWords<S> {
    stream: S,
    /// Whether something has been written.
    begun: bool,
    /// Who wants to read before that.
    reader: Option<Waker>,
    /// Whether what is written goes nowhere.
    closed: bool,
}

impl<S> LastWords<S> {
    pub(super) fn of(stream: S) -> Self {
        Self {
            stream,
            begun: false,
            reader: None,
            closed: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LastWords<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.begun {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LastWords<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.begun = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        if self.closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.closed = true;
                Poll::Ready(Ok(bytes.len()))
            }
            written => written,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Whether the peer has closed the connection, so that reading comes to an end as well.
fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::LastWords;

    #[tokio::test]
    async fn what_a_server_says_before_it_closes_is_read_after_writing_to_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let mut stream = LastWords::of(stream);
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(b"no").await.unwrap();
        drop(server);
        let mut words = [0; 2];
        let early = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut words)).await;
        assert!(early.is_err(), "nothing was asked yet");
        for _ in 0..10 {
            stream.write_all(b"hello").await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stream.read_exact(&mut words).await.unwrap();
        assert_eq!(&words, b"no");
    }
}
