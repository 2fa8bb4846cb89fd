//! A run: one submit, from its plan to its last outcome.

use std::fmt;

/// Names a run, from 1; never used twice in one data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// It goes on.
    Running,
    /// Every batch was sent and settled.
    Finished,
    /// The user cancelled the rest, or quit; batches in flight were recorded.
    Cancelled,
    /// 401, 402, 403 or no connection: nothing more could be sent.
    Stopped,
    /// The canary failed, or too many contacts did, and nobody was there to look: the rest was not sent.
    Tripped,
    /// The journal could not be written, so nothing more was sent.
    Broken,
    /// The program died in its middle; settled by the next start.
    Crashed,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Running, Self::Finished, Self::Cancelled, Self::Stopped, Self::Tripped, Self::Broken, Self::Crashed];

    /// The word in JSON and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::Tripped => "tripped",
            Self::Broken => "broken",
            Self::Crashed => "crashed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether it ended before its last edit was sent: `submit --resume` goes on with such a run.
    pub const fn is_unfinished(self) -> bool {
        !matches!(self, Self::Running | Self::Finished)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
