//! What the keys mean while a dialog lies over the panes.

use super::dialog::Dialog;
use super::effect::Effect;
use super::model::{Ctx, Model};
use super::moving::{move_rows, steps};
use super::prompt::PromptKind;
use super::{bulk, conflicts, dialog, errors, import, pick, rows, themes};
use crate::config::actions::Action;

/// What the keys of moving mean while a dialog is open; `None` when none is.
pub(super) fn dialog_action(model: &mut Model, action: Action, ctx: &Ctx) -> Option<Vec<Effect>> {
    let page = usize::from(model.size.1.saturating_sub(8)).max(1) as isize;
    if matches!(model.dialogs.last(), Some(Dialog::Help { .. })) {
        return Some(help_action(model, action, page));
    }
    match model.dialogs.last()? {
        _ if action == Action::Suspend => {}
        Dialog::Bulk(_) => return Some(bulk::run(model, action, steps(action, page), ctx)),
        Dialog::Import(_) => return Some(import::run(model, action, steps(action, page))),
        Dialog::Pick(_) => return Some(pick::run(model, action, steps(action, page))),
        Dialog::Conflicts(_) => return Some(conflicts::run(model, action, steps(action, page))),
        _ => {}
    }
    let top = model.dialogs.last_mut()?;
    if matches!(top, Dialog::Themes(_)) && action != Action::Suspend {
        return Some(themes::run(model, action, steps(action, page)));
    }
    if let Some(by) = steps(action, page)
        && !matches!(top, Dialog::Detail { .. } | Dialog::Diff { .. })
    {
        dialog::scroll(model, by);
        return Some(Vec::new());
    }
    match action {
        Action::Quit | Action::Back | Action::Open | Action::Plan => {
            model.dialogs.pop();
            Some(Vec::new())
        }
        Action::Detail if matches!(top, Dialog::Detail { .. }) => {
            model.dialogs.pop();
            Some(Vec::new())
        }
        Action::Diff if matches!(top, Dialog::Diff { .. }) => {
            model.dialogs.pop();
            Some(Vec::new())
        }
        // From the one to the other, of the same row.
        Action::Detail if matches!(top, Dialog::Diff { .. }) => {
            *top = Dialog::Detail { scroll: 0 };
            Some(Vec::new())
        }
        Action::Diff if matches!(top, Dialog::Detail { .. }) => {
            *top = Dialog::Diff { scroll: 0 };
            Some(Vec::new())
        }
        // In the detail and the diff, j and k go through the rows; the page keys scroll its text.
        Action::Down | Action::Up => {
            let effects = move_rows(model, if action == Action::Down { 1 } else { -1 });
            dialog::scroll(model, 0);
            Some(effects)
        }
        action if steps(action, page).is_some() => {
            dialog::scroll(model, steps(action, page).unwrap_or(0));
            Some(Vec::new())
        }
        Action::CopySid | Action::CopyJson if matches!(top, Dialog::Text { .. }) => {
            let Dialog::Text { notice, .. } = top else { return Some(Vec::new()) };
            let text = notice.text.clone();
            Some(errors::copy_text(model, text))
        }
        // What is typed there may be about its row.
        Action::Palette if matches!(top, Dialog::Detail { .. } | Dialog::Diff { .. }) => None,
        Action::Mend if matches!(top, Dialog::Detail { .. }) => {
            model.dialogs.pop();
            None
        }
        // What sends, or copies, closes the dialog and does it.
        Action::Send
        | Action::Requeue
        | Action::Fix
        | Action::CopySid
        | Action::CopyJson
        | Action::Pause
        | Action::Suspend => {
            if !matches!(action, Action::CopySid | Action::CopyJson | Action::Suspend) {
                model.dialogs.clear();
            }
            None
        }
        _ => Some(Vec::new()),
    }
}

/// What the keys mean in the help.
pub(super) fn help_action(model: &mut Model, action: Action, page: isize) -> Vec<Effect> {
    let Some(Dialog::Help { filter, .. }) = model.dialogs.last_mut() else { return Vec::new() };
    match action {
        Action::Search | Action::Filter => {
            let text = filter.clone();
            return rows::open(model, PromptKind::Help, &text);
        }
        Action::Back if !filter.is_empty() => filter.clear(),
        Action::Back | Action::Quit | Action::Help | Action::Open => {
            model.dialogs.pop();
        }
        Action::Suspend => return vec![Effect::Suspend],
        action => {
            if let Some(by) = steps(action, page) {
                dialog::scroll(model, by);
            }
        }
    }
    Vec::new()
}
