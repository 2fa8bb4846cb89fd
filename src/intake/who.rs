//! Who is meant by a row without a SID: found by its number, else by its email, or refused.

use super::build::Draft;
use crate::domain::{Field, Found};

/// Finds contacts by a field, number or email; the error says why nobody can be found at all.
pub type Finder<'f> = dyn FnMut(Field, &str) -> Result<Found, String> + Send + 'f;

/// The fields that a contact can be found by, the first first.
pub(super) const KEYS: [Field; 2] = [Field::Number, Field::Email];

/// How many of several contacts are named.
const NAMED: usize = 4;

/// Names the contact of a draft that has no name. The field that it was found by says who is meant, and is no change.
/// None and several are reasons to refuse the row, and so is a number of one contact beside the email of another.
pub(super) fn name(draft: &mut Draft, find: &mut Finder<'_>) -> Result<(), String> {
    let mut named = None;
    let mut nobodys = Vec::new();
    for field in KEYS {
        let Some(value) = draft.value(field) else { continue };
        match (find(field, value)?, &named) {
            (Found::None, _) => nobodys.push(format!("{field} {value}")),
            (Found::One(sid), None) => named = Some((field, sid)),
            (Found::One(sid), Some((_, other))) if sid == *other => {}
            (Found::One(sid), Some((by, other))) => {
                return Err(format!(
                    "the {by} is that of {other}, and the {field} that of {sid}: give the SID that is meant"
                ));
            }
            (Found::Several(sids), _) => {
                let mut named: Vec<_> = sids.iter().take(NAMED).map(ToString::to_string).collect();
                if sids.len() > NAMED {
                    named.push(String::from("…"));
                }
                return Err(format!(
                    "several contacts have the {field} {value} ({}): give the SID of the one that is meant",
                    named.join(", ")
                ));
            }
        }
    }
    if let Some((by, sid)) = named {
        draft.take(by);
        draft.name(sid.as_str());
        return Ok(());
    }
    Err(if nobodys.is_empty() {
        "no SID, and neither a number nor an email to find the contact by: fill one in, or take the row out".to_owned()
    } else {
        format!(
            "no contact of the address book has the {}: give its SID, or pull the book again if it is new",
            nobodys.join(" or the ")
        )
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::read::{ImportOptions, read};
    use super::*;
    use crate::domain::{Edit, Sid};

    /// A book in which number 1 is a's, number 2 that of b and c, email x is a's and email y b's.
    fn find(field: Field, value: &str) -> Result<Found, String> {
        Ok(match (field, value) {
            (Field::Number, "1") | (Field::Email, "x") => Found::One(Sid::new("a")),
            (Field::Email, "y") => Found::One(Sid::new("b")),
            (Field::Number, "2") => Found::Several(vec![Sid::new("b"), Sid::new("c")]),
            (Field::Email, "?") => return Err("no book".into()),
            _ => Found::None,
        })
    }

    /// The edits of a file, and what is wrong with its rows.
    fn reading(text: &str) -> (Vec<String>, Vec<String>) {
        let mut edits = Vec::new();
        let mut take = |edit: Edit| edits.push(format!("{} {}", edit.sid, edit.changes.to_json()));
        let mut input = std::io::Cursor::new(text.as_bytes());
        let reading = read(&mut input, &ImportOptions::default(), None, Some(&mut find), &mut take).unwrap();
        (edits, reading.problems.iter().map(ToString::to_string).collect())
    }

    #[rstest]
    #[case("number,tag\n1,v\n", r#"a {"tag":"v"}"#)]
    #[case("email,tag\ny,v\n", r#"b {"tag":"v"}"#)]
    #[case("number,email\n1,new\n", r#"a {"email":"new"}"#)]
    #[case("number,email\n9,x\n", r#"a {"number":"9"}"#)]
    #[case("sid,number\nz,1\n", r#"z {"number":"1"}"#)]
    #[case(r#"[{"number":"1","tag":"v"}]"#, r#"a {"tag":"v"}"#)]
    fn a_contact_is_found_by_what_names_it(#[case] file: &str, #[case] edit: &str) {
        assert_eq!(reading(file), (vec![edit.to_owned()], vec![]));
    }

    #[rstest]
    #[case("number,tag\n9,v\n", "2:1: number: no contact of the address book has the number 9")]
    #[case("tag,number\nv,2\n", "2:2: number: several contacts have the number 2 (b, c)")]
    #[case("number,email\n1,y\n", "2:1: number: the number is that of a, and the email that of b")]
    #[case("sid,tag\n,v\n", "2:1: sid: no SID, and neither a number nor an email")]
    #[case("email,tag\n?,v\n", "2:1: email: no book")]
    #[case(r#"[{"number":"9"}]"#, "1:2: no contact of the address book has the number 9")]
    fn nobody_is_guessed(#[case] file: &str, #[case] said: &str) {
        let (edits, problems) = reading(file);
        assert!(edits.is_empty() && problems.len() == 1 && problems[0].starts_with(said), "{edits:?} {problems:?}");
    }
}
