//! Imports, step by step.

use super::*;
use crate::app::import::{Counted, Import, ImportAnswer, ImportAsk, ImportStep, Several, Source, Stage};
use crate::domain::Contact;
use crate::intake::{ColumnUse, Look, Target};
use crate::store::{Choices, Clash, ImportReport, Side};

impl Desk {
    fn import(&self) -> &Import {
        match self.model.dialogs.last() {
            Some(Dialog::Import(import)) => import,
            other => panic!("{other:?}"),
        }
    }

    /// Answers the question of an import.
    fn tell_of(&mut self, ask: &ImportAsk, answer: ImportAnswer) -> Vec<Effect> {
        self.answer(Answer::Import(ask.token, answer))
    }

    /// Chooses the line of that name.
    fn choose(&mut self, name: &str) -> Vec<Effect> {
        let lines = self.import().lines();
        let at = lines.iter().position(|line| line.name == name).unwrap_or_else(|| panic!("{name} in {lines:?}"));
        self.press("home");
        for _ in 0..at {
            self.press("down");
        }
        self.press("enter")
    }
}

fn asked(effects: &[Effect]) -> ImportAsk {
    match effects {
        [Effect::Import(ask)] => ask.clone(),
        other => panic!("{other:?}"),
    }
}

fn column(header: &str, target: Target) -> ColumnUse {
    ColumnUse { header: header.into(), target, maybe: None }
}

fn counted(rows: u64, refused: u64) -> ImportAnswer {
    let report = ImportReport { added: rows - refused, ..ImportReport::default() };
    let problems = if refused > 0 { vec!["3:1: sid: no SID in this row".into()] } else { Vec::new() };
    ImportAnswer::Counted(Box::new(Counted { report, rows, refused, problems, ..Counted::default() }))
}

#[test]
fn a_file_whose_columns_are_known_is_counted_seen_and_imported() {
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    assert_eq!((ask.step, &ask.map), (ImportStep::Look, &None));
    let look = Look { columns: vec![column("sid", Target::Sid)], ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    assert_eq!((ask.step, &ask.map), (ImportStep::Count, &Some(vec![])));
    desk.tell_of(&ask, ImportAnswer::Progress(50, 100));
    assert_eq!(desk.import().stage, Stage::Busy("counting", 50, 100));
    assert_eq!(desk.press("enter"), [], "nothing can be chosen yet");
    desk.tell_of(&ask, counted(3, 0));
    let ask = asked(&desk.press("enter"));
    assert_eq!(ask.step, ImportStep::Import { keeps_refused: false });
    // It goes on beside the screen: the grid has the keys.
    assert!(desk.model.dialogs.is_empty());
    assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), Some("importing f.csv …"));
    desk.press("o");
    assert!(desk.model.prompt.is_some());
    desk.press("esc");
    let effects = desk.tell_of(&ask, ImportAnswer::Over(Notice::done("imported: 3 added")));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::QueueKeys { .. })), "the queue is read again");
    assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), Some("imported: 3 added"));
}

#[test]
fn columns_are_mapped_by_hand_and_the_mapping_goes_with_the_questions() {
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    let emial = ColumnUse { maybe: Some(Target::Field(Field::Email)), ..column("Emial", Target::Unmatched) };
    let columns =
        vec![column("who", Target::Unmatched), emial, column("x", Target::Unmatched), column("x", Target::Unmatched)];
    desk.tell_of(
        &ask,
        ImportAnswer::Looked(Box::new(Look { columns, ..Look::default() }), vec![("who".into(), "-".into())]),
    );
    assert_eq!(desk.import().stage, Stage::Mapping);
    desk.choose("who");
    desk.choose("sid");
    desk.choose("Emial");
    assert_eq!(desk.import().lines()[0].name, "email", "what it looks like comes first");
    desk.press("enter");
    desk.press("down");
    desk.press("enter");
    desk.choose("custom_field.x");
    desk.press("enter");
    desk.press("esc");
    assert_eq!(desk.import().stage, Stage::Mapping, "Esc goes back from the choice");
    let ask = asked(&desk.choose("go on"));
    let pairs = [("who", "sid"), ("Emial", "email"), ("#3", "custom_field.x")];
    assert_eq!(ask.map.unwrap(), pairs.map(|(column, field)| (column.to_owned(), field.to_owned())));
}

