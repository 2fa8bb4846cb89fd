//! The plan: what a send would do.

use super::detail::{Line, Tone};
use super::dialog::Preview;
use super::diff;
use super::model::Model;
use super::send::{canary_text, reads_text, send_ms};
use crate::domain::Field;
use crate::support::clock::human_duration;
use crate::support::text::count;

/// What a send would do, line by line.
pub fn lines(model: &Model, plan: &Preview) -> Vec<Line> {
    let s = &model.session;
    let marked = if plan.marked { " (the marked ones)" } else { "" };
    let mut lines = vec![
        (Tone::Plain, format!("account    {} in {}", s.account, s.region)),
        (Tone::Plain, format!("edits      {}{marked}", count(plan.edits.len() as u64))),
        (Tone::Plain, format!("batches    {}, one request each", count(u64::from(plan.batches)))),
        (
            Tone::Plain,
            format!(
                "time       about {} at {} requests a minute",
                human_duration(send_ms(s, plan.edits.len() as u64, plan.batches)),
                count(u64::from(s.rate))
            ),
        ),
    ];
    if let Some(reads) = reads_text(s, plan.edits.len() as u64) {
        lines.push((Tone::Plain, format!("reads      {reads}")));
    }
    if let Some(canary) = canary_text(model, plan.edits.len() as u64) {
        lines.push((Tone::Plain, format!("canary     {canary}")));
    }
    let names = ["fields"].into_iter().chain(std::iter::repeat(""));
    lines.extend(names.zip(&plan.fields).map(|(name, field)| field_line(name, *field)));
    for (why, n) in &plan.left_out {
        lines.push((Tone::Bad, format!("left out   {} {why}", count(*n))));
    }
    if plan.first.iter().any(|(_, base)| base.is_some()) {
        lines.push((Tone::Plain, String::new()));
        lines.push((Tone::Heading, String::from("first contacts: what they are → what they are to be")));
        lines.extend(plan.first.iter().flat_map(|(edit, base)| diff::edit_lines(edit, base.as_ref(), model.now)));
    }
    lines.push((Tone::Plain, String::new()));
    lines.push((Tone::Heading, String::from("first request")));
    lines.extend(plan.first_request.lines().map(|line| (Tone::Json, line.to_owned())));
    lines
}

/// How often a field is set, and cleared.
fn field_line(name: &str, (field, set, cleared): (Field, u64, u64)) -> Line {
    let set = (set > 0).then(|| format!("set on {}", count(set)));
    let clears = (cleared > 0).then(|| format!("CLEARED on {}", count(cleared)));
    let parts: Vec<_> = [set, clears].into_iter().flatten().collect();
    let tone = if cleared > 0 { Tone::Warn } else { Tone::Plain };
    (tone, format!("{name:<11}{field} {}", parts.join(", ")))
}
