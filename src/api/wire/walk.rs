//! A walk through a JSON text: where its parts stand. Every byte is looked at once, and nothing is built.
//!
//! It takes what is JSON (RFC 8259), nested to any depth, and nothing else. What it gives is text as it stands there, for
//! `lenient` to read: an answer of hundreds of contacts would else be walked by each part that is asked for.

use std::borrow::Cow;

use super::lenient::Raw;
use crate::support::text::plain_len;

/// A place in a JSON text.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

/// Some members of an object, by their names.
#[derive(Debug)]
pub(super) struct Members<'a, const N: usize> {
    /// Their values, in the order of the names.
    pub(super) values: [Raw<'a>; N],
    /// Whether one of them stands there more than once, so that no value can be trusted.
    pub(super) twice: bool,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that comes next; blanks before it are passed over.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_over(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The next value, however it is walked; `None` where none stands.
    pub(super) fn text_of(&mut self, walk: impl FnOnce(&mut Self) -> Option<()>) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        walk(self)?;
        self.text.get(start..self.at)
    }

    /// The next value as it stands.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        // Nearly every value is a text.
        if self.peek()? == b'"' {
            let start = self.at;
            self.at += 1;
            self.string()?;
            return self.text.get(start..self.at);
        }
        self.text_of(Self::skip)
    }

    /// The members of these names of the object that comes next; `value` walks the value of each, by its place among the
    /// names.
    pub(super) fn members<const N: usize>(
        &mut self,
        names: [&str; N],
        mut value: impl FnMut(&mut Self, usize) -> Option<&'a str>,
    ) -> Option<Members<'a, N>> {
        let mut found = Members { values: [None; N], twice: false };
        let mut seen = [false; N];
        self.take(b'{')?;
        if self.takes(b'}') {
            return Some(found);
        }
        loop {
            let (key, is_plain) = self.key()?;
            let key = if is_plain { Cow::Borrowed(key) } else { Cow::Owned(unescaped(key)?) };
            match names.iter().position(|name| *name == key) {
                Some(place) => {
                    let text = value(self, place)?;
                    if let (Some(slot), Some(seen)) = (found.values.get_mut(place), seen.get_mut(place)) {
                        *slot = Some(text).filter(|text| *text != "null");
                        found.twice |= std::mem::replace(seen, true);
                    }
                }
                None => self.skip()?,
            }
            if !self.goes_on(b'}')? {
                return Some(found);
            }
        }
    }

    /// Walks the list that comes next; `element` walks each of its elements.
    pub(super) fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.takes(b']') {
            return Some(());
        }
        loop {
            element(self)?;
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Goes behind the next value.
    fn skip(&mut self) -> Option<()> {
        // The ends that are still to come: what is nested without end costs a byte a level, and no stack.
        let mut ends = Vec::new();
        loop {
            match self.next()? {
                b'"' => _ = self.string()?,
                b'{' if !self.takes(b'}') => {
                    ends.push(b'}');
                    self.key()?;
                    continue;
                }
                b'[' if !self.takes(b']') => {
                    ends.push(b']');
                    continue;
                }
                b'{' | b'[' => {}
                b't' => self.word("rue")?,
                b'f' => self.word("alse")?,
                b'n' => self.word("ull")?,
                b'-' => {
                    let first = self.step()?;
                    self.number(first)?;
                }
                first => self.number(first)?,
            }
            loop {
                let Some(end) = ends.last().copied() else { return Some(()) };
                if self.goes_on(end)? {
                    if end == b'}' {
                        self.key()?;
                    }
                    break;
                }
                ends.pop();
            }
        }
    }

    /// Goes behind a key and its colon; gives the key as it is written between its quotes, and whether that is without
    /// escapes.
    fn key(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let start = self.at;
        let is_plain = self.string()?;
        let key = self.text.get(start..self.at - 1)?;
        self.take(b':')?;
        Some((key, is_plain))
    }

    /// Goes behind a string whose first quote is taken; says whether it has no escapes.
    fn string(&mut self) -> Option<bool> {
        let mut is_plain = true;
        loop {
            self.at += plain_len(self.text.as_bytes().get(self.at..)?);
            match self.step()? {
                b'"' => return Some(is_plain),
                b'\\' => {
                    is_plain = false;
                    match self.step()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.step().filter(u8::is_ascii_hexdigit)?;
                            }
                        }
                        _ => return None,
                    }
                }
                byte if byte < b' ' => return None,
                _ => {}
            }
        }
    }

    /// Goes behind a number that begins with this digit.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => _ = self.digits(),
            _ => return None,
        }
        if self.here() == Some(b'.') {
            self.at += 1;
            (self.digits() > 0).then_some(())?;
        }
        if matches!(self.here(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.here(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            (self.digits() > 0).then_some(())?;
        }
        Some(())
    }

    /// Goes behind digits; gives how many there are.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.here().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self, rest: &str) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(rest.as_bytes()).then_some(())?;
        self.at += rest.len();
        Some(())
    }

    /// Whether another member or element follows, or this end.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        let next = self.next()?;
        (next == b',' || next == end).then_some(next == b',')
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.next().filter(|next| *next == byte).map(drop)
    }

    /// Whether this byte comes next, which is then taken.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte that is no blank.
    fn next(&mut self) -> Option<u8> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) -> Option<u8> {
        let here = self.here();
        self.at += 1;
        here
    }
}