#[test]
fn refused_rows_stay_out_and_may_be_kept_in_a_file() {
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    let look = Look { columns: vec![column("sid", Target::Sid)], ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    desk.tell_of(&ask, counted(5, 2));
    let names: Vec<_> = desk.import().lines().into_iter().map(|line| line.name).collect();
    let expected =
        ["import the other 3 rows", "the same, and keep the 2 refused in a file", "change the columns", "close"];
    assert_eq!(names, expected);
    let ask = asked(&desk.choose(expected[1]));
    assert_eq!(ask.step, ImportStep::Import { keeps_refused: true });
}

#[test]
fn a_file_of_refused_rows_alone_can_only_be_closed_or_mapped() {
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    let look = Look { columns: vec![column("sid", Target::Sid)], ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    desk.tell_of(&ask, counted(2, 2));
    assert_eq!(desk.press("enter"), [], "back to the columns");
    assert_eq!(desk.import().stage, Stage::Mapping);
}

#[test]
fn esc_stops_at_any_point_and_late_answers_change_nothing() {
    let mut desk = Desk::with(1);
    let looking = asked(&desk.command("import f.csv"));
    let stop = asked(&desk.press("esc"));
    assert!(stop.step == ImportStep::Stop && stop.token > looking.token);
    assert!(desk.model.dialogs.is_empty());
    assert_eq!(desk.tell_of(&looking, ImportAnswer::Looked(Box::default(), vec![])), []);
    assert_eq!(desk.tell_of(&looking, ImportAnswer::Failed(Notice::failed("stopped"))), []);
    assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), Some("nothing was imported"));
    let looking = asked(&desk.command("import f.csv"));
    desk.tell_of(&looking, ImportAnswer::Failed(Notice::failed("no such file")));
    assert!(desk.model.dialogs.is_empty());
    assert_eq!(desk.model.notice.as_ref().map(|notice| notice.text.as_str()), Some("no such file"));
}

#[test]
fn pasted_lines_are_a_table_and_a_pasted_word_is_none() {
    let mut desk = Desk::with(1);
    let paste =
        |desk: &mut Desk, text: &str, cut| update(&mut desk.model, Msg::Paste { text: text.into(), cut }, &desk.ctx);
    assert_eq!(paste(&mut desk, "word\n", false), []);
    assert_eq!(paste(&mut desk, "sid,tag\na,x\n", true), []);
    assert!(desk.model.notice.as_ref().unwrap().text.contains("too long"));
    let ask = asked(&paste(&mut desk, "\nsid,tag\na,x\n", false));
    assert_eq!(ask.source, Source::Pasted("sid,tag\na,x\n".into()));
    assert_eq!(paste(&mut desk, "sid,tag\nb,y\n", false), [], "one at a time");
}

#[test]
fn another_sheet_encoding_or_delimiter_is_chosen_in_the_flow_and_the_file_is_read_again() {
    use crate::app::import::How;
    use crate::intake::ReadAs;
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    let read_as = ReadAs { encoding: Some("UTF-8"), looks_like: Some("windows-1252"), ..ReadAs::default() };
    desk.tell_of(&ask, ImportAnswer::Looked(Box::new(Look { read_as, ..Look::default() }), vec![]));
    // Nothing else can be chosen before it can be read.
    desk.press("enter");
    assert_eq!(desk.import().lines()[0].text, "what it looks like");
    let ask = asked(&desk.press("enter"));
    assert_eq!((ask.step, ask.how.encoding.as_deref()), (ImportStep::Look, Some("windows-1252")));
    let read_as = ReadAs { encoding: Some("windows-1252"), delimiter: Some(b','), ..ReadAs::default() };
    let look = Look { columns: vec![column("sid;tag", Target::Unmatched)], read_as, ..Look::default() };
    desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![]));
    desk.choose("delimiter");
    let now: Vec<_> = desk.import().lines().into_iter().filter(|line| line.text == "as it is read now").collect();
    assert_eq!(now[0].name, "comma");
    desk.press("esc");
    assert_eq!(desk.import().stage, Stage::Mapping, "Esc goes back from the choice");
    desk.choose("delimiter");
    let ask = asked(&desk.choose("semicolon"));
    let how = How { encoding: Some("windows-1252".into()), delimiter: Some(b';'), sheet: None };
    assert_eq!((ask.how, ask.map), (how, None));
}

