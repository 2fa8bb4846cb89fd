//! Scenarios: how the server behaves and what goes wrong, as TOML.
//!
//! The built-in ones are the files of `tests/scenarios`, whose README shows every key. Tests and users write their
//! own; an unknown key is an error with its line.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use self::built_in::BUILT_IN;

mod acts;
mod built_in;
mod dialect;

pub(super) use acts::{ContactAct, OddItem, Refuse, RequestAct};
pub(super) use dialect::{
    CustomFieldRule, CustomKey, Dialect, EmptyRule, FailedData, Nothing, NumberRule, PageItems, RefusalShape, SortBy,
};

/// How a simulator behaves.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// One sentence for lists of scenarios.
    pub about: String,
    /// How long every answer takes.
    pub(super) latency_ms: u64,
    /// Up to so much more, different for each body.
    pub(super) jitter_ms: u64,
    /// From this request on (the first is 1) the credentials are refused.
    pub(super) auth_expires_at: Option<u64>,
    /// With the answer to this request the port closes for good.
    pub(super) closes_at: Option<u64>,
    /// The server's own limit.
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) dialect: Dialect,
    /// What others do to the book meanwhile.
    pub(super) churn: Churn,
    /// Faults of whole requests. All that hit a request act on it, in this order.
    pub(super) request: Vec<RequestFault>,
    /// Faults of single contacts in updates.
    pub(super) contact: Vec<ContactFault>,
    /// What the client of a test is to do. The simulator passes it over.
    #[serde(rename = "job")]
    _job: IgnoredAny,
    /// What must come of it. The simulator passes it over.
    #[serde(rename = "expect")]
    _expect: IgnoredAny,
}

/// What others do to the book while its pages are read, so that the pages shift. 0 is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Churn {
    /// With every so many pages a contact comes.
    pub(super) insert_every: u64,
    /// With every so many pages a contact goes, anywhere in the book.
    pub(super) delete_every: u64,
}

/// A limit that the server keeps by itself: so many requests in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    pub(super) requests: u64,
    pub(super) window_ms: u64,
    #[serde(default)]
    pub(super) window: Window,
    #[serde(default)]
    pub(super) headers: QuotaHeaders,
}

/// How the requests in a window are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Window {
    /// It starts with the first of them, and all are forgotten at its end.
    #[default]
    Fixed,
    /// Each is forgotten by itself.
    Sliding,
}

/// What the server tells of its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum QuotaHeaders {
    /// `X-RateLimit-*` always, and `Retry-After` with a 429.
    #[default]
    Both,
    RetryAfter,
    XRatelimit,
    None,
}

impl RateLimit {
    /// How long its window is.
    pub(super) fn length(self) -> Duration {
        Duration::from_millis(self.window_ms)
    }
}

/// Whom a fault hits. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Pick {
    /// The share of bodies (or of contacts) that are hit.
    pub(super) share: f64,
    /// Only these sendings of the same body (or contact), the first so many; without it every one.
    pub(super) attempts: Option<u32>,
    /// Only contacts of these indices, or requests that hold one of them.
    pub(super) contacts: Option<Vec<u64>>,
    /// Only requests from this one on; the first that arrives is 1.
    pub(super) from: u64,
    /// Only requests up to this one.
    pub(super) until: Option<u64>,
    /// Only requests of this method.
    pub(super) method: String,
}

impl Default for Pick {
    fn default() -> Self {
        Self { share: 1.0, attempts: None, contacts: None, from: 1, until: None, method: "PUT".to_owned() }
    }
}

/// A fault of whole requests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFault {
    pub(super) act: RequestAct,
    #[serde(default)]
    pub(super) on: Pick,
}

/// A fault of single contacts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactFault {
    pub(super) act: ContactAct,
    #[serde(default)]
    pub(super) on: Pick,
}

/// Why a scenario cannot be used. Its text shows the line.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No built-in scenario has that name.
    #[error("no scenario is called `{name}`; `--scenario list` shows those there are")]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The text is no scenario.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A value that no server could keep to.
    #[error("{0}")]
    Value(String),
}

fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN.iter().flat_map(|(_, files)| files.iter().copied())
}

