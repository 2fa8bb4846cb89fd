//! The list of themes: moving over it shows each at once, and leaving it brings back the one before.

use super::dialog::Dialog;
use super::effect::Effect;
use super::model::Model;
use crate::config::actions::Action;

/// The themes to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    /// Their names.
    pub names: Vec<String>,
    /// The one that is shown, by its place in the list.
    pub chosen: usize,
    /// The theme before the list was opened.
    pub before: String,
    /// What the terminal makes of them, where it cannot show all their colours.
    pub note: Option<&'static str>,
}

/// Opens the list with the theme in use under its cursor.
pub(super) fn open(model: &mut Model, names: Vec<String>, before: String, note: Option<&'static str>) {
    let chosen = names.iter().position(|name| *name == before).unwrap_or(0);
    model.dialogs.push(Dialog::Themes(Themes { names, chosen, before, note }));
}

/// What an action does in the list, on whose page are so many rows.
pub(super) fn run(model: &mut Model, action: Action, by: Option<isize>) -> Vec<Effect> {
    let Some(Dialog::Themes(list)) = model.dialogs.last_mut() else { return Vec::new() };
    let theme = |name: &String, keep| vec![Effect::Theme { name: name.clone(), keep }];
    let chosen = |list: &Themes, keep| list.names.get(list.chosen).map_or_else(Vec::new, |name| theme(name, keep));
    let effects = match (action, by) {
        (_, Some(by)) => {
            list.chosen = list.chosen.saturating_add_signed(by).min(list.names.len().saturating_sub(1));
            return chosen(list, false);
        }
        (Action::Open, _) => chosen(list, true),
        (Action::Back | Action::Quit, _) => theme(&list.before, false),
        _ => return Vec::new(),
    };
    model.dialogs.pop();
    effects
}
