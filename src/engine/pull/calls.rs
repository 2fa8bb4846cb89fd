//! One read after the other: paced, tried again, paused, and given up when told to.

use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::super::control::RunControl;
use super::super::dispatcher::heard;
use super::super::event::WaitReason;
use super::super::pace::{Manners, Pace, Wait};
use super::super::retry;
use super::super::run::RunPolicy;
use super::{End, PullEvent, PullKind};
use crate::api::Listing;
use crate::domain::{AttemptResult, Refusal, Reply};
use crate::store::PullSummary;
use crate::support::text::counted;

/// A wait shorter than this is none to speak of.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// How far the pull is, and who hears of it.
pub(super) struct Voice {
    so_far: PullSummary,
    to: UnboundedSender<PullEvent>,
}

impl Voice {
    pub(super) fn new(so_far: PullSummary, to: UnboundedSender<PullEvent>) -> Self {
        Self { so_far, to }
    }
}

/// The reads of one walk.
pub(super) struct Calls {
    policy: RunPolicy,
    pace: Pace,
    controls: Option<UnboundedReceiver<RunControl>>,
    is_paused: bool,
    requests: u64,
    voice: Option<Voice>,
}

impl Calls {
    pub(super) fn new(
        policy: RunPolicy,
        controls: Option<UnboundedReceiver<RunControl>>,
        voice: Option<Voice>,
    ) -> Self {
        let pace = Pace::new(policy.rate_per_minute, Instant::now());
        Self { policy, pace, controls, is_paused: false, requests: 0, voice }
    }

    pub(super) const fn requests(&self) -> u64 {
        self.requests
    }

    /// How far the pull has come.
    pub(super) fn so_far(&self) -> &PullSummary {
        const NOTHING: &PullSummary = &PullSummary::NOTHING;
        self.voice.as_ref().map_or(NOTHING, |voice| &voice.so_far)
    }

    pub(super) fn came_to(&mut self, so_far: PullSummary) {
        if let Some(voice) = &mut self.voice {
            voice.so_far = so_far;
        }
    }

    /// Tells what happened. A listener that left is no loss.
    pub(super) fn tell(&self, kind: PullKind) {
        if let Some(Voice { so_far, to }) = &self.voice {
            let _ = to.send(PullEvent { so_far: so_far.clone(), kind });
        }
    }

    /// Makes a call until its page is there, or it is no use.
    pub(super) async fn call<T, F>(&mut self, call: impl Fn() -> F) -> Result<Listing<T>, End>
    where
        F: Future<Output = Listing<T>>,
    {
        let begun = Instant::now();
        let mut attempt = 0;
        loop {
            self.leave().await?;
            (attempt, self.requests) = (attempt + 1, self.requests + 1);
            let sent = Instant::now();
            let listing = self.answer(call()).await?;
            let now = Instant::now();
            let share = retry::jitter(self.policy.seed, self.requests as u32, attempt);
            self.mind_the_pace(&listing.reply, sent, now, attempt, share);
            let (reason, after) = match &listing.reply.result {
                AttemptResult::Settled(_) => return Ok(listing),
                AttemptResult::Refused { kind, said } => {
                    let words = retry::said_in_words(said);
                    return Err(if *kind == Refusal::Stop { End::Stopped(words) } else { End::Refused(words) });
                }
                AttemptResult::Retryable { reason, after, .. } | AttemptResult::Ambiguous { reason, after, .. } => {
                    (reason.clone(), *after)
                }
            };
            let delay = self.policy.backoff(attempt).mul_f64(share).max(after.unwrap_or_default());
            let tried_for = now.duration_since(begun).saturating_add(delay);
            if attempt >= self.policy.max_attempts || tried_for > self.policy.patience {
                return Err(End::Stopped(format!("given up after {}: {reason}", counted(attempt.into(), "attempt"))));
            }
            self.tell(PullKind::Failed { reason, again_in: delay });
            while Instant::now() < now + delay {
                self.idle(Some(now + delay)).await?;
            }
        }
    }

    /// The answer to a call, unless the pull is cancelled before: a read can be given up at any time.
    async fn answer<T>(&mut self, call: impl Future<Output = Listing<T>>) -> Result<Listing<T>, End> {
        let mut call = pin!(call);
        loop {
            select! {
                biased;
                control = heard(&mut self.controls) => self.obey(control)?,
                listing = &mut call => return Ok(listing),
            }
        }
    }

    /// Waits until a read may start.
    async fn leave(&mut self) -> Result<(), End> {
        loop {
            let now = Instant::now();
            let until = match self.pace.wait(now) {
                _ if self.is_paused => None,
                None => {
                    self.pace.grant(now);
                    self.pace.on_wire(now);
                    return Ok(());
                }
                Some(Wait { until, reason }) => {
                    let for_ = until.duration_since(now);
                    if for_ >= NOTICEABLE && !matches!(reason, WaitReason::Rate { .. }) {
                        self.tell(PullKind::Waiting { reason, for_ });
                    }
                    Some(until)
                }
            };
            self.idle(until).await?;
        }
    }

    /// Waits for a word, until that time.
    async fn idle(&mut self, until: Option<Instant>) -> Result<(), End> {
        let time = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        select! {
            biased;
            control = heard(&mut self.controls) => self.obey(control),
            () = time => Ok(()),
        }
    }

    fn obey(&mut self, control: Option<RunControl>) -> Result<(), End> {
        match control {
            Some(RunControl::Cancel(_)) => return Err(End::Cancelled),
            Some(RunControl::Pause) if !self.is_paused => {
                self.is_paused = true;
                self.tell(PullKind::Paused);
            }
            Some(RunControl::Resume) if self.is_paused => {
                self.is_paused = false;
                self.tell(PullKind::Resumed);
            }
            Some(RunControl::Rate(per_minute)) => self.pace.set_ceiling(per_minute, Instant::now()),
            Some(RunControl::Pause | RunControl::Resume | RunControl::InFlight(_)) | None => {}
        }
        Ok(())
    }

    fn mind_the_pace(&mut self, reply: &Reply, sent: Instant, now: Instant, attempt: u32, share: f64) {
        let (backoff, patience) = (self.policy.backoff(attempt), self.policy.patience);
        self.pace.answered(reply, sent, now, Manners { backoff, patience, share, under_way: 0 });
    }
}
