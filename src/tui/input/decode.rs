//! Bytes of a terminal to keys and pastes, without I/O and without a clock.
//!
//! The stream is cut here into whole sequences, and termina names the key of each. Handing termina
//! the raw stream would not do: a reply it does not know leaves its tail behind as typed letters, a
//! paste has no limit, and its scan of a paste that comes in pieces starts over with each piece.

use std::mem;

use termina::event::{KeyCode as Code, KeyEvent, KeyEventKind, Modifiers, MouseButton, MouseEvent, MouseEventKind};
use termina::{Event, Parser};

use crate::support::key::{Key, KeyCode};

use super::{InputEvent, MouseAct};

/// Bytes of a paste that are kept; the rest of it is dropped and the paste marked as cut.
pub const PASTE_LIMIT: usize = 1 << 20;

/// A reply or sequence longer than this is no such thing: what follows counts as typed again.
const SEQUENCE_LIMIT: usize = 4096;

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// What the decoder holds back, and so how long the reader may wait for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Nothing, or a paste, whose end is known by its mark alone.
    Nothing,
    /// An Esc that is either the key or the start of a sequence.
    Escape,
    /// Nothing, but an Esc was just given for want of more: its rest may still come.
    Late,
    /// A sequence, reply or character of which a part has come.
    Part,
}

/// The state between two reads.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    paste: Option<Paste>,
    /// An Esc was given because nothing followed in time. On a bad line its rest may follow yet: it is put together
    /// here, since typed it would be a command.
    late: Late,
}

/// What became of an Esc that waited in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Late {
    #[default]
    No,
    /// It was given; nothing came since.
    Given,
    /// What came looks like its rest, and is held.
    Resumed,
}

impl Decoder {
    /// Takes the bytes of one read and gives every event that is whole by now.
    pub fn feed(&mut self, bytes: &[u8], mut give: impl FnMut(InputEvent)) {
        for &byte in bytes {
            self.byte(byte, &mut give);
        }
    }

    /// Says that nothing came for a while: an Esc that was held is the key, a part of a sequence is dropped.
    pub fn quiet(&mut self, give: impl FnOnce(InputEvent)) {
        let escape = self.pending() == Pending::Escape;
        self.end_held(give);
        self.late = if escape { Late::Given } else { Late::No };
    }

    fn end_held(&mut self, give: impl FnOnce(InputEvent)) {
        match self.held.as_slice() {
            [ESC] => give(InputEvent::Key(KeyCode::Esc.into())),
            // No rest of anything, then: it was typed.
            [ESC, typed] if self.late == Late::Resumed => give(InputEvent::Key(Key::char(char::from(*typed)))),
            _ => {}
        }
        self.held.clear();
        self.late = Late::No;
    }

    /// What is held back.
    pub fn pending(&self) -> Pending {
        match self.held.as_slice() {
            [] if self.late == Late::Given => Pending::Late,
            [] => Pending::Nothing,
            [ESC] => Pending::Escape,
            _ => Pending::Part,
        }
    }

    fn byte(&mut self, byte: u8, give: &mut impl FnMut(InputEvent)) {
        if let Some(paste) = &mut self.paste {
            if paste.push(byte) {
                give(mem::take(&mut self.paste).unwrap_or_default().finish());
            }
            return;
        }
        // A new Esc ends what is held, except inside a string reply, whose end is `ESC \`.
        if byte == ESC && !is_string(&self.held) {
            self.end_held(&mut *give);
        }
        if self.late == Late::Given {
            let rest = matches!(byte, b'[' | b'O');
            self.late = if rest { Late::Resumed } else { Late::No };
            self.held.extend(rest.then_some(ESC));
        }
        self.held.push(byte);
        match shape(&self.held) {
            Shape::Open if self.held.len() < SEQUENCE_LIMIT => {}
            Shape::Open | Shape::Reply => self.held.clear(),
            Shape::Whole => {
                if self.held == PASTE_START {
                    self.paste = Some(Paste::default());
                } else if let Some(event) = event_of(&self.held) {
                    give(event);
                }
                self.held.clear();
                self.late = Late::No;
            }
            Shape::Broken => {
                // What does not belong counts for itself; what came before it is dropped.
                let escaped = matches!(self.held.as_slice(), [_, .., ESC, _]);
                self.held.clear();
                if escaped {
                    self.held.push(ESC);
                }
                if escaped || byte.is_ascii() {
                    self.byte(byte, give);
                }
            }
        }
    }
}

