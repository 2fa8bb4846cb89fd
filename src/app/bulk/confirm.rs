//! The questions before a bulk change, which count what it touches.

use super::{BulkAsk, Subjects, keep_texts};
use crate::app::answer::Notice;
use crate::app::dialog::{Confirm, Dialog};
use crate::app::effect::Effect;
use crate::app::model::{Ctx, Model};
use crate::domain::How;
use crate::store::MergeReport;
use crate::support::text::{count, counted};

/// Makes the change of one edit at once, and asks about that of many, as soon as they are counted.
pub(super) fn decide(model: &mut Model, ctx: &Ctx) -> Vec<Effect> {
    let Some(Dialog::Bulk(now)) = model.dialogs.last().cloned() else { return Vec::new() };
    let Ok(transform) = now.transform(model) else { return Vec::new() };
    if !now.complete && now.target.of.len() > 1 {
        if let Some(bulk) = super::bulk(model) {
            bulk.wanted = true;
        }
        return Vec::new();
    }
    keep_texts(model);
    model.dialogs.pop();
    model.prompt = None;
    let apply = Effect::Bulk(BulkAsk::Apply { of: now.target.of.clone(), transform: transform.clone() });
    let tally = now.tally.unwrap_or_default();
    if now.target.of.len() <= 1 {
        return vec![apply];
    }
    if tally.changed == 0 {
        let why = tally.why.map_or_else(String::new, |why| format!(": {why}"));
        model.tell(Notice::done(format!("nothing would change{why}")));
        return Vec::new();
    }
    let name = transform.name();
    let mut facts = vec![(String::from("change"), counted(tally.changed, now.target.of.noun()))];
    let mut fact = |name: &str, n: u64, text: &str| {
        if n > 0 {
            facts.push((name.to_owned(), format!("{} {text}", count(n))));
        }
    };
    fact("hidden", now.target.hidden, "of the marked ones, by the filter");
    fact("unchanged", tally.unchanged, "are so already, or have no value there");
    fact("left", tally.impossible, &format!("as they are: {}", tally.why.as_deref().unwrap_or("no value can be made")));
    fact("invalid", tally.invalid, "can't be sent then; `!` shows them");
    if matches!(transform.how, How::Clear) {
        facts.push((
            String::from("on the server"),
            format!("{} becomes CLEARED when it is sent", now.target.cell.name()),
        ));
    }
    let yes = match now.target.of {
        Subjects::Edits(_) => format!("change {}", count(tally.changed)),
        Subjects::Contacts(_) => {
            facts.push((String::from("then"), String::from("each is an edit in the queue; nothing is sent yet")));
            format!("queue {}", count(tally.changed))
        }
    };
    facts.push((String::from("undo"), model.keyed("`<undo>` takes it back as one step")));
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("{}?", capital(&name)),
        facts,
        yes,
        effects: vec![apply],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
    Vec::new()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Asks whether to merge the edits of each contact.
pub(super) fn ask_merge(model: &mut Model, report: MergeReport, ctx: &Ctx) {
    if report.merged == 0 {
        model.tell(Notice::done("every contact has one edit only"));
        return;
    }
    let edits = report.merged + report.contacts;
    let mut facts = vec![
        (String::from("contacts"), count(report.contacts)),
        (String::from("edits"), format!("{} become {}", count(edits), count(report.contacts))),
    ];
    let conflicts = match report.conflicts {
        0 => String::from("none: no field has two values"),
        n => format!("{} with two values: the later wins", counted(n, "field")),
    };
    facts.push((String::from("conflicts"), conflicts));
    facts.push((String::from("undo"), model.keyed("`<undo>` takes it back as one step")));
    model.dialogs.push(Dialog::Confirm(Box::new(Confirm {
        title: format!("Merge {} of the same contacts?", counted(edits, "edit")),
        facts,
        yes: format!("merge {}", count(edits)),
        effects: vec![Effect::Bulk(BulkAsk::Merge)],
        quits: false,
        want: None,
        typed: String::new(),
        opened: ctx.now,
    })));
}
