//! What a terminal understands, by its name in `TERM`. The terminal itself is never asked.

/// What may be written beyond placing the cursor, clearing lines, margins and plain attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// An alternate screen, marked pastes and the other modes of xterm; where one is unknown it does no harm.
    pub modes: bool,
    /// Erasing some columns, going to a column, moving lines, ending one attribute alone.
    pub edits: bool,
    /// Strings for the window and the clipboard (OSC). Others would print them.
    pub strings: bool,
}

impl Dialect {
    /// What almost everything of today speaks.
    pub const XTERM: Self = Self { modes: true, edits: true, strings: true };
    /// The Linux console.
    const CONSOLE: Self = Self { modes: false, edits: true, strings: false };
    /// What was sold as a terminal, and what calls itself one to be safe.
    const VT100: Self = Self { modes: false, edits: false, strings: false };

    /// The dialect of a terminal, or why the workstation cannot run on it.
    pub fn of(term: Option<&str>) -> Result<Self, String> {
        let term = term.unwrap_or_default();
        let named = |names: &[&str]| names.iter().any(|name| term.split('-').next() == Some(name));
        if term.is_empty() || named(&["dumb", "unknown", "vt52", "emacs", "network"]) {
            let is = if term.is_empty() { String::from("TERM is not set") } else { format!("TERM is `{term}`") };
            return Err(format!(
                "{is}: the workstation needs a terminal that can place its cursor; name yours, as in \
                 `TERM=xterm-256color rolodeck`, or use the subcommands, such as `rolodeck submit`"
            ));
        }
        Ok(if named(&["linux"]) {
            Self::CONSOLE
        } else if named(&["vt100", "vt102", "vt132", "vt220", "ansi", "pcansi", "cons25", "sun", "cygwin"]) {
            Self::VT100
        } else {
            Self::XTERM
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("xterm-256color", Dialect::XTERM)]
    #[case("xterm-16color", Dialect::XTERM)]
    #[case("screen.xterm-256color", Dialect::XTERM)]
    #[case("tmux-256color", Dialect::XTERM)]
    #[case("linux", Dialect::CONSOLE)]
    #[case("vt100", Dialect::VT100)]
    #[case("vt220-8bit", Dialect::VT100)]
    fn a_terminal_is_spoken_to_as_it_understands(#[case] term: &str, #[case] dialect: Dialect) {
        assert_eq!(Dialect::of(Some(term)), Ok(dialect));
    }

    #[rstest]
    #[case(None, "TERM is not set")]
    #[case(Some("dumb"), "TERM is `dumb`")]
    fn one_that_cannot_place_its_cursor_is_refused_with_a_remedy(#[case] term: Option<&str>, #[case] why: &str) {
        let refused = Dialect::of(term).unwrap_err();
        assert!(refused.starts_with(why) && refused.contains("TERM=xterm-256color rolodeck"), "{refused}");
    }
}
