//! Templates: a value made of the edit's other values.

use super::{needed, value};
use crate::domain::edit::Edit;
use crate::domain::field::Cell;
use crate::domain::wrong::WrongText;

/// A template such as `{first_name} {last_name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Column {
        cell: Cell,
        /// Whether the template is filled without it too.
        optional: bool,
    },
}

impl Template {
    /// Reads a template; the grammar is in the documentation of this module.
    pub fn parse(text: &str) -> Result<Self, WrongText> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
            match c {
                '{' | '}' if rest.starts_with(c) => {
                    plain.push(c);
                    at += 2;
                }
                '}' => return Err(WrongText::new(at, "this `}` closes nothing; `}}` is the character itself")),
                '{' => {
                    let Some((name, _)) = rest.split_once('}') else {
                        return Err(WrongText::new(at, "this `{` is not closed; `{{` is the character itself"));
                    };
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(column(name).map_err(|message| WrongText::new(at + 1, message))?);
                    at += name.len() + 2;
                }
                c => {
                    plain.push(c);
                    at += c.len_utf8();
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The value for an edit; a column without a value makes it impossible.
    pub(super) fn fill(&self, edit: &Edit) -> Result<String, String> {
        let mut out = String::new();
        for piece in &self.0 {
            out.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Column { cell, optional: false } => needed(edit, *cell)?,
                Piece::Column { cell, optional: true } => value(edit, *cell).unwrap_or_default(),
            });
        }
        Ok(out)
    }
}

fn column(name: &str) -> Result<Piece, String> {
    let (name, optional) = name.trim().strip_suffix('?').map_or((name.trim(), false), |name| (name, true));
    let cell = Cell::all().find(|cell| cell.name().eq_ignore_ascii_case(name));
    cell.map(|cell| Piece::Column { cell, optional }).ok_or_else(|| {
        let known: Vec<_> = Cell::all().map(Cell::name).collect();
        format!("no column `{name}`; there are {}", known.join(", "))
    })
}
