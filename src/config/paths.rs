//! Where the config file and the data are.

use std::path::{Path, PathBuf};

use super::{ConfigError, Environment};

/// What the command line says about paths.
#[derive(Debug, Clone, Default)]
pub struct PathFlags {
    /// `--config FILE`
    pub config: Option<PathBuf>,
    /// `--data-dir DIR`
    pub data_dir: Option<PathBuf>,
}

/// Every path that rolodeck uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The config file.
    pub config_file: PathBuf,
    /// Whether the user named the config file: then it must exist.
    pub config_named: bool,
    /// The directory of the queue and the history.
    pub data_dir: PathBuf,
    /// The directory of the logs and crash reports.
    pub log_dir: PathBuf,
}

impl Paths {
    /// Finds the paths: flag, else variable, else the platform's own directory.
    pub fn find(flags: &PathFlags, env: &Environment) -> Result<Self, ConfigError> {
        let named = |flag: &Option<PathBuf>, variable| flag.clone().or_else(|| env.get(variable).map(PathBuf::from));
        let config = named(&flags.config, "ROLODECK_CONFIG");
        let data = named(&flags.data_dir, "ROLODECK_DATA_DIR");
        let config_named = config.is_some();
        let (config_file, data_dir) = if let (Some(config), Some(data)) = (&config, &data) {
            (config.clone(), data.clone())
        } else {
            let platform = directories::ProjectDirs::from("", "", "rolodeck").ok_or_else(|| {
                ConfigError::new("this user has no home directory")
                    .hint("set ROLODECK_CONFIG to a file and ROLODECK_DATA_DIR to a directory")
            })?;
            (
                config.unwrap_or_else(|| platform.config_dir().join("config.toml")),
                data.unwrap_or_else(|| platform.data_dir().to_owned()),
            )
        };
        let log_dir = data_dir.join("logs");
        Ok(Self { config_file, config_named, data_dir, log_dir })
    }

    /// The directory of the config file, which relative paths in it start from.
    pub fn config_dir(&self) -> &Path {
        self.config_file.parent().unwrap_or(Path::new("."))
    }

    /// The directory of the user's own themes.
    pub fn theme_dir(&self) -> PathBuf {
        self.config_dir().join("themes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_beats_a_variable() {
        let env = Environment::from([("ROLODECK_CONFIG", "/env/c.toml"), ("ROLODECK_DATA_DIR", "/env/data")]);
        let flags = PathFlags { config: Some("/flag/c.toml".into()), data_dir: None };
        let paths = Paths::find(&flags, &env).unwrap();
        assert_eq!(paths.config_file, Path::new("/flag/c.toml"));
        assert_eq!(paths.data_dir, Path::new("/env/data"));
        assert_eq!(paths.config_dir(), Path::new("/flag"));
        assert!(paths.config_named);
    }
}
