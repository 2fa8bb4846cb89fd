//! `rolodeck` without a command: the workstation, put together from the settings.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use crate::api::ClearAs;
use crate::cli::{self, Error, Exit, Session};
use crate::config::theme::{Depth, Theme};
use crate::config::{Config, Environment, Glyphs, Profile, Region};
use crate::domain::RunId;
use crate::engine::{RunPolicy, Trip};
use crate::store::Store;
use crate::tui::dialect::Dialect;
use crate::tui::{self, Connect, Desk, Ending, Finds, Mux};
use crate::{app, config};

/// Opens the workstation, and stays until the user quits.
pub(super) async fn open(session: &Session, demo: bool) -> Result<Exit, Error> {
    if !super::is_terminal() {
        return Err(Error::usage("the workstation needs a terminal; for scripts see `rolodeck --help`"));
    }
    // The settings are read first, so that a wrong one is told before the screen changes.
    let (config, profile) = session.settings()?;
    let dialect = Dialect::of(session.env.get("TERM")).map_err(Error::usage)?;
    let (store, _) = Store::open(&session.paths.data_dir)?;
    let desk = desk(session, &config, &profile, (store, dialect), demo)?;
    // In a box, since it holds all that the screen shows.
    let ending = Box::pin(tui::run(desk)).await;
    match ending.map_err(|e| Error::new(Exit::Bug, format!("the terminal failed: {e}")))? {
        Ending::Quit => Ok(Exit::Done),
        Ending::Interrupted => Ok(Exit::Interrupted),
        // The hook has said what happened.
        Ending::Broken => Ok(Exit::Bug),
    }
}

fn desk(
    session: &Session,
    config: &Config,
    profile: &Profile,
    (store, dialect): (Store, Dialect),
    demo: bool,
) -> Result<Desk, Error> {
    let env = &session.env;
    let theme_dir = session.paths.theme_dir();
    let theme =
        Theme::load(&config.ui.theme, &theme_dir).map_err(|e| Error::new(Exit::Config, format!("ui.theme: {e}")))?;
    let depth = Depth::detect(env.get("NO_COLOR"), env.get("COLORTERM"), env.get("TERM"));
    Ok(Desk {
        finds: finds(profile.clone(), store.clone()),
        store,
        session: app::Session {
            profile: profile.name.clone(),
            account: profile.account_sid.clone(),
            region: region(profile),
            production: profile.production,
            rate: profile.rate,
            read_rate: profile.read_rate,
            snapshot: profile.snapshot,
            in_flight: profile.in_flight,
            canary: profile.canary.into(),
            clear_token: config.clear_token.clone(),
            clears_as_null: matches!(cli::clear_as(profile), ClearAs::Null),
            custom_key: profile.custom_key.clone(),
            keymap: config.keymap.clone(),
            rules: cli::rules(profile),
            demo,
        },
        connect: connect(profile.clone(), env.clone()),
        forbidden: profile.may_send().err().map(|e| e.to_string()),
        batches: cli::batch_policy(profile),
        run: RunPolicy { on_trip: Trip::Pause, ..cli::run_policy(profile, RunId(0)) },
        rules: cli::rules(profile),
        base_url: profile.base_url.clone(),
        user: session.user(),
        theme,
        depth,
        data_dir: session.paths.data_dir.clone(),
        glyphs: Glyphs::choose(config.ui.borders, env),
        theme_dir,
        home: env.get("HOME").map(PathBuf::from),
        log_dir: session.paths.log_dir.clone(),
        editor: tui::words(env.get("VISUAL").or(env.get("EDITOR")).unwrap_or("vi")),
        dialect,
        mux: Mux::detect(env.get("TMUX"), env.get("STY"), env.get("TERM")),
        wants: config.ui.clone(),
        ssh: env.get("SSH_CONNECTION").is_some(),
    })
}

/// The region, or the server itself where it is none of the vendor's.
fn region(profile: &Profile) -> String {
    let vendors = Region::ALL.into_iter().any(|region| region.base_url() == profile.base_url);
    if vendors { profile.region_name().to_owned() } else { profile.base_url.clone() }
}

/// Finds the contacts of an import in the address book, as the command line does.
fn finds(profile: Profile, store: Store) -> Finds {
    Arc::new(move || {
        let reader = store.reader().map_err(|e| e.to_string())?;
        cli::finder(reader, &profile).map_err(|e| e.to_string())
    })
}

/// Signs in and makes the client when a send wants it.
fn connect(profile: Profile, env: Environment) -> Connect {
    Arc::new(move || {
        let (profile, env) = (profile.clone(), env.clone());
        Box::pin(async move {
            // What a command says beside the token would land on the screen.
            let sign_in = config::sign_in(&profile, &env, Stdio::null()).await.map_err(|e| e.to_string())?;
            cli::client(&profile, sign_in).map_err(|e| e.to_string())
        })
    })
}
