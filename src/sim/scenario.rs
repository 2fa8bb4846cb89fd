//! Scenarios: how the server behaves and what goes wrong, as TOML.
//!
//! The built-in ones under `scenarios/` are ordinary scenario files and show every table. Tests and users write
//! their own; an unknown key is an error with its line.

use std::time::Duration;

use serde::Deserialize;

use super::book::Column;

mod dialect;

pub(super) use dialect::{
    CustomFieldRule, CustomKey, Dialect, EmptyRule, FailedData, Nothing, NumberRule, RefusalShape,
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
    /// The server's own limit.
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) dialect: Dialect,
    /// Faults of whole requests. All that hit a request act on it, in this order.
    pub(super) request: Vec<RequestFault>,
    /// Faults of single contacts in updates.
    pub(super) contact: Vec<ContactFault>,
}

/// A limit that the server keeps by itself: so many requests in a window that starts with the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    pub(super) requests: u64,
    pub(super) window_ms: u64,
}

impl RateLimit {
    pub(super) fn window(self) -> Duration {
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
}

impl Default for Pick {
    fn default() -> Self {
        Self { share: 1.0, attempts: None, contacts: None }
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

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RequestAct {
    /// Not applied; answered with a refusal.
    Refuse(Refuse),
    /// Not applied; waits so long first.
    StallBefore { ms: u64 },
    /// Applied; the answer waits so long.
    StallAfter { ms: u64 },
    /// Not applied; the connection is reset.
    ResetBefore,
    /// Applied; the connection is reset.
    ResetAfter,
    /// Applied; the connection closes in the middle of the answer.
    Truncate,
    /// Applied; the answer is whole, but not JSON.
    Malform,
    /// Applied; the answer comes in drops.
    Drip { bytes: usize, every_ms: u64 },
    /// Applied; the items are in another order.
    Shuffle,
    /// Applied; the last item is missing.
    Short,
    /// Applied; there is an item too many.
    Long,
    /// Applied; the answer has no `metadata`.
    MetadataMissing,
    /// Applied; `metadata` says that all went well.
    MetadataLying,
    /// Applied; codes are strings.
    TextCodes,
    /// Applied; `response` is the first item alone.
    ResponseObject,
    /// Applied; `response` is null.
    ResponseNull,
}

impl RequestAct {
    /// Its name in scenarios and in the request log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Refuse(_) => "refuse",
            Self::StallBefore { .. } => "stall_before",
            Self::StallAfter { .. } => "stall_after",
            Self::ResetBefore => "reset_before",
            Self::ResetAfter => "reset_after",
            Self::Truncate => "truncate",
            Self::Malform => "malform",
            Self::Drip { .. } => "drip",
            Self::Shuffle => "shuffle",
            Self::Short => "short",
            Self::Long => "long",
            Self::MetadataMissing => "metadata_missing",
            Self::MetadataLying => "metadata_lying",
            Self::TextCodes => "text_codes",
            Self::ResponseObject => "response_object",
            Self::ResponseNull => "response_null",
        }
    }
}

/// A refusal that is no consequence of the request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    pub(super) status: u16,
    /// Else the dialect's.
    pub(super) shape: Option<RefusalShape>,
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// Says it as a date.
    #[serde(default)]
    pub(super) as_date: bool,
}

/// A fault of single contacts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactFault {
    pub(super) act: ContactAct,
    #[serde(default)]
    pub(super) on: Pick,
}

/// What happens to a contact in an update.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ContactAct {
    /// It sinks every request that holds it: 400, code 1007.
    Poison,
    /// It is not changed, and its item says so.
    Reject(Reject),
    /// Success is answered, and these fields keep their values; without `fields`, all.
    Ignore { fields: Option<Vec<Column>> },
    /// It is changed, and its item carries the SID of another contact.
    ForeignSid,
}

impl ContactAct {
    /// Its name in scenarios and in the request log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::Reject(_) => "reject",
            Self::Ignore { .. } => "ignore",
            Self::ForeignSid => "foreign_sid",
        }
    }
}

/// An item's error as a scenario gives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reject {
    pub(super) code: u16,
    pub(super) error_code: i64,
    pub(super) description: String,
    pub(super) message: String,
}

/// Why a scenario cannot be used. Its text shows the line.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No built-in scenario has that name.
    #[error("no scenario is called `{name}`; there are: {}", Scenario::names().collect::<Vec<_>>().join(", "))]
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

/// The built-in scenarios.
const BUILT_IN: [(&str, &str); 14] = [
    ("calm", include_str!("scenarios/calm.toml")),
    ("demo", include_str!("scenarios/demo.toml")),
    ("flaky", include_str!("scenarios/flaky.toml")),
    ("rate-limited", include_str!("scenarios/rate-limited.toml")),
    ("shuffled", include_str!("scenarios/shuffled.toml")),
    ("short-answer", include_str!("scenarios/short-answer.toml")),
    ("foreign-sid", include_str!("scenarios/foreign-sid.toml")),
    ("reset-after", include_str!("scenarios/reset-after.toml")),
    ("html-errors", include_str!("scenarios/html-errors.toml")),
    ("auth-expiry", include_str!("scenarios/auth-expiry.toml")),
    ("ignored-fields", include_str!("scenarios/ignored-fields.toml")),
    ("poison", include_str!("scenarios/poison.toml")),
    ("odd-envelopes", include_str!("scenarios/odd-envelopes.toml")),
    ("slow", include_str!("scenarios/slow.toml")),
];

impl Scenario {
    /// The names of the built-in scenarios.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.into_iter().map(|(name, _)| name)
    }

    /// The built-in scenario of that name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        match BUILT_IN.into_iter().find(|(n, _)| *n == name) {
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
        match refusals.chain([self.dialect.bulk_status]).find(|s| !(200..=599).contains(s)) {
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
        let text = include_str!("scenarios/README.md");
        let example = text.split("```toml\n").nth(1).and_then(|t| t.split("```").next()).unwrap();
        let scenario = Scenario::parse(example).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(scenario.dialect, Dialect { max_length: Some(80), ..Dialect::default() }, "the defaults are shown");
        let shown: Vec<_> = scenario.request.iter().map(|f| f.act.name()).collect();
        let mut once = shown.clone();
        once.dedup();
        assert_eq!((shown.len(), once.len()), (16, 16), "every act of a request once: {shown:?}");
        assert_eq!(scenario.contact.len(), 4, "every act of a contact once");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let said = Scenario::named("clam").unwrap_err().to_string();
        assert!(said.starts_with("no scenario is called `clam`; there are: calm, demo,"), "{said}");
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