/// A text without its escapes, if they are those of a text.
fn unescaped(text: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::value::RawValue;
    use serde_json::{Map, Value};

    use super::*;

    fn whole(text: &str) -> Option<&str> {
        let mut walk = Walk::new(text);
        walk.value().filter(|_| walk.is_over())
    }

    #[rstest]
    #[case(r#"{"a":[1,-0.5e+7,{"b":{}},[]],"c":"d\"\\\/\b\f\n\r\t\u00E9","e":null}"#)]
    #[case(r#" [true , false,null,"", 0,10.25E-3] "#)]
    #[case("\"é\u{7f}\u{2028}\"")]
    #[case("-0")]
    fn json_is_walked(#[case] text: &str) {
        assert_eq!(whole(text), Some(text.trim()));
    }

    #[rstest]
    #[case("")]
    #[case(" ")]
    #[case("01")]
    #[case("1.")]
    #[case("-")]
    #[case("1e")]
    #[case("+1")]
    #[case("tru")]
    #[case("[1,]")]
    #[case("[1 2]")]
    #[case("[1}")]
    #[case("{,}")]
    #[case(r#"{"a"}"#)]
    #[case(r#"{"a":1,}"#)]
    #[case("{a:1}")]
    #[case(r#"{"a":1]"#)]
    #[case(r#""a"#)]
    #[case(r#""\x""#)]
    #[case(r#""\u00g0""#)]
    #[case("\"\u{1f}\"")]
    #[case("\"a long line\nbreak\"")]
    #[case("[[[[")]
    fn what_is_no_json_is_none(#[case] text: &str) {
        assert_eq!(whole(text), None);
    }

    #[test]
    fn members_are_found_by_their_names_however_written_and_null_is_as_good_as_absent() {
        let text = r#"{"x":{"a":9},"a":[1, 2],"\u0062":"c","n":null,"y":[{"n":1}]}"#;
        let found = Walk::new(text).members(["a", "b", "n", "absent"], |walk, _| walk.value()).unwrap();
        assert_eq!(found.values, [Some("[1, 2]"), Some("\"c\""), None, None]);
        assert!(!found.twice);
        for text in [r#"{"a":null,"a":1}"#, r#"{"a":1,"x":2,"\u0061":1}"#] {
            assert!(Walk::new(text).members(["a"], |walk, _| walk.value()).unwrap().twice, "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(whole(&deep), Some(deep.as_str()));
    }

    /// Texts that are JSON, nearly, or not at all.
    fn text() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map("[ab\"\\\\é]{0,3}", inner, 0..6)
                    .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
            ]
        });
        let near =
            (value, prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,\"\\\\0-9eE.+ntu \n-]?"), 0..3));
        near.prop_map(|(value, changes)| {
            let mut letters: Vec<String> = value.to_string().chars().map(String::from).collect();
            for (at, letter) in changes {
                let at = at.index(letters.len());
                letters[at] = letter;
            }
            letters.concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// The oracle is serde's reader.
        #[test]
        fn what_serde_takes_is_walked_and_nothing_else(text in text()) {
            prop_assert_eq!(whole(&text), serde_json::from_str::<&RawValue>(&text).ok().map(RawValue::get), "{}", text);
        }
    }
}
