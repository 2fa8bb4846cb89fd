//! Where things are, what the user set, who signs in, and what each key and colour means.
//!
//! Owns the environment (read once), the paths, the config file with its profiles, the credentials, the
//! table of actions with its keys, and the themes. It never prints, prompts or writes a file, and a token
//! never enters a message. It talks to the file system and, for `token_command`, to one child process. It fails
//! with a [`ConfigError`] that says where, what and what to do.

pub mod actions;
mod bindings;
mod credentials;
mod environment;
mod error;
mod file;
mod glyphs;
pub mod keymap;
mod paths;
mod preset;
mod profile;
pub mod theme;

pub use credentials::{CREDENTIAL_VARIABLES, SignIn, sign_in};
pub use environment::Environment;
pub use error::ConfigError;
pub use file::{Config, EXAMPLE, Ui};
pub use glyphs::{Borders, Glyphs};
pub use paths::{PathFlags, Paths};
pub use preset::Preset;
pub use profile::{ClearAs, DEMO, Profile, Region};
