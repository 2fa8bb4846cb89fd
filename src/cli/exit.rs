//! The exit codes, which scripts rely on.

/// How a command ended, for the shell. The README's table is tested against this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Done,
    /// The command line is wrong.
    Usage,
    /// The configuration or the credentials are.
    Config,
    /// Some contacts were rejected.
    Rejected,
    /// Some outcomes are unknown.
    Unknown,
    /// The run was stopped: no sign-in, no connection.
    NothingSent,
    /// The data directory failed.
    Storage,
    /// What was to be read has errors.
    Refused,
    /// rolodeck itself is at fault.
    Bug,
    /// A signal or the user ended it.
    Interrupted,
}

impl Exit {
    /// Every code, in order.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Usage,
        Self::Config,
        Self::Rejected,
        Self::Unknown,
        Self::NothingSent,
        Self::Storage,
        Self::Refused,
        Self::Bug,
        Self::Interrupted,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Rejected => 4,
            Self::Unknown => 5,
            Self::NothingSent => 6,
            Self::Storage => 7,
            Self::Refused => 8,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// What it means, in the README's words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; every contact updated",
            Self::Usage => "wrong usage",
            Self::Config => "configuration or credentials",
            Self::Rejected => "some contacts rejected",
            Self::Unknown => "some outcomes unknown (stronger than 4)",
            Self::NothingSent => "nothing could be sent (connection, sign-in)",
            Self::Storage => "storage",
            Self::Refused => "input refused; nothing was imported",
            Self::Bug => "a bug",
            Self::Interrupted => "interrupted; what was not sent is still queued",
        }
    }
}
