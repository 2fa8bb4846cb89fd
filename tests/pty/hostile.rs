//! Foreign text on the workstation's screen: shown, never obeyed.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::harness::Launch;

/// Clears the screen, leaves it, moves the cursor, and turns the line around.
const NASTY: &str = "a\u{1b}[2J\u{1b}[?1049l\u{9b}5;5H\u{202e}b\r\nc";

/// Answers one request with a rejected and a changed contact, both full of it.
fn serve_once(listener: &TcpListener) {
    let (mut socket, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"]}") {
        let mut bytes = [0; 4096];
        let n = socket.read(&mut bytes).unwrap();
        assert!(n > 0, "the request broke off");
        request.extend_from_slice(&bytes[..n]);
    }
    let words = serde_json::to_string(NASTY).unwrap();
    let body = format!(
        r#"{{"request_id":{words},"response":[{{"code":404,"status":"failure","error_data":{{"code":1000,"description":{words},"message":{words}}}}},{{"code":200,"status":"success","data":{{"sid":"s2","first_name":{words}}}}}]}}"#
    );
    write!(socket, "HTTP/1.1 207 X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
}

#[test]
fn nothing_foreign_is_obeyed_in_queue_results_or_detail() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let set = |launch: Launch| {
        launch
            .env("HOME", home.path())
            .env("ROLODECK_DATA_DIR", home.path().join("data"))
            .env("ROLODECK_BASE_URL", &base_url)
            .env("EXOTEL_ACCOUNT_SID", "demo1")
            .env("EXOTEL_API_KEY", "demo-key")
            .env("EXOTEL_API_TOKEN", "demo-token")
            .size(120, 36)
    };
    let sent = home.path().join("sent.csv");
    std::fs::write(&sent, "sid,first_name\ns1,x\ns2,y\n").unwrap();
    let server = std::thread::spawn(move || serve_once(&listener));
    let mut submit = set(Launch::rolodeck(&["submit", sent.to_str().unwrap(), "--yes"])).start();
    assert_eq!(submit.exit().exit_code(), 4);
    server.join().unwrap();
    let queued = home.path().join("queued.jsonl");
    std::fs::write(&queued, serde_json::json!({"sid": "s3", "changes": {"first_name": NASTY}}).to_string()).unwrap();
    assert!(set(Launch::rolodeck(&["import", queued.to_str().unwrap()])).start().exit().success());

    let mut session = set(Launch::rolodeck(&[])).start();
    let shows = |session: &crate::harness::Session, place: &str| {
        session.wait_until(&format!("the text in {place}"), |screen| {
            let text = screen.contents();
            text.contains("a␛[2J␛[?1049l") && text.contains("4 His") && screen.alternate_screen()
        });
    };
    shows(&session, "the queue");
    session.keys("2");
    session.wait_for("rejected");
    shows(&session, "the results");
    session.keys("i");
    session.wait_for("Detail");
    shows(&session, "the detail");
    session.keys("qq");
    assert!(session.exit().success());
}
