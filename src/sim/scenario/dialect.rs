//! What the server does where API.md knows no answer.

use serde::Deserialize;

/// The points that API.md marks as unknown, each decided one way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::sim) struct Dialect {
    /// What `""` does to a field.
    pub(in crate::sim) empty_text: EmptyRule,
    /// What `null` does to a field.
    pub(in crate::sim) null: EmptyRule,
    /// Whether a custom field replaces the old one or is merged into it, key by key.
    pub(in crate::sim) custom_field: CustomFieldRule,
    /// The key of the custom field in requests.
    pub(in crate::sim) custom_key: CustomKey,
    /// What a changed number does.
    pub(in crate::sim) number: NumberRule,
    /// How a cleared field reads.
    pub(in crate::sim) cleared_reads: Nothing,
    /// What `data` of a failed item is, where it is no other contact.
    pub(in crate::sim) failed_data: FailedData,
    /// The longest text of a field, in characters.
    pub(in crate::sim) max_length: Option<usize>,
    /// The most contacts of one update.
    pub(in crate::sim) max_contacts: usize,
    /// The status of an update with more of them.
    pub(in crate::sim) max_contacts_status: u16,
    /// The largest body.
    pub(in crate::sim) max_body_bytes: usize,
    /// How long reads give the old values after a write.
    pub(in crate::sim) read_lag_ms: u64,
    /// How requests are refused as a whole.
    pub(in crate::sim) refusal: RefusalShape,
    /// The status of the transport for a bulk answer; its `http_code` stays 207.
    pub(in crate::sim) bulk_status: u16,
    /// The most contacts of a page, whatever is asked for.
    pub(in crate::sim) page_size: u64,
    /// How the contacts of a page are written.
    pub(in crate::sim) page_items: PageItems,
    /// What pages can be sorted by.
    pub(in crate::sim) sort_by: SortBy,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            empty_text: EmptyRule::Clear,
            null: EmptyRule::Clear,
            custom_field: CustomFieldRule::Replace,
            custom_key: CustomKey::CustomField,
            number: NumberRule::Editable,
            cleared_reads: Nothing::Empty,
            failed_data: FailedData::Absent,
            max_length: None,
            max_contacts: 5000,
            max_contacts_status: 400,
            max_body_bytes: 16 << 20,
            read_lag_ms: 0,
            refusal: RefusalShape::Object,
            bulk_status: 207,
            page_size: 20,
            page_items: PageItems::Wrapped,
            sort_by: SortBy::Created,
        }
    }
}

/// What an empty value does to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum EmptyRule {
    Clear,
    Keep,
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum CustomFieldRule {
    Replace,
    Merge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum CustomKey {
    CustomField,
    Custom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum NumberRule {
    Editable,
    /// Success is answered, and the old number stays.
    Keep,
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum Nothing {
    /// `""`, and `{}` for the custom field.
    Empty,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum FailedData {
    Absent,
    Null,
}

/// The shapes of a refusal (API 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum RefusalShape {
    /// The envelope with `response` an object.
    Object,
    /// The envelope with `response` an array of one.
    Array,
    /// `{"RestException":{…}}`.
    RestException,
    /// `{"response":{"error":{…}}}`.
    ResponseError,
    Html,
    Text,
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum PageItems {
    /// Each in an item with its code and status, as in the answer to an update.
    Wrapped,
    /// The contact alone.
    Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum SortBy {
    /// `date_created` alone; anything else is refused.
    Created,
    /// `date_updated` as well.
    Updated,
}
