//! What can go wrong, as scenarios name it.

use serde::Deserialize;

use super::RefusalShape;
use crate::sim::book::Column;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::sim) enum RequestAct {
    /// Not applied; answered with a refusal.
    Refuse(Refuse),
    /// Not applied; the connection is reset.
    ResetBefore,
    /// Not applied; waits so long first.
    StallBefore { ms: u64 },
    /// Applied; the answer waits so long.
    StallAfter { ms: u64 },
    /// Applied; the connection is reset.
    ResetAfter,
    /// Applied; the connection closes in the middle of the answer's body.
    Truncate,
    /// Applied; the connection closes in the middle of the answer's head.
    TruncateHead,
    /// Applied; the answer is whole, but not JSON.
    Malform,
    /// Applied; the answer comes in drops.
    Drip { bytes: usize, every_ms: u64 },
    /// Applied; the answer is blown up to so many bytes, and means the same.
    Huge { bytes: usize },
    /// Applied; the answer has so many headers that nobody asked for.
    ManyHeaders { count: usize },
    /// Applied; the answer is packed with gzip.
    Gzip,
    /// Applied; the answer starts with a byte order mark.
    Bom,
    /// Applied; the items are in another order.
    Shuffle,
    /// Applied; the last item is missing.
    Short,
    /// Applied; there is an item too many.
    Long,
    /// Applied; the last item is a copy of the first.
    Repeat,
    /// Applied; the answer has no `metadata`.
    MetadataMissing,
    /// Applied; `metadata` says that all went well.
    MetadataLying,
    /// Applied; codes are strings.
    TextCodes,
    /// Applied; `http_code` says something else than the transport.
    HttpCode { code: u16 },
    /// Applied; `response` is the first item alone.
    ResponseObject,
    /// Applied; `response` is null.
    ResponseNull,
    /// Applied; the items come without an envelope.
    Bare,
    /// Applied; the envelope lies in another one.
    Nested,
}

impl RequestAct {
    /// Its name in scenarios and in the request log.
    pub(in crate::sim) const fn name(&self) -> &'static str {
        match self {
            Self::Refuse(_) => "refuse",
            Self::ResetBefore => "reset_before",
            Self::StallBefore { .. } => "stall_before",
            Self::StallAfter { .. } => "stall_after",
            Self::ResetAfter => "reset_after",
            Self::Truncate => "truncate",
            Self::TruncateHead => "truncate_head",
            Self::Malform => "malform",
            Self::Drip { .. } => "drip",
            Self::Huge { .. } => "huge",
            Self::ManyHeaders { .. } => "many_headers",
            Self::Gzip => "gzip",
            Self::Bom => "bom",
            Self::Shuffle => "shuffle",
            Self::Short => "short",
            Self::Long => "long",
            Self::Repeat => "repeat",
            Self::MetadataMissing => "metadata_missing",
            Self::MetadataLying => "metadata_lying",
            Self::TextCodes => "text_codes",
            Self::HttpCode { .. } => "http_code",
            Self::ResponseObject => "response_object",
            Self::ResponseNull => "response_null",
            Self::Bare => "bare",
            Self::Nested => "nested",
        }
    }

    /// Whether it keeps the request from being performed.
    pub(in crate::sim) const fn keeps_out(&self) -> bool {
        matches!(self, Self::Refuse(_) | Self::ResetBefore)
    }

    /// Whether it takes items away or adds some.
    pub(in crate::sim) const fn counts_wrong(&self) -> bool {
        matches!(self, Self::Short | Self::Long | Self::Repeat)
    }
}

/// A refusal that is no consequence of the request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Refuse {
    pub(in crate::sim) status: u16,
    /// Else the dialect's.
    pub(in crate::sim) shape: Option<RefusalShape>,
    /// `Retry-After`, in seconds.
    pub(in crate::sim) retry_after: Option<u64>,
    /// Says it as a date.
    #[serde(default)]
    pub(in crate::sim) as_date: bool,
}

/// What happens to a contact in an update.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::sim) enum ContactAct {
    /// It sinks every request that holds it: 400, code 1007.
    Poison,
    /// It is not changed, and its item says so.
    Reject(Reject),
    /// Success is answered, and these fields keep their values; without `fields`, all.
    Ignore { fields: Option<Vec<Column>> },
    /// It is changed, and its item carries the SID of another contact.
    ForeignSid,
    /// It is changed, and its item is odd.
    Odd(OddItem),
}

impl ContactAct {
    /// Its name in scenarios and in the request log.
    pub(in crate::sim) const fn name(&self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::Reject(_) => "reject",
            Self::Ignore { .. } => "ignore",
            Self::ForeignSid => "foreign_sid",
            Self::Odd(_) => "odd",
        }
    }
}

/// An item's error as a scenario gives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Reject {
    pub(in crate::sim) code: u16,
    pub(in crate::sim) error_code: i64,
    pub(in crate::sim) description: String,
    pub(in crate::sim) message: String,
}

/// An item that no page of the vendor's shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sim) enum OddItem {
    /// `null`.
    Null,
    /// `"OK"`.
    Text,
    /// `{}`.
    Empty,
    /// Code 200, and status `failure`.
    FailedSuccess,
    /// Code 400, and status `success`.
    SuccessfulFailure,
    /// A success whose `data` is null.
    NoData,
    /// A success whose `data` lacks the SID.
    NoSid,
}
