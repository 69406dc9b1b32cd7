use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// From how many bytes on nothing more is gathered.
const ENOUGH: usize = 16 << 10;
/// With fewer open requests than these there is nothing to gather.
const FEW: usize = 4;

/// How many requests wait for their answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Open(Arc<AtomicUsize>);

/// One of them, until it is dropped.
pub(super) struct OpenRequest<'a>(&'a AtomicUsize);

impl Open {
    pub(super) fn request(&self) -> OpenRequest<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        OpenRequest(&self.0)
    }

    fn are_few(&self) -> bool {
        self.0.load(Ordering::Relaxed) < FEW
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gathers what is written and sends it once the tasks that are ready have run: their requests then go out together, in
/// one system call and few packets. Where few requests are open each is sent at once.
pub(super) struct Gather<S> {
    stream: S,
    open: Open,
    gathered: BytesMut,
    /// Whether the others have had their turn since the first of these bytes came.
    yielded: bool,
}

impl<S> Gather<S> {
    pub(super) fn over(stream: S, open: Open) -> Self {
        Self {
            stream,
            open,
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
            if !self.yielded && self.gathered.len() < ENOUGH && !self.open.are_few() {
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
        let mut gather = Gather::over(near, Open::default());
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
    async fn a_flush_lets_the_others_run_once_where_many_requests_are_open() {
        let (near, mut far) = duplex(1_000);
        let open = Open::default();
        let mut gather = Gather::over(near, open.clone());
        let _requests: Vec<OpenRequest<'_>> = (0..FEW).map(|_| open.request()).collect();
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
    #[tokio::test]
    async fn a_flush_waits_for_nobody_where_few_requests_are_open() {
        let (near, mut far) = duplex(1_000);
        let open = Open::default();
        let mut gather = Gather::over(near, open.clone());
        let many: Vec<OpenRequest<'_>> = (0..FEW).map(|_| open.request()).collect();
        drop(many);
        let _request = open.request();
        gather.write_all(b"one").await.unwrap();
        let flushed = poll_fn(|cx| Poll::Ready(Pin::new(&mut gather).poll_flush(cx))).await;
        assert!(flushed.is_ready());
        let mut sent = [0; 3];
        assert_eq!(far.read(&mut sent).await.unwrap(), 3);
    }
}
