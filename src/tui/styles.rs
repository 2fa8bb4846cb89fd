//! A theme as the screen uses it: a ratatui style for every role.

use ratatui::style::{Color, Modifier, Style};

use crate::config::Glyphs;
use crate::config::theme::{Attribute, Colour, Depth, Paint, Role, Theme};

/// The styles of one theme on one terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Styles {
    roles: [Style; Role::ALL.len()],
    /// What the terminal can draw.
    pub(super) glyphs: Glyphs,
}

impl Styles {
    /// The theme's styles; on a terminal with fewer colours those of a theme that it can show.
    pub fn new(theme: Theme, depth: Depth) -> Self {
        let theme = theme.for_depth(depth);
        Self { roles: Role::ALL.map(|role| style(theme.paint(role), depth)), glyphs: Glyphs::default() }
    }

    /// The same for a terminal that draws these signs.
    #[must_use]
    pub fn drawn_with(self, glyphs: Glyphs) -> Self {
        Self { glyphs, ..self }
    }

    /// How a role is written.
    pub fn of(&self, role: Role) -> Style {
        self.roles.get(role as usize).copied().unwrap_or_default()
    }
}

fn style(paint: Paint, depth: Depth) -> Style {
    let colour = |colour: Option<Colour>| colour.map(|c| color(c, depth));
    let modifier = paint.attributes().fold(Modifier::empty(), |all, attribute| {
        all | match attribute {
            Attribute::Bold => Modifier::BOLD,
            Attribute::Dim => Modifier::DIM,
            Attribute::Italic => Modifier::ITALIC,
            Attribute::Underline => Modifier::UNDERLINED,
            Attribute::Reverse => Modifier::REVERSED,
        }
    });
    Style { fg: colour(paint.fg), bg: colour(paint.bg), ..Style::new() }.add_modifier(modifier)
}

/// The terminal's colour. The first sixteen have codes of their own, which are shorter and known everywhere.
fn color(colour: Colour, depth: Depth) -> Color {
    const OWN: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match colour {
        Colour::Rgb(r, g, b) if depth == Depth::True => Color::Rgb(r, g, b),
        _ => {
            let n = colour.indexed();
            OWN.get(usize::from(n)).copied().unwrap_or(Color::Indexed(n))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(text: &str, depth: Depth) -> Styles {
        Styles::new(Theme::parse("mine", std::path::Path::new("mine.toml"), text).unwrap(), depth)
    }

    #[test]
    fn a_paint_becomes_the_style_that_the_terminal_can_show() {
        let text = "accent = \"#88b0d6 bold\"\nbad = \"bright-red on 124\"";
        assert_eq!(styles(text, Depth::True).of(Role::Accent), Style::new().fg(Color::Rgb(0x88, 0xb0, 0xd6)).bold());
        assert_eq!(styles(text, Depth::Indexed).of(Role::Accent), Style::new().fg(Color::Indexed(110)).bold());
        assert_eq!(
            styles(text, Depth::Indexed).of(Role::Bad),
            Style::new().fg(Color::LightRed).bg(Color::Indexed(124))
        );
    }

    #[test]
    fn without_colours_attributes_are_left() {
        let styles = styles("", Depth::None);
        assert!(Role::ALL.iter().all(|role| styles.of(*role).fg.is_none() && styles.of(*role).bg.is_none()));
        assert_eq!(styles.of(Role::Danger), Style::new().bold().reversed());
    }
}
