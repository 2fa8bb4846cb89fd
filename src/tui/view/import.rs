//! An import being put together: its columns, and what would come of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialogs::more_below;
use crate::app::import::{Counted, Import, Question, Stage, Way, unchanged, value};
use crate::config::theme::Role;
use crate::domain::Field;
use crate::intake::Target;
use crate::support::text::{count, counted, width, wrapped};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// Columns of a column's header, and of a value of it.
const HEADER: usize = 24;
const SAMPLE: u16 = 22;

/// Paints the dialog; gives the cursor's place.
pub(super) fn paint(buffer: &mut Buffer, body: Rect, import: &Import, styles: &Styles) -> Option<(u16, u16)> {
    let columns = body.width.saturating_sub(8).min(96);
    let lines = import.lines().len();
    let (head, role) = headline(import);
    let head = wrapped(&head, usize::from(columns));
    let more = match &import.stage {
        Stage::Preview(counted) => said(counted, usize::from(columns)).len() + 1,
        Stage::Settling(Question::Values, _) => 4,
        Stage::Busy(..) | Stage::Settling(..) | Stage::Mapping | Stage::Choosing(_) | Stage::Reading(..) => 1,
    };
    let rows = (head.len() + lines + more).min(usize::from(body.height.saturating_sub(2))) as u16;
    let inside = paint::dialog(buffer, body, columns, rows, &title(import), styles);
    for (y, line) in (inside.y..inside.bottom()).zip(&head) {
        paint::text(buffer, inside.x, y, inside.width, line, styles.of(role));
    }
    let rest = below(inside, head.len() as u16);
    match &import.stage {
        Stage::Busy(_, done, of) => {
            paint::bar(buffer, rest.x, rest.y, rest.width, *done, (*of).max(1), styles.of(Role::Accent));
            None
        }
        Stage::Mapping
        | Stage::Choosing(_)
        | Stage::Reading(..)
        | Stage::Settling(Question::Meant | Question::Which(_), _) => {
            Some(list(buffer, below(rest, 1), import, styles))
        }
        Stage::Settling(Question::Values, preview) => {
            let values = Rect { y: rest.bottom().saturating_sub(2), height: 2, ..rest };
            values_below(buffer, values, import, preview, styles);
            let list_rows = below(Rect { height: rest.height.saturating_sub(3), ..rest }, 1);
            Some(list(buffer, list_rows, import, styles))
        }
        Stage::Preview(preview) => {
            let cursor = list(buffer, below(rest, 1), import, styles);
            let area = below(rest, 2 + lines as u16);
            let below = said(preview, usize::from(area.width));
            for (y, (line, role)) in (area.y..area.bottom()).zip(&below) {
                paint::text(buffer, area.x, y, area.width, line, styles.of(*role));
            }
            more_below(buffer, area, below.len().saturating_sub(usize::from(area.height)), styles);
            Some(cursor)
        }
    }
}

fn title(import: &Import) -> String {
    match &import.stage {
        Stage::Choosing(at) => {
            format!("What is `{}`?", import.look.columns.get(*at).map_or("", |column| column.header.as_str()))
        }
        Stage::Reading(Way::Sheet, _) => String::from("Which sheet?"),
        Stage::Reading(Way::Encoding, _) => String::from("Which encoding?"),
        Stage::Reading(Way::Delimiter, _) => String::from("What separates the cells?"),
        Stage::Settling(Question::Values, _) => String::from("Which value stays?"),
        Stage::Settling(Question::Meant, _) => String::from("Who is meant?"),
        Stage::Settling(Question::Which(at), preview) => {
            format!("Who is meant by {}?", preview.several.get(*at).map_or("", |several| several.value.as_str()))
        }
        _ => format!("Import {}", import.source.name()),
    }
}

fn below(area: Rect, rows: u16) -> Rect {
    Rect { y: area.y + rows.min(area.height), height: area.height.saturating_sub(rows), ..area }
}

