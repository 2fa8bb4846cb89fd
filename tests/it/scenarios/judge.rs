//! Whether a play went as its scenario expects, and as every run must.
//!
//! The oracle is the server: its book knows which contacts exist and what each holds now, and its log knows what
//! arrived, whatever was answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::told::Count;
use super::{Play, sid_at};

/// Everything that is not as it should be.
pub fn faults(play: &Play<'_>) -> Vec<String> {
    [totals(play), books(play), outcomes(play), requests(play), words(play)].concat()
}

fn number(line: &Value, key: &str) -> u64 {
    line[key].as_u64().unwrap_or(u64::MAX)
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

fn compare(what: &str, expected: Count, got: u64) -> Option<String> {
    (!expected.is(got)).then(|| format!("{what}: expected {expected}, got {got}"))
}

/// Compares two tables of counts; what is not expected must not be there.
fn compare_all(what: &str, expected: Option<&BTreeMap<String, Count>>, got: &BTreeMap<String, u64>) -> Vec<String> {
    let Some(expected) = expected else { return Vec::new() };
    let keys: BTreeSet<_> = expected.keys().chain(got.keys()).collect();
    let of = |key: &String| {
        let wanted = expected.get(key).copied().unwrap_or_default();
        compare(&format!("{what} {key}"), wanted, got.get(key).copied().unwrap_or(0))
    };
    keys.into_iter().filter_map(of).collect()
}

fn tally(keys: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

/// The numbers that the scenario gives.
fn totals(play: &Play<'_>) -> Vec<String> {
    let (expect, summary) = (&play.expect, &play.summary);
    let counts = [
        ("updated", Some(expect.updated)),
        ("rejected", Some(expect.rejected)),
        ("unknown", Some(expect.unknown)),
        ("not_sent", Some(expect.not_sent)),
        ("requests", expect.requests),
        ("retries", expect.retries),
    ];
    let mut faults: Vec<_> =
        counts.iter().filter_map(|(key, count)| compare(key, (*count)?, number(summary, key))).collect();
    if play.ran.code != expect.exit {
        faults.push(format!("exit: expected {}, got {}", expect.exit, play.ran.code));
    }
    let of = |status: &'static str| play.outcomes.iter().filter(move |o| text(o, "status") == status);
    let code = |outcome: &Value, key: &str| outcome[key].as_i64().map_or("none".to_owned(), |code| code.to_string());
    let matches = BTreeMap::from([("matches".to_owned(), Count::Exactly(of("updated").count() as u64))]);
    let echoes = tally(of("updated").map(|o| text(o, "echo").to_owned()));
    faults.extend(compare_all("echo", Some(expect.echo.as_ref().unwrap_or(&matches)), &echoes));
    let codes = tally(of("rejected").map(|o| code(o, "code")));
    faults.extend(compare_all("code", expect.codes.as_ref(), &codes));
    let codes = tally(of("rejected").map(|o| code(o, "error_code")));
    faults.extend(compare_all("error code", expect.error_codes.as_ref(), &codes));
    for (status, places) in [("rejected", &expect.rejected_at), ("unknown", &expect.unknown_at)] {
        let Some(places) = places else { continue };
        let wanted: BTreeSet<_> = places.iter().map(|place| sid_at(&play.job, *place)).collect();
        let got: BTreeSet<_> = of(status).map(|o| text(o, "sid").to_owned()).collect();
        if wanted != got {
            faults.push(format!("{status}: other contacts than those at {places:?}: {got:?}"));
        }
    }
    faults
}

/// What always holds of the books: they balance, everywhere alike, and the queue is what was not sent.
fn books(play: &Play<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let keys = ["updated", "rejected", "unknown", "not_sent"];
    for (name, line) in [("summary", &play.summary), ("runs", &play.run)] {
        if number(line, "planned") != keys.iter().map(|key| number(line, key)).sum::<u64>() {
            faults.push(format!("{name}: the books do not balance: {line}"));
        }
    }
    for key in keys.into_iter().chain(["planned", "requests", "retries"]) {
        if play.summary[key] != play.run[key] {
            faults.push(format!("{key}: the summary says {}, runs says {}", play.summary[key], play.run[key]));
        }
    }
    if number(&play.summary, "planned") != play.job.edits {
        faults.push(format!("planned {} of {} edits", play.summary["planned"], play.job.edits));
    }
    if play.run["state"] != play.expect.state.as_str() {
        faults.push(format!("state: expected {}, got {}", play.expect.state, play.run["state"]));
    }
    let not_sent = play.outcomes.iter().filter(|o| text(o, "status") == "not_sent").map(|o| text(o, "sid"));
    let not_sent: BTreeSet<_> = not_sent.collect();
    if not_sent != play.queue.iter().map(String::as_str).collect() || not_sent.len() != play.queue.len() {
        faults.push(format!("{} edits were not sent, and {} are queued", not_sent.len(), play.queue.len()));
    }
    faults
}

/// What always holds of outcomes: one for each edit, and none says what the server's book denies.
fn outcomes(play: &Play<'_>) -> Vec<String> {
    let places: BTreeMap<_, _> = (0..play.job.edits).map(|place| (sid_at(&play.job, place), place)).collect();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for outcome in &play.outcomes {
        let (sid, status) = (text(outcome, "sid"), text(outcome, "status"));
        let Some(place) = places.get(sid).filter(|_| seen.insert(sid)) else {
            faults.push(format!("an outcome too many: {outcome}"));
            continue;
        };
        let writes = play.server.sim.writes(sid);
        let denied = match status {
            "updated" if writes == 0 => Some("it was never changed"),
            "updated" if text(outcome, "echo") == "matches" && !has_values(play, *place) => Some("it has other values"),
            "updated" if text(outcome, "echo") == "differs" && has_values(play, *place) => Some("it has the values"),
            "rejected" | "not_sent" if writes > 0 => Some("it was changed"),
            _ => None,
        };
        faults.extend(denied.map(|why| format!("the server's book denies it, {why}: {outcome}")));
    }
    let without = places.len() - seen.len();
    faults.extend((without > 0).then(|| format!("{without} edits have no outcome")));
    faults.truncate(5);
    faults
}

/// Whether the server holds for this contact what its edit wanted.
fn has_values(play: &Play<'_>, place: u64) -> bool {
    let Some(contact) = play.server.sim.contact(&sid_at(&play.job, place)) else { return false };
    let empty =
        |value: &Value| value.is_null() || value == "" || value.as_object().is_some_and(serde_json::Map::is_empty);
    let has = |field: &String| {
        let wanted = play.job.value(field, place);
        match serde_json::from_str(&wanted) {
            // The server may merge a custom field into what it had.
            Ok(Value::Object(wanted)) => wanted.iter().all(|(key, value)| contact[field.as_str()][key] == *value),
            _ => contact[field.as_str()] == wanted,
        }
    };
    play.job.set.keys().all(has) && play.job.clear.iter().all(|field| empty(&contact[field.as_str()]))
}

/// What the request log says, against the summary and the scenario.
fn requests(play: &Play<'_>) -> Vec<String> {
    let (expect, log) = (&play.expect, &play.log);
    let unseen = number(&play.summary, "requests").wrapping_sub(log.len() as u64);
    let mut faults = Vec::new();
    if !expect.unseen.is(unseen) {
        faults.push(format!("{} requests in the summary, {} in the log", play.summary["requests"], log.len()));
    }
    let statuses = tally(log.iter().map(|e| e.status.map_or("none".to_owned(), |status| status.to_string())));
    faults.extend(compare_all("status", expect.statuses.as_ref(), &statuses));
    let applied = log.iter().map(|e| e.applied).sum();
    faults.extend(expect.applied.and_then(|count| compare("applied", count, applied)));
    if let Some(limit) = &expect.pace {
        let mut at: Vec<_> = log.iter().map(|e| e.at_ms).collect();
        at.sort_unstable();
        let most =
            at.iter().enumerate().map(|(i, from)| at[i..].iter().filter(|t| **t < from + limit.ms).count()).max();
        if most > Some(limit.requests) {
            faults.push(format!("{} requests in {} ms, at most {} expected", most.unwrap(), limit.ms, limit.requests));
        }
    }
    if number(&play.summary, "elapsed_ms") < expect.at_least_ms {
        faults
            .push(format!("the run took {} ms, at least {} expected", play.summary["elapsed_ms"], expect.at_least_ms));
    }
    faults
}

/// What is said to people.
fn words(play: &Play<'_>) -> Vec<String> {
    let unsaid = play.expect.says.iter().filter(|words| !play.ran.err.contains(*words));
    let mut faults: Vec<_> = unsaid.map(|words| format!("not said: {words}")).collect();
    if let Some(reason) = &play.expect.reason {
        let failed = play.outcomes.iter().filter(|o| text(o, "status") != "updated");
        let other = failed.map(|o| text(o, "description")).find(|said| !said.contains(reason.as_str()));
        faults.extend(other.map(|said| format!("reason: expected `{reason}`, got `{said}`")));
    }
    faults
}
