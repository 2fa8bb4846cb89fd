//! `rolodeck themes`: the themes by name, each with a sample where there is somebody to look at it.

use std::io::{BufWriter, IsTerminal, Write};

use super::console::complain;
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use crate::config::Config;
use crate::config::theme::{Attribute, Colour, Depth, Paint, Role, Theme};
use crate::support::text::{fit, harmless, width};

/// What a sample says of a theme.
const SAMPLE: [(&str, Role); 8] = [
    ("accent", Role::Accent),
    ("updated", Role::Ok),
    ("rejected", Role::Bad),
    ("unknown", Role::Warn),
    ("not sent", Role::Wait),
    ("changed", Role::Changed),
    ("CLEAR", Role::Cleared),
    ("PRODUCTION", Role::Danger),
];

/// Lists the themes. One that cannot be read is told apart, and the others are listed all the same.
pub(super) fn themes(session: &Session) -> Result<Exit, Error> {
    let in_use = Config::load(&session.paths)?.ui.theme;
    let dir = session.paths.theme_dir();
    let depth = match &session.env {
        env if std::io::stdout().is_terminal() => {
            Depth::detect(env.get("NO_COLOR"), env.get("COLORTERM"), env.get("TERM"))
        }
        _ => Depth::None,
    };
    let names = Theme::names(&dir);
    let columns = names.iter().map(|name| width(&harmless(name))).max().unwrap_or(0);
    // A sample is made of codes for the terminal, which the data of other commands must never have.
    let (mut out, mut exit) = (BufWriter::new(std::io::stdout()), Exit::Done);
    for name in names {
        let theme = match Theme::load(&name, &dir) {
            Ok(theme) => theme,
            Err(error) => {
                complain(&error.into());
                exit = Exit::Config;
                continue;
            }
        };
        let sign = if name == in_use { "*" } else { " " };
        let file = Theme::file(&name, &dir);
        let whence = if file.exists() { file.display().to_string() } else { "built in".to_owned() };
        let sample = if depth == Depth::None { String::new() } else { sample(&theme.for_depth(depth), depth) + "  " };
        writeln!(out, "{sign} {}  {sample}{}", fit(&harmless(&name), columns), harmless(&whence))?;
    }
    out.flush()?;
    Ok(exit)
}

fn sample(theme: &Theme, depth: Depth) -> String {
    SAMPLE.map(|(text, role)| format!("\x1b[{}m{text}\x1b[m", codes(theme.paint(role), depth))).join(" ")
}

/// The codes of a paint for `ESC [ … m`.
fn codes(paint: Paint, depth: Depth) -> String {
    let attributes = paint.attributes().map(|attribute| match attribute {
        Attribute::Bold => "1".to_owned(),
        Attribute::Dim => "2".to_owned(),
        Attribute::Italic => "3".to_owned(),
        Attribute::Underline => "4".to_owned(),
        Attribute::Reverse => "7".to_owned(),
    });
    let colours = [(paint.fg, 30), (paint.bg, 40)].into_iter().filter_map(|(colour, base)| {
        Some(match colour? {
            Colour::Rgb(r, g, b) if depth == Depth::True => format!("{};2;{r};{g};{b}", base + 8),
            other => match other.indexed() {
                n @ 0..8 => format!("{}", base + u16::from(n)),
                n @ 8..16 => format!("{}", base + 52 + u16::from(n)),
                n => format!("{};5;{n}", base + 8),
            },
        })
    });
    attributes.chain(colours).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paint_has_the_codes_of_what_the_terminal_can_show() {
        let paint: Paint = "bold bright-white on #af0000".parse().unwrap();
        assert_eq!(codes(paint, Depth::True), "1;97;48;2;175;0;0");
        assert_eq!(codes(paint, Depth::Indexed), "1;97;48;5;124");
        assert_eq!(codes("red on 4".parse().unwrap(), Depth::Sixteen), "31;44");
        assert_eq!(codes(Paint::default(), Depth::True), "");
    }
}
