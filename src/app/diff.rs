//! The diff of the row under the cursor: what its contact was, what it is to be, and what came back.

use super::base::{self, Known, RowOf};
use super::detail::{Line, Tone};
use super::model::Model;
use crate::config::actions::Place;
use crate::domain::{
    Base, BaseSource, Changes, Conflict, Contact, Echo, Edit, FieldDiff, Outcome, Stand, diff, same, shown,
};
use crate::support::clock::{Timestamp, human_duration};
use crate::support::text::{harmless, width};

/// The widest old value that the arrows are aligned with.
const ALIGNED: usize = 28;
/// Columns of both values that stand on one line; longer ones take a line each.
const ONE_LINE: usize = 56;

/// The lines of the diff.
pub fn lines(model: &Model) -> Vec<Line> {
    let Some(row) = base::current(model) else { return vec![(Tone::Dim, String::from("no row here"))] };
    let known = model.known.as_ref().filter(|known| known.row == row);
    match (model.place(), model.results.current(), model.queue.current()) {
        (Place::Results, Some(row), _) => of(row.sid.as_str(), &row.changes, row.outcome.as_ref(), known),
        (_, _, Some(row)) => of(row.edit.sid.as_str(), &row.edit.changes, None, known),
        _ => Vec::new(),
    }
}

fn of(sid: &str, changes: &Changes, outcome: Option<&Outcome>, known: Option<&Known>) -> Vec<Line> {
    let mut lines = vec![(Tone::Plain, format!("sid   {sid}"))];
    let Some(known) = known else { return lines };
    let in_run = matches!(known.row, RowOf::Run(..));
    let (before, now) = match (&known.bases.known, &known.bases.read) {
        (None, Some(read)) => (Some(read), None),
        (before, now) => (before.as_ref(), now.as_ref()),
    };
    lines.push(before.map_or_else(|| unknown(in_run), |base| seen("base", base, known.at)));
    lines.extend(now.map(|base| seen("then", base, known.at)));
    lines.push((Tone::Plain, String::new()));
    lines.extend(field_lines(changes, before, now));
    lines.extend(outcome.map(|outcome| echoed(outcome, changes)).unwrap_or_default());
    lines
}

/// An edit beside its base, for a plan.
pub fn edit_lines(edit: &Edit, base: Option<&Base>, at: Timestamp) -> Vec<Line> {
    let sid = harmless(edit.sid.as_str());
    let head = match base.map(|base| place_and_age(base, at)) {
        Some((tone, seen)) => (tone, format!("{sid}  {seen}")),
        None => (Tone::Plain, format!("{sid}  base not known")),
    };
    let mut lines = vec![head];
    lines.extend(field_lines(&edit.changes, base, None));
    lines
}

/// An edit in conflict from all sides.
pub fn conflict_lines(conflict: &Conflict, at: Timestamp) -> Vec<Line> {
    let mut lines = vec![seen("base", &conflict.base, at), seen("then", &conflict.now, at)];
    lines.extend(field_lines(&conflict.edit.changes, Some(&conflict.base), Some(&conflict.now)));
    lines
}

/// A line for each field that an edit changes, and one that says what the signs mean.
fn field_lines(changes: &Changes, before: Option<&Base>, now: Option<&Base>) -> Vec<Line> {
    let mut lines = Vec::new();
    let fields = diff(changes, before.map(|base| &base.contact), now.map(|base| &base.contact));
    let has_base = before.is_some();
    let named = fields.iter().map(|d| d.field.name().len()).max().unwrap_or(0);
    let old = |d: &FieldDiff<'_>| if has_base { quoted(d.base, "(none)") } else { String::from("?") };
    let widest = fields.iter().map(|d| width(&old(d))).filter(|w| *w <= ALIGNED).max().unwrap_or(0);
    for d in &fields {
        let (sign, tone) = match d.stand {
            Stand::Changes => (' ', Tone::Plain),
            Stand::Same => ('=', Tone::Dim),
            Stand::Moved => ('!', Tone::Warn),
        };
        let arrow = (&*old(d), &*quoted(d.wanted, "(cleared)"), widest);
        lines.extend(arrowed(&format!("{sign} {:<named$}  ", d.field.name()), arrow, tone));
        if now.is_some() && (has_base && !same(d.field, d.base, d.now)) {
            let is = quoted(d.now, "(none)");
            lines.push((Tone::Warn, format!("{:named$}    meanwhile {is}", "")));
        }
    }
    if !fields.is_empty() && has_base && fields.iter().all(|d| d.stand == Stand::Same) {
        lines.push((Tone::Dim, String::from("= this edit changes nothing")));
    } else if fields.iter().any(|d| d.stand == Stand::Same) {
        lines.push((Tone::Dim, String::from("= the contact has this value already")));
    }
    lines
}

