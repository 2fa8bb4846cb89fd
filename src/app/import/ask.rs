//! What an import asks of the world, and what the world answers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::answer::Notice;
use crate::domain::{Contact, Field, Sid};
use crate::intake::{ImportOptions, Look};
use crate::store::{Choices, ImportReport, Mapping};

/// Where edits come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, as typed.
    File(PathBuf),
    /// A text that was pasted.
    Pasted(Arc<str>),
}

impl Source {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Pasted(_) => String::from("the pasted text"),
        }
    }
}

/// How a source is to be read, where the user says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct How {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The encoding of a text.
    pub encoding: Option<String>,
    /// The delimiter of a text.
    pub delimiter: Option<u8>,
}

impl How {
    /// The options of a reading in which the user said so.
    pub fn asked(self, rest: ImportOptions) -> ImportOptions {
        let Self { sheet, encoding, delimiter } = self;
        ImportOptions { sheet, encoding, delimiter, ..rest }
    }
}

/// What is asked of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsk {
    /// The question's number.
    pub token: u64,
    /// Where the edits come from.
    pub source: Source,
    /// How they are to be read.
    pub how: How,
    /// What its columns are; `None` = as the last time.
    pub map: Option<Mapping>,
    /// What the user settled.
    pub settled: Settled,
    /// What to do.
    pub step: ImportStep,
}

/// A step of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStep {
    /// Look at the header.
    Look,
    /// Count what would come of it.
    Count,
    /// Put the edits in the queue.
    Import {
        /// Whether refused rows are written to a file beside the source.
        keeps_refused: bool,
    },
    /// Nothing more: what is under way stops.
    Stop,
}

/// What the world answers.
#[derive(Debug, Clone)]
pub enum ImportAnswer {
    /// The header, and the mapping that it was read with.
    Looked(Box<Look>, Mapping),
    /// It can't be read in its encoding to its end; it looks like this one.
    Undecoded(&'static str),
    /// How far the reading is: bytes done, and in all.
    Progress(u64, u64),
    /// What would come of it.
    Counted(Box<Counted>),
    /// It can't be looked at, or counted.
    Failed(Notice),
    /// The import is done, or failed; the queue may be another.
    Over(Notice),
}

/// What would come of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// What would be new, merged and unchanged.
    pub report: ImportReport,
    /// Rows read.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Edits that can't be sent before they are mended.
    pub faulty: u64,
    /// Why rows are refused, one a line, with their place.
    pub problems: Vec<String>,
    /// What else to know, one a line.
    pub warnings: Vec<String>,
    /// What several contacts have that rows without a SID name.
    pub several: Vec<Several>,
}

/// A number or an email that several contacts have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several {
    /// What it is.
    pub field: Field,
    /// As it stands in the file.
    pub value: String,
    /// How many rows name it.
    pub rows: u64,
    /// The contacts.
    pub contacts: Vec<Contact>,
}

impl Several {
    /// What it is settled by.
    pub fn key(&self) -> (Field, String) {
        (self.field, self.value.clone())
    }
}

/// What an import left to the user, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// Which value each field gets that has two.
    pub choices: Choices,
    /// Who is meant by a number or email that several contacts have.
    pub meant: HashMap<(Field, String), Sid>,
}
