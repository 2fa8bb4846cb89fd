//! The address book: pulled beside everything else, and asked who is meant.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::{Interpreter, text};
use crate::api::Client;
use crate::app::{Answer, BookAnswer, BookAsk, PullOf, Who};
use crate::domain::{Contact, Found, ListName, RunState, Sid, lists_meant};
use crate::engine::{self, Cancel, PullEvent, PullHandle, PullKind, RunControl, RunPolicy};
use crate::store::BookId;
use crate::support::log::{self, Level};
use crate::support::work::Work;

/// How often progress is told. More often nobody reads it, and every line is a frame.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// The way to stop the pull under way, if there is one.
pub(super) type Pulling = Arc<Mutex<Option<UnboundedSender<()>>>>;

impl Interpreter {
    pub(super) fn book(&self, ask: BookAsk) {
        match ask {
            BookAsk::Pull(of) => self.pull(of),
            BookAsk::StopPull => self.hold_puller(None),
            BookAsk::Find(whos) => self.read_book(|this| this.find(whos).map(BookAnswer::Found)),
            BookAsk::State => self.read_book(|this| {
                let reader = this.reads.own(&Work::unwatched())?;
                reader.book_state(&this.desk.book()).map(BookAnswer::State).map_err(text)
            }),
            BookAsk::Lists => self.lists(),
            BookAsk::Keys { token, view } => self.contact_keys(token, view),
            BookAsk::Rows(ids) => self.read_book(|this| {
                let rows = this.reads.window(|reader| reader.contacts(&ids))?;
                Ok(BookAnswer::Rows(ids, rows))
            }),
        }
    }

    /// Keeps the way to stop a pull; the one before it, dropped, stops its pull.
    fn hold_puller(&self, stop: Option<UnboundedSender<()>>) {
        *self.pulling.lock().unwrap_or_else(PoisonError::into_inner) = stop;
    }

    /// Who is meant by each of these.
    fn find(&self, whos: Vec<Who>) -> Result<Vec<(Who, Vec<Contact>)>, String> {
        let book = self.reads.window(|reader| reader.book(&self.desk.book()))?;
        let account = &self.desk.session.account;
        let book =
            book.ok_or_else(|| format!("there is no address book of account {account} yet; `:pull` makes one"))?;
        whos.into_iter().map(|who| Ok((who.clone(), self.meant(book, who)?))).collect()
    }

    fn meant(&self, book: BookId, who: Who) -> Result<Vec<Contact>, String> {
        let Who::By(field, value) = who else { return Ok(Vec::new()) };
        let country = &self.desk.rules.default_country;
        self.reads.window(|reader| {
            let sids = match reader.find_contact(book, field, &value, country)? {
                Found::None => Vec::new(),
                Found::One(sid) => vec![sid],
                Found::Several(sids) => sids,
            };
            let mut contacts = Vec::new();
            for sid in sids {
                contacts.extend(reader.contact(book, &sid)?.map(|found| found.contact));
            }
            Ok(contacts)
        })
    }

    fn pull(&self, of: PullOf) {
        let (stop, mut stopped) = unbounded_channel();
        self.hold_puller(Some(stop));
        let this = self.clone();
        tokio::spawn(async move {
            if let Err(why) = this.pulled(of, &mut stopped).await {
                this.answer(Answer::Book(BookAnswer::PullFailed(why)));
            }
        });
    }

    /// Pulls until the end, or until it is stopped; its last event tells how it ended.
    async fn pulled(&self, of: PullOf, stopped: &mut UnboundedReceiver<()>) -> Result<(), String> {
        let store = &self.desk.store;
        let _lock = store.lock_puller().map_err(text)?;
        let policy = self.read_policy();
        let begun = async {
            let client = Arc::new((self.desk.connect)().await?);
            let handle = self.begin_pull(&client, &policy, of).await?;
            Ok::<_, String>((client, handle))
        };
        let (client, mut handle) = select! {
            begun = begun => begun?,
            _ = stopped.recv() => return Err(String::from("it was stopped before it began")),
        };
        let (mut told, mut is_stopped) = (Instant::now(), false);
        loop {
            let event = select! {
                event = handle.events.recv() => event,
                _ = stopped.recv(), if !is_stopped => {
                    is_stopped = true;
                    handle.control.send(RunControl::Cancel(Cancel::Abort));
                    continue;
                }
            };
            let event = event.ok_or("it ended without a report; `:pull` goes on")?;
            if let PullKind::Ended(report) = &event.kind {
                if report.state == RunState::Finished && report.whole && event.so_far.list.is_none() {
                    self.keep_lists(&client, policy).await;
                }
                self.tell_pull(event);
                return Ok(());
            }
            let now = Instant::now();
            if event.kind != PullKind::Page || now.duration_since(told) >= TOLD_EVERY {
                told = now;
                self.tell_pull(event);
            }
        }
    }

    /// How the server is read.
    pub(super) fn read_policy(&self) -> RunPolicy {
        RunPolicy { rate_per_minute: self.desk.session.read_rate, ..self.desk.run.clone() }
    }

    fn tell_pull(&self, event: PullEvent) {
        self.answer(Answer::Book(BookAnswer::Pull(Box::new(event))));
    }

    /// Begins a pull, or goes on with the one of the same that was cut short.
    async fn begin_pull(&self, client: &Arc<Client>, policy: &RunPolicy, of: PullOf) -> Result<PullHandle, String> {
        let (store, name, country) = (&self.desk.store, self.desk.book(), &self.desk.rules.default_country);
        let list = match of {
            PullOf::Changes => {
                let log = store.begin_changes(name, country).map_err(text)?;
                return Ok(engine::changes(Arc::clone(client), log, policy.clone()));
            }
            PullOf::List(wanted) => Some(self.list(client, policy, &wanted).await?),
            PullOf::Book => None,
        };
        let sid: Option<&Sid> = list.as_ref().map(|list| &list.sid);
        let log = match self.reads.window(|reader| reader.unfinished_pull(&name, sid))? {
            Some(cut) => store.resume_pull(&cut, country).map_err(text)?,
            None => store.begin_pull(name, list, country).await.map_err(text)?,
        };
        let so_far = log.summary().map_err(text)?;
        self.tell_pull(PullEvent { so_far: so_far.clone(), kind: PullKind::Page });
        Ok(engine::pull(Arc::clone(client), log, so_far, policy.clone()))
    }

    /// The list of the account that is meant by a SID or a name.
    async fn list(&self, client: &Client, policy: &RunPolicy, wanted: &str) -> Result<ListName, String> {
        let lists = engine::lists(client, policy.clone()).await?;
        self.desk.store.keep_lists(self.desk.book(), lists.clone()).await.map_err(text)?;
        match lists_meant(wanted, &lists)[..] {
            [only] => Ok(only.clone()),
            [] => Err(format!("the account has no list `{wanted}`")),
            [..] => Err(format!("several lists are called `{wanted}`; name one by its SID")),
        }
    }

    /// Keeps what the account's lists are called: good to know, and no reason to fail.
    async fn keep_lists(&self, client: &Client, policy: RunPolicy) {
        let kept = match engine::lists(client, policy).await {
            Ok(lists) => self.desk.store.keep_lists(self.desk.book(), lists).await.map_err(text),
            Err(why) => Err(why),
        };
        if let Err(why) = kept {
            log::note(Level::Fault, || format!("the account's lists could not be read: {why}"));
        }
    }
}
