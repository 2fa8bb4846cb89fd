//! The little of XML that workbooks need.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Reads to the end, or until `each` has seen enough.
pub(super) fn each_event<R: BufRead>(
    from: R,
    mut each: impl FnMut(&Event<'_>) -> Result<bool, String>,
) -> Result<(), String> {
    let mut reader = Reader::from_reader(from);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|e| format!("the workbook is damaged: {e}"))?;
        if matches!(event, Event::Eof) || !each(&event)? {
            return Ok(());
        }
    }
}

/// The value of an attribute, by its name without a prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.unescape_value().map_or_else(|_| String::from_utf8_lossy(&found.value).into_owned(), String::from))
}

/// The text that an event adds to its element.
pub(super) fn push_text(out: &mut String, event: &Event<'_>) -> Result<(), String> {
    let damaged = |e: String| format!("the workbook is damaged: {e}");
    match event {
        Event::Text(text) => out.push_str(&text.xml_content().map_err(|e| damaged(e.to_string()))?),
        Event::CData(text) => out.push_str(&text.decode().map_err(|e| damaged(e.to_string()))?),
        Event::GeneralRef(name) => out.push(referred(name).ok_or_else(|| damaged("an unknown reference".to_owned()))?),
        _ => {}
    }
    Ok(())
}

fn referred(name: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = name.resolve_char_ref() {
        return Some(c);
    }
    let name: &[u8] = name;
    match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => None,
    }
}

/// A text of the workbook as it was typed: characters that XML can't hold are written as `_x0007_`.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("_x") {
        out.push_str(before);
        let code = behind.get(..5).and_then(|code| code.strip_suffix('_'));
        let c = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(c) = c {
            out.push(c);
            rest = behind.get(5..).unwrap_or_default();
        } else {
            out.push_str("_x");
            rest = behind;
        }
    }
    out + rest
}
