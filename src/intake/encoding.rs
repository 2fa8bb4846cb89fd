//! Which encoding a file has: what its first bytes say, or what the user says. A guess is only ever offered.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How a file is to be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) encoding: &'static Encoding,
    /// How many bytes at the start are a byte order mark.
    pub(super) mark: usize,
}

/// Finds the encoding: a byte order mark says it beyond doubt, then the user, else it is UTF-8.
pub(super) fn find(head: &[u8], asked: Option<&str>, names_flags: bool) -> Result<Coded, String> {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        return Ok(Coded { encoding, mark });
    }
    let encoding = match asked {
        Some(name) => named(name)
            .ok_or_else(|| format!("no encoding is called `{name}`; windows-1252 and utf-16le are two that are"))?,
        // In UTF-16 every other byte of plain letters is 0, and in text none is.
        None => match (head, unmarked(head)) {
            (_, Some(encoding)) => return Err(marked(encoding, names_flags)),
            ([0, ..], None) => return Err("not text: its first byte is 0".to_owned()),
            _ => UTF_8,
        },
    };
    Ok(Coded { encoding, mark: 0 })
}

/// Which UTF-16 it is by its looks.
pub(super) fn unmarked(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0, 0, ..] | [0] => None,
        [0, ..] => Some(UTF_16BE),
        [_, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// Whether there is an encoding of that name.
pub fn is_encoding(name: &str) -> bool {
    named(name).is_some()
}

/// The encoding of that name, as the web knows them.
fn named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

fn marked(encoding: &'static Encoding, names_flags: bool) -> String {
    let name = encoding.name();
    format!("{name} without a byte order mark, by its looks: if that is right, {}", way(name, names_flags))
}

/// How to have a file read in an encoding.
fn way(name: &str, names_flags: bool) -> String {
    if names_flags { format!("name it with --encoding {}", name.to_lowercase()) } else { "choose it".to_owned() }
}

/// What to do about bytes that are no UTF-8: the encoding they look like, with how the first of them would read.
///
/// `bytes` begin at the first that is not UTF-8.
pub(super) fn advice(before: &str, bytes: &[u8], names_flags: bool) -> (&'static str, String) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r' | b',' | b';' | b'\t' | b'"')).unwrap_or(bytes.len());
    let word = bytes.get(..end.min(24)).unwrap_or_default();
    let (read, _) = guess.decode_without_bom_handling(word);
    let from = before
        .char_indices()
        .rev()
        .take(24)
        .take_while(|(_, c)| !matches!(c, '\n' | '\r' | ',' | ';' | '\t' | '"'))
        .last();
    let before = from.and_then(|(at, _)| before.get(at..)).unwrap_or_default();
    let name = guess.name();
    let advice = format!(
        "it looks like {name}, in which this reads `{before}{read}`: if that is right, {}; else save the file as UTF-8",
        way(name, names_flags)
    );
    (name, advice)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"\xef\xbb\xbfa", None, "UTF-8", 3)]
    #[case(b"\xff\xfea\0", None, "UTF-16LE", 2)]
    #[case(b"\xfe\xff\0a", Some("windows-1252"), "UTF-16BE", 2)]
    #[case(b"a", None, "UTF-8", 0)]
    #[case(b"", None, "UTF-8", 0)]
    #[case(b"a", Some("latin1"), "windows-1252", 0)]
    #[case(b"a\0", Some("utf-16le"), "UTF-16LE", 0)]
    #[case(b"a", Some("Shift_JIS"), "Shift_JIS", 0)]
    fn a_mark_tells_before_the_user(
        #[case] head: &[u8],
        #[case] asked: Option<&str>,
        #[case] name: &str,
        #[case] mark: usize,
    ) {
        let found = find(head, asked, true).unwrap();
        assert_eq!((found.encoding.name(), found.mark), (name, mark));
    }

    #[rstest]
    #[case(b"s\0i\0", None, "UTF-16LE without a byte order mark")]
    #[case(b"\0s\0i", None, "--encoding utf-16be")]
    #[case(b"\0\0", None, "not text")]
    #[case(b"a", Some("klingon"), "no encoding is called `klingon`")]
    fn what_is_unsure_is_asked_for(#[case] head: &[u8], #[case] asked: Option<&str>, #[case] said: &str) {
        let message = find(head, asked, true).unwrap_err();
        assert!(message.contains(said), "{message}");
    }

    #[test]
    fn the_guess_shows_how_it_would_read() {
        let (_, said) = advice("sid,tag\na,caf", b"\xe9 du coin\nb,na\xefve,r\xe9sum\xe9\n", false);
        assert!(said.starts_with("it looks like windows-1252, in which this reads `café du coin`"), "{said}");
        assert!(said.ends_with("if that is right, choose it; else save the file as UTF-8"), "{said}");
    }
}