impl Scenario {
    /// The names of the built-in scenarios.
    pub fn names() -> impl Iterator<Item = &'static str> {
        built_in().map(|(name, _)| name)
    }

    /// The built-in scenarios by subject, a line each with its name and what it is about.
    pub fn list() -> String {
        let mut list = String::new();
        for (subject, files) in BUILT_IN {
            list.extend([subject, "\n"]);
            for (name, text) in *files {
                let about = Self::parse(text).map(|scenario| scenario.about).unwrap_or_default();
                // Writing to a String cannot fail.
                let _ = writeln!(list, "  {name:<24} {about}");
            }
        }
        list
    }

    /// The built-in scenario of that name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        match built_in().find(|(n, _)| *n == name) {
            Some((_, text)) => Self::parse(text),
            None => Err(ScenarioError::UnknownName { name: name.to_owned() }),
        }
    }

    /// Reads a scenario file's text.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check().map_err(ScenarioError::Value)?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), String> {
        let picks = self.request.iter().map(|f| &f.on).chain(self.contact.iter().map(|f| &f.on));
        if let Some(pick) = picks.into_iter().find(|p| !(0.0..=1.0).contains(&p.share)) {
            return Err(format!("share = {} is not between 0 and 1", pick.share));
        }
        let refusals = self.request.iter().filter_map(|f| match &f.act {
            RequestAct::Refuse(refuse) => Some(refuse.status),
            _ => None,
        });
        let own = [self.dialect.bulk_status, self.dialect.max_contacts_status];
        match refusals.chain(own).find(|s| !(200..=599).contains(s)) {
            Some(status) => Err(format!("{status} is not a status that ends a request (200 to 599)")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_parses_and_says_what_it_is() {
        for name in Scenario::names() {
            let scenario = Scenario::named(name).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!scenario.about.is_empty(), "{name}");
        }
    }

    #[test]
    fn the_example_of_the_readme_parses_and_shows_every_key() {
        let text = include_str!("../../tests/scenarios/README.md");
        let example = text.split("```toml\n").nth(1).and_then(|t| t.split("```").next()).unwrap();
        let scenario = Scenario::parse(example).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(scenario.dialect, Dialect { max_length: Some(80), ..Dialect::default() }, "the defaults are shown");
        let shown: Vec<_> = scenario.request.iter().map(|f| f.act.name()).collect();
        let mut once = shown.clone();
        once.dedup();
        assert_eq!((shown.len(), once.len()), (25, 25), "every act of a request once: {shown:?}");
        assert_eq!(scenario.contact.len(), 5, "every act of a contact once");
    }

    #[test]
    fn the_readme_lists_the_scenarios() {
        let text = include_str!("../../tests/scenarios/README.md");
        let shown = text.split("```text\n").nth(1).and_then(|t| t.split("```").next()).unwrap_or_default();
        assert_eq!(shown, Scenario::list(), "put this list into tests/scenarios/README.md:\n{}", Scenario::list());
    }

    #[rstest::rstest]
    #[case("about = \"x\"\nlatency = 3\n", "line 2, column 1", "unknown field `latency`")]
    #[case("[dialect]\nnull = \"kepp\"\n", "line 2, column 8", "unknown variant `kepp`")]
    #[case("[[request]]\nact = \"shufle\"\n", "line 2, column 7", "unknown variant `shufle`")]
    #[case("[[request]]\nact = \"shuffle\"\non = { shares = 1 }\n", "line 3, column 8", "unknown field `shares`")]
    #[case("[[request]]\nact = { refuse = { status = 503, body = 1 } }\n", "line 2, column 34", "unknown field `body`")]
    #[case("[[contact]]\nact = { ignore = { fields = [\"uri\"] } }\n", "line 2", "unknown variant `uri`")]
    fn a_mistake_is_shown_with_its_line(#[case] text: &str, #[case] place: &str, #[case] what: &str) {
        let said = Scenario::parse(text).unwrap_err().to_string();
        assert!(said.contains(place) && said.contains(what), "{said}");
    }

    #[rstest::rstest]
    #[case("[[request]]\nact = \"short\"\non = { share = 1.5 }\n", "share = 1.5 is not between 0 and 1")]
    #[case("[[request]]\nact = { refuse = { status = 42 } }\n", "42 is not a status")]
    fn an_impossible_value_is_refused(#[case] text: &str, #[case] what: &str) {
        let said = Scenario::parse(text).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
}
