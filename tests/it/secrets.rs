//! Key and token leave nowhere, whatever a server makes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rstest::rstest;

use crate::harness::{Home, Ran};
use crate::wire::{Wire, answer, home};

const KEY: &str = "9f1c-Key/9f1c";
const TOKEN: &str = "7e\"Tok+en/77&d=é";

/// What may occur nowhere: key and token, plain, in base64 alone and together, and as URLs, JSON and HTML have them.
const FORMS: [&str; 9] = [
    KEY,
    TOKEN,
    "OWYxYy1LZXkvOWYxY",
    "N2UiVG9rK2VuLzc3JmQ9w6",
    "9f1c-Key%2F9f1c",
    "7e%22Tok%2Ben%2F77%26d%3D%C3%A9",
    r#"7e\"Tok+en\/77&d=é"#,
    r"\u0037\u0065\u0022\u0054",
    "7e&quot;Tok+en/77&amp;d=",
];

/// Everything about the credentials that a server could repeat, as a text of JSON.
fn gossip(request: &str) -> String {
    let header =
        request.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization")).unwrap_or_default();
    let escaped = TOKEN.replace('"', "\\\"");
    let codes = TOKEN.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
    let url = "9f1c-Key%2F9f1c:7e%22Tok%2Ben%2F77%26d%3D%C3%A9";
    let html = "7e&quot;Tok+en/77&amp;d=&#233;";
    format!("{header} {KEY} {escaped} {codes} https://{url}@x/?t={url} {html} N2UiVG9rK2VuLzc3JmQ9w6k=")
}

