//! The program's own themes, and files that users write.

use rstest::rstest;

use super::*;

fn mine(text: &str) -> Result<Theme, ConfigError> {
    Theme::parse("mine", Path::new("/c/themes/mine.toml"), text)
}

fn theme(name: &str) -> Theme {
    Theme::built_in(name).unwrap().unwrap()
}

#[test]
fn every_theme_of_the_program_says_every_role_itself() {
    for (name, text) in BUILT_IN {
        let table: toml::Table = text.parse().unwrap();
        let missing: Vec<_> = Role::ALL.iter().map(|r| r.name()).filter(|r| !table.contains_key(*r)).collect();
        assert!(missing.is_empty() && !table.contains_key("base"), "{name} lacks {missing:?}");
        assert_eq!(theme(name).name, name);
    }
}

#[test]
fn roles_are_numbered_in_their_order() {
    for (i, role) in Role::ALL.into_iter().enumerate() {
        assert_eq!(role as usize, i);
    }
}

/// The contrast of WCAG 2, from 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |rgb: [u8; 3]| {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[rstest]
#[case("dark", 4.5)]
#[case("light", 4.5)]
#[case("colour-blind", 4.5)]
#[case("high-contrast", 7.0)]
fn every_colour_can_be_read(#[case] name: &str, #[case] least: f64) {
    let theme = theme(name);
    for role in Role::ALL {
        let paint = theme.paint(role);
        let Some(fg) = paint.fg else {
            // The terminal's own letters are readable on its own background, and on no other.
            assert!(paint.bg.is_none(), "{name}: {} has no colour of its own", role.name());
            continue;
        };
        let behind = paint.bg.or(theme.background).unwrap();
        let contrast = contrast(fg.rgb().expect("a colour that no palette changes"), behind.rgb().unwrap());
        assert!(contrast >= least, "{name}: {} has {contrast:.1}", role.name());
        assert!(paint.attributes().all(|a| a != Attribute::Dim), "{name}: {} is fainter than measured", role.name());
    }
}

#[test]
fn outcomes_differ_in_every_theme() {
    for name in Theme::built_in_names() {
        let theme = theme(name);
        let paints = [Role::Ok, Role::Bad, Role::Warn].map(|role| theme.paint(role));
        assert!(paints[0] != paints[1] && paints[1] != paints[2] && paints[0] != paints[2], "{name}");
    }
}

#[test]
fn a_terminal_gets_what_it_can_show() {
    assert_eq!(theme("light").for_depth(Depth::Indexed).name, "light");
    assert_eq!(theme("light").for_depth(Depth::Sixteen).name, "ansi");
    assert_eq!(theme("mono").for_depth(Depth::Sixteen).name, "mono");
    let mono = theme("dark").for_depth(Depth::None);
    assert!(Role::ALL.into_iter().all(|role| (mono.paint(role).fg, mono.paint(role).bg) == (None, None)));
}

#[rstest]
#[case(None, Some("truecolor"), Some("xterm-256color"), Depth::True)]
#[case(Some("1"), Some("truecolor"), Some("xterm-256color"), Depth::None)]
#[case(Some(""), None, Some("xterm-256color"), Depth::Indexed)]
#[case(None, None, Some("screen"), Depth::Indexed)]
#[case(None, None, Some("linux"), Depth::Sixteen)]
#[case(None, None, Some("dumb"), Depth::None)]
#[case(None, None, None, Depth::None)]
fn the_depth_follows_the_environment(
    #[case] no_color: Option<&str>,
    #[case] colorterm: Option<&str>,
    #[case] term: Option<&str>,
    #[case] depth: Depth,
) {
    assert_eq!(Depth::detect(no_color, colorterm, term), depth);
}

#[test]
fn a_paint_is_read_in_words() {
    let paint: Paint = "bold bright-white on #af0000".parse().unwrap();
    assert_eq!((paint.fg, paint.bg), (Some(Colour::Indexed(15)), Some(Colour::Rgb(0xaf, 0, 0))));
    assert_eq!(paint.attributes().collect::<Vec<_>>(), [Attribute::Bold]);
    assert_eq!("default on default".parse(), Ok(Paint::default()));
}

#[test]
fn a_colour_outside_the_palette_has_its_nearest_there() {
    assert_eq!(Colour::Rgb(0x87, 0xaf, 0xd7).indexed(), 110);
    assert_eq!(Colour::Rgb(0x88, 0xb0, 0xd6).indexed(), 110);
    assert_eq!(Colour::Indexed(110).rgb(), Some([0x87, 0xaf, 0xd7]));
    assert_eq!(Colour::Rgb(0x8a, 0x8b, 0x8a).indexed(), 245);
}

#[test]
fn a_short_theme_stands_on_another() {
    let short = mine("base = \"light\"\naccent = \"red\"").unwrap();
    assert_eq!(short.name, "mine");
    assert_eq!(short.paint(Role::Accent).fg, Some(Colour::Indexed(1)));
    assert_eq!(short.paint(Role::Bad), theme("light").paint(Role::Bad));
    assert_eq!(mine("").unwrap().paint(Role::Bad), theme("dark").paint(Role::Bad));
}

#[rstest]
#[case("base = \"light\"\nacent = \"red\"", ":2:1: unknown role `acent`; did you mean `accent`?")]
#[case("shadow = \"red\"", ":1:1: unknown role `shadow`; a theme has base, background, text, dim, ")]
#[case("accent = 5", ":1:10: `accent` is not a text; a line of a theme looks like: accent = \"110 bold\"")]
#[case("\n\naccent = \"redd\"", ":3:10: `redd` is not a colour; write a colour, ")]
#[case("accent = \"256\"", ":1:10: `256` is not a colour")]
#[case("accent = \"#fff\"", ":1:10: `#fff` is not a colour")]
#[case("accent = \"red on\"", ":1:10: a colour is missing after `on`")]
#[case("accent = ", ":1:10: ")]
#[case("base = \"drak\"", ":1:8: there is no theme `drak` in the program; choose dark, light")]
fn a_wrong_theme_says_where_what_and_what_to_do(#[case] text: &str, #[case] said: &str) {
    let error = mine(text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("/c/themes/mine.toml{said}")), "{error}");
}

#[test]
fn the_users_file_comes_before_the_programs_and_a_path_is_no_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("dark.toml"), "accent = \"red\"").unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("mine.toml"), "").unwrap();
    let names = Theme::names(dir.path());
    assert_eq!((names.len(), &names[0][..], &names[6][..]), (7, "dark", "mine"));
    let load = |name: &str, dir: &Path| Theme::load(name, dir);
    assert_eq!(load("dark", dir.path()).unwrap().paint(Role::Accent).fg, Some(Colour::Indexed(1)));
    assert_eq!(load("light", dir.path()).unwrap(), theme("light"));
    let error = load("../dark", &dir.path().join("sub")).unwrap_err();
    assert!(error.to_string().starts_with("there is no theme `../dark`"), "{error}");
    let error = load("lihgt", dir.path()).unwrap_err().to_string();
    assert_eq!(error, "there is no theme `lihgt`; did you mean `light`?");
    fs::write(dir.path().join("mine.toml"), "accent = \"pink\"").unwrap();
    let error = load("mine", dir.path()).unwrap_err().to_string();
    assert!(error.contains("mine.toml:1:10: `pink` is not a colour"), "{error}");
}
