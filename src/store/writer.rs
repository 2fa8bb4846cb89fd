//! The one thread that writes.
//!
//! Commands wait in a channel. The thread takes all that wait into one transaction, each in a savepoint of its own, and
//! answers them after the commit: what is answered is on disk, and many small commands cost one sync.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::StoreError;

/// Commands in one transaction. More would let the first of them wait long for its answer.
const GROUP: usize = 64;

/// The way to the thread that writes. Dropping it ends the thread after the last command.
#[derive(Debug)]
pub(super) struct Writer {
    /// Taken when dropped, which closes the channel.
    jobs: Option<Mutex<Sender<Box<dyn Job>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on this connection.
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || serve(connection, &waiting))?;
        Ok(Self { jobs: Some(Mutex::new(jobs)), thread: Some(thread) })
    }

    /// Runs `work` in a transaction; what it gives is on disk when this returns. When it fails, nothing of it
    /// is. A caller that goes away does not stop it.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Task { work: Some(work), result: None, reply }))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?.lock().map_err(|_| StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It fails only after a panic there, which was reported where it happened.
            let _ = thread.join();
        }
    }
}

/// A command and the way to answer it.
trait Job: Send {
    /// Does the work. After an error, what it did is to be rolled back.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Answers, once it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Task<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Err(StoreError::Closed) };
        let result = work(connection);
        let done = result.as_ref().map(|_| ()).map_err(Clone::clone);
        self.result = Some(result);
        done
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let result = match (self.result, committed) {
            // Its own error says more than the transaction's.
            (Some(Err(e)), _) => Err(e),
            (_, Err(e)) => Err(e.clone()),
            (Some(result), Ok(())) => result,
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // Nobody listens any more: the work is done all the same.
        let _ = self.reply.send(result);
    }
}

fn serve(mut connection: Connection, waiting: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = waiting.recv() {
        let mut jobs = vec![first];
        jobs.extend(waiting.try_iter().take(GROUP - 1));
        let committed = commit(&mut connection, &mut jobs);
        for job in jobs {
            job.answer(&committed);
        }
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let mut tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let [job] = jobs {
        // Alone, it needs no savepoint, which would copy every page that a large command changes.
        job.run(&tx)?;
        return Ok(tx.commit()?);
    }
    for job in jobs {
        let savepoint = tx.savepoint()?;
        match job.run(&savepoint) {
            Ok(()) => savepoint.commit()?,
            // A full disk makes SQLite give up the whole transaction, and with it the commands before this one.
            Err(e) if savepoint.is_autocommit() => return Err(e),
            // Dropping a savepoint rolls it back.
            Err(_) => drop(savepoint),
        }
    }
    Ok(tx.commit()?)
}
