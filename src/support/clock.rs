//! Wall-clock time: the only place that reads it.

use std::fmt;

use jiff::tz::TimeZone;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds since `earlier`; 0 when the clock was set back in between.
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// The moment that a text in RFC 3339 names; none without a zone.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Self(moment.as_millisecond()))
    }

    /// The local time of day, `14:03:59`, for the screen.
    pub fn local_time(self) -> String {
        self.local("%H:%M:%S")
    }

    /// The local date and time, `2026-05-04 14:03`, for lists.
    pub fn local_minute(self) -> String {
        self.local("%Y-%m-%d %H:%M")
    }

    fn local(self, format: &str) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| String::from("?"), |t| t.to_zoned(TimeZone::system()).strftime(format).to_string())
    }
}

/// RFC 3339 in UTC with milliseconds, as files and JSON carry it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

/// The present.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds as people say them: `850 ms`, `12.4 s`, `3 m 05 s`, `2 h 10 m`.
pub fn human_duration(ms: u64) -> String {
    let s = ms / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", s, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} m {:02} s", s / 60, s % 60),
        _ => format!("{} h {:02} m", s / 3600, s % 3600 / 60),
    }
}

/// An age as people say it: `just now`, `5 minutes ago`, `3 days ago`.
pub fn human_age(ms: u64) -> String {
    let minutes = ms / 60_000;
    let (n, unit) = match minutes {
        0 => return String::from("just now"),
        1..60 => (minutes, "minute"),
        60..1440 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let said: Vec<_> = [0, 850, 12_400, 185_000, 7_800_000].into_iter().map(human_duration).collect();
        assert_eq!(said, ["0 ms", "850 ms", "12.4 s", "3 m 05 s", "2 h 10 m"]);
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let said: Vec<_> = [59_999, 60_000, 3_599_999, 7_800_000, 90_000_000, 200_000_000].map(human_age).into();
        let wanted = ["just now", "1 minute ago", "59 minutes ago", "2 hours ago", "1 day ago", "2 days ago"];
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_moment_prints_as_rfc_3339_with_milliseconds() {
        assert_eq!(Timestamp(1_700_000_000_123).to_string(), "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn a_moment_is_read_as_it_is_printed_and_not_without_its_zone() {
        assert_eq!(Timestamp::parse("2023-11-14T22:13:20.123Z"), Some(Timestamp(1_700_000_000_123)));
        assert_eq!(Timestamp::parse("2023-11-15T03:43:20+05:30"), Some(Timestamp(1_700_000_000_000)));
        assert_eq!(Timestamp::parse("2023-11-14T22:13:20"), None);
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn a_clock_set_back_gives_zero() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), 0);
    }
}
