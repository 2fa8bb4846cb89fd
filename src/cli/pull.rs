//! `rolodeck pull`: the account's contacts, or those of a list, into the local address book.
//!
//! It writes nothing to the server, so it asks nothing and works with a `read_only` profile. Where it stands is recorded
//! with every page, so it can be interrupted at any time.

use std::process::Stdio;
use std::sync::Arc;

use tokio::select;

use super::args::PullArgs;
use super::connect::{client, read_policy};
use super::console::{Progress, say};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::submit::Signals;
use crate::api::Client;
use crate::app::pulling::{self, Eta};
use crate::config::{Profile, sign_in};
use crate::domain::{ListName, RunId, RunState, lists_meant};
use crate::engine::{self, Cancel, PullHandle, PullKind, PullReport, RunControl, RunPolicy};
use crate::store::{BookName, Pull, PullSummary, Reader, Store};
use crate::support::clock;
use crate::support::text::{counted, harmless};

/// The book of the profile's account.
pub(super) fn book_of(profile: &Profile) -> Result<BookName, Error> {
    Ok(BookName { account: profile.account()?.to_owned(), base_url: profile.base_url.clone() })
}

/// Pulls the address book, or a list of it.
pub(super) async fn pull(session: &Session, args: &PullArgs) -> Result<Exit, Error> {
    let (_, profile) = session.settings()?;
    let (store, reader) = session.open()?;
    let _lock = store.lock_puller()?;
    let client = client(&profile, sign_in(&profile, &session.env, Stdio::inherit()).await?)?;
    // Heard before a word is said, so that a signal never ends the process in its middle.
    let mut signals = Signals::listen()?;
    let policy = read_policy(&profile, RunId(0));
    let name = book_of(&profile)?;
    let list = match &args.list {
        None => None,
        Some(wanted) => {
            let lists = read_lists(&client, &policy, &mut signals).await?;
            store.keep_lists(name.clone(), lists.clone()).await?;
            Some(choose(wanted, &lists)?)
        }
    };
    let client = Arc::new(client);
    let of = list.as_ref().map_or_else(|| format!("account {}", name.account), |list| format!("list `{}`", list.name));
    let reading = |what: &str| say(&format!("reading {what} of {of} at {} reads a minute.", profile.read_rate));
    let handle = if args.changes {
        reading("what changed in the contacts");
        engine::changes(
            Arc::clone(&client),
            store.begin_changes(name.clone(), &profile.default_country)?,
            policy.clone(),
        )
    } else {
        let (log, so_far) = begin(&store, &reader, &profile, list.as_ref(), args.resume).await?;
        reading("the contacts");
        engine::pull(Arc::clone(&client), log, so_far, policy.clone())
    };
    let (report, so_far) = listen(handle, &mut signals, session.verbose).await?;
    if report.state == RunState::Finished && report.whole && list.is_none() {
        // What the lists are called is good to know, and no reason to fail.
        match read_lists(&client, &policy, &mut signals).await {
            Ok(lists) => store.keep_lists(name, lists).await?,
            Err(error) => say(&format!("the account's lists could not be read: {error}")),
        }
    }
    conclude(&report, &so_far, list.as_ref())
}

async fn read_lists(client: &Client, policy: &RunPolicy, signals: &mut Signals) -> Result<Vec<ListName>, Error> {
    select! {
        lists = engine::lists(client, policy.clone()) => {
            lists.map_err(|cause| Error::new(Exit::NothingSent, format!("nothing was read: {}", harmless(&cause))))
        }
        () = signals.next() => Err(Error::new(Exit::Interrupted, "interrupted; nothing was read")),
    }
}

/// The list of that SID, or of that name where only one has it.
fn choose(wanted: &str, lists: &[ListName]) -> Result<ListName, Error> {
    match lists_meant(wanted, lists)[..] {
        [only] => Ok(only.clone()),
        [] => {
            let all: Vec<_> = lists.iter().map(|list| format!("  {}  {}", list.sid, list.name)).collect();
            let all = if all.is_empty() { "it has none".to_owned() } else { format!("it has\n{}", all.join("\n")) };
            Err(Error::usage(format!("the account has no list `{wanted}`; {all}")))
        }
        [..] => Err(Error::usage(format!("several lists are called `{wanted}`; name one by its SID"))),
    }
}

