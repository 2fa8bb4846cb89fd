//! The parts of a workbook's package.

use std::borrow::Cow;
use std::io::{BufReader, Read};

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use super::format::NumberFormat;
use super::sheet;
use super::xml::{attribute, each_event, push_text, unescaped};
use crate::intake::read::Input;

/// The most text that the shared texts of a workbook may have together: they are held whole.
const MOST_SHARED: usize = 1 << 30;

/// An opened package.
pub(super) struct Package<'i> {
    zip: ZipArchive<&'i mut dyn Input>,
}

/// A sheet of the workbook.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) is_hidden: bool,
}

/// What the workbook says of all its sheets.
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    pub(super) shared: Vec<Box<str>>,
    /// How the cells of each style show their numbers.
    pub(super) styles: Vec<NumberFormat>,
    /// Whether days are counted from 1904.
    pub(super) is_1904: bool,
}

/// A part that another one refers to.
struct Relation {
    id: String,
    kind: String,
    path: String,
}

impl<'i> Package<'i> {
    pub(super) fn open(input: &'i mut dyn Input) -> Result<Self, String> {
        let zip = ZipArchive::new(input).map_err(|e| format!("no workbook, or a damaged one: {e}"))?;
        Ok(Self { zip })
    }

    /// Reads all but the sheets themselves.
    pub(super) fn workbook(&mut self) -> Result<Workbook, String> {
        if self.zip.file_names().any(|name| name == "mimetype") {
            return Err("an OpenDocument file: save it as XLSX or CSV and import that".to_owned());
        }
        let top = self.relations("")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let path = top
            .map(|top| top.path)
            .ok_or("a zip file that is no Excel workbook: unpack it and import what is in it")?;
        if !path.to_ascii_lowercase().ends_with(".xml") {
            return Err("a binary Excel workbook (.xlsb): save it as .xlsx and import that".to_owned());
        }
        let parts = self.relations(&path)?;
        let part =
            |kind: &str| parts.iter().find(|relation| relation.kind == kind).map(|relation| relation.path.clone());
        let (sheets, is_1904) = self.sheets(&path, &parts)?;
        let shared = part("sharedStrings").map_or_else(|| Ok(Vec::new()), |path| self.shared(&path))?;
        let styles = part("styles").map_or_else(|| Ok(Vec::new()), |path| self.styles(&path))?;
        Ok(Workbook { sheets, shared, styles, is_1904 })
    }