#[test]
fn a_sheet_is_chosen_from_the_preview_and_text_that_ends_otherwise_asks_for_its_encoding() {
    use crate::intake::ReadAs;
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.xlsx"));
    let sheets = ReadAs { sheet: Some("May".into()), sheets: vec!["May".into(), "June".into()], ..ReadAs::default() };
    let look = Look { columns: vec![column("sid", Target::Sid)], read_as: sheets, ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    desk.tell_of(&ask, counted(3, 0));
    desk.choose("sheet");
    desk.press("esc");
    assert!(matches!(desk.import().stage, Stage::Preview(_)));
    assert_eq!(desk.import().lines()[desk.import().at].name, "sheet", "where the cursor was");
    desk.choose("sheet");
    let ask = asked(&desk.choose("June"));
    assert_eq!(ask.how.sheet.as_deref(), Some("June"));
    let read_as = ReadAs { encoding: Some("UTF-8"), delimiter: Some(b','), ..ReadAs::default() };
    let look = Look { columns: vec![column("sid", Target::Sid)], read_as, ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    assert_eq!(ask.step, ImportStep::Count);
    desk.tell_of(&ask, ImportAnswer::Undecoded("windows-1251"));
    let at = desk.import().at;
    assert_eq!(desk.import().lines()[at].text, "not UTF-8; it looks like windows-1251");
}

/// An import whose file is counted.
fn with_preview(preview: &Counted) -> Desk {
    let mut desk = Desk::with(1);
    let ask = asked(&desk.command("import f.csv"));
    let look = Look { columns: vec![column("sid", Target::Sid)], ..Look::default() };
    let ask = asked(&desk.tell_of(&ask, ImportAnswer::Looked(look.into(), vec![])));
    desk.tell_of(&ask, ImportAnswer::Counted(Box::new(preview.clone())));
    desk
}

fn in_conflict(kept: u64) -> Counted {
    let set = |value: &str| Change::Set(value.to_owned());
    let conflict =
        |sid: &str, earlier, later| Clash { sid: Sid::new(sid), field: Field::Tag, earlier, later, was_queued: true };
    let told = vec![conflict("a", set("old"), set("new")), conflict("b", set("old"), Change::Clear)];
    let report = ImportReport { merged: 2, conflicts: 2, kept, told, ..ImportReport::default() };
    Counted { report, rows: 2, ..Counted::default() }
}

#[test]
fn conflicts_are_settled_one_by_one_or_all_alike_and_counted_again() {
    let mut desk = with_preview(&in_conflict(0));
    let texts = |desk: &Desk| desk.import().lines().into_iter().map(|line| line.text).collect::<Vec<_>>();
    desk.choose("settle 2 conflicts");
    assert_eq!(texts(&desk)[2..], ["later: new", "later: CLEAR"]);
    // Esc without a choice goes back, and nothing is counted again.
    assert_eq!(desk.press("esc"), []);
    assert_eq!(desk.import().lines()[desk.import().at].text, "the later value wins");
    desk.press("enter");
    desk.press("j space");
    assert_eq!(texts(&desk)[2..], ["later: new", "earlier: old"]);
    let ask = asked(&desk.press("esc"));
    let keeps_b = Choices { rest: Side::Later, each: [((Sid::new("b"), Field::Tag), Side::Earlier)].into() };
    assert_eq!((ask.step, &ask.settled.choices), (ImportStep::Count, &keeps_b));
    desk.tell_of(&ask, ImportAnswer::Counted(Box::new(in_conflict(1))));
    assert!(texts(&desk).contains(&String::from("as you chose")));
    desk.choose("settle 2 conflicts");
    desk.choose("all: the earlier value, the queue's");
    assert_eq!(texts(&desk)[2..], ["earlier: old", "earlier: old"]);
    let ask = asked(&desk.press("esc"));
    assert_eq!(ask.settled.choices, Choices { rest: Side::Earlier, ..Choices::default() });
    desk.tell_of(&ask, ImportAnswer::Counted(Box::new(in_conflict(2))));
    assert!(texts(&desk).contains(&String::from("the earlier value stays")));
    let ask = asked(&desk.choose("import"));
    assert_eq!(ask.settled.choices.rest, Side::Earlier, "the choice goes with the import");
}

#[test]
fn who_is_meant_by_a_number_of_several_contacts_is_said_and_counted_again() {
    let contacts = ["a", "b"].map(|sid| Contact::new(Sid::new(sid))).to_vec();
    let several = vec![Several { field: Field::Number, value: "98".into(), rows: 3, contacts }];
    let preview = Counted { rows: 5, refused: 3, several, ..Counted::default() };
    let mut desk = with_preview(&preview);
    desk.choose("say who is meant");
    assert_eq!(desk.import().lines()[0].text, "3 rows refused");
    desk.choose("98");
    desk.choose("b");
    assert!(desk.import().lines()[0].text.starts_with('b'));
    let ask = asked(&desk.press("esc"));
    assert_eq!(ask.settled.meant, [((Field::Number, String::from("98")), Sid::new("b"))].into());
    desk.tell_of(&ask, ImportAnswer::Counted(Box::new(preview)));
    desk.choose("say who is meant");
    desk.choose("98");
    desk.choose("none of them");
    assert_eq!(desk.import().lines()[0].text, "3 rows refused");
    assert!(asked(&desk.press("esc")).settled.meant.is_empty());
}

#[test]
fn many_reasons_are_read_in_a_text_of_their_own_and_the_import_waits_below() {
    let problems: Vec<_> = (2..9).map(|row| format!("{row}:1: sid: no SID in this row")).collect();
    let mut desk = with_preview(&Counted { rows: 9, refused: 7, problems, ..Counted::default() });
    desk.choose("read all reasons");
    let Some(Dialog::Text { notice, .. }) = desk.model.dialogs.last() else { panic!("{:?}", desk.model.dialogs) };
    assert!(notice.text.contains("8:1: sid"), "{}", notice.text);
    desk.press("esc");
    assert_eq!(desk.import().lines()[desk.import().at].name, "read all reasons");
}
