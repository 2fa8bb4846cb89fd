//! The tasks of a run: read a batch, send it, record what became of it. Each does one job and reports once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::join;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::dispatcher::Curtain;
use super::snapshot::{Eye, Looked};
use super::split::Split;
use super::trip::Health;
use crate::api::ContactsApi;
use crate::domain::{AttemptRecord, AttemptResult, Batch, Outcome, Part, Quota, Reply, Stage, Totals};
use crate::store::{RunLog, StoreError};
use crate::support::clock::{self, Timestamp};

/// What a task tells the dispatcher.
#[derive(Debug)]
pub(super) enum Report {
    /// The contacts of a batch are being read.
    Looking { contacts: usize, for_: Duration },
    /// The edits of a batch and what was seen of their contacts, or why the run can't go on.
    Loaded { no: u32, result: Result<(Batch, Looked), Curtain> },
    /// The intent of an attempt is on disk.
    Intended { no: u32, attempt: u32 },
    /// The attempt never left: its intent could not be recorded, or without an error it was called back.
    NotSent { no: u32, attempt: u32, error: Option<String> },
    /// The request goes out.
    OnWire { no: u32, attempt: u32, edits: u64, at: Instant },
    /// The answer to an attempt is here, and being judged: the request was taken, and the server still takes so much.
    Came { no: u32, attempt: u32, quota: Quota },
    /// The answer to an attempt.
    Answered(Answer),
    /// An ending is recorded, or why not.
    Recorded { ending: Ending, result: Result<Option<Totals>, String> },
    /// An ending can't be recorded at present; it is tried again.
    Blocked { again_in: Duration },
}

/// The answer to an attempt.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) no: u32,
    pub(super) attempt: u32,
    /// When its intent was recorded, for the journal.
    pub(super) started: Timestamp,
    /// When it went on the wire.
    pub(super) sent: Instant,
    pub(super) ended: Instant,
    pub(super) reply: Reply,
}

/// How an attempt ended, as it is told once it is recorded.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) no: u32,
    pub(super) attempt: u32,
    pub(super) elapsed_ms: u64,
    /// Why the attempt did not settle its batch, where it did not and nothing was told of that yet.
    pub(super) failure: Option<String>,
    pub(super) next: Next,
}

/// What comes after an attempt.
#[derive(Debug, Clone)]
pub(super) enum Next {
    /// The batch is settled.
    Settled { health: Health, notes: Vec<String> },
    /// It goes on in parts.
    Split(Split),
    /// It is due again then.
    Again(Instant),
    /// Its attempt was kept back, and is as if it had never been.
    Withdrawn,
}

/// What goes into the journal.
#[derive(Debug, Clone)]
pub(super) enum Page {
    Settle { no: u32, record: Option<AttemptRecord>, outcomes: Arc<[Outcome]> },
    Split { no: u32, record: Option<AttemptRecord>, doubt: Option<String>, parts: Vec<Part> },
    Failed(AttemptRecord),
    Withdraw { no: u32, attempt: u32 },
}

impl Page {
    /// Writes it; gives the run's books where outcomes were written.
    async fn write<L: RunLog>(self, log: &L) -> Result<Option<Totals>, StoreError> {
        match self {
            Self::Settle { no, record, outcomes } => log.settle(no, record, outcomes).await.map(Some),
            Self::Split { no, record, doubt, parts } => log.split(no, record, doubt, parts).await.map(|()| None),
            Self::Failed(record) => log.attempt_failed(record).await.map(|()| None),
            Self::Withdraw { no, attempt } => log.withdraw(no, attempt).await.map(|()| None),
        }
    }
}

/// The way to the dispatcher, with the task's last word: sent when the task ends, however it ends.
///
/// The word is first what a task that panics or is cut off has to say. So the dispatcher hears of
/// every end, and all words of one task arrive in their order.
struct Mail {
    to: mpsc::UnboundedSender<Report>,
    last_word: Option<Report>,
}

impl Mail {
    fn new(to: mpsc::UnboundedSender<Report>, last_word: Report) -> Self {
        Self { to, last_word: Some(last_word) }
    }

    fn tell(&self, report: Report) {
        let _ = self.to.send(report);
    }

    fn end_with(mut self, report: Report) {
        self.last_word = Some(report);
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        if let Some(word) = self.last_word.take() {
            self.tell(word);
        }
    }
}