    /// Gives the rows of a sheet that have something in them, until `each` has seen enough.
    pub(super) fn rows(
        &mut self,
        path: &str,
        book: &Workbook,
        each: &mut dyn FnMut(u64, &[Cow<'_, str>]) -> bool,
    ) -> Result<(), String> {
        sheet::rows(self.part(path)?, book, each)
    }

    fn part(&mut self, path: &str) -> Result<BufReader<impl Read + use<'_, 'i>>, String> {
        // Some writers spell their own parts in another case.
        let alike = |name: &&str| name.eq_ignore_ascii_case(path);
        let name = self.zip.file_names().find(alike).unwrap_or(path).to_owned();
        let file = self.zip.by_name(&name).map_err(|e| match e {
            ZipError::FileNotFound => format!("the workbook is damaged: `{path}` is missing"),
            e => format!("the workbook is damaged: {path}: {e}"),
        })?;
        Ok(BufReader::with_capacity(64 << 10, file))
    }

    /// The parts that a part refers to; for the package itself `of` is empty.
    fn relations(&mut self, of: &str) -> Result<Vec<Relation>, String> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let slash = if folder.is_empty() { "" } else { "/" };
        let mut found = Vec::new();
        let part = self.part(&format!("{folder}{slash}_rels/{name}.rels"));
        if of.is_empty() && part.is_err() {
            return Ok(found);
        }
        each_event(part?, |event| {
            if let Event::Start(element) | Event::Empty(element) = event
                && element.local_name().as_ref() == b"Relationship"
                && let (Some(id), Some(kind), Some(target)) =
                    (attribute(element, b"Id"), attribute(element, b"Type"), attribute(element, b"Target"))
            {
                let path = target.strip_prefix('/').map_or_else(|| format!("{folder}{slash}{target}"), str::to_owned);
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                found.push(Relation { id, kind, path });
            }
            Ok(true)
        })?;
        Ok(found)
    }

    fn sheets(&mut self, path: &str, parts: &[Relation]) -> Result<(Vec<Sheet>, bool), String> {
        let (mut sheets, mut is_1904) = (Vec::new(), false);
        each_event(self.part(path)?, |event| {
            let (Event::Start(element) | Event::Empty(element)) = event else { return Ok(true) };
            match element.local_name().as_ref() {
                b"workbookPr" => {
                    is_1904 = matches!(attribute(element, b"date1904").as_deref(), Some("1" | "true"));
                }
                b"sheet" => {
                    let id = attribute(element, b"id").unwrap_or_default();
                    let part = parts.iter().find(|relation| relation.id == id && relation.kind == "worksheet");
                    sheets.extend(part.map(|part| Sheet {
                        name: attribute(element, b"name").unwrap_or_default(),
                        path: part.path.clone(),
                        is_hidden: attribute(element, b"state").is_some_and(|state| state != "visible"),
                    }));
                }
                _ => {}
            }
            Ok(true)
        })?;
        Ok((sheets, is_1904))
    }

    /// The texts that cells refer to by number. Readings for the pronunciation are none of the text.
    fn shared(&mut self, path: &str) -> Result<Vec<Box<str>>, String> {
        let (mut all, mut text, mut total) = (Vec::new(), String::new(), 0);
        let (mut is_inside, mut is_reading) = (false, false);
        each_event(self.part(path)?, |event| {
            match event {
                Event::Start(element) => match element.local_name().as_ref() {
                    b"si" => text.clear(),
                    b"rPh" => is_reading = true,
                    b"t" => is_inside = !is_reading,
                    _ => {}
                },
                Event::Empty(element) if element.local_name().as_ref() == b"si" => all.push(Box::from("")),
                Event::End(element) => match element.local_name().as_ref() {
                    b"si" => {
                        total += text.len();
                        all.push(unescaped(&text).into_boxed_str());
                    }
                    b"rPh" => is_reading = false,
                    b"t" => is_inside = false,
                    _ => {}
                },
                event if is_inside => push_text(&mut text, event)?,
                _ => {}
            }
            if total + text.len() > MOST_SHARED {
                return Err(
                    "the texts of the workbook are more than 1 GiB: save the sheet as CSV and import that".to_owned()
                );
            }
            Ok(true)
        })?;
        Ok(all)
    }

    fn styles(&mut self, path: &str) -> Result<Vec<NumberFormat>, String> {
        let (mut custom, mut styles, mut is_cells) = (Vec::<(u32, String)>::new(), Vec::new(), false);
        each_event(self.part(path)?, |event| {
            match event {
                Event::Start(element) | Event::Empty(element) => {
                    let number = |name| attribute(element, name).and_then(|id| id.parse::<u32>().ok());
                    match element.local_name().as_ref() {
                        b"numFmt" => {
                            let code = attribute(element, b"formatCode");
                            custom.extend(number(b"numFmtId").zip(code));
                        }
                        b"cellXfs" => is_cells = true,
                        b"xf" if is_cells => {
                            let id = number(b"numFmtId").unwrap_or_default();
                            let code = custom.iter().find(|(known, _)| *known == id).map(|(_, code)| code.as_str());
                            styles.push(NumberFormat::new(id, code));
                        }
                        _ => {}
                    }
                }
                Event::End(element) if element.local_name().as_ref() == b"cellXfs" => is_cells = false,
                _ => {}
            }
            Ok(true)
        })?;
        Ok(styles)
    }
}
