//! What a terminal has beside the screen: its title, and modes that vt100 does not know.

/// The state of one window, as a shell left it at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its title.
    pub title: String,
    /// Older titles, kept until they are wanted back.
    pub kept: Vec<String>,
    /// Whether text goes on in the next line at the right edge.
    pub wraps: bool,
    /// Whether a frame was begun and is not shown yet.
    pub synchronized: bool,
    /// Whether a program has ever turned the wrapping off, as ours does when it takes the terminal.
    pub was_taken: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { title: String::from("a shell"), kept: Vec::new(), wraps: true, synchronized: false, was_taken: false }
    }
}

impl vt100::Callbacks for Window {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.title = String::from_utf8(title.to_vec()).unwrap();
    }

    fn unhandled_csi(&mut self, _: &mut vt100::Screen, i: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        match (i, params, c) {
            (None, [[22], [0 | 2]], 't') => self.kept.push(self.title.clone()),
            (None, [[23], [0 | 2]], 't') => self.title = self.kept.pop().unwrap(),
            (Some(b'?'), [[7]], 'h' | 'l') => {
                self.wraps = c == 'h';
                self.was_taken |= !self.wraps;
            }
            (Some(b'?'), [[2026]], 'h' | 'l') => self.synchronized = c == 'h',
            _ => panic!("the terminal does not know CSI {i:?} {params:?} {c}"),
        }
    }
}
