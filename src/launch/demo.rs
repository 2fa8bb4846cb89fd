//! `rolodeck demo`: a working day on the built-in simulator. Its data go with it.
//!
//! The demo has a config file, an environment and a queue like any other, in a temporary directory: nothing
//! below knows that it is one. Without a terminal it plays the main job as commands would.

use std::path::Path;
use std::time::Duration;

use clap::Parser;

use crate::cli::{self, Command, CommandLine, DemoArgs, Error, Exit, Global, Session};
use crate::config::Environment;
use crate::domain::{Change, Edit, Field, Sid};
use crate::sim::{Sim, SimOptions, number_of, sid_of};
use crate::store::Store;
use crate::support::rng::mix_all;

/// The demo's profile: quick enough to look at, slow enough to see something happen.
const CONFIG: &str = r#"profile = "demo"
[profiles.demo]
rate = 600
batch_size = 40
"#;

/// Plays the demo.
pub(super) async fn demo(args: &DemoArgs, verbose: bool) -> Result<Exit, Error> {
    let options = SimOptions {
        contacts: args.contacts,
        scenario: super::scenario(&args.scenario)?,
        latency: args.latency.map(Duration::from_millis),
        ..SimOptions::default()
    };
    let dir = tempfile::tempdir().map_err(|e| no_place(&e))?;
    let sim = super::start_sim(options.clone()).await?;
    let session = session(dir.path(), &sim, &options, verbose)?;
    fill_queue(&session, args).await?;
    let result =
        if super::is_terminal() { super::workstation::open(&session, true).await } else { play(&session).await };
    sim.stop().await;
    result
}

fn no_place(error: &std::io::Error) -> Error {
    Error::new(Exit::Storage, format!("no temporary directory for the demo: {error}; set TMPDIR"))
}

/// The variables with which a client finds the simulator.
pub(super) fn environment(sim: &Sim, options: &SimOptions) -> [(&'static str, String); 4] {
    [
        ("ROLODECK_BASE_URL", sim.base_url()),
        ("EXOTEL_ACCOUNT_SID", options.account.clone()),
        ("EXOTEL_API_KEY", options.key.clone()),
        ("EXOTEL_API_TOKEN", options.token.clone()),
    ]
}

/// What the screen depends on.
const TERMINAL: [&str; 9] =
    ["TERM", "COLORTERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "SSH_CONNECTION", "HOME"];

fn session(dir: &Path, sim: &Sim, options: &SimOptions, verbose: bool) -> Result<Session, Error> {
    let config = dir.join("config.toml");
    std::fs::write(&config, CONFIG).map_err(|e| no_place(&e))?;
    let user = [("USER", "demo".to_owned())];
    // The terminal is the user's own; nothing else of the user's settings reaches the demo.
    let own = Environment::capture();
    let terminal = TERMINAL.into_iter().filter_map(|name| Some((name, own.get(name)?.to_owned())));
    let env: Environment = environment(sim, options)
        .into_iter()
        .chain(user)
        .chain(terminal)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let global = Global { config: Some(config), data_dir: Some(dir.join("data")), verbose, ..Global::default() };
    Ok(Session::new(&global, env)?)
}

async fn fill_queue(session: &Session, args: &DemoArgs) -> Result<(), Error> {
    let (store, _) = Store::open(&session.paths.data_dir)?;
    let contacts = args.contacts.max(1);
    // One after another, but not from the first: neighbours of the book would look alike.
    let edits = (0..args.edits).map(move |i| sample(i, contacts));
    store.import(edits, "sample-contacts.csv".to_owned()).await?;
    Ok(())
}

/// What `i` of a hundred edits is about. The shares are those of a list that has been lying about for a year.
fn sample(i: u64, contacts: u64) -> Edit {
    let contact = i.wrapping_mul(7) % contacts;
    let set = |field, text: &str| (field, Change::Set(text.to_owned()));
    let changes: Vec<_> = match i % 25 {
        // The number of another contact: 409.
        3 if i.is_multiple_of(3) => vec![set(Field::Number, &number_of((contact + 1) % contacts))],
        // An address without its @ never leaves the queue.
        9 if i < 50 => vec![set(Field::Email, "asha.rao.example.com"), set(Field::Tag, "Lead")],
        n if n % 5 == 0 => vec![set(Field::CompanyName, pick(&COMPANIES, i)), set(Field::Tag, "Partner")],
        n if n % 5 == 1 => vec![set(Field::FirstName, pick(&FIRST, i)), set(Field::LastName, pick(&LAST, i / 3))],
        n if n % 5 == 2 => vec![set(Field::Email, &email(i)), set(Field::Tag, "Customer")],
        n if n % 5 == 3 => vec![(Field::CompanyName, Change::Clear), set(Field::Tag, "Private")],
        _ => vec![set(Field::CustomField, &format!(r#"{{"plan":"gold","renewal":{}}}"#, 2026 + i % 3))],
    };
    // Two in twenty-five are contacts that somebody deleted: 404.
    let sid = if matches!(i % 25, 6 | 17) {
        format!("{:016x}{:016x}", mix_all(&[1, i]), mix_all(&[2, i]))
    } else {
        sid_of(contact)
    };
    Edit { sid: Sid::new(&sid), changes: changes.into_iter().collect() }
}

const FIRST: [&str; 8] = ["Asha", "Ravi", "Meera", "Kabir", "Zoë", "Imran", "Lakshmi", "प्रिया"];
const LAST: [&str; 6] = ["Rao", "Nair", "D'Souza", "Singh", "Iyer", "Müller"];
const COMPANIES: [&str; 5] = ["Chai & Co", "Deccan Foods", "Falcon Freight", "Kaveri Motors", "Lotus Clinics"];

fn pick(of: &[&'static str], i: u64) -> &'static str {
    of.get(i as usize % of.len()).copied().unwrap_or_default()
}

fn email(i: u64) -> String {
    format!("customer{}@example.com", 1000 + i)
}

/// The main job without a screen: the queue, the run, what failed, and the failures back in the queue.
const STORY: [&str; 4] = [
    "rolodeck queue list --filter problem:",
    "rolodeck submit --yes",
    "rolodeck results last --filter -status:updated",
    "rolodeck requeue last",
];

/// Runs each command of the story as if it had been typed.
async fn play(session: &Session) -> Result<Exit, Error> {
    for typed in STORY {
        cli::say(&format!("\n$ {typed}"));
        let line = CommandLine::try_parse_from(typed.split(' ')).map_err(|e| Error::new(Exit::Bug, e.to_string()))?;
        if let Some(Command::Work(work)) = &line.command {
            cli::run(session, work).await?;
        }
    }
    Ok(Exit::Done)
}
