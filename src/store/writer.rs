//! The one thread that writes.
//!
//! Commands wait in a channel. The thread takes all that wait into one transaction, each in a savepoint of its own, and
//! answers them after the commit: what is answered is on disk, and many small commands cost one sync. A command that can be
//! stopped has a transaction of its own, since stopping a statement rolls all of it back.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::StoreError;
use crate::support::work::Work;

/// Commands in one transaction. More would let the first of them wait long for its answer.
const GROUP: usize = 64;

/// Steps of SQLite between two looks at whether to go on: about a thousandth of a second.
const STRIDE: i32 = 10_000;

/// The way to the thread that writes. Dropping it ends the thread after the last command.
#[derive(Debug)]
pub(super) struct Writer {
    /// Where the database is, for errors.
    path: PathBuf,
    /// Taken when dropped, which closes the channel.
    jobs: Option<Mutex<Sender<Box<dyn Job>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on this connection to the database of that path.
    pub(super) fn start(connection: Connection, path: PathBuf) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || serve(connection, &waiting))?;
        Ok(Self { path, jobs: Some(Mutex::new(jobs)), thread: Some(thread) })
    }

    /// Runs `work` in a transaction; what it gives is on disk when this returns. When it fails, nothing of it
    /// is. A caller that goes away does not stop it.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.write_watched(work, None).await
    }

    /// The same as part of long work: it is stopped with it, and then nothing of it is done.
    pub(super) async fn write_watched<T, F>(&self, work: F, part_of: Option<Work>) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Task { work: Some(work), part_of, result: None, reply }))?;
        answer.await.unwrap_or(Err(StoreError::Closed)).map_err(|e| e.at(&self.path))
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
    /// The long work that it is part of.
    fn part_of(&self) -> Option<&Work>;
    /// Does the work. After an error, what it did is to be rolled back.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Answers, once it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Task<T, F> {
    work: Option<F>,
    part_of: Option<Work>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn part_of(&self) -> Option<&Work> {
        self.part_of.as_ref()
    }

    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Err(StoreError::Closed) };
        let mut result = work(connection);
        // Its items may have ended before their time.
        if let Some(Err(stopped)) = self.part_of.take().map(|whole| whole.check()) {
            result = Err(stopped.into());
        }
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
    let mut next = None;
    while let Some(first) = next.take().or_else(|| waiting.recv().ok()) {
        let mut jobs = vec![first];
        while jobs.iter().all(|job| job.part_of().is_none()) && jobs.len() < GROUP && next.is_none() {
            let Ok(job) = waiting.try_recv() else { break };
            if job.part_of().is_none() { jobs.push(job) } else { next = Some(job) }
        }
        let part_of = jobs.first().and_then(|job| job.part_of().cloned());
        let committed = watch(&mut connection, part_of).and_then(|()| commit(&mut connection, &mut jobs));
        // The connection would keep the work from being over.
        let _ = watch(&mut connection, None);
        for job in jobs {
            job.answer(&committed);
        }
    }
    tidy(&connection);
}

/// Makes the connection's statements fail once the work is stopped, until it is given other work or none.
pub(super) fn watch(connection: &mut Connection, work: Option<Work>) -> Result<(), StoreError> {
    Ok(connection.progress_handler(STRIDE, work.map(|work| move || work.breathe().is_err()))?)
}

/// Moves what the log holds into the database, as far as nobody is in the way: the next start would have to read it. All
/// of it is on disk already, so a failure loses nothing.
fn tidy(connection: &Connection) {
    let _ = connection.busy_timeout(Duration::ZERO);
    let _ = connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn commands_that_wait_share_one_commit_and_fail_alone() {
        let commits = Arc::new(AtomicUsize::new(0));
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (n integer)").unwrap();
        let seen = Arc::clone(&commits);
        connection
            .commit_hook(Some(move || {
                seen.fetch_add(1, Ordering::SeqCst);
                false
            }))
            .unwrap();
        let writer = Writer::start(connection, "x.db".into()).unwrap();
        // The first command holds the thread until the others wait behind it.
        let (open, gate) = mpsc::channel::<()>();
        let insert = |n: i64, fails: bool| {
            writer.write(move |c| {
                c.execute("insert into t values (?1)", [n])?;
                if fails { Err(StoreError::Closed) } else { Ok(n) }
            })
        };
        let (held, one, two, three, ()) = tokio::join!(
            writer.write(move |_| {
                gate.recv().unwrap();
                Ok(())
            }),
            insert(1, false),
            insert(2, true),
            insert(3, false),
            async move { open.send(()).unwrap() },
        );
        held.unwrap();
        assert_eq!((one.unwrap(), two.is_err(), three.unwrap()), (1, true, 3));
        assert!(commits.load(Ordering::SeqCst) <= 2, "one for the command that held, at most one for those behind it");
        let kept: i64 = writer.write(|c| Ok(c.query_row("select sum(n) from t", [], |row| row.get(0))?)).await.unwrap();
        assert_eq!(kept, 4);
    }

    #[tokio::test]
    async fn what_was_asked_is_done_before_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.db");
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("create table t (n integer)").unwrap();
        let writer = Writer::start(connection, "x.db".into()).unwrap();
        {
            // Asked for, then the one who asked goes away.
            let mut asked = std::pin::pin!(writer.write(|c| Ok(c.execute("insert into t values (1)", [])?)));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = asked.as_mut().poll(&mut context);
        }
        drop(writer);
        let rows: i64 =
            Connection::open(&file).unwrap().query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }
}
