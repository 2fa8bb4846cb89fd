//! A profile: one account, where it is, and how hard it may be driven.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::{ConfigError, Environment};

/// The name of the profile that is the built-in simulator.
pub const DEMO: &str = "demo";

/// Where an account lives (API 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// `api.in.exotel.com`
    #[default]
    Mumbai,
    /// `api.exotel.com`
    Singapore,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 2] = [Self::Mumbai, Self::Singapore];

    /// The word in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mumbai => "mumbai",
            Self::Singapore => "singapore",
        }
    }

    /// The address of its API.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::Mumbai => "https://api.in.exotel.com",
            Self::Singapore => "https://api.exotel.com",
        }
    }
}

/// How a cleared field is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum ClearAs {
    /// As `""`.
    #[default]
    #[serde(rename = "")]
    EmptyText,
    /// As `null`.
    #[serde(rename = "null")]
    Null,
}

/// One account and the settings to work with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Its name: the key in the config.
    #[serde(skip)]
    pub name: String,
    /// The region; `base_url` goes before it.
    pub region: Region,
    /// The server's address without a path. Empty in the file means the region's; filled once chosen.
    #[serde(deserialize_with = "base_url")]
    pub base_url: String,
    /// The account, as in the API's paths; empty until `EXOTEL_ACCOUNT_SID` gives it.
    #[serde(deserialize_with = "account_sid")]
    pub account_sid: String,
    /// Requests a minute.
    #[serde(deserialize_with = "rate")]
    pub rate: u32,
    /// Reads a minute.
    #[serde(deserialize_with = "read_rate")]
    pub read_rate: u32,
    /// Edits in a request.
    #[serde(deserialize_with = "batch_size")]
    pub batch_size: u32,
    /// Bytes of JSON in a request.
    #[serde(deserialize_with = "batch_bytes")]
    pub batch_bytes: u32,
    /// Requests under way at once.
    #[serde(deserialize_with = "in_flight")]
    pub in_flight: u32,
    /// Sendings of one batch before its edits are given up.
    #[serde(deserialize_with = "max_attempts")]
    pub max_attempts: u32,
    /// Milliseconds before the first retry; each later one waits up to twice as long.
    #[serde(deserialize_with = "backoff_ms")]
    pub backoff_ms: u32,
    /// Seconds that one batch is tried, waits included; a server that asks for more ends the run.
    #[serde(rename = "patience", deserialize_with = "patience")]
    pub patience_s: u32,
    /// Seconds until a request without an answer is given up.
    #[serde(rename = "timeout", deserialize_with = "timeout")]
    pub timeout_s: u32,
    /// Edits that are sent first, and must be updated as wanted before the others go; 0 = none.
    #[serde(deserialize_with = "canary")]
    pub canary: u32,
    /// The percentage of failed contacts above which a run pauses, or ends where nobody looks; 0 = never.
    #[serde(deserialize_with = "breaker")]
    pub breaker: u32,
    /// Over how many of the last contacts that share is taken.
    #[serde(deserialize_with = "breaker_window")]
    pub breaker_window: u32,
    /// The country of numbers without a country code.
    #[serde(deserialize_with = "country")]
    pub default_country: String,
    /// Whether a send wants the account's name typed.
    pub production: bool,
    /// Whether nothing may be sent.
    pub read_only: bool,
    /// Whether each contact is read right before its edit is sent.
    pub snapshot: bool,
    /// How a cleared field is sent.
    pub clear_as: ClearAs,
    /// The name of `custom_field` in requests.
    #[serde(deserialize_with = "custom_key")]
    pub custom_key: String,
    /// `http://HOST:PORT` or `socks5://HOST:PORT`; `none`; or empty for what the environment says.
    #[serde(deserialize_with = "proxy")]
    pub proxy: String,
    /// More CA certificates to trust, PEM. Empty means none.
    pub ca_file: PathBuf,
    /// The program and arguments that print the credentials. Empty means none.
    pub token_command: Vec<String>,
    /// The file with the credentials. Empty in the file means `NAME.credentials` beside it.
    pub credentials_file: PathBuf,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: String::new(),
            region: Region::default(),
            base_url: String::new(),
            account_sid: String::new(),
            rate: 30,
            read_rate: 200,
            batch_size: 500,
            batch_bytes: 1_000_000,
            in_flight: 2,
            max_attempts: 5,
            backoff_ms: 1000,
            patience_s: 3600,
            timeout_s: 60,
            canary: 0,
            breaker: 50,
            breaker_window: 200,
            default_country: "IN".to_owned(),
            production: false,
            read_only: false,
            snapshot: false,
            clear_as: ClearAs::default(),
            custom_key: "custom_field".to_owned(),
            proxy: String::new(),
            ca_file: PathBuf::new(),
            token_command: Vec::new(),
            credentials_file: PathBuf::new(),
        }
    }
}

