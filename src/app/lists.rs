//! The account's lists by name and size: the contacts of one are looked at, or pulled first.

use super::answer::Notice;
use super::book::BookAsk;
use super::contacts;
use super::dialog::Dialog;
use super::effect::Effect;
use super::model::{Ctx, Model};
use super::pick::{Pick, PickLine, PickOf};
use super::pulling;
use crate::config::actions::Action;
use crate::store::BookList;
use crate::support::clock::{Timestamp, human_age};
use crate::support::text::counted;

/// Asks what lists there are.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    model.tell(Notice::done("asking the server for the lists …"));
    vec![Effect::Book(BookAsk::Lists)]
}

/// Shows them to choose from.
pub(super) fn open(model: &mut Model, lists: Vec<BookList>, ctx: &Ctx) {
    if lists.is_empty() {
        model.tell(Notice::done("the account has no lists"));
        return;
    }
    model.notice = None;
    model.dialogs.push(Dialog::Pick(Pick { of: PickOf::Lists(lists, ctx.now), at: 0 }));
}

/// A list in a line: its size as of its last pull.
pub(super) fn line(model: &Model, list: &BookList, now: Timestamp) -> PickLine {
    let text = match list.pulled {
        Some(at) => format!("{}, pulled {}", counted(list.members, "contact"), human_age(now.since(at))),
        None => String::from("never pulled"),
    };
    let on = model.contacts.list.as_ref().is_some_and(|shown| shown.id == list.id);
    PickLine { on, name: list.name.clone(), text }
}

/// Shows the contacts of a list, or pulls it where it never was; the key that refreshes pulls it in any case.
pub(super) fn choose(model: &mut Model, list: Option<&BookList>, action: Action) -> Vec<Effect> {
    let Some(list) = list else { return Vec::new() };
    model.dialogs.pop();
    if list.pulled.is_some() && action == Action::Open {
        contacts::show_list(model, list.clone())
    } else {
        pulling::begin(model, list.sid.as_str())
    }
}