/// What a base is, and how old; one that is stale stands out.
pub(super) fn seen(name: &str, base: &Base, at: Timestamp) -> Line {
    let (tone, seen) = place_and_age(base, at);
    (if tone == Tone::Plain { Tone::Dim } else { tone }, format!("{name}  {seen} ({})", base.seen.local_minute()))
}

fn place_and_age(base: &Base, at: Timestamp) -> Line {
    let place = match base.source {
        BaseSource::Book => "in the address book",
        BaseSource::Snapshot => "in a read before the sending",
        BaseSource::Run => "as an earlier run left it",
    };
    let (tone, stale) = if base.is_stale(at) { (Tone::Warn, "stale: ") } else { (Tone::Plain, "") };
    (tone, format!("{stale}{place}, {} old", human_duration(at.since(base.seen))))
}

fn unknown(in_run: bool) -> Line {
    let how =
        if in_run { "it was sent without a read before" } else { "a pull, or a read before the sending, shows it" };
    (Tone::Dim, format!("base  not known: {how}"))
}

/// `first_name  Asha → Ravi`, on two lines where that is long.
fn arrowed(head: &str, (old, new, widest): (&str, &str, usize), tone: Tone) -> Vec<Line> {
    if width(old) + width(new) > ONE_LINE {
        return vec![(tone, format!("{head}{old}")), (tone, format!("{}→ {new}", " ".repeat(width(head))))];
    }
    let gap = " ".repeat(widest.saturating_sub(width(old)));
    vec![(tone, format!("{head}{old}{gap} → {new}"))]
}

/// What the server made of it.
fn echoed(outcome: &Outcome, changes: &Changes) -> Vec<Line> {
    let mut lines = vec![(Tone::Plain, String::new())];
    match &outcome.echo {
        Echo::Matches => lines.push((Tone::Ok, String::from("echo  as wanted"))),
        Echo::Missing => lines.push((Tone::Warn, String::from("echo  missing: success without the contact in it"))),
        Echo::None => {
            let why = outcome.said.description.as_deref().unwrap_or_default();
            let words = super::live::words(outcome.status);
            lines.push((super::detail::tone(outcome.status), format!("{words}  {}", harmless(why))));
        }
        Echo::Differs(_) => {
            lines.push((Tone::Warn, String::from("echo  differs: wanted → got")));
            let contact = outcome.item.as_deref().and_then(shown).unwrap_or_default();
            let fields = diff(changes, None, None);
            let otherwise: Vec<_> = fields.iter().filter(|d| differs(d, &contact)).collect();
            let named = otherwise.iter().map(|d| d.field.name().len()).max().unwrap_or(0);
            for d in otherwise {
                let (wanted, got) = (quoted(d.wanted, "(cleared)"), quoted(contact.get(d.field), "(none)"));
                lines.extend(arrowed(&format!("  {:<named$}  ", d.field.name()), (&wanted, &got, 0), Tone::Warn));
            }
        }
    }
    lines
}

fn differs(d: &FieldDiff<'_>, contact: &Contact) -> bool {
    !same(d.field, d.wanted, contact.get(d.field))
}

/// A value made harmless, or what stands for an empty one.
fn quoted(value: &str, empty: &str) -> String {
    if value.is_empty() { empty.to_owned() } else { harmless(value).into_owned() }
}
