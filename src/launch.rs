//! The composition root: reads the command line and the environment, and puts the parts together.
//!
//! Owns the choice of the front end, the tokio runtime, and the two commands that need the simulator beside the
//! rest. It holds no logic worth a unit test. It talks to `cli`, `sim` and, for the workstation, to `tui`. It
//! fails with the exit code of what failed.

mod demo;
mod log;
mod workstation;

use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{self, Command, CommandLine, DemoArgs, Error, Exit, Session, SimArgs, Work};
use crate::config::Environment;
use crate::sim::{self, Scenario, Sim, SimOptions};

/// Runs the program.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(answer) => {
            // `--help` and `--version` come this way too, with code 0 and on standard output.
            let _ = answer.print();
            return ExitCode::from(if answer.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() });
        }
    };
    // The panic hook has said what happened, and where the report is; the shell is told by the code.
    let ended = catch_unwind(AssertUnwindSafe(|| start(line)));
    let exit = ended.unwrap_or(Ok(Exit::Bug)).unwrap_or_else(|error| {
        cli::complain(&error);
        error.exit
    });
    ExitCode::from(exit.code())
}

fn start(line: CommandLine) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::new(Exit::Bug, format!("the runtime cannot be started: {e}")))?;
    let result = runtime.block_on(dispatch(line));
    // A thread that still waits for standard input or output must not hold up the end.
    runtime.shutdown_background();
    result
}

async fn dispatch(line: CommandLine) -> Result<Exit, Error> {
    let session = || Session::new(&line.global, Environment::capture());
    match &line.command {
        // Looking at the settings must not make a data directory.
        Some(Command::Work(work @ (Work::Config(_) | Work::Keys { .. } | Work::Themes))) => {
            cli::run(&session()?, work).await
        }
        Some(Command::Work(work)) => {
            let session = session()?;
            log::logged(&session, work.name(), cli::run(&session, work)).await
        }
        Some(Command::Demo(DemoArgs { scenario, .. }) | Command::Sim(SimArgs { scenario, .. }))
            if scenario == "list" =>
        {
            list_scenarios()
        }
        Some(Command::Demo(args)) => demo::demo(args, line.global.verbose).await,
        Some(Command::Sim(args)) => simulate(args).await,
        Some(Command::Completions { shell }) => cli::completions(*shell),
        Some(Command::Man { command }) => cli::man(command),
        None => {
            let session = session()?;
            Box::pin(log::logged(&session, "workstation", workstation::open(&session, false))).await
        }
    }
}

fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Runs the simulator until a signal ends it.
async fn simulate(args: &SimArgs) -> Result<Exit, Error> {
    let options = SimOptions {
        port: args.port,
        contacts: args.contacts,
        seed: args.seed,
        scenario: scenario(&args.scenario)?,
        latency: args.latency.map(Duration::from_millis),
        account: args.account.clone(),
        log: args.log.clone(),
        ..SimOptions::default()
    };
    let hear = |kind| signal(kind).map_err(|e| Error::new(Exit::Bug, format!("signals cannot be heard: {e}")));
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    let sim = start_sim(options.clone()).await?;
    let mut out = cli::data();
    writeln!(out, "listening on {}", sim.base_url())?;
    out.flush()?;
    cli::say("to use it in another terminal:");
    cli::say(&demo::environment(&sim, &options).map(|(name, value)| format!("export {name}={value}")).join("\n"));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    sim.stop().await;
    Ok(Exit::Done)
}

async fn start_sim(options: SimOptions) -> Result<Sim, Error> {
    let port = options.port;
    sim::start(options)
        .await
        .map_err(|e| Error::new(Exit::NothingSent, format!("the simulator cannot be started on port {port}: {e}")))
}

/// Tells the built-in scenarios, and what each is about.
fn list_scenarios() -> Result<Exit, Error> {
    let mut out = cli::data();
    out.write_all(Scenario::list().as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// A built-in scenario, or the one of a file: what has a dot or a slash in it is a file.
fn scenario(name: &str) -> Result<Scenario, Error> {
    let wrong = |what: &str| Error::usage(format!("scenario {name}: {what}"));
    if !name.contains(['.', '/']) {
        return Scenario::named(name).map_err(|e| wrong(&e.to_string()));
    }
    let text = std::fs::read_to_string(Path::new(name)).map_err(|e| wrong(&format!("cannot be read: {e}")))?;
    Scenario::parse(&text).map_err(|e| wrong(&e.to_string()))
}
