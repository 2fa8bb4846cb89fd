//! The one thread that writes.
//!
//! Commands wait in a channel, and each is answered after its commit: what is answered is on disk. A change has a
//! transaction of its own. Records, of which a run has thousands, share one with those that wait beside them, so that many
//! cost one sync. There are no savepoints, which would copy every page that a record changes: when one of several fails,
//! nothing of any is done, and each is written once more, alone.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::StoreError;
use crate::support::work::Work;

/// Records in one transaction. More would let the first of them wait long for its answer.
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

    /// The same for a record, which may share the transaction. Its work may be done more than once, until it is done for
    /// good.
    pub(super) async fn record<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(work, Company::Welcome, None).await
    }

    /// As [`write`](Self::write), as part of long work: it is stopped with it, and then nothing of it is done.
    pub(super) async fn write_watched<T, F>(&self, work: F, part_of: Option<Work>) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let mut work = Some(work);
        let work = move |connection: &Connection| work.take().ok_or(StoreError::Closed)?(connection);
        self.run(work, Company::None, part_of).await
    }

    async fn run<T, F>(&self, work: F, company: Company, part_of: Option<Work>) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Task { work, company, part_of, result: None, reply }))?;
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

/// Whether others may be in the transaction of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Welcome,
    None,
}

/// A command and the way to answer it.
trait Job: Send {
    /// Whether others may be in its transaction; it may then be run more than once.
    fn company(&self) -> Company;
    /// The long work that it is part of.
    fn part_of(&self) -> Option<&Work>;
    /// Does the work. After an error, what it did is to be rolled back.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Answers, once it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Task<T, F> {
    work: F,
    company: Company,
    part_of: Option<Work>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, StoreError> + Send,
{
    fn company(&self) -> Company {
        self.company
    }

    fn part_of(&self) -> Option<&Work> {
        self.part_of.as_ref()
    }

    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut result = (self.work)(connection);
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
        while jobs.iter().all(|job| job.company() == Company::Welcome) && jobs.len() < GROUP && next.is_none() {
            let Ok(job) = waiting.try_recv() else { break };
            if job.company() == Company::Welcome { jobs.push(job) } else { next = Some(job) }
        }
        let part_of = jobs.first().and_then(|job| job.part_of().cloned());
        let committed = watch(&mut connection, part_of).and_then(|()| commit(&mut connection, &mut jobs));
        // The connection would keep the work from being over.
        let _ = watch(&mut connection, None);
        let is_shared = jobs.len() > 1;
        for mut job in jobs {
            match &committed {
                Err(_) if is_shared => {
                    let alone = commit(&mut connection, std::slice::from_mut(&mut job));
                    job.answer(&alone);
                }
                committed => job.answer(committed),
            }
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

/// Does all of these commands, or none.
fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        job.run(&tx)?;
    }
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn records_that_wait_share_one_commit_and_fail_alone() {
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
        let insert = |n: i64, fails: bool| {
            writer.record(move |c| {
                c.execute("insert into t values (?1)", [n])?;
                if fails { Err(StoreError::Closed) } else { Ok(n) }
            })
        };
        for (first, is_second_bad) in [(1, false), (11, true)] {
            let (open, gate) = mpsc::channel::<()>();
            let before = commits.load(Ordering::SeqCst);
            let (held, one, two, three, ()) = tokio::join!(
                writer.write(move |_| {
                    gate.recv().unwrap();
                    Ok(())
                }),
                insert(first, false),
                insert(first + 1, is_second_bad),
                insert(first + 2, false),
                async move { open.send(()).unwrap() },
            );
            held.unwrap();
            assert_eq!((one.unwrap(), two.is_err(), three.unwrap()), (first, is_second_bad, first + 2));
            let took = commits.load(Ordering::SeqCst) - before;
            let expected = if is_second_bad { 3 } else { 2 };
            assert_eq!(took, expected, "one for the command that held, and one for those behind it, or for each");
        }
        let kept: i64 = writer.write(|c| Ok(c.query_row("select sum(n) from t", [], |row| row.get(0))?)).await.unwrap();
        assert_eq!(kept, 1 + 2 + 3 + 11 + 13);
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
