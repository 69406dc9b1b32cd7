use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// From how many bytes on nothing more is gathered.
const ENOUGH: usize = 16 << 10;

/// Gathers what is written and sends it once the tasks that are ready have run: their requests then go out together, in
/// one system call and few packets, and a request that is alone waits for nobody.
pub(super) struct Gather<S> {
    stream: S,
    gathered: BytesMut,
    /// Whether the others have had their turn since the first of these bytes came.
    yielded: bool,
}

impl<S> Gather<S> {
    pub(super) fn over(stream: S) -> Self {
        Self {
            stream,
            gathered: BytesMut::new(),
            yielded: false,
        }
    }
}

impl<S: AsyncWrite + Unpin> Gather<S> {
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.gathered.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.gathered))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.gathered.advance(sent);
        }
        self.yielded = false;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gather<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.gathered.len() >= ENOUGH {
            ready!(self.send(cx))?;
        }
        if self.gathered.is_empty() && bytes.len() >= ENOUGH {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        self.gathered.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.gathered.is_empty() {
            if !self.yielded && self.gathered.len() < ENOUGH {
                self.yielded = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            ready!(self.send(cx))?;
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gather<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn what_is_written_arrives_whole_and_in_order() {
        let (near, mut far) = duplex(1_000);
        let mut gather = Gather::over(near);
        let mut sent = Vec::new();
        let reader = tokio::spawn(async move {
            let mut arrived = Vec::new();
            far.read_to_end(&mut arrived).await.unwrap();
            arrived
        });
        for round in 0..50_u8 {
            for len in [1, 7, 5_000, 40_000] {
                let bytes = vec![round; len];
                gather.write_all(&bytes).await.unwrap();
                sent.extend_from_slice(&bytes);
            }
            gather.flush().await.unwrap();
        }
        gather.write_all(b"end").await.unwrap();
        gather.shutdown().await.unwrap();
        sent.extend_from_slice(b"end");
        assert!(reader.await.unwrap() == sent);
    }

    #[tokio::test]
    async fn a_flush_lets_the_others_run_once() {
        let (near, mut far) = duplex(1_000);
        let mut gather = Gather::over(near);
        gather.write_all(b"one").await.unwrap();
        let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut gather).poll_flush(cx))).await;
        assert!(first.is_pending());
        gather.write_all(b"two").await.unwrap();
        let second = poll_fn(|cx| Poll::Ready(Pin::new(&mut gather).poll_flush(cx))).await;
        assert!(second.is_ready());
        let mut together = [0; 6];
        assert_eq!(far.read(&mut together).await.unwrap(), 6);
        assert_eq!(&together, b"onetwo");
    }
}