/// What the stage is about.
fn headline(import: &Import) -> (String, Role) {
    match &import.stage {
        Stage::Busy(what, 0, _) => (format!("{what} …"), Role::Dim),
        Stage::Busy(what, done, of) => (format!("{what}: {} %", done * 100 / (*of).max(1)), Role::Text),
        Stage::Choosing(_) => (String::from("It names the contact, changes a field, or is left out."), Role::Dim),
        Stage::Reading(..) => (String::from("It is read again as you choose."), Role::Dim),
        Stage::Mapping => {
            let look = &import.look;
            if let (Some(now), Some(other)) = (look.read_as.encoding, look.read_as.looks_like) {
                return (format!("This is not {now}: it looks like {other}. Choose the encoding."), Role::Bad);
            }
            if let Some(refused) = look.refused.as_ref().filter(|_| look.columns.is_empty()) {
                let why = refused.problems.first().map_or("it can't be read so", |problem| problem.message.as_str());
                return (format!("Nothing to import: {why}"), Role::Bad);
            }
            let is = |target: &Target| import.look.columns.iter().filter(|column| column.target == *target).count();
            match (is(&Target::Sid), is(&Target::Unmatched)) {
                (0, _) if is(&Target::Field(Field::Number)) + is(&Target::Field(Field::Email)) > 0 => (
                    String::from("No column is the SID: contacts are found by number or email, in the address book."),
                    Role::Dim,
                ),
                (0, _) => (String::from("No column names the contact yet: choose one as sid."), Role::Bad),
                (_, 0) => (String::from("Every column is used or left out."), Role::Dim),
                (_, n) => (
                    format!("{} not used: choose a field for one if it matters.", counted(n as u64, "column")),
                    Role::Warn,
                ),
            }
        }
        Stage::Settling(Question::Values, preview) => {
            let more = match preview.report.more {
                0 => String::new(),
                n => format!(" {} are not listed: the choice for all is theirs.", counted(n, "more conflict")),
            };
            (format!("These fields have two values; all others merge.{more}"), Role::Dim)
        }
        Stage::Settling(..) => (String::from("Several contacts have it; a row of nobody's is refused."), Role::Dim),
        Stage::Preview(preview) => {
            let Counted { report, rows, refused, .. } = preview.as_ref();
            let line = format!(
                "{} new · {} merged · {} · {} refused · {} in all",
                count(report.added),
                count(report.merged),
                unchanged(report),
                count(*refused),
                counted(*rows, "row")
            );
            (line, Role::Text)
        }
    }
}

/// The lines to choose from; gives the cursor's place.
fn list(buffer: &mut Buffer, area: Rect, import: &Import, styles: &Styles) -> (u16, u16) {
    let lines = import.lines();
    let is_mapping = import.stage == Stage::Mapping;
    let name = lines.iter().map(|line| width(&line.name)).max().unwrap_or(0);
    let name = if is_mapping { name.min(HEADER) } else { name } as u16;
    let skip = (import.at + 1).saturating_sub(usize::from(area.height.max(1)));
    for (y, (at, line)) in (area.y..area.bottom()).zip(lines.iter().enumerate().skip(skip)) {
        let here = at == import.at;
        let (sign, role) = if here { ("▸ ", Role::Accent) } else { ("  ", Role::Text) };
        paint::text(buffer, area.x, y, 2, sign, styles.of(Role::Cursor));
        let mut x = area.x + 2;
        paint::text(buffer, x, y, name, &line.name, styles.of(role));
        x += name + 2;
        let room = |x: u16| area.right().saturating_sub(x);
        if is_mapping && at < import.look.columns.len() {
            let sample = import.look.samples.iter().filter_map(|row| row.get(at)).find(|cell| !cell.is_empty());
            paint::text(buffer, x, y, SAMPLE.min(room(x)), sample.map_or("", String::as_str), styles.of(Role::Dim));
            x += SAMPLE + 2;
            let is_used = import.look.columns.get(at).is_some_and(|column| column.target != Target::Unmatched);
            let role = if is_used { Role::Changed } else { Role::Warn };
            paint::pieces(buffer, x, y, room(x), &[("→ ", styles.of(Role::Dim)), (&line.text, styles.of(role))]);
        } else {
            paint::text(buffer, x, y, room(x), &line.text, styles.of(Role::Dim));
        }
    }
    more_below(buffer, area, lines.len().saturating_sub(skip + usize::from(area.height)), styles);
    (area.x, area.y + import.at.saturating_sub(skip) as u16)
}

/// Both values of the conflict under the cursor.
fn values_below(buffer: &mut Buffer, area: Rect, import: &Import, preview: &Counted, styles: &Styles) {
    let Some(conflict) = import.conflict(preview) else { return };
    let from = |later: bool| match (conflict.was_queued, later) {
        (true, false) => "queued  ",
        (true, true) => "file    ",
        (false, false) => "one row      ",
        (false, true) => "a later row  ",
    };
    for (y, (later, change)) in (area.y..area.bottom()).zip([(false, &conflict.earlier), (true, &conflict.later)]) {
        let pieces = [(from(later), styles.of(Role::Dim)), (value(change), styles.of(Role::Text))];
        paint::pieces(buffer, area.x + 2, y, area.width.saturating_sub(2), &pieces);
    }
}

/// What can't be sent, which rows are refused and why, and what else to know: in lines of some columns.
fn said(preview: &Counted, columns: usize) -> Vec<(String, Role)> {
    let faulty = (preview.faulty > 0)
        .then(|| (format!("{} can't be sent before they are mended", counted(preview.faulty, "edit")), Role::Warn));
    let problems = preview.problems.iter().map(|line| (format!("✗ {line}"), Role::Bad));
    let warnings = preview.warnings.iter().map(|line| (format!("! {line}"), Role::Warn));
    let all = faulty.into_iter().chain(problems).chain(warnings);
    all.flat_map(|(line, role)| wrapped(&line, columns).into_iter().map(move |line| (line, role))).collect()
}
