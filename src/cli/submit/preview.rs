//! What a submit is about to do, for the question before it and for the dry run.

use std::io::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use super::super::args::SubmitFormat;
use super::super::connect::clear_as;
use super::super::console::data;
use super::super::error::Error;
use super::super::plan::{Plan, Shape};
use crate::api::request_json;
use crate::app::diff::edit_lines;
use crate::config::Profile;
use crate::domain::{Base, Edit, diff};
use crate::support::clock::{self, human_duration};
use crate::support::text::{counted, harmless, harmless_json};

/// The plan in a few lines.
pub(super) fn in_words(plan: &Plan, shape: &Shape, profile: &Profile) -> String {
    let account = if profile.account_sid.is_empty() { "(not set)" } else { &profile.account_sid };
    let pace = counted(profile.rate.into(), "request") + " a minute";
    let time = match least_ms(plan, shape, profile) {
        0 => String::new(),
        ms => format!(", at least {} at {pace}", human_duration(ms)),
    };
    let first = reads(plan, profile).map(|reads| format!("first     {reads}"));
    let mut lines = vec![
        format!("account   {account} ({}, {})", profile.region_name(), profile.base_url),
        format!("profile   {}{}", profile.name, if profile.production { " (production)" } else { "" }),
        format!("send      {} in {}{time}", counted(plan.edits, "edit"), counted(shape.batches.into(), "request")),
        format!("fields    {}", plan.fields_touched()),
    ];
    lines.splice(2..2, first);
    lines.extend(plan.left_out().into_iter().map(|reason| format!("left out  {reason}")));
    lines.join("\n")
}

/// What is sent without a question, on one line: nothing goes out that was not shown.
pub(super) fn in_a_line(plan: &Plan, profile: &Profile) -> String {
    let mut left_out = plan.left_out().join(", ");
    if !left_out.is_empty() {
        left_out.insert_str(0, "; left out: ");
    }
    let reads = reads(plan, profile).map(|reads| format!("; {reads}")).unwrap_or_default();
    format!(
        "sending {} to account {} ({}), profile {}: {}{reads}{left_out}.",
        counted(plan.edits, "edit"),
        profile.account_sid,
        profile.base_url,
        profile.name,
        plan.fields_touched()
    )
}

/// The reads of a plan, where each contact is read before its edit is sent.
fn reads(plan: &Plan, profile: &Profile) -> Option<String> {
    let reads = counted(plan.edits, "contact");
    profile.snapshot.then(|| format!("{reads} read before they are sent, at {} reads a minute", profile.read_rate))
}

/// The first request goes at once, each other when the pace allows it. Reads go beside them, and the last one before the
/// last request.
fn least_ms(plan: &Plan, shape: &Shape, profile: &Profile) -> u64 {
    let at_pace = |requests: u64, rate: u32| requests.saturating_sub(1) * 60_000 / u64::from(rate.max(1));
    let reads = if profile.snapshot { plan.edits } else { 0 };
    at_pace(shape.batches.into(), profile.rate).max(at_pace(reads, profile.read_rate))
}

fn url(profile: &Profile) -> String {
    format!("{}/v2/accounts/{}/contacts", profile.base_url, profile.account_sid)
}

#[derive(Serialize)]
struct PlanLine<'a> {
    r#type: &'static str,
    profile: &'a str,
    account: &'a str,
    region: &'static str,
    base_url: &'a str,
    edits: u64,
    requests: u32,
    reads: u64,
    at_least_ms: u64,
    errors: u64,
    hidden: u64,
    others: u64,
    no_ops: u64,
    conflicts: u64,
    fields: std::collections::BTreeMap<&'static str, u64>,
    first_contacts: Vec<Beside<'a>>,
    first_request: Option<Request>,
}

/// An edit beside its base; without one nothing is known of the contact.
#[derive(Serialize)]
struct Beside<'a> {
    sid: &'a str,
    base_from: Option<&'static str>,
    base_seen: Option<String>,
    fields: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    field: &'static str,
    base: Option<&'a str>,
    wanted: &'a str,
}

fn beside((edit, base): &(Edit, Option<Base>)) -> Beside<'_> {
    let fields = diff(&edit.changes, base.as_ref().map(|base| &base.contact), None);
    Beside {
        sid: edit.sid.as_str(),
        base_from: base.as_ref().map(|base| base.source.name()),
        base_seen: base.as_ref().map(|base| base.seen.to_string()),
        fields: fields
            .into_iter()
            .map(|d| Change { field: d.field.name(), base: base.as_ref().map(|_| d.base), wanted: d.wanted })
            .collect(),
    }
}

#[derive(Serialize)]
struct Request {
    method: &'static str,
    url: String,
    authorization: &'static str,
    body: Box<RawValue>,
}

/// Writes the plan and its first request to standard output. The credentials are not even asked for.
pub(super) fn print(plan: &Plan, shape: &Shape, profile: &Profile, format: SubmitFormat) -> Result<(), Error> {
    const MASKED: &str = "Basic ********";
    let body = (plan.edits > 0).then(|| request_json(&shape.first, clear_as(profile), &profile.custom_key));
    let mut out = data();
    match format {
        SubmitFormat::Human => {
            writeln!(out, "dry run: nothing is sent")?;
            in_words(plan, shape, profile).lines().try_for_each(|line| writeln!(out, "{}", harmless(line)))?;
            if plan.first.iter().any(|(_, base)| base.is_some()) {
                writeln!(out, "\nfirst contacts: what they are → what they are to be")?;
                let lines = plan.first.iter().flat_map(|(edit, base)| edit_lines(edit, base.as_ref(), clock::now()));
                lines.into_iter().try_for_each(|(_, line)| writeln!(out, "{line}"))?;
            }
            if let Some(body) = body {
                writeln!(out, "\nPUT {}\nAuthorization: {MASKED}\nContent-Type: application/json\n", url(profile))?;
                writeln!(out, "{}", harmless(&body))?;
            }
        }
        SubmitFormat::Jsonl => {
            let request = |body| Request { method: "PUT", url: url(profile), authorization: MASKED, body };
            let line = PlanLine {
                r#type: "plan",
                profile: &profile.name,
                account: &profile.account_sid,
                region: profile.region_name(),
                base_url: &profile.base_url,
                edits: plan.edits,
                requests: shape.batches,
                reads: if profile.snapshot { plan.edits } else { 0 },
                at_least_ms: least_ms(plan, shape, profile),
                errors: plan.faults.errors,
                hidden: plan.hidden,
                others: plan.others,
                no_ops: plan.no_ops,
                conflicts: plan.conflicts,
                fields: plan.fields.iter().map(|(field, n)| (field.name(), *n)).collect(),
                first_contacts: plan.first.iter().map(beside).collect(),
                first_request: body.and_then(|body| RawValue::from_string(body).ok()).map(request),
            };
            writeln!(out, "{}", harmless_json(serde_json::to_string(&line).unwrap_or_default()))?;
        }
    }
    out.flush()?;
    Ok(())
}
