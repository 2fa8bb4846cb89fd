//! The built-in scenarios: those of `tests/scenarios`, by their subject.

/// A scenario of the folder: its name and its text.
type File = (&'static str, &'static str);

/// Embeds the scenarios of the folder, so that a name can neither be mistyped nor miss its file.
macro_rules! built_in {
    ($($subject:literal: $($name:literal)+;)+) => {
        /// The scenarios by subject, in the order in which they are listed.
        pub(super) const BUILT_IN: &[(&str, &[File])] = &[$(($subject, &[$((
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/", $name, ".toml")),
        )),+])),+];
    };
}

built_in! {
    "Whole days":
        "calm" "demo" "flaky" "slow" "chaos-connections" "chaos-answers";
    "Busy servers, and limits of requests":
        "rate-limited" "rate-limited-sliding" "rate-limited-quota" "rate-limited-silent" "paced" "storm-429"
        "busy-date" "busy-503" "busy-for-ever" "busy-for-one" "busy-in-the-middle";
    "Statuses that may be passing":
        "http-408" "http-425" "http-500" "http-500-for-ever" "http-599" "html-errors" "http-200-empty"
        "http-204";
    "Refusals of whole requests":
        "http-302" "http-404" "http-405" "http-409" "http-410" "http-415" "refused-empty";
    "Sign-in":
        "auth-expiry" "auth-refused" "auth-wrapped" "auth-back" "auth-after-doubt" "auth-expiry-in-halves"
        "payment-402" "forbidden-403";
    "Broken and slow connections":
        "reset-before" "reset-after" "reset-for-ever" "reset-for-one" "truncated" "truncated-head" "malformed"
        "stalled-before" "stalled-after" "stalled-for-one" "stalled-after-for-one" "stalled-for-ever"
        "slow-body" "slow-body-timeout" "port-closes" "huge-answer" "huge-answer-40mb" "many-headers" "gzip"
        "bom";
    "Odd answers":
        "shuffled" "shuffled-failures" "short-answer" "short" "long" "repeated-item" "foreign-sid" "text-codes"
        "metadata-missing" "metadata-lying" "http-code-500" "http-code-429" "transport-500" "response-object"
        "response-null" "bare-items" "nested-envelope" "odd-envelopes" "unreadable-for-one" "empty-for-one";
    "Single contacts":
        "item-null" "item-contradiction" "item-without-data" "item-409" "item-busy" "ignored-fields" "poison"
        "poison-first" "poison-middle" "poison-last" "poison-two" "poison-neighbours" "poison-and-busy"
        "poison-in-each" "poison-all";
    "Sizes that a server does not take":
        "max-contacts" "max-contacts-413" "max-contacts-and-poison" "max-body";
    "Canary and breaker":
        "canary-sings" "canary-differs" "canary-rejected" "canary-poisoned" "canary-stopped" "canary-of-all"
        "breaker-trips" "breaker-refused" "breaker-holds" "breaker-off" "breaker-unknown";
    "What nobody knows for sure":
        "empty-clears" "empty-keeps" "empty-refused" "null-clears" "null-keeps" "null-refused"
        "custom-field-replaced" "custom-field-merged" "custom-key" "custom-key-unknown" "number-edited"
        "number-kept" "number-refused" "number-taken" "cleared-reads-null" "failed-data-null" "long-values"
        "read-lag" "bulk-status-200";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios")).unwrap();
        let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<_> = files.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
        let listed: Vec<_> =
            BUILT_IN.iter().flat_map(|(_, files)| *files).map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), files, "tests/scenarios and built_in! differ");
        assert_eq!(listed.len(), files.len(), "a name stands twice");
    }
}
