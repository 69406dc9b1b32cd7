use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::mode::{Mode, Way, passes};
use super::shared::{Open, Shared};
use super::trap::Sprung;

/// What came, and when; nothing is the end.
type Piece = (Instant, Bytes);

/// Bytes of a piece, and pieces that wait at most.
const PIECE: usize = 16 << 10;
const WAITING: usize = 256;

/// One connection, until one side ends it or it is cut; dropping the sockets closes them.
pub(super) async fn run(
    client: TcpStream,
    _open: Open,
    shared: Arc<Shared>,
    mut cuts: watch::Receiver<u64>,
) {
    tokio::select! {
        // First, so that nothing passes after a cut.
        biased;
        _ = cuts.changed() => {}
        _ = relay(client, &shared) => {}
    }
}

async fn relay(client: TcpStream, shared: &Shared) -> io::Result<()> {
    let server = TcpStream::connect(shared.target()).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (requests, request) = mpsc::channel(WAITING);
    let (answers, answer) = mpsc::channel(WAITING);
    let mode = || shared.mode.subscribe();
    let doomed = AtomicBool::new(false);
    tokio::try_join!(
        take(from_client, requests),
        take(from_server, answers),
        pass_requests(request, to_server, mode(), shared, &doomed),
        pass_answers(answer, to_client, mode(), &doomed),
    )?;
    Ok(())
}

/// Takes what comes, whatever becomes of it.
async fn take(mut from: OwnedReadHalf, pieces: mpsc::Sender<Piece>) -> io::Result<()> {
    loop {
        let mut buffer = BytesMut::with_capacity(PIECE);
        // A connection that breaks has ended, too.
        let length = from.read_buf(&mut buffer).await.unwrap_or(0);
        let piece = (Instant::now(), buffer.freeze());
        if pieces.send(piece).await.is_err() || length == 0 {
            return Ok(());
        }
    }
}

async fn pass_requests(
    mut pieces: mpsc::Receiver<Piece>,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    shared: &Shared,
    doomed: &AtomicBool,
) -> io::Result<()> {
    while let Some((came, piece)) = pieces.recv().await {
        let passes = passes(&mut mode, Way::Request, came).await;
        passes.map_err(io::Error::other)?;
        if piece.is_empty() {
            return to.shutdown().await;
        }
        match shared.spring(piece.len()) {
            Sprung::Nothing => {
                if to.write_all(&piece).await.is_err() {
                    // The server has closed; what it said before that is passed on to its end.
                    return Ok(());
                }
            }
            Sprung::CutAfter(length) => {
                to.write_all(piece.get(..length).unwrap_or(&piece)).await?;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            Sprung::CutBeforeAnswer => {
                to.write_all(&piece).await?;
                // The other futures of this connection run in the same task: no answer comes between.
                doomed.store(true, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

async fn pass_answers(
    mut pieces: mpsc::Receiver<Piece>,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    doomed: &AtomicBool,
) -> io::Result<()> {
    while let Some((came, piece)) = pieces.recv().await {
        let passes = passes(&mut mode, Way::Answer, came).await;
        let passes = passes.map_err(io::Error::other)?;
        if piece.is_empty() {
            return to.shutdown().await;
        }
        if doomed.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if passes {
            to.write_all(&piece).await?;
        }
    }
    Ok(())
}
