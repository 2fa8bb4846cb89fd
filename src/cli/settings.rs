//! `rolodeck config`: the config file written, checked, found and shown.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::process::Stdio;

use super::args::ConfigCommand;
use super::connect::client;
use super::console::{data, say};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use crate::config::theme::Theme;
use crate::config::{CREDENTIAL_VARIABLES, Config, EXAMPLE, sign_in};
use crate::support::text::harmless;

/// Runs one of the commands of the configuration.
pub(super) async fn config(session: &Session, command: ConfigCommand) -> Result<Exit, Error> {
    match command {
        ConfigCommand::Init => init(session),
        ConfigCommand::Check => check(session).await,
        ConfigCommand::Path => path(session),
        ConfigCommand::Show => show(session),
    }
}

fn init(session: &Session) -> Result<Exit, Error> {
    let file = &session.paths.config_file;
    let fault = |e: std::io::Error| match e.kind() {
        ErrorKind::AlreadyExists => {
            Error::new(Exit::Config, format!("{} exists and was left as it is", file.display()))
        }
        _ => Error::new(Exit::Config, format!("{} cannot be written: {e}", file.display())),
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(session.paths.config_dir()).map_err(fault)?;
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(fault)?;
    out.write_all(EXAMPLE.as_bytes()).map_err(fault)?;
    say(&format!("{} written; set account_sid in it, and see `rolodeck config check`.", file.display()));
    Ok(Exit::Done)
}

/// Says everything that the workstation or a submit would trip over, without sending anything.
async fn check(session: &Session) -> Result<Exit, Error> {
    let (config, profile) = session.settings()?;
    Theme::load(&config.ui.theme, &session.paths.theme_dir())?;
    say(&format!("profile {}: {} ({}).", profile.name, profile.base_url, profile.region_name()));
    // Reads the certificates and the proxy as well.
    client(&profile, sign_in(&profile, &session.env, Stdio::inherit()).await?)?;
    if profile.read_only {
        say("the profile is read_only: nothing can be sent with it.");
    }
    say(&format!("account {} and its credentials are set. Nothing was sent.", profile.account_sid));
    Ok(Exit::Done)
}

fn path(session: &Session) -> Result<Exit, Error> {
    let mut out = data();
    writeln!(out, "config  {}", harmless(&session.paths.config_file.to_string_lossy()))?;
    writeln!(out, "data    {}", harmless(&session.paths.data_dir.to_string_lossy()))?;
    writeln!(out, "log     {}", harmless(&session.paths.log_dir.join("rolodeck.log").to_string_lossy()))?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Prints the settings in use as TOML. The config holds no secret; of the credentials only their place is told, and of
/// `token_command` only the program, since an argument may be one.
fn show(session: &Session) -> Result<Exit, Error> {
    let (config, mut profile) = session.settings()?;
    let mask = |command: &mut Vec<String>| {
        for argument in command.iter_mut().skip(1) {
            "********".clone_into(argument);
        }
    };
    let name = profile.name.clone();
    mask(&mut profile.token_command);
    let shown = Config { profile: name.clone(), profiles: [(name, profile)].into(), ..config };
    let text =
        toml::to_string(&shown).map_err(|e| Error::new(Exit::Bug, format!("the settings cannot be shown: {e}")))?;
    let mut out = data();
    text.lines().try_for_each(|line| writeln!(out, "{}", harmless(line)))?;
    for variable in CREDENTIAL_VARIABLES {
        let state = if session.env.get(variable).is_some() { "******** (set)" } else { "not set" };
        writeln!(out, "# {variable}: {state}")?;
    }
    out.flush()?;
    Ok(Exit::Done)
}
