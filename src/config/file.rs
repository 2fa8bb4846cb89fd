//! The config file: its shape, its defaults, and how it is read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::bindings::Bindings;
use super::glyphs::Borders;
use super::keymap::{Keymap, Source};
use super::preset::Preset;
use super::profile::{DEMO, Profile};
use super::{ConfigError, Environment, Paths};
use crate::support::near::nearest;

/// The file that documents every key with its default, as `config init` writes it.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The profile in use when neither `--profile` nor `ROLODECK_PROFILE` names one.
    pub profile: String,
    /// The cell text that means *clear this field* in an imported file.
    pub clear_token: String,
    /// The screen.
    pub ui: Ui,
    /// The user's own keys, as they were written.
    pub keys: Bindings,
    /// What all keys mean: the preset with the user's own over it.
    #[serde(skip)]
    pub keymap: Keymap,
    /// The accounts, by name.
    pub profiles: BTreeMap<String, Profile>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: "default".to_owned(),
            clear_token: "--".to_owned(),
            ui: Ui::default(),
            keys: Bindings::default(),
            keymap: Keymap::default(),
            profiles: BTreeMap::from([("default".to_owned(), Profile::default())]),
        }
    }
}

/// Settings of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the file")]
pub struct Ui {
    /// The name of a theme.
    pub theme: String,
    /// The keys to begin with.
    pub keymap: Preset,
    /// The signs that frames and marks are drawn with.
    pub borders: Borders,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// Whether the window's title tells of the account and the run.
    pub title: bool,
    /// Whether the end of a run rings the bell.
    pub bell: bool,
    /// Whether the end of a run is told by the terminal's notification (OSC 9).
    pub notify: bool,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            keymap: Preset::default(),
            borders: Borders::default(),
            mouse: false,
            title: false,
            bell: false,
            notify: false,
        }
    }
}

impl Config {
    /// Reads the config file; without one, gives the defaults, unless the user named it.
    pub fn load(paths: &Paths) -> Result<Self, ConfigError> {
        let file = &paths.config_file;
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(file, &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !paths.config_named => Ok(Self::default()),
            Err(e) => Err(ConfigError::in_file(file, format!("cannot be read: {e}"))
                .hint("correct --config or ROLODECK_CONFIG, or write the file with `rolodeck config init`")),
        }
    }

    /// Reads the text of a config file.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|e| ConfigError::of_toml(file, text, &e))?;
        config.keymap = Keymap::layered(config.ui.keymap, &config.keys, &Source { file, text })?;
        let dir = file.parent().unwrap_or(Path::new("."));
        for (name, profile) in &mut config.profiles {
            profile.settle_paths(name, dir).map_err(|e| ConfigError { file: Some(file.to_owned()), ..e })?;
        }
        Ok(config)
    }

    /// The profile to work with: flag, else `ROLODECK_PROFILE`, else the `profile` key; with what the
    /// environment overrides. Without a config file, `default` is made of the environment alone.
    pub fn choose(&self, flag: Option<&str>, env: &Environment) -> Result<Profile, ConfigError> {
        let name = flag.or_else(|| env.get("ROLODECK_PROFILE")).unwrap_or(&self.profile);
        let profile = match self.profiles.get(name) {
            Some(profile) => profile.clone(),
            None if name == DEMO => {
                return Err(ConfigError::new("the profile `demo` is the built-in simulator")
                    .hint("run `rolodeck demo`, or name another profile"));
            }
            None if name == "default" => Profile::default(),
            None => return Err(self.no_such_profile(name)),
        };
        profile.named(name).overridden(env)
    }

    fn no_such_profile(&self, name: &str) -> ConfigError {
        let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                "the config file defines none; `rolodeck config path` says where it is".to_owned()
            }
            None => format!("the config file has: {}", known.join(", ")),
        };
        ConfigError::new(format!("there is no profile `{name}`")).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("/c/config.toml"), text)
    }

    #[test]
    fn the_example_documents_every_key_and_equals_the_defaults() {
        let example: toml::Table = EXAMPLE.parse().unwrap();
        assert_eq!(example, toml::Table::try_from(Config::default()).unwrap());
        let mut defaults = Config::default();
        for (name, profile) in &mut defaults.profiles {
            profile.settle_paths(name, Path::new("/c")).unwrap();
        }
        assert_eq!(parse(EXAMPLE).unwrap(), defaults);
    }

    #[rstest]
    #[case("[profiles.p]\nratee = 3", "/c/config.toml:2:1: unknown key `ratee`; did you mean `rate`?")]
    #[case("[ui]\nthem = 'x'", "/c/config.toml:2:1: unknown key `them`; did you mean `theme`?")]
    #[case("[ui]\nborders = 'asci'", "/c/config.toml:2:11: unknown value `asci`; did you mean `ascii`?")]
    #[case("[profiles.p]\nregion = 'mumbay'", "/c/config.toml:2:10: unknown value `mumbay`; did you mean `mumbai`?")]
    #[case("[profiles.p]\nclear_as = 'x'", "/c/config.toml:2:12: unknown value `x`; known here: \"\", null")]
    #[case("[profiles.p]\n\nbatch_size = 5001", "/c/config.toml:3:14: batch_size must be 1 to 5000, not 5001")]
    #[case("[profiles.p]\nbatch_size = 0", "/c/config.toml:2:14: batch_size must be 1 to 5000, not 0")]
    #[case("[profiles.p]\nrate = 0", "/c/config.toml:2:8: rate must be 1 to 100000, not 0")]
    #[case("[profiles.p]\nin_flight = 51", "/c/config.toml:2:13: in_flight must be 1 to 50, not 51")]
    #[case("[profiles.p]\nrate = 'x'", "/c/config.toml:2:8: invalid type: string \"x\", expected a whole number")]
    #[case(
        "[profiles.p]\ndefault_country = 'in'",
        "/c/config.toml:2:19: default_country must be two capital letters, as `IN`"
    )]
    fn a_fault_says_where_what_and_what_to_do(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_flag_beats_the_variable_beats_the_key() {
        let config = parse("profile = 'a'\n[profiles.a]\n[profiles.b]\n[profiles.c]").unwrap();
        let env = Environment::from([("ROLODECK_PROFILE", "b")]);
        let name = |flag, env: &Environment| config.choose(flag, env).unwrap().name;
        assert_eq!(name(Some("c"), &env), "c");
        assert_eq!(name(None, &env), "b");
        assert_eq!(name(None, &Environment::default()), "a");
        let wrong = config.choose(Some("x1"), &env).unwrap_err().to_string();
        assert_eq!(wrong, "there is no profile `x1`; the config file has: a, b, c");
    }

    #[test]
    fn without_a_file_the_environment_makes_the_profile() {
        let env = Environment::from([("EXOTEL_ACCOUNT_SID", "acme1"), ("EXOTEL_REGION", "singapore")]);
        let profile = Config::default().choose(None, &env).unwrap();
        assert_eq!((profile.name.as_str(), profile.account_sid.as_str()), ("default", "acme1"));
        assert_eq!(profile.base_url, "https://api.exotel.com");
        assert_eq!(profile.region_name(), "singapore");
    }

    #[test]
    fn a_missing_file_is_a_fault_only_when_it_was_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut paths = Paths {
            config_file: dir.path().join("none.toml"),
            config_named: false,
            data_dir: dir.path().to_owned(),
            log_dir: dir.path().to_owned(),
        };
        assert_eq!(Config::load(&paths), Ok(Config::default()));
        paths.config_named = true;
        assert!(Config::load(&paths).unwrap_err().to_string().contains("none.toml: cannot be read"));
    }
}