fn items(request: &str) -> Vec<u8> {
    let words = gossip(request);
    let item = format!(
        r#"{{"code":400,"status":"failure","error_data":{{"code":"{words}","description":"{words}","message":"{words}"}},"data":{{"sid":"{words}","first_name":"{words}"}}}}"#
    );
    let kept = format!(r#"{{"code":200,"status":"success","data":{{"sid":"s1","first_name":"{words}"}}}}"#);
    let body =
        format!(r#"{{"request_id":"{words}","http_code":207,"metadata":{{"total":9}},"response":[{kept},{item}]}}"#);
    answer(207, &format!("x-echo: {KEY}\r\n"), body)
}

fn whole(request: &str) -> Vec<u8> {
    answer(400, "", format!(r#"{{"request_id":"r","error_data":{{"description":"{}"}}}}"#, gossip(request)))
}

fn stop(request: &str) -> Vec<u8> {
    answer(403, "", format!(r#"{{"message":"{}"}}"#, gossip(request)))
}

fn page(request: &str) -> Vec<u8> {
    answer(502, "content-type: text/html\r\n", format!("<html><title>{}</title>", gossip(request)))
}

fn text(request: &str) -> Vec<u8> {
    answer(404, "", gossip(request))
}

fn redirect(_: &str) -> Vec<u8> {
    let url = "9f1c-Key%2F9f1c:7e%22Tok%2Ben%2F77%26d%3D%C3%A9";
    answer(307, &format!("location: https://{url}@evil.example/{KEY}?N2UiVG9rK2VuLzc3JmQ9w6k=\r\n"), "")
}

fn no_http(request: &str) -> Vec<u8> {
    gossip(request).into_bytes()
}

#[rstest]
#[case::in_items(items)]
#[case::in_a_refusal(whole)]
#[case::in_a_stop(stop)]
#[case::in_a_page(page)]
#[case::in_a_text(text)]
#[case::in_a_redirect(redirect)]
#[case::instead_of_http(no_http)]
fn a_server_that_repeats_the_credentials_is_not_quoted(#[case] say: fn(&str) -> Vec<u8>) {
    let server = Wire::new(move |_, request, line| _ = line.write_all(&say(request)));
    let home = told_nothing(&server.http());
    let file = home.edits_of(&["s1".to_owned(), "s2".to_owned()]);
    let mut said = vec![home.run(&["submit", &file, "--yes", "-v", "--format", "jsonl"])];
    assert!(server.heard()[0].contains("OWYxYy1LZXkvOWYxYzo3"), "the credentials were sent");
    for format in ["human", "csv", "json", "jsonl"] {
        said.push(home.run(&["results", "last", "--format", format]).code(0));
    }
    for command in [
        &["submit", "--yes", "-v"][..],
        &["requeue", "last"],
        &["queue", "list"],
        &["queue", "export", "--format", "jsonl"],
        &["runs"],
        &["config", "show"],
        &["config", "check"],
    ] {
        said.push(home.run(command));
    }
    assert_nowhere(&home, &said);
}

/// A home with these credentials.
fn told_nothing(base_url: &str) -> Home {
    let mut home = home(base_url, "");
    home.env.insert("EXOTEL_API_KEY", KEY.to_owned());
    home.env.insert("EXOTEL_API_TOKEN", TOKEN.to_owned());
    home
}

/// Neither what was said nor any file has a secret in it, nor a process its arguments.
#[track_caller]
fn assert_nowhere(home: &Home, said: &[Ran]) {
    for ran in said {
        assert_clean("standard output", ran.out.as_bytes());
        assert_clean("standard error", ran.err.as_bytes());
    }
    let mut files = 0;
    each_file(&home.path("data"), &mut |path| {
        files += 1;
        assert_clean(&path.display().to_string(), &fs::read(path).unwrap());
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    });
    assert!(files >= 2, "the database and the log");
    assert!(home.path("data/logs/rolodeck.log").exists());
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in FORMS {
        let found = text.find(form);
        let around = found.map(|at| text.get(at.saturating_sub(40)..at + 40));
        assert!(found.is_none(), "{what} has {form}: {around:?}");
    }
}

fn each_file(dir: &Path, f: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, f) } else { f(&path) }
    }
}

#[test]
fn a_token_typed_as_a_flag_is_refused_and_not_repeated() {
    let ran = told_nothing("http://127.0.0.1:1").run(&["submit", "--token", TOKEN]).code(2);
    assert_clean("standard error", ran.err.as_bytes());
}

#[test]
fn a_command_that_prints_the_token_and_fails_is_not_quoted() {
    let mut home = told_nothing("http://127.0.0.1:1");
    home.env.remove("EXOTEL_API_TOKEN");
    let printed = home.file("printed", TOKEN);
    let config = home.file(
        "c.toml",
        &format!("[profiles.default]\ntoken_command = ['/bin/sh', '-c', 'cat \"$0\"; exit 3', '{printed}']\n"),
    );
    let ran = home.run(&["config", "check", "--config", &config]).code(3).says("token_command `/bin/sh` failed");
    assert_clean("standard error", ran.err.as_bytes());
}

#[test]
fn the_log_tells_of_a_run_and_of_no_contact() {
    let words = r#"{"request_id":"abc-123","response":[{"code":409,"status":"failure","error_data":{"description":"duplicate of +919812345678, Asha Rao"}}]}"#;
    let server = Wire::saying(answer(207, "", words));
    let home = told_nothing(&server.http());
    let file = home.file("f.csv", "sid,first_name,number\ns1,Zebulon,+919876543210\n");
    home.run(&["submit", &file, "--yes", "-v"]).code(4);
    let log = fs::read_to_string(home.path("data/logs/rolodeck.log")).unwrap();
    for part in [
        "starts as process",
        "profile default, account demo1 at http://127.0.0.1",
        "run 1: started, 1 edits in 1 requests",
        "run 1: request 1, attempt 1: on its way with 1 edits",
        "HTTP 207, settled",
        "request id abc-123",
        "run 1: finished after",
        "1 planned = 0 updated + 1 rejected + 0 unknown + 0 not sent + 0 open",
        "ends: exit 4",
    ] {
        assert!(log.contains(part), "{part} is not in\n{log}");
    }
    for private in ["Zebulon", "9876543210", "9812345678", "Asha", KEY] {
        assert!(!log.contains(private), "{private} is in\n{log}");
    }
}
