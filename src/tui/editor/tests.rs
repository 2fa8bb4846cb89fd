//! Editors that are shell scripts, on real files.

use rstest::rstest;

use super::*;
use crate::domain::{Change, Field, Sid};

fn edit_of(sid: &str, name: &str) -> Edit {
    let changes = [(Field::FirstName, Change::Set(name.to_owned()))].into_iter().collect();
    Edit { sid: Sid::new(sid), changes }
}

fn edits() -> Vec<(EditId, Edit)> {
    vec![(EditId(4), edit_of("s1", "Asha")), (EditId(9), edit_of("s2", "Ravi"))]
}

/// What comes back of an editor that is a script, with the file as `$1`.
async fn edited_by(script: &str) -> Result<Vec<(EditId, Edit)>, String> {
    let editor = ["/bin/sh", "-c", script, "editor"].map(str::to_owned).to_vec();
    edit(editor, edits(), Rules::default()).await
}

#[tokio::test]
async fn an_unchanged_file_changes_nothing() {
    assert_eq!(edited_by("test -s $1").await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_was_changed_comes_back_alone_and_under_its_own_name() {
    let came = edited_by("sed -i 's/Ravi/Ravi K/' $1").await;
    assert_eq!(came, Ok(vec![(EditId(9), edit_of("s2", "Ravi K"))]));
}

#[tokio::test]
async fn null_clears_and_an_absent_field_is_left_alone() {
    let cleared = edited_by("sed -i 's/\"Asha\"/null/' $1").await.unwrap();
    assert_eq!(cleared[0].1.changes.get(Field::FirstName), Some(&Change::Clear));
    let absent = edited_by("sed -i 's/\"first_name\":\"Asha\"//' $1").await.unwrap();
    assert_eq!(absent[0].1.changes.get(Field::FirstName), None);
}

#[rstest]
#[case::broken("s/}$//", "edits.jsonl:4:")]
#[case::unknown_field("s/first_name/frist_name/", "frist_name")]
#[case::a_line_gone("/s2/d", "1 line for 2 edits")]
#[tokio::test]
async fn a_mistake_opens_the_file_again_and_says_what_is_wrong(#[case] mistake: &str, #[case] told: &str) {
    // The second time the editor keeps what it saw, and leaves the file alone.
    let dir = tempfile::tempdir().unwrap();
    let seen = dir.path().join("seen");
    let script = format!("if grep -q MISTAKE $1; then cp $1 {0}; else sed -i '{mistake}' $1; fi", seen.display());
    let why = edited_by(&script).await.unwrap_err();
    assert!(why.starts_with("nothing changed: "), "{why}");
    let seen = fs::read_to_string(seen).unwrap();
    let first = seen.lines().next().unwrap();
    assert!(first.starts_with("# MISTAKE: ") && first.contains(told), "{seen}");
    assert!(seen.lines().nth(3).unwrap().starts_with("{\"sid\":\"s1\""), "the lines keep their places: {seen}");
}

#[tokio::test]
async fn a_mistake_can_be_corrected() {
    let script = "if grep -q MISTAKE $1; then sed -i 's/^{\"sid\":\"s1\".*/{\"sid\":\"s1\",\"first_name\":\"Uma\"}/' $1; \
                  else sed -i 's/Asha\"/Asha/' $1; fi";
    assert_eq!(edited_by(script).await, Ok(vec![(EditId(4), edit_of("s1", "Uma"))]));
}

#[tokio::test]
async fn an_editor_that_fails_or_is_not_there_changes_nothing_and_says_so() {
    assert!(edited_by("echo > $1; exit 3").await.unwrap_err().contains("exit status: 3"));
    let absent = edit(vec![String::from("/no/such/editor")], edits(), Rules::default()).await.unwrap_err();
    assert!(absent.contains("set VISUAL or EDITOR"), "{absent}");
}

#[rstest]
#[case("vi", &["vi"])]
#[case("  code  --wait ", &["code", "--wait"])]
#[case("'/opt/my editor/ed' \"a b\"c ''", &["/opt/my editor/ed", "a bc", ""])]
#[case("", &[])]
fn a_command_is_parted_into_words_without_a_shell(#[case] command: &str, #[case] expected: &[&str]) {
    assert_eq!(words(command), expected);
}

#[rstest]
#[case::no_json("\"custom_field\":\"{oops\"", "custom_field: not JSON at line 1")]
#[case::a_text("\"custom_field\":\"Pune\"", "custom_field: not JSON at line 1")]
#[case::a_list("\"custom_field\":[1]", "custom_field")]
#[case::a_number("\"custom_field\":7", "custom_field")]
#[tokio::test]
async fn a_wrong_custom_field_opens_the_file_again(#[case] member: &str, #[case] told: &str) {
    let dir = tempfile::tempdir().unwrap();
    let seen = dir.path().join("seen");
    let mistake = format!("s/\"first_name\":\"Asha\"/{member}/");
    let script = format!("if grep -q MISTAKE $1; then cp $1 {0}; else sed -i '{mistake}' $1; fi", seen.display());
    let why = edited_by(&script).await;
    assert!(why.as_ref().is_err_and(|why| why.starts_with("nothing changed: ")), "{why:?}");
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.lines().next().unwrap().contains(told), "{seen}");
}
