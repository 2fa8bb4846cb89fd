//! What a command works with: the settings, read when they are needed, and the store.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::args::{Global, RunRef};
use super::console::say;
use super::error::Error;
use super::exit::Exit;
use crate::config::{Config, ConfigError, Environment, PathFlags, Paths, Profile};
use crate::domain::Rules;
use crate::store::{Patience, Reader, Recovery, RunSummary, Store};
use crate::support::text::counted;

/// The settings of one command.
pub struct Session {
    /// The variables.
    pub env: Environment,
    /// The paths.
    pub paths: Paths,
    /// `--profile`
    pub profile_flag: Option<String>,
    /// `--verbose`
    pub verbose: bool,
}

impl Session {
    /// Finds the paths; reads nothing yet.
    pub fn new(global: &Global, env: Environment) -> Result<Self, ConfigError> {
        let flags = PathFlags { config: global.config.clone(), data_dir: global.data_dir.clone() };
        let paths = Paths::find(&flags, &env)?;
        Ok(Self { env, paths, profile_flag: global.profile.clone(), verbose: global.verbose })
    }

    /// Reads the config file and chooses the profile.
    pub fn settings(&self) -> Result<(Config, Profile), ConfigError> {
        let config = Config::load(&self.paths)?;
        let profile = config.choose(self.profile_flag.as_deref(), &self.env)?;
        Ok((config, profile))
    }

    /// Opens the queue and the history, and says what a dead process left behind.
    ///
    /// Settings that the user names must be there, also where a command needs nothing of them: a mistyped name would go
    /// unnoticed.
    pub fn open(&self) -> Result<(Store, Reader), Error> {
        if self.paths.config_named || self.profile_flag.is_some() {
            self.settings()?;
        }
        let (store, recovery) = Store::open_with(&self.paths.data_dir, patience())?;
        announce(&recovery);
        let reader = store.reader()?;
        Ok((store, reader))
    }

    /// Who runs this, for the history: by name where the environment has it, else by number, as in a container.
    pub fn user(&self) -> String {
        let name = self.env.get("USER").or_else(|| self.env.get("LOGNAME")).map(str::to_owned);
        let number = || Some(format!("uid {}", std::fs::metadata("/proc/self").ok()?.uid()));
        name.or_else(number).unwrap_or_default()
    }
}

/// How a command waits for another process that writes: not without a word.
pub fn patience() -> Patience {
    Patience { word: waiting, ..Patience::default() }
}

fn waiting(path: &Path) {
    say(&format!("waiting for another process that writes {} …", path.display()));
}

/// The rules that a profile's edits are held against.
pub fn rules(profile: &Profile) -> Rules {
    Rules { default_country: profile.default_country.clone(), ..Rules::default() }
}

/// The run that the command line names.
pub fn find_run(reader: &Reader, run: RunRef) -> Result<RunSummary, Error> {
    let found = match run {
        RunRef::Last => reader.last_run()?,
        RunRef::Number(run) => reader.run(run)?,
    };
    found.ok_or_else(|| match run {
        RunRef::Last => Error::usage("there is no run yet; `rolodeck submit` makes one"),
        RunRef::Number(run) => Error::usage(format!("there is no run {run}; `rolodeck runs` lists them")),
    })
}

fn announce(recovery: &Recovery) {
    for run in &recovery.crashed {
        say(&format!("run {run} did not end: its process died."));
    }
    if !recovery.crashed.is_empty() {
        say(&format!(
            "{} perhaps taken by the server (unknown), {} not sent and still queued; `rolodeck submit --resume` sends both.",
            counted(recovery.unknown, "edit"),
            counted(recovery.not_sent, "edit"),
        ));
    }
}

/// The error of a command that would have to ask.
pub fn must_ask(what: &str) -> Error {
    Error::new(Exit::Usage, format!("{what} asks first, and there is no terminal to ask on; add --yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_name_has_a_number() {
        let session = |env| {
            let global = Global { data_dir: Some("/d".into()), config: Some("/c".into()), ..Global::default() };
            Session::new(&global, env).unwrap().user()
        };
        assert_eq!(session(Environment::from([("LOGNAME", "asha")])), "asha");
        assert!(session(Environment::default()).starts_with("uid "));
    }
}