const CUT_OFF: &str = "the task ended before its work was done";

/// Reads the edits of a batch, and with an eye their contacts.
pub(super) async fn load<L: RunLog>(log: Arc<L>, no: u32, eye: Option<Arc<Eye>>, to: mpsc::UnboundedSender<Report>) {
    let unread = |why: &str| Curtain::Broken(format!("batch {no} could not be read: {why}"));
    let mail = Mail::new(to, Report::Loaded { no, result: Err(unread(CUT_OFF)) });
    let result = match (log.load_batch(no).await, eye) {
        (Err(error), _) => Err(unread(&error.to_string())),
        (Ok(batch), None) => Ok((batch, Looked::default())),
        (Ok(batch), Some(eye)) => {
            let contacts = eye.unseen(&batch);
            if contacts > 0 {
                mail.tell(Report::Looking { contacts, for_: eye.time_for(contacts) });
            }
            eye.look(&batch).await.map(|looked| (batch, looked))
        }
    };
    mail.end_with(Report::Loaded { no, result });
}

/// The leave of an attempt whose intent is on disk.
pub(super) struct Leave {
    /// Comes when there is room on the wire.
    pub(super) word: oneshot::Receiver<()>,
    /// Once it is set nothing leaves, whatever was said before.
    pub(super) over: Arc<AtomicBool>,
}

/// Makes one attempt: the intent first, durably, then the request (I2), once it has leave. The request is written while
/// its intent is.
pub(super) async fn attempt<A: ContactsApi, L: RunLog>(
    api: Arc<A>,
    log: Arc<L>,
    batch: Batch,
    attempt: u32,
    leave: Leave,
    to: mpsc::UnboundedSender<Report>,
) {
    let no = batch.no;
    let mut mail = Mail::new(to.clone(), Report::NotSent { no, attempt, error: Some(CUT_OFF.to_owned()) });
    let started = clock::now();
    let came = move |quota| _ = to.send(Report::Came { no, attempt, quota });
    // In a list, since the request is not to be awaited here.
    let (intent, [request]) = join!(log.intend(no, attempt, started), async { [api.update_many(&batch, came)] });
    if let Err(error) = in_words(intent) {
        return mail.end_with(Report::NotSent { no, attempt, error: Some(error) });
    }
    mail.tell(Report::Intended { no, attempt });
    if leave.word.await.is_err() || leave.over.load(Ordering::SeqCst) {
        return mail.end_with(Report::NotSent { no, attempt, error: None });
    }
    let sent = Instant::now();
    let answer = |reply| Report::Answered(Answer { no, attempt, started, sent, ended: Instant::now(), reply });
    mail.tell(Report::OnWire { no, attempt, edits: batch.items.len() as u64, at: sent });
    mail.last_word = Some(answer(no_answer()));
    let reply = request.await;
    mail.end_with(answer(reply));
}

/// How often an ending is written anew that can't be recorded at present, as on a full disk, and how long between.
const REWRITES: u32 = 10;
const BETWEEN_REWRITES: Duration = Duration::from_secs(1);

/// Records an ending. What became of a batch is known here and nowhere else, so a disk that is full for a moment gets
/// time before it is lost.
pub(super) async fn record<L: RunLog>(log: Arc<L>, page: Page, ending: Ending, to: mpsc::UnboundedSender<Report>) {
    let mail = Mail::new(to, Report::Recorded { ending: ending.clone(), result: Err(CUT_OFF.to_owned()) });
    let mut rewrites = 0;
    let result = loop {
        match page.clone().write(&*log).await {
            Err(error) if error.may_pass() && rewrites < REWRITES => {
                rewrites += 1;
                mail.tell(Report::Blocked { again_in: BETWEEN_REWRITES });
                sleep(BETWEEN_REWRITES).await;
            }
            result => break in_words(result),
        }
    };
    mail.end_with(Report::Recorded { ending, result });
}

/// What a request that was cut off after it left amounts to: the server may have taken it.
fn no_answer() -> Reply {
    let reason = String::from("cut off before the answer came");
    let result = AttemptResult::Ambiguous { stage: Stage::BrokenOff, reason, after: None };
    Reply { result, http_status: None, request_id: None, quota: Quota::default(), notes: Vec::new() }
}

fn in_words<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|e| e.to_string())
}
