//! The top line: the program, the account it works on, and the views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::config::actions::Place;
use crate::config::theme::Role;
use crate::support::text::{count, width};
use crate::tui::paint;
use crate::tui::styles::Styles;

pub(super) fn paint(buffer: &mut Buffer, area: Rect, model: &Model, styles: &Styles) {
    let tabs: Vec<(String, Role)> = Place::ALL.into_iter().map(|place| tab(model, place)).collect();
    // On a narrow screen the account comes before the name of the program.
    let (brand, gap) = if area.width < 100 { ("", 1) } else { ("rolodeck  ", 2) };
    let tabs_width: usize = tabs.iter().map(|(text, _)| width(text) + usize::from(gap)).sum();
    let room = usize::from(area.width).saturating_sub(tabs_width + 2) as u16;
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
    paint::pieces(buffer, area.x + 1, area.y, room, &pieces);
    let mut x = area.right().saturating_sub(tabs_width as u16);
    for (text, role) in &tabs {
        x += paint::text(buffer, x, area.y, area.right().saturating_sub(x), text, styles.of(*role)) + gap;
    }
}

fn tab(model: &Model, place: Place) -> (String, Role) {
    let n = match place {
        Place::Queue => Some(model.queued),
        Place::Results => model.shown_run.and_then(|run| model.run(run)).map(|run| run.totals.planned),
        Place::History | Place::Log => None,
    };
    let n = n.map_or_else(String::new, |n| format!(" {}", count(n)));
    let key =
        model.session.keymap.keys(place.view(), model.place()).next().map_or_else(String::new, |k| format!("{k} "));
    let text = format!("{key}{}{n}", place.title());
    if place == model.place() { (format!("[{text}]"), Role::Accent) } else { (text, Role::Dim) }
}
