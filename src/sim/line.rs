//! The wire under a connection, where it can be cut, reset or slowed down.
//!
//! Faults of the transport live here and not in the HTTP layer: hyper writes a correct answer, and the wire
//! loses it. So what the client sees is what a broken network gives, byte for byte.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// How the wire treats what is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Condition {
    /// Everything passes.
    #[default]
    Sound,
    /// The next write fails and the peer gets a TCP reset.
    Reset,
    /// So many more bytes pass, then the connection closes.
    CutAfter(usize),
    /// At most `bytes` pass at once, with a pause of `every` in between.
    Drip {
        /// Bytes of a drop.
        bytes: usize,
        /// Time between two drops.
        every: Duration,
    },
}

/// A handle on the wire of one connection, given to the handler of its requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Arc<Mutex<Condition>>);

impl Line {
    /// Decides how the answer now to be written travels.
    pub(super) fn set(&self, condition: Condition) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = condition;
    }

    fn condition(&self) -> Condition {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().line.clone()
    }
}

/// The listening socket.
pub(super) struct Door(pub(super) TcpListener);

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (socket, peer) = Listener::accept(&mut self.0).await;
        // Without this a small answer waits for the acknowledgement of the one before. Failing to set it only costs time.
        let _ = socket.set_nodelay(true);
        (Wire { socket, line: Line::default(), pause: None }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A socket that obeys its [`Line`].
pub(super) struct Wire {
    socket: TcpStream,
    line: Line,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Waits for the pause between two drops, where there is one.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let condition = self.line.condition();
        let room = match condition {
            Condition::Sound => buf.len(),
            Condition::Reset => {
                // With no linger time the close that follows sends a reset in place of an orderly end.
                self.socket.set_zero_linger()?;
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            Condition::CutAfter(0) => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Condition::CutAfter(left) => left,
            Condition::Drip { bytes, .. } => {
                ready!(self.poll_pause(cx));
                bytes.max(1)
            }
        };
        let piece = buf.get(..room).unwrap_or(buf);
        let written = ready!(Pin::new(&mut self.socket).poll_write(cx, piece))?;
        match condition {
            Condition::CutAfter(left) => self.line.set(Condition::CutAfter(left.saturating_sub(written))),
            Condition::Drip { every, .. } => self.pause = Some(Box::pin(sleep(every))),
            Condition::Sound | Condition::Reset => {}
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.line.condition() == Condition::Sound {
            return Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        }
        let first = bufs.iter().find(|b| !b.is_empty()).map_or(&[][..], |b| &**b);
        self.poll_write(cx, first)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}
