//! The top line: the program, the account it works on, and the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::support::text::{count, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

/// How much the tabs say, where there is less and less room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tabs {
    /// Names and counts.
    Counted,
    /// Names, and the count of the place with the focus.
    Named,
    /// Of the others only how their names begin.
    Short,
}

pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) {
    // On a narrow screen the account comes before the name of the program.
    let (brand, gap) = if area.width < 100 { ("", 1) } else { ("rolodeck  ", 2) };
    let session = &model.session;
    let account = if session.account.is_empty() { "no account" } else { session.account.as_str() };
    let whose = format!("{account} · {}", session.region);
    let profile = format!("{} ", session.profile);
    let dim = styles.of(Role::Header);
    let mut pieces = vec![(brand, styles.of(Role::Accent))];
    if session.production {
        pieces.push(("PRODUCTION ", styles.of(Role::Danger)));
    }
    if session.profile != session.account {
        pieces.push((profile.as_str(), dim));
    }
    pieces.push((whose.as_str(), dim));
    let needed: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    let room = usize::from(area.width).saturating_sub(needed + 2);
    let fits = |tabs: &Vec<(String, Role)>| length(tabs, gap) <= room;
    let mut tabs = [Tabs::Counted, Tabs::Named].into_iter().map(|say| all(model, say));
    let tabs = tabs.find(fits).unwrap_or_else(|| all(model, Tabs::Short));
    let used = length(&tabs, gap) as u16;
    paint::pieces(buffer, area.x + 1, area.y, area.width.saturating_sub(used + 2), &pieces);
    let mut x = area.right().saturating_sub(used);
    for (text, role) in &tabs {
        x += paint::text(buffer, x, area.y, area.right().saturating_sub(x), text, styles.of(*role)) + gap;
    }
}

fn length(tabs: &[(String, Role)], gap: u16) -> usize {
    tabs.iter().map(|(text, _)| width(text) + usize::from(gap)).sum()
}

fn all(model: &Model, say: Tabs) -> Vec<(String, Role)> {
    Place::ALL.into_iter().map(|place| tab(model, place, say)).collect()
}

fn tab(model: &Model, place: Place, say: Tabs) -> (String, Role) {
    let is_here = place == model.place();
    let n = match place {
        _ if say != Tabs::Counted && !is_here => None,
        Place::Queue => Some(model.queued),
        Place::Results => model.shown_run.and_then(|run| model.run(run)).map(|run| run.totals.planned),
        Place::Contacts => model.contacts.book.as_ref().map(|(book, _)| book.contacts),
        Place::History | Place::Log => None,
    };
    let n = n.map_or_else(String::new, |n| format!(" {}", count(n)));
    let key =
        model.session.keymap.keys(place.view(), model.place()).next().map_or_else(String::new, |k| format!("{k} "));
    let title = place.title();
    let title = if say == Tabs::Short && !is_here { title.get(..3).unwrap_or(title) } else { title };
    let text = format!("{key}{title}{n}");
    if is_here { (format!("[{text}]"), Role::Accent) } else { (text, Role::Dim) }
}