/// Starts a pull, or goes on with the one that was cut short.
async fn begin(
    store: &Store,
    reader: &Reader,
    profile: &Profile,
    list: Option<&ListName>,
    resume: bool,
) -> Result<(Pull, PullSummary), Error> {
    let (name, country) = (book_of(profile)?, &profile.default_country);
    let cut = reader.unfinished_pull(&name, list.map(|list| &list.sid))?;
    let pull = match (cut, resume) {
        (Some(cut), true) => {
            say(&format!("going on with the pull of {}, behind {}.", cut.started.local_minute(), seen(&cut)));
            store.resume_pull(&cut, country)?
        }
        (cut, _) => {
            match cut {
                Some(cut) => say(&format!(
                    "the pull of {} was cut short behind {}; this one begins at the top (`rolodeck pull --resume` would \
                     have gone on).",
                    cut.started.local_minute(),
                    seen(&cut)
                )),
                None if resume => say("no pull was cut short; this one begins at the top."),
                None => {}
            }
            store.begin_pull(name, list.cloned(), country).await?
        }
    };
    let so_far = pull.summary()?;
    Ok((pull, so_far))
}

fn seen(pull: &PullSummary) -> String {
    counted(pull.contacts, "contact")
}

/// Shows how far it is until it is over; a signal cancels it.
async fn listen(
    mut handle: PullHandle,
    signals: &mut Signals,
    verbose: bool,
) -> Result<(PullReport, PullSummary), Error> {
    let mut progress = Progress::new();
    let mut eta = Eta::default();
    loop {
        let event = select! {
            biased;
            () = signals.next() => {
                handle.control.send(RunControl::Cancel(Cancel::Abort));
                continue;
            }
            event = handle.events.recv() => event,
        };
        let Some(event) = event else {
            return Err(Error::new(Exit::Bug, "the pull ended without a report; `rolodeck pull --resume` goes on"));
        };
        let word = match &event.kind {
            PullKind::Ended(report) => {
                progress.clear();
                return Ok((report.clone(), event.so_far));
            }
            PullKind::Paused | PullKind::Resumed => continue,
            PullKind::Whole(why) => {
                progress.clear();
                say(&format!("{}: the whole book is read instead.", harmless(why)));
                continue;
            }
            kind => pulling::word(kind),
        };
        if let Some(word) = word.as_ref().filter(|_| verbose) {
            progress.clear();
            say(word);
        }
        let left = eta.left(&event.so_far, clock::now());
        progress.show(&pulling::progress(&event.so_far, left, word.as_deref()));
    }
}

/// The exit code, with advice.
fn conclude(report: &PullReport, so_far: &PullSummary, list: Option<&ListName>) -> Result<Exit, Error> {
    let again = match list {
        None => "rolodeck pull --resume".to_owned(),
        Some(list) => format!("rolodeck pull --list {} --resume", list.sid),
    };
    let cause = harmless(report.cause.as_deref().unwrap_or("no reason given")).into_owned();
    let behind = format!("{} read; go on with `{again}`", seen(so_far));
    match report.state {
        RunState::Finished => {
            say(&pulling::finished(report, so_far));
            Ok(Exit::Done)
        }
        RunState::Cancelled => Err(Error::new(Exit::Interrupted, format!("the pull was interrupted: {behind}"))),
        RunState::Broken => {
            Err(Error::new(Exit::Storage, format!("what was read could not be recorded: {cause}; {behind}")))
        }
        _ if so_far.contacts == 0 => Err(Error::new(Exit::NothingSent, format!("nothing was read: {cause}"))),
        _ => Err(Error::new(Exit::NothingSent, format!("the pull was stopped: {cause}; {behind}"))),
    }
}
