//! Starting a run, and holding one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::control::ControlSender;
use super::dispatcher::Dispatcher;
use super::event::EngineEvent;
use super::snapshot::Eye;
use crate::api::{ContactReads, ContactsApi};
use crate::domain::RunId;
use crate::store::{BaseLog, RunLog};

/// How a run behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPolicy {
    /// Requests that may be under way at once; 0 counts as 1.
    pub in_flight: usize,
    /// Requests that may start in a minute, retries included; 0 counts as 1.
    pub rate_per_minute: u32,
    /// Sendings of one batch, the first included.
    pub max_attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub backoff_base: Duration,
    /// The longest wait before any attempt, unless the server asks for more.
    pub backoff_cap: Duration,
    /// How long one batch is tried, waits included; a server that asks for more ends the run.
    pub patience: Duration,
    /// What decides the jitter: the same seed gives the same waits.
    pub seed: u64,
    /// How long requests in flight have to end after [`super::Cancel::Abort`].
    pub grace: Duration,
    /// So many edits are sent first, and the others only when these were updated as wanted; 0 = none.
    pub canary: u64,
    /// When too many contacts fail.
    pub breaker: Option<Breaker>,
    /// What a failed canary or a tripped breaker does.
    pub on_trip: Trip,
}

/// The circuit breaker: it trips when more than `percent` of the last `window` contacts failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// How many contacts are looked at; fewer never trip it.
    pub window: u32,
    /// The share of them that may fail, 0 to 100.
    pub percent: u32,
}

/// What a run does that had better not go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trip {
    /// It pauses, for somebody to look; resumed, it goes on.
    Pause,
    /// It ends, since nobody is there; what was not sent stays queued.
    End,
}

/// What is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSpec {
    /// Its number in the store.
    pub run: RunId,
    /// Edits in its plan.
    pub planned: u64,
    /// Batches in its plan, numbered from 0.
    pub batches: u32,
}

/// A run under way. It goes on when this is dropped: it needs no listener.
#[derive(Debug)]
pub struct RunHandle {
    /// What happens. The last event is `Finished`, then the channel closes.
    pub events: mpsc::UnboundedReceiver<EngineEvent>,
    /// Pause, resume, cancel.
    pub control: ControlSender,
}

/// Starts a run on the present tokio runtime.
///
/// The journal must have the run and its batches; nothing of them may have been sent.
pub fn start<A: ContactsApi, L: RunLog>(spec: RunSpec, api: Arc<A>, log: Arc<L>, policy: RunPolicy) -> RunHandle {
    let (tell, events) = mpsc::unbounded_channel();
    let (control, heard) = ControlSender::channel();
    tokio::spawn(Dispatcher::new(spec, api, log, policy, None, tell, heard).run());
    RunHandle { events, control }
}

/// Starts a run that reads each contact right before its edit is sent, in the manner of `reads`. An edit whose contact was
/// changed since its base was seen is not sent.
pub fn start_reading<A, L>(spec: RunSpec, api: Arc<A>, log: Arc<L>, policy: RunPolicy, reads: RunPolicy) -> RunHandle
where
    A: ContactsApi + ContactReads,
    L: RunLog + BaseLog,
{
    let (tell, events) = mpsc::unbounded_channel();
    let (control, heard) = ControlSender::channel();
    let eye = Eye::open(spec, Arc::clone(&api), Arc::clone(&log), reads);
    tokio::spawn(Dispatcher::new(spec, api, log, policy, Some(eye), tell, heard).run());
    RunHandle { events, control }
}