impl Profile {
    /// The longest wait between two sendings of a batch.
    pub const BACKOFF_CAP: Duration = Duration::from_secs(60);

    /// Time until a request without an answer is given up.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.into())
    }

    /// Time that one batch is tried.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s.into())
    }

    /// Wait before the first retry.
    pub fn backoff(&self) -> Duration {
        Duration::from_millis(self.backoff_ms.into())
    }

    /// The region for people: its name, or `own server` for any other address.
    pub fn region_name(&self) -> &'static str {
        Region::ALL.into_iter().find(|r| r.base_url() == self.base_url).map_or("own server", Region::name)
    }

    /// The account, or what to do to have one.
    pub fn account(&self) -> Result<&str, ConfigError> {
        if self.account_sid.is_empty() {
            return Err(ConfigError::new(format!("profile `{}` has no account", self.name))
                .hint("set EXOTEL_ACCOUNT_SID, or account_sid in the profile"));
        }
        Ok(&self.account_sid)
    }

    /// An error when the profile forbids sending.
    pub fn may_send(&self) -> Result<(), ConfigError> {
        if self.read_only {
            return Err(ConfigError::new(format!("profile `{}` is read_only: nothing is sent with it", self.name))
                .hint("choose another with --profile, or set read_only = false in the config"));
        }
        Ok(())
    }

    /// Makes the paths of the file absolute.
    pub(super) fn settle_paths(&mut self, name: &str, dir: &Path) -> Result<(), ConfigError> {
        if name.is_empty() {
            return Err(ConfigError::new("a profile has an empty name").hint("write [profiles.NAME]"));
        }
        if self.credentials_file.as_os_str().is_empty() {
            self.credentials_file = PathBuf::from(format!("{name}.credentials"));
        }
        self.credentials_file = dir.join(&self.credentials_file);
        if !self.ca_file.as_os_str().is_empty() {
            self.ca_file = dir.join(&self.ca_file);
        }
        Ok(())
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Lays the environment over the profile and fills the address.
    pub(super) fn overridden(mut self, env: &Environment) -> Result<Self, ConfigError> {
        if let Some(account) = env.get("EXOTEL_ACCOUNT_SID") {
            self.account_sid = checked_account(account).map_err(|e| fault_of("EXOTEL_ACCOUNT_SID", &e))?;
        }
        if let Some(region) = env.get("EXOTEL_REGION") {
            self.region = Region::ALL.into_iter().find(|r| r.name() == region).ok_or_else(|| {
                ConfigError::new(format!("EXOTEL_REGION is `{region}`")).hint("set it to mumbai or singapore")
            })?;
            self.base_url.clear();
        }
        if let Some(url) = env.get("ROLODECK_BASE_URL") {
            self.base_url = checked_url(url).map_err(|e| fault_of("ROLODECK_BASE_URL", &e))?;
        }
        if self.base_url.is_empty() {
            self.region.base_url().clone_into(&mut self.base_url);
        }
        Ok(self)
    }
}

fn fault_of(variable: &str, message: &str) -> ConfigError {
    ConfigError::new(format!("{variable}: {message}"))
}

/// The address without a slash at its end; plain HTTP only to this machine, where nobody listens in.
fn checked_url(url: &str) -> Result<String, String> {
    let url = url.trim_end_matches('/');
    let (scheme, host) = url.split_once("://").unwrap_or_default();
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ', '\\']) || !matches!(scheme, "http" | "https") {
        return Err("base_url must be https://HOST or https://HOST:PORT, without a path or credentials".to_owned());
    }
    if scheme == "http" && !is_loopback(host) {
        return Err(
            "base_url must be https: http:// is taken for this machine alone (127.0.0.1, [::1], localhost)".to_owned()
        );
    }
    Ok(url.to_owned())
}

fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<std::net::SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(
        host,
        |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        },
    );
    name == "localhost"
        || name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn checked_account(account: &str) -> Result<String, String> {
    // It stands in the path of every request.
    if account.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Ok(account.to_owned());
    }
    Err(format!("`{account}` is no account: letters, digits, - and _ only"))
}

fn base_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(deserializer)?;
    if url.is_empty() { Ok(url) } else { checked_url(&url).map_err(de::Error::custom) }
}

fn account_sid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked_account(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// A proxy's address. One with credentials is refused and not repeated: this file may be shared and is shown.
fn checked_proxy(proxy: &str) -> Result<String, &'static str> {
    if proxy.is_empty() || proxy == "none" {
        return Ok(proxy.to_owned());
    }
    if proxy.contains('@') {
        return Err("proxy must not hold credentials; set it with them as HTTPS_PROXY in the environment");
    }
    let proxy = proxy.trim_end_matches('/');
    let (scheme, place) = proxy.split_once("://").unwrap_or_default();
    let (host, port) = place.rsplit_once(':').unwrap_or_default();
    let is_host = !host.is_empty() && !host.contains(['/', '?', '#', ' ', '\\']);
    if matches!(scheme, "http" | "socks5" | "socks5h") && is_host && port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Ok(proxy.to_owned());
    }
    Err("proxy must be http://HOST:PORT, socks5://HOST:PORT, `none`, or empty for that of the environment")
}

