use std::future::Future as _;
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::yield_now;

/// From how many bytes on nothing more is gathered.
const ENOUGH: usize = 16 << 10;
/// Into how many sendings the open requests are divided: the server works on some while the next are made.
const PARTS: usize = 8;

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

    /// How many requests are a part of them.
    fn part(&self) -> usize {
        self.0.load(Ordering::Relaxed) / PARTS
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gathers what is written and sends it in parts of the open requests, or once the tasks that are ready have run: so many
/// requests go out together, in one system call and few packets. Where few requests are open each is sent at once.
pub(super) struct Gather<S> {
    stream: S,
    open: Open,
    gathered: BytesMut,
    /// Whether something came since the last flush.
    grew: bool,
    /// How many flushes found something new since the last sending; each comes with a request or more.
    flushes: usize,
}

impl<S> Gather<S> {
    pub(super) fn over(stream: S, open: Open) -> Self {
        Self {
            stream,
            open,
            gathered: BytesMut::new(),
            grew: false,
            flushes: 0,
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
        self.flushes = 0;
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
        self.grew = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.gathered.is_empty() {
            if mem::take(&mut self.grew) {
                self.flushes += 1;
                if self.flushes < self.open.part() && self.gathered.len() < ENOUGH {
                    // Wakes the driver after the tasks that are ready, where no further request wakes it before.
                    let _ = pin!(yield_now()).poll(cx);
                    return Poll::Pending;
                }
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

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

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

    /// A gatherer beside so many open requests, and the other end of its stream.
    fn among(open: &Open) -> (Gather<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(1_000);
        (Gather::over(near, open.clone()), far)
    }

    async fn is_sent(gather: &mut Gather<DuplexStream>, bytes: &[u8]) -> bool {
        gather.write_all(bytes).await.unwrap();
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *gather).poll_flush(cx).is_ready())).await
    }

    #[tokio::test]
    async fn a_part_of_the_open_requests_is_sent_together() {
        let open = Open::default();
        let _requests: Vec<_> = (0..PARTS * 3).map(|_| open.request()).collect();
        let (mut gather, mut far) = among(&open);
        assert!(!is_sent(&mut gather, b"one").await);
        assert!(!is_sent(&mut gather, b"two").await);
        assert!(is_sent(&mut gather, b"six").await);
        let mut together = [0; 9];
        assert_eq!(far.read(&mut together).await.unwrap(), 9);
        assert_eq!(&together, b"onetwosix");
    }

    #[tokio::test]
    async fn less_than_a_part_is_sent_once_the_others_have_run() {
        let open = Open::default();
        let _requests: Vec<_> = (0..PARTS * 3).map(|_| open.request()).collect();
        let (mut gather, mut far) = among(&open);
        gather.write_all(b"one").await.unwrap();
        gather.flush().await.unwrap();
        let mut sent = [0; 4];
        assert_eq!(far.read(&mut sent).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_flush_waits_for_nobody_where_few_requests_are_open() {
        let open = Open::default();
        let many: Vec<_> = (0..PARTS * 3).map(|_| open.request()).collect();
        drop(many);
        let _request = open.request();
        let (mut gather, mut far) = among(&open);
        assert!(is_sent(&mut gather, b"one").await);
        let mut sent = [0; 3];
        assert_eq!(far.read(&mut sent).await.unwrap(), 3);
    }
}
