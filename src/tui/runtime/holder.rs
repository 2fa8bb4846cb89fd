//! Who has the terminal: this program, the shell it was suspended to, or an editor.

use std::io;

use super::super::editor::{Edited, Editing};
use super::super::input::Input;
use super::super::terminal::Terminal;
use super::Runtime;
use crate::app::{Effect, LocalChange, Msg, Notice};

/// Who has the terminal.
pub(super) enum Holder {
    /// This program.
    We,
    /// The shell, until it wakes the program up.
    Shell,
    /// An editor, until it ends.
    Editor(Editing),
}

impl Runtime {
    /// Gives the terminal to someone else: nothing is read from it or painted on it until `take_back`.
    pub(super) fn hand_over(&mut self, terminal: &Terminal) {
        self.input = None;
        self.due = None;
        self.painter.finish();
        terminal.leave();
    }

    pub(super) fn take_back(&mut self, terminal: &Terminal) -> io::Result<()> {
        self.holder = Holder::We;
        // A hang-up wakes the program up too: then there is nothing to take.
        if terminal.resume().is_err() {
            return self.lose_terminal(terminal);
        }
        self.painter.forget();
        self.title.clear();
        self.input = Some(Input::start(self.desk.ssh)?);
        self.resize(terminal)
    }

    pub(super) fn resize(&mut self, terminal: &Terminal) -> io::Result<()> {
        let (width, height) = terminal.size();
        self.take(Msg::Resize(width, height), true, terminal)
    }

    /// Stops as a job of the shell, by the key or by SIGTSTP. An editor that has the terminal stops with us.
    pub(super) fn suspend(&mut self, terminal: &Terminal) -> io::Result<()> {
        if !Terminal::has_shell() {
            self.model.tell(Notice::failed("there is no shell to go back to: rolodeck is all that this session runs"));
            self.schedule(true);
            return Ok(());
        }
        if matches!(self.holder, Holder::We) {
            self.hand_over(terminal);
            self.holder = Holder::Shell;
        }
        Terminal::stop()
    }

    /// Goes on after a stop. One that was not announced (SIGSTOP) left the terminal to the shell as it was.
    pub(super) fn wake(&mut self, terminal: &Terminal) -> io::Result<()> {
        if matches!(self.holder, Holder::Editor(_)) || self.hung_up {
            return Ok(());
        }
        self.hand_over(terminal);
        self.take_back(terminal)
    }

    /// Takes the terminal back from the editor, and what it made of the edits.
    pub(super) fn take_edited(&mut self, edited: Edited, terminal: &Terminal) -> io::Result<()> {
        self.take_back(terminal)?;
        match edited {
            Ok(edits) if edits.is_empty() => self.model.tell(Notice::done("nothing changed")),
            Ok(edits) => self.interpreter.begin(Effect::Change(LocalChange::Replace(edits))),
            Err(why) => self.model.tell(Notice::error("editing in $EDITOR", why)),
        }
        self.schedule(true);
        Ok(())
    }
}

pub(super) async fn next_edited(holder: &mut Holder) -> Edited {
    match holder {
        Holder::Editor(editing) => editing.await,
        Holder::We | Holder::Shell => std::future::pending().await,
    }
}
