//! A thread that writes frames, so that a slow line never holds up the keys or the run.
//!
//! It holds one frame at a time: while one is being written, a newer frame takes the place of the one
//! that waits. Frames are so dropped, never queued, and the last one is always shown. It sleeps
//! between frames and wakes up for nothing.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ratatui::buffer::Buffer;

use super::lean::Lean;

/// How long the program waits for a terminal that takes no output, when it ends or hands the terminal over.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Bytes beside the frames that may wait: what is more takes the place of what waited.
const BESIDE: usize = 256 << 10;

/// The runtime's side of the thread; dropping it ends the thread after the frame under way.
#[derive(Debug)]
pub struct Painter(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

/// What lies between the two threads.
#[derive(Debug, Default)]
struct Desk {
    waiting: Option<Frame>,
    /// What is to be written beside the frames.
    beside: Vec<u8>,
    writing: bool,
    forget: bool,
    stop: bool,
    failed: Option<io::Error>,
    bytes: u64,
}

#[derive(Debug)]
struct Frame {
    buffer: Buffer,
    cursor: Option<(u16, u16)>,
}

impl Painter {
    /// Starts the thread on a screen.
    pub fn start<W: Write + Send + 'static>(mut lean: Lean<W>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("painter".into()).spawn(move || theirs.paint_all(&mut lean))?;
        Ok(Self(shared))
    }

    /// Gives a frame to be shown, with the cursor at a column and row or hidden. Never waits.
    ///
    /// Fails once a write has failed: the terminal is gone.
    pub fn show(&self, buffer: Buffer, cursor: Option<(u16, u16)>) -> io::Result<()> {
        let mut desk = self.0.lock();
        if let Some(e) = &desk.failed {
            return Err(io::Error::new(e.kind(), e.to_string()));
        }
        desk.waiting = Some(Frame { buffer, cursor });
        self.0.changed.notify_all();
        Ok(())
    }

    /// Gives bytes to be written beside the frames: a title, the clipboard, the bell. Never waits.
    pub fn pass(&self, bytes: &[u8]) {
        let mut desk = self.0.lock();
        if desk.beside.len() + bytes.len() > BESIDE {
            desk.beside.clear();
        }
        desk.beside.extend_from_slice(bytes);
        self.0.changed.notify_all();
    }

    /// Makes the next frame paint everything.
    pub fn forget(&self) {
        self.0.lock().forget = true;
    }

    /// Waits until everything given is written, before the terminal is given to someone else; not for long, since a
    /// terminal that was stopped takes nothing.
    pub fn finish(&self) {
        drop(self.0.changed.wait_timeout_while(self.0.lock(), LAST_WAIT, Desk::is_busy));
    }

    /// Whether a frame is still on its way. The runtime may then put off the next one.
    pub fn is_behind(&self) -> bool {
        self.0.lock().is_busy()
    }

    /// Bytes written so far.
    pub fn bytes_written(&self) -> u64 {
        self.0.lock().bytes
    }
}

impl Drop for Painter {
    /// Waits for the frame under way, but not for a terminal that has been stopped for good.
    fn drop(&mut self) {
        let mut desk = self.0.lock();
        desk.stop = true;
        desk.waiting = None;
        desk.beside.clear();
        self.0.changed.notify_all();
        drop(self.0.changed.wait_timeout_while(desk, LAST_WAIT, Desk::is_busy));
    }
}

impl Desk {
    fn has_work(&self) -> bool {
        self.waiting.is_some() || !self.beside.is_empty()
    }

    fn is_busy(&mut self) -> bool {
        self.failed.is_none() && (self.writing || self.has_work())
    }
}

impl Shared {
    /// The desk. A panic of the other thread has been reported, and left the desk whole.
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &self,
        desk: MutexGuard<'a, Desk>,
        condition: impl FnMut(&mut Desk) -> bool,
    ) -> MutexGuard<'a, Desk> {
        self.changed.wait_while(desk, condition).unwrap_or_else(PoisonError::into_inner)
    }

    fn paint_all<W: Write>(&self, lean: &mut Lean<W>) {
        let _ended = Ended(self);
        loop {
            let mut desk = self.wait_while(self.lock(), |desk| !desk.stop && !desk.has_work());
            if desk.stop {
                return;
            }
            let (frame, beside) = (desk.waiting.take(), mem::take(&mut desk.beside));
            desk.writing = true;
            if mem::take(&mut desk.forget) {
                lean.forget();
            }
            drop(desk);
            let written = frame.map_or(Ok(0), |frame| lean.draw(&frame.buffer, frame.cursor));
            let written = written.and_then(|bytes| lean.pass(&beside).map(|()| bytes + beside.len()));
            let mut desk = self.lock();
            desk.writing = false;
            match written {
                Ok(bytes) => desk.bytes += bytes as u64,
                Err(e) => {
                    desk.failed = Some(e);
                    return;
                }
            }
            self.changed.notify_all();
        }
    }
}

/// Tells the runtime that no frame will be written any more, also when the thread ends by a panic.
struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.lock().failed.get_or_insert_with(|| io::Error::other("the painter has ended"));
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A terminal that takes a write only when it is told to.
    struct Slow {
        begun: mpsc::Sender<Vec<u8>>,
        go_on: mpsc::Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.begun.send(bytes.to_vec()).unwrap();
            self.go_on.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Painter, mpsc::Receiver<Vec<u8>>, mpsc::Sender<()>) {
        let ((begun, begins), (go, go_on)) = (mpsc::channel(), mpsc::channel());
        (Painter::start(Lean::new(Slow { begun, go_on })).unwrap(), begins, go)
    }

    fn frame(text: &str) -> Buffer {
        Buffer::with_lines([text])
    }

    #[test]
    fn frames_behind_a_slow_terminal_are_dropped_and_the_last_is_shown() {
        let (painter, begins, go) = slow();
        painter.show(frame("one  "), None).unwrap();
        let first = begins.recv().unwrap();
        for text in ["two  ", "three", "four ", "five "] {
            painter.show(frame(text), None).unwrap();
        }
        assert!(painter.is_behind());
        go.send(()).unwrap();
        let second = begins.recv().unwrap();
        assert_eq!(second, b"\rfive");
        go.send(()).unwrap();
        painter.finish();
        assert!(!painter.is_behind());
        assert_eq!(painter.bytes_written(), (first.len() + second.len()) as u64);
    }

    #[test]
    fn a_forgotten_frame_is_painted_whole() {
        let (painter, begins, go) = slow();
        for _ in 0..2 {
            go.send(()).unwrap();
            painter.forget();
            painter.show(frame("same"), None).unwrap();
            painter.finish();
        }
        drop(painter);
        let writes: Vec<_> = begins.iter().collect();
        assert_eq!((writes.len(), &writes[0]), (2, &writes[1]));
    }

    #[test]
    fn a_lost_terminal_is_told_with_the_next_frame() {
        let (painter, begins, go) = slow();
        painter.show(frame("one"), None).unwrap();
        begins.recv().unwrap();
        drop(go);
        painter.finish();
        assert_eq!(painter.show(frame("two"), None).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