fn proxy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked_proxy(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn country<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let country = String::deserialize(deserializer)?;
    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(country);
    }
    Err(de::Error::custom("default_country must be two capital letters, as `IN`"))
}

fn custom_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let key = String::deserialize(deserializer)?;
    if key.is_empty() { Err(de::Error::custom("custom_key must not be empty")) } else { Ok(key) }
}

/// Defines the reader of a number with its range, so that a wrong one is reported at its place.
macro_rules! ranged {
    ($($key:ident: $min:literal..=$max:literal),+ $(,)?) => {$(
        fn $key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
            deserializer.deserialize_i64(Between { key: stringify!($key), min: $min, max: $max })
        }
    )+};
}

ranged! {
    rate: 1..=100_000,
    read_rate: 1..=100_000,
    batch_size: 1..=5000,
    batch_bytes: 1000..=50_000_000,
    in_flight: 1..=50,
    max_attempts: 1..=100,
    backoff_ms: 1..=60_000,
    patience: 1..=604_800,
    timeout: 1..=3600,
    canary: 0..=1_000_000,
    breaker: 0..=100,
    breaker_window: 1..=1_000_000,
}

struct Between {
    key: &'static str,
    min: u32,
    max: u32,
}

impl Visitor<'_> for Between {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<u32, E> {
        u32::try_from(n)
            .ok()
            .filter(|n| (self.min..=self.max).contains(n))
            .ok_or_else(|| E::custom(format_args!("{} must be {} to {}, not {n}", self.key, self.min, self.max)))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.exotel.com", true)]
    #[case("https://api.exotel.com/", true)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://localhost:80", true)]
    #[case("http://[::1]:9", true)]
    #[case("http://[::1]", true)]
    #[case("http://api.exotel.com", false)]
    #[case("http://127.0.0.1.example.com", false)]
    #[case("http://localhost.example.com", false)]
    #[case("https://key:token@api.exotel.com", false)]
    #[case("https://api.exotel.com/v2", false)]
    #[case("ftp://api.exotel.com", false)]
    #[case("api.exotel.com", false)]
    fn plain_http_and_credentials_in_addresses_are_refused(#[case] url: &str, #[case] taken: bool) {
        assert_eq!(checked_url(url).is_ok(), taken, "{url}");
    }

    #[rstest]
    #[case("", true)]
    #[case("none", true)]
    #[case("http://proxy.example:3128", true)]
    #[case("http://proxy.example:3128/", true)]
    #[case("socks5://[::1]:1080", true)]
    #[case("socks5h://127.0.0.1:1080", true)]
    #[case("http://proxy.example", false)]
    #[case("proxy.example:3128", false)]
    #[case("https://proxy.example:3128", false)]
    #[case("http://:3128", false)]
    #[case("http://proxy.example:0", false)]
    #[case("http://proxy.example:3128/path", false)]
    #[case("http://me:hunter2@proxy.example:3128", false)]
    fn a_proxy_is_an_address_without_credentials(#[case] proxy: &str, #[case] taken: bool) {
        let checked = checked_proxy(proxy);
        assert_eq!(checked.is_ok(), taken, "{proxy}");
        assert!(!checked.is_err_and(|why| why.contains("hunter2")));
    }

    #[test]
    fn the_environment_overrides_the_profile() {
        let profile = Profile { region: Region::Singapore, account_sid: "a".into(), ..Profile::default() };
        let with = |pair: (&str, &str)| profile.clone().overridden(&Environment::from([pair]));
        assert_eq!(with(("EXOTEL_REGION", "mumbai")).unwrap().base_url, "https://api.in.exotel.com");
        assert_eq!(with(("ROLODECK_BASE_URL", "http://127.0.0.1:1/")).unwrap().base_url, "http://127.0.0.1:1");
        assert_eq!(with(("ROLODECK_BASE_URL", "http://127.0.0.1:1")).unwrap().region_name(), "own server");
        assert_eq!(with(("EXOTEL_ACCOUNT_SID", "b")).unwrap().account_sid, "b");
        assert!(with(("EXOTEL_REGION", "pune")).unwrap_err().to_string().contains("EXOTEL_REGION"));
        assert!(with(("EXOTEL_ACCOUNT_SID", "a/b")).is_err());
    }

    #[test]
    fn a_read_only_profile_sends_nothing() {
        let profile = Profile { read_only: true, ..Profile::default() }.named("audit");
        assert!(profile.may_send().unwrap_err().to_string().contains("`audit` is read_only"));
        assert!(Profile::default().may_send().is_ok());
    }
}
