//! From bytes to text, without ever putting a replacement character in place of what was there.

use std::borrow::Cow;

use super::report::Place;

/// Bytes that are not the text they should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText {
    pub(super) place: Place,
    pub(super) message: String,
}

/// Decodes UTF-8, with or without a byte order mark, and UTF-16 with one.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    let error = match std::str::from_utf8(bytes) {
        // In UTF-16 every other byte of plain letters is 0, and in text none is.
        Ok(text) if text.as_bytes().iter().take(2).any(|b| *b == 0) => {
            let message = "not text, or UTF-16 without a byte order mark: save the file as UTF-8 and import it again";
            return Err(NotText { place: Place { line: 1, column: 1 }, message: message.to_owned() });
        }
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let (valid, rest) = bytes.split_at(error.valid_up_to());
    let valid = String::from_utf8_lossy(valid);
    let byte = rest.first().copied().unwrap_or_default();
    Err(NotText {
        place: Place::of_byte(&valid, valid.len()),
        message: format!("not UTF-8 (byte 0x{byte:02X}): save the file as UTF-8 and import it again"),
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, NotText> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(c) => text.push(c),
            Err(error) => {
                let what = format!("not UTF-16 (lone surrogate 0x{:04X})", error.unpaired_surrogate());
                return Err(broken_utf16(&text, &what));
            }
        }
    }
    if odd.is_empty() { Ok(Cow::Owned(text)) } else { Err(broken_utf16(&text, "cut off in the middle of a character")) }
}

fn broken_utf16(before: &str, what: &str) -> NotText {
    let message = format!("{what}: save the file as UTF-8 and import it again");
    NotText { place: Place::of_byte(before, before.len()), message }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"a\xc3\xa9", "aé")]
    #[case(b"\xef\xbb\xbfa\xc3\xa9", "aé")]
    #[case(b"\xff\xfea\0\xe9\0=\xd8\0\xde", "aé😀")]
    #[case(b"\xfe\xff\0a\0\xe9\xd8=\xde\0", "aé😀")]
    #[case(b"", "")]
    fn text_is_decoded(#[case] bytes: &[u8], #[case] text: &str) {
        assert_eq!(decode(bytes).unwrap(), text);
    }

    #[rstest]
    #[case(b"sid\nab\xe9\n", 2, 3, "not UTF-8 (byte 0xE9)")]
    #[case(b"\xc3\xa9\xc3", 1, 2, "not UTF-8 (byte 0xC3)")]
    #[case(b"\xff\xfea\0\n\0\x00\xd8b\0", 2, 1, "lone surrogate 0xD800")]
    #[case(b"\xff\xfea\0b", 1, 2, "cut off")]
    #[case(b"s\0i\0d\0", 1, 1, "UTF-16 without")]
    fn damage_is_placed_and_never_replaced(
        #[case] bytes: &[u8],
        #[case] line: u64,
        #[case] column: u64,
        #[case] said: &str,
    ) {
        let error = decode(bytes).unwrap_err();
        assert_eq!(error.place, Place { line, column });
        assert!(error.message.contains(said) && error.message.contains("save the file as UTF-8"), "{}", error.message);
    }
}
