//! Why a command failed: the words for people and the code for the shell.

use std::fmt;
use std::io;

use super::exit::Exit;
use crate::api::ClientError;
use crate::app::export::Unwritten;
use crate::config::ConfigError;
use crate::intake::Refused;
use crate::store::StoreError;

/// A failed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The code for the shell.
    pub exit: Exit,
    /// What is wrong, where, and what to do, on one or more lines; empty when there is nobody to tell.
    pub message: String,
}

impl Error {
    /// A failure with its message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A failure of the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}

impl From<ClientError> for Error {
    fn from(error: ClientError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Storage, error.to_string())
    }
}

impl From<Unwritten> for Error {
    fn from(error: Unwritten) -> Self {
        match error {
            Unwritten::Store(error) => error.into(),
            Unwritten::Io(error) => error.into(),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::new(Exit::Refused, format!("nothing was imported from {}:\n{refused}", refused.source_name))
    }
}

/// Writing the data failed. Other errors of I/O are turned into messages where they happen.
///
/// A reader that has seen enough (`| head`) closes the pipe: that is its right, and no failure.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Storage, format!("standard output cannot be written: {error}")),
        }
    }
}
