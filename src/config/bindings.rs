//! `[keys]` of the config file: the user's bindings as they were written, with their places in the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::Spanned;

/// The tables of `[keys]`, by context and by action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Bindings(BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Keys>>);

/// A text, and the byte of the file where it stands.
pub(super) type Placed<'a> = (&'a str, usize);

impl Bindings {
    /// Every table with its actions, in no particular order.
    pub(super) fn tables(&self) -> impl Iterator<Item = (Placed<'_>, impl Iterator<Item = Placed<'_>>)> {
        self.0.iter().map(|(table, rows)| (placed(table), rows.keys().map(placed)))
    }

    /// The keys that a table gives an action; none at all unbind it.
    pub(super) fn keys(&self, table: &str, action: &str) -> Option<impl Iterator<Item = Placed<'_>>> {
        let keys = self.0.get(table)?.get(action)?;
        Some(keys.0.iter().map(placed))
    }
}

fn placed(text: &Spanned<String>) -> Placed<'_> {
    (text.get_ref(), text.span().start)
}

/// The keys of one action: a text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keys(Vec<Spanned<String>>);

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Spanned::get_ref))
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Spanned::<Written>::deserialize(deserializer)?;
        let span = written.span();
        Ok(Self(match written.into_inner() {
            Written::One(text) => vec![Spanned::new(span, text)],
            Written::Many(texts) => texts,
        }))
    }
}

enum Written {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key such as \"g g\", or a list of keys")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Written, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Written::Many(texts))
            }
        }
        deserializer.deserialize_any(Reads)
    }
}
