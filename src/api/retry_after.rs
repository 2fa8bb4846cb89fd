//! How long the server asks us to wait.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::domain::Quota;
use crate::support::clock::Timestamp;

/// The longest wait that is believed. A larger number is a broken clock or a broken server; the cap
/// also keeps the sum with any point in time within bounds.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait asked for by `Retry-After` (seconds, or a date), else by `X-RateLimit-Reset` (a date in epoch
/// seconds, API 6). A date that is past means no wait; what can't be read is no wish at all.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let wait = match text(RETRY_AFTER.as_str()) {
        Some(value) => seconds(value).or_else(|| Some(until(http_date(value)?, now))),
        None => Some(until(epoch(text("x-ratelimit-reset")?)?, now)),
    };
    wait.map(|w| w.min(LONGEST))
}

/// What `X-RateLimit-Limit`, `-Remaining` and `-Reset` say (API 6); what can't be read is not said.
pub(super) fn quota(headers: &HeaderMap, now: Timestamp) -> Quota {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name| text(name).and_then(|n| n.parse().ok());
    Quota {
        limit: number("x-ratelimit-limit").filter(|limit| *limit > 0),
        remaining: number("x-ratelimit-remaining"),
        reset_in: text("x-ratelimit-reset").and_then(epoch).map(|at| until(at, now).min(LONGEST)),
    }
}

/// Whole seconds; a fraction, which some servers send, is rounded up.
fn seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let more = u64::from(fraction.bytes().any(|b| b != b'0'));
    Some(Duration::from_secs(whole.parse().unwrap_or(u64::MAX).saturating_add(more)))
}

fn http_date(value: &str) -> Option<jiff::Timestamp> {
    // RFC 2822 dates name the zone UTC as `GMT` too, so the HTTP date is one of them.
    rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
}

fn epoch(value: &str) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(value.parse().ok()?).ok()
}

fn until(moment: jiff::Timestamp, now: Timestamp) -> Duration {
    let ms = moment.as_millisecond().saturating_sub(now.0);
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    /// 2023-11-14T22:13:20Z
    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn asked(pairs: &[(&str, &str)]) -> Option<Duration> {
        let headers = pairs
            .iter()
            .map(|(n, v)| (HeaderName::try_from(*n).unwrap(), HeaderValue::from_bytes(v.as_bytes()).unwrap()))
            .collect();
        retry_after(&headers, NOW)
    }

    #[rstest]
    #[case("7", Some(7))]
    #[case(" 0 ", Some(0))]
    #[case("1.5", Some(2))]
    #[case("Tue, 14 Nov 2023 22:13:50 GMT", Some(30))]
    #[case("Tue, 14 Nov 2023 22:13:00 GMT", Some(0))]
    #[case("99999999999999999999", Some(86_400))]
    #[case("-3", None)]
    #[case("soon", None)]
    #[case("", None)]
    #[case("\u{fffd}", None)]
    fn retry_after_is_seconds_or_a_date(#[case] value: &str, #[case] wait: Option<u64>) {
        assert_eq!(asked(&[("retry-after", value)]), wait.map(Duration::from_secs));
    }

    #[rstest]
    #[case(Some("0"), Some("1700000012"), Some(0), Some(12))]
    #[case(Some(" 7 "), None, Some(7), None)]
    #[case(Some("-1"), Some("soon"), None, None)]
    #[case(None, Some("1600000000"), None, Some(0))]
    fn the_quota_is_what_the_headers_say(
        #[case] remaining: Option<&'static str>,
        #[case] reset: Option<&'static str>,
        #[case] left: Option<u32>,
        #[case] reset_in: Option<u64>,
    ) {
        let mut headers = HeaderMap::new();
        remaining.map(|v| headers.insert("x-ratelimit-remaining", HeaderValue::from_static(v)));
        reset.map(|v| headers.insert("x-ratelimit-reset", HeaderValue::from_static(v)));
        headers.insert("x-ratelimit-limit", HeaderValue::from_static("60"));
        let limit = Some(60);
        assert_eq!(quota(&headers, NOW), Quota { limit, remaining: left, reset_in: reset_in.map(Duration::from_secs) });
    }

    #[test]
    fn the_rate_limit_reset_counts_only_without_a_retry_after() {
        assert_eq!(asked(&[("x-ratelimit-reset", "1700000012")]), Some(Duration::from_secs(12)));
        assert_eq!(asked(&[("x-ratelimit-reset", "1700000012"), ("retry-after", "3")]), Some(Duration::from_secs(3)));
        assert_eq!(asked(&[]), None);
    }
}