/// How far the held bytes have come.
enum Shape {
    Open,
    Whole,
    Reply,
    Broken,
}

fn shape(held: &[u8]) -> Shape {
    match held {
        [ESC] | [ESC, b'[' | b'O'] | [ESC, b'[', b'['] => Shape::Open,
        // The Linux console sends F1 as `ESC [ [ A`.
        [ESC, b'[', b'[', _] | [ESC, b'O', _] => Shape::Whole,
        [ESC, b'[', .., last] => match last {
            0x40..=0x7e => Shape::Whole,
            0x20..=0x3f => Shape::Open,
            _ => Shape::Broken,
        },
        string if is_string(string) => match string {
            [.., BEL] | [_, _, .., ESC, b'\\'] => Shape::Reply,
            [_, _, .., ESC, _] => Shape::Broken,
            _ => Shape::Open,
        },
        character => character_shape(character.strip_prefix(&[ESC]).unwrap_or(character)),
    }
}

/// Whether the bytes are a reply that ends with BEL or `ESC \`: OSC, DCS, APC, PM, SOS.
fn is_string(held: &[u8]) -> bool {
    matches!(held, [ESC, b']' | b'P' | b'_' | b'^' | b'X', ..])
}

fn character_shape(bytes: &[u8]) -> Shape {
    match std::str::from_utf8(bytes) {
        Ok(_) => Shape::Whole,
        Err(e) if e.error_len().is_none() => Shape::Open,
        Err(_) => Shape::Broken,
    }
}

/// What one whole sequence stands for; nothing for a reply, a focus report, a release.
fn event_of(sequence: &[u8]) -> Option<InputEvent> {
    // A parser of its own for each sequence: one that it half understands must not reach the next.
    let mut parser = Parser::default();
    parser.parse(sequence, false);
    let event = parser.pop()?;
    match event {
        Event::Key(key) if parser.pop().is_none() => our_key(key).map(InputEvent::Key),
        Event::Mouse(mouse) if parser.pop().is_none() => our_mouse(mouse),
        _ => None,
    }
}

fn our_mouse(event: MouseEvent) -> Option<InputEvent> {
    let act = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseAct::Press,
        MouseEventKind::ScrollUp => MouseAct::WheelUp,
        MouseEventKind::ScrollDown => MouseAct::WheelDown,
        _ => return None,
    };
    Some(InputEvent::Mouse { act, x: event.column, y: event.row })
}

fn our_key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = event.modifiers.contains(Modifiers::CONTROL);
    let code = match event.code {
        // termina follows crossterm in calling the controls 0x1c..0x1f ctrl-4 to ctrl-7.
        Code::Char(digit @ '4'..='7') if ctrl => KeyCode::Char(char::from(digit as u8 - b'4' + b'\\')),
        Code::Char(c) if c.is_control() => return None,
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Escape => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Function(n) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key { code, ctrl, alt: event.modifiers.contains(Modifiers::ALT) })
}

/// A bracketed paste that is under way.
#[derive(Debug, Default)]
struct Paste {
    bytes: Vec<u8>,
    cut: bool,
    /// Bytes of the end mark seen so far.
    matched: usize,
}

impl Paste {
    /// Takes a byte; true when it was the last of the end mark.
    fn push(&mut self, byte: u8) -> bool {
        if PASTE_END.get(self.matched) == Some(&byte) {
            self.matched += 1;
            return self.matched == PASTE_END.len();
        }
        // The mark holds one Esc, at its start, so a mismatch can begin a new match only there.
        for &kept in PASTE_END.iter().take(self.matched) {
            self.keep(kept);
        }
        self.matched = usize::from(byte == ESC);
        if self.matched == 0 {
            self.keep(byte);
        }
        false
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() < PASTE_LIMIT {
            self.bytes.push(byte);
        } else {
            self.cut = true;
        }
    }

    /// The text, with the line ends of files: terminals send a line end as a carriage return.
    fn finish(mut self) -> InputEvent {
        if self.cut
            && let Err(e) = std::str::from_utf8(&self.bytes)
            && e.error_len().is_none()
        {
            self.bytes.truncate(e.valid_up_to());
        }
        let text = String::from_utf8_lossy(&self.bytes).replace("\r\n", "\n").replace('\r', "\n");
        InputEvent::Paste { text, cut: self.cut }
    }
}

#[cfg(test)]
mod tests;
