//! One paint of a theme: a colour, a background, attributes; and what a terminal can show of it.

use std::str::FromStr;

/// How paints are written, for errors.
pub(super) const HINT: &str = "write a colour, `on` a colour, and attributes, such as \"110 bold\" or \"white on red\"; \
colours: default, black red green yellow blue magenta cyan white, bright-..., 0 to 255, #rrggbb; \
attributes: bold dim italic underline reverse";

const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Of the terminal's palette: 0 to 15 are the user's own, the rest are the same everywhere.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

impl Colour {
    /// Red, green and blue, where they do not depend on the user's palette.
    pub fn rgb(self) -> Option<[u8; 3]> {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let level = |n: u8| LEVELS.get(usize::from(n % 6)).copied().unwrap_or_default();
        match self {
            Self::Rgb(r, g, b) => Some([r, g, b]),
            Self::Indexed(0..16) => None,
            Self::Indexed(n @ 16..232) => Some([level((n - 16) / 36), level((n - 16) / 6), level(n - 16)]),
            Self::Indexed(n) => Some([8 + (n - 232) * 10; 3]),
        }
    }

    /// The nearest colour of the 256 that terminals share.
    pub fn indexed(self) -> u8 {
        match self {
            Self::Indexed(n) => n,
            Self::Rgb(r, g, b) => {
                let distance = |n: &u8| {
                    let there = Self::Indexed(*n).rgb().unwrap_or_default();
                    there.into_iter().zip([r, g, b]).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>()
                };
                (16..=255).min_by_key(distance).unwrap_or(16)
            }
        }
    }
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let unknown = || format!("`{word}` is not a colour");
        if let Some(hex) = word.strip_prefix('#') {
            let number = u32::from_str_radix(hex, 16).map_err(|_| unknown())?;
            let [zero, r, g, b] = number.to_be_bytes();
            return if hex.len() == 6 && zero == 0 { Ok(Self::Rgb(r, g, b)) } else { Err(unknown()) };
        }
        let (name, first) = word.strip_prefix("bright-").map_or((word, 0), |name| (name, 8));
        let named = NAMES.iter().position(|known| *known == name).map(|n| n as u8 + first);
        named.or_else(|| word.parse().ok()).map(Self::Indexed).ok_or_else(unknown)
    }
}

/// A way to write that is not a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// Heavier letters.
    Bold,
    /// Fainter letters.
    Dim,
    /// Slanted letters.
    Italic,
    /// A line below.
    Underline,
    /// Letters and background change places.
    Reverse,
}

impl Attribute {
    const ALL: [Self; 5] = [Self::Bold, Self::Dim, Self::Italic, Self::Underline, Self::Reverse];

    const fn name(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Dim => "dim",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Reverse => "reverse",
        }
    }
}

/// How something is painted; nothing given is the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    /// The letters.
    pub fg: Option<Colour>,
    /// Behind them.
    pub bg: Option<Colour>,
    attributes: [Option<Attribute>; Attribute::ALL.len()],
}

impl Paint {
    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute> {
        self.attributes.into_iter().flatten()
    }

    /// Whether a terminal with sixteen colours shows it.
    pub(super) fn is_within_sixteen(&self) -> bool {
        [self.fg, self.bg].into_iter().flatten().all(|colour| matches!(colour, Colour::Indexed(0..16)))
    }
}

impl FromStr for Paint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut paint = Self::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if let Some(i) = Attribute::ALL.iter().position(|a| a.name() == word) {
                if let (Some(place), Some(attribute)) = (paint.attributes.get_mut(i), Attribute::ALL.get(i)) {
                    *place = Some(*attribute);
                }
            } else if word == "on" {
                let colour = words.next().ok_or("a colour is missing after `on`")?;
                paint.bg = colour_or_default(colour)?;
            } else {
                paint.fg = colour_or_default(word)?;
            }
        }
        Ok(paint)
    }
}

fn colour_or_default(word: &str) -> Result<Option<Colour>, String> {
    if word == "default" { Ok(None) } else { word.parse().map(Some) }
}

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Any.
    True,
    /// The 256 of xterm.
    Indexed,
    /// The terminal's own sixteen.
    Sixteen,
    /// None, or the user wants none.
    None,
}

impl Depth {
    /// The depth by the environment's `NO_COLOR`, `COLORTERM` and `TERM`. The terminal is not asked.
    ///
    /// `COLORTERM` seldom passes through ssh, so a terminal of an unknown kind counts as one with 256.
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::None;
        }
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            return Self::True;
        }
        match term {
            "" | "dumb" | "vt52" | "vt100" | "vt102" | "vt220" => Self::None,
            "linux" | "ansi" | "cons25" | "cygwin" => Self::Sixteen,
            _ if term.ends_with("-mono") || term.ends_with("-m") => Self::None,
            _ if term.ends_with("-16color") || term.ends_with("-8color") => Self::Sixteen,
            _ => Self::Indexed,
        }
    }

    /// The depth by the name in the config: `16m`, `256`, `16`, `none`; `auto` is not one of them.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "16m" => Some(Self::True),
            "256" => Some(Self::Indexed),
            "16" => Some(Self::Sixteen),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}
