//! Tests of the client over real sockets, against a server of a few lines.

use std::net::SocketAddr;

use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::domain::{AttemptResult, BatchItem, Change, Echo, Field, Refusal, Sid, Status};

const KEY: &str = "key-1";
const TOKEN: &str = "t0ken-1";
/// `key-1:t0ken-1` in base64.
const BASIC: &str = "Basic a2V5LTE6dDBrZW4tMQ==";

const ANSWER: &str = r#"{"request_id":"r1","http_code":207,"response":[{"code":200,"status":"success","data":{"sid":"s1","first_name":"XYZ"}}]}"#;
/// An answer like it, with request id `gz`, compressed.
const ANSWER_GZ: &str = "1f8b0800000000000203358c4b0a84301404efd2eb2c9cd90839893a8884243a2efcf6cbc690bbfb105c76d15519673c52a40c7380c574c1e02fb20f7e0b11f65bd5461fdcb7953a7f192faf0c284e12d562f23e92aa06270e36834f8d1f45e37c6a7d758b6a68da0ea5f4e5065f67cb6177000000";
/// 100,000 blanks, compressed.
const BOMB_GZ: &str = "1f8b0800000000000203edc13101000000c2a02aeb9fd21a1e4001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000af062df079caa0860100";

/// A certificate authority that signs nothing.
const CA: &str = "-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIULLbxTEID0gXB9jKp3ufAUGq5j5owCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQcm9sb2RlY2sgdGVzdCBDQTAgFw0yNjExMjQxNjA2MDFaGA8y
MTI2MTAzMTE2MDYwMVowGzEZMBcGA1UEAwwQcm9sb2RlY2sgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABImPb3C5OhFF7oALF6seJBz9J5uj31RG4eKE
2jyC9exbxgPaDZbI7URiioJY6W3/nGw4PPX6+U3LPpx710Q/MzWjUzBRMB0GA1Ud
DgQWBBTOywHZGWlCMvfse1sobnLANTAQFjAfBgNVHSMEGDAWgBTOywHZGWlCMvfs
e1sobnLANTAQFjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCB
Lu6xN8iQyfm2YCtb3SJf88j5ws4emxFDhbi+qJrIZwIgVJaUZRP8qn7+GPq/K3zs
oktsU/ZJCR5+QTsqLIMQmnY=
-----END CERTIFICATE-----
";

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn batch() -> Batch {
    let changes = [(Field::FirstName, Change::Set("XYZ".to_owned()))].into_iter().collect();
    Batch { no: 0, round: 0, items: vec![BatchItem { seq: 0, sid: Sid::new("s1"), changes }] }
}

fn credentials() -> Credentials {
    Credentials { key: KEY.to_owned(), token: TOKEN.into() }
}

fn settings(addr: SocketAddr) -> ClientSettings {
    ClientSettings::new(format!("http://{addr}"), "exotel8u3")
}

fn client(settings: ClientSettings) -> Client {
    Client::new(settings, credentials()).unwrap()
}

/// What the server does once it has the whole request.
enum Act {
    /// Answers with these bytes, then closes.
    Say(Vec<u8>),
    /// Says nothing until the client goes away.
    Hang,
    /// Sends a body that has no end, until the client goes away.
    Pour,
}

fn say(status: u16, headers: &str, body: &[u8]) -> Act {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    Act::Say([head.as_bytes(), body].concat())
}

/// An answer with blanks behind it.
fn lengthened(answer: &str) -> Vec<u8> {
    [answer.as_bytes(), &[b' '; 16 << 10]].concat()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// Serves one connection and gives the request as it came.
async fn serve(listener: &TcpListener, act: Act) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let request = request(&mut socket).await;
    match act {
        Act::Say(bytes) => {
            // The client may have gone: that is its right, and what some tests are about.
            let _ = socket.write_all(&bytes).await;
            let _ = socket.shutdown().await;
        }
        Act::Hang => {
            let _ = socket.read_to_end(&mut Vec::new()).await;
        }
        Act::Pour => {
            let _ = socket.write_all(b"HTTP/1.1 207 X\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunk = [b"400\r\n".as_slice(), &[b' '; 1024], b"\r\n"].concat();
            while socket.write_all(&chunk).await.is_ok() {}
        }
    }
    request
}

async fn request(socket: &mut TcpStream) -> String {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        // A TLS handshake starts so; no request will follow.
        if bytes.first() == Some(&0x16) {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|l| l.parse::<usize>().ok()).unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

/// One exchange: the reply, and the request as the server saw it.
async fn exchange(act: Act, adjust: impl FnOnce(&mut ClientSettings)) -> (Reply, String) {
    let (listener, addr) = listen().await;
    let mut settings = settings(addr);
    adjust(&mut settings);
    let client = client(settings);
    let batch = batch();
    tokio::join!(client.update_many(&batch, |_| ()), serve(&listener, act))
}

fn is_updated(reply: &Reply) -> bool {
    matches!(&reply.result, AttemptResult::Settled(o) if o[0].status == Status::Updated && o[0].echo == Echo::Matches)
}

fn ambiguity(reply: &Reply) -> &str {
    match &reply.result {
        AttemptResult::Ambiguous { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let (reply, request) = exchange(say(207, "", ANSWER.as_bytes()), |_| ()).await;
    assert!(is_updated(&reply), "{reply:?}");
    assert_eq!((reply.http_status, reply.request_id.as_deref()), (Some(207), Some("r1")));
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(head.lines().next(), Some("PUT /v2/accounts/exotel8u3/contacts HTTP/1.1"));
    assert_eq!(body, r#"{"contacts":[{"sid":"s1","first_name":"XYZ"}]}"#);
    for (name, value) in [
        ("authorization", BASIC),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("accept-encoding", "gzip"),
        ("user-agent", concat!("rolodeck/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(header(head, name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_the_token_goes_nowhere_else() {
    let (elsewhere, elsewhere_addr) = listen().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://{elsewhere_addr}/v2\r\n");
        let (reply, _) = exchange(say(status, &location, b""), |_| ()).await;
        match reply.result {
            AttemptResult::Refused { kind: Refusal::Astray, said } => {
                assert!(said.description.unwrap().contains("redirects are never followed"));
            }
            other => panic!("{other:?}"),
        }
    }
    tokio::select! {
        biased;
        _ = elsewhere.accept() => panic!("the redirect was followed"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let (reply, _) = exchange(say(207, "content-encoding: gzip\r\n", &unhex(ANSWER_GZ)), |_| ()).await;
    assert!(is_updated(&reply) && reply.request_id.as_deref() == Some("gz"), "{reply:?}");
}

#[rstest]
#[case::announced(say(207, "", " ".repeat(20_000).as_bytes()))]
#[case::endless(Act::Pour)]
#[case::unpacked(say(207, "content-encoding: gzip\r\n", &unhex(BOMB_GZ)))]
#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read_to_its_end(#[case] act: Act) {
    let (reply, _) = exchange(act, |s| s.max_body = 10_000).await;
    assert!(ambiguity(&reply).contains("larger than 10000 bytes"), "{reply:?}");
    assert_eq!(reply.http_status, Some(207));
}

#[tokio::test]
async fn an_answer_as_large_as_the_limit_is_read() {
    let (reply, _) = exchange(say(207, "", ANSWER.as_bytes()), |s| s.max_body = ANSWER.len()).await;
    assert!(is_updated(&reply), "{reply:?}");
}

#[tokio::test]
async fn a_connection_lost_before_the_answer_leaves_doubt() {
    let (reply, request) = exchange(Act::Say(Vec::new()), |_| ()).await;
    assert!(ambiguity(&reply).starts_with("sent, and no answer came: "), "{reply:?}");
    assert!(request.contains("\"sid\":\"s1\""));
}

#[tokio::test]
async fn an_answer_cut_off_leaves_doubt_but_its_status_counts() {
    let cut = |status| {
        let mut act = say(status, "", ANSWER.as_bytes());
        if let Act::Say(bytes) = &mut act {
            bytes.truncate(bytes.len() - 20);
        }
        act
    };
    let (reply, _) = exchange(cut(207), |_| ()).await;
    assert!(ambiguity(&reply).contains("the answer broke off"), "{reply:?}");
    let (reply, _) = exchange(cut(401), |_| ()).await;
    assert!(matches!(reply.result, AttemptResult::Refused { kind: Refusal::Stop, .. }), "{reply:?}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_time_out() {
    let (reply, _) = exchange(Act::Hang, |s| s.timeout = Duration::from_millis(300)).await;
    assert_eq!(ambiguity(&reply), "sent, and no answer came: timed out");
}

fn assert_unreachable(reply: &Reply) {
    match &reply.result {
        AttemptResult::Retryable { reason, after: None, unreachable: true } => {
            assert!(reason.starts_with("no connection: "), "{reason}");
            assert!(!reason.contains("exotel8u3"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_connection_means_not_sent() {
    let (listener, addr) = listen().await;
    drop(listener);
    assert_unreachable(&client(settings(addr)).update_many(&batch(), |_| ()).await);
}

#[tokio::test]
async fn a_server_without_tls_gets_no_byte_of_the_request() {
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, CA).unwrap();
    let (reply, request) = exchange(say(207, "", ANSWER.as_bytes()), |s| {
        s.base_url = s.base_url.replace("http://", "https://");
        s.ca_file = Some(ca_file);
    })
    .await;
    assert_unreachable(&reply);
    assert!(!request.contains("Basic") && !request.contains("s1"));
}

#[test]
fn a_ca_file_that_is_no_help_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let with = |ca_file: PathBuf| {
        let settings = ClientSettings { ca_file: Some(ca_file), ..ClientSettings::new("https://api.exotel.com", "a1") };
        Client::new(settings, credentials()).unwrap_err().to_string()
    };
    assert!(with(dir.path().join("missing.pem")).contains("missing.pem"));
    for (name, text) in [("empty.pem", ""), ("text.pem", "hello")] {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = with(path);
        assert!(error.contains(name) && error.contains("no PEM certificate"), "{error}");
    }
}

#[rstest]
#[case("", "t", "the API key is empty")]
#[case("k", "", "the API token is empty")]
#[case("a:b", "t", "the API key holds a ':'")]
#[case("k", "secret-t\n", "the API token holds a line break")]
fn credentials_that_basic_cannot_carry_are_refused(#[case] key: &str, #[case] token: &str, #[case] message: &str) {
    let credentials = Credentials { key: key.to_owned(), token: token.into() };
    let error = Client::new(ClientSettings::new("http://127.0.0.1:1", "a1"), credentials).unwrap_err();
    assert!(error.to_string().starts_with(message), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret-t"));
}

#[rstest]
#[case::long(say(207, "", &lengthened(ANSWER)), &[None])]
#[case::long_and_limited(say(200, "x-ratelimit-remaining: 3\r\n", &lengthened(ANSWER)), &[Some(3)])]
#[case::short(say(207, "", ANSWER.as_bytes()), &[])]
#[case::to_be_waited_for(say(207, "retry-after: 1\r\n", &lengthened(ANSWER)), &[])]
#[case::refused(say(429, "", &lengthened(ANSWER)), &[])]
#[case::broken_off(Act::Say([b"HTTP/1.1 207 X\r\ncontent-length: 99999\r\n\r\n", &*lengthened(ANSWER)].concat()), &[])]
#[tokio::test]
async fn a_long_answer_that_was_taken_is_told_before_it_is_judged(#[case] act: Act, #[case] told: &[Option<u32>]) {
    let (listener, addr) = listen().await;
    let (client, batch, mut came) = (client(settings(addr)), batch(), Vec::new());
    let put = client.update_many(&batch, |quota| came.push(quota.remaining));
    let _ = tokio::join!(put, serve(&listener, act));
    assert_eq!(came, told);
}

#[tokio::test]
async fn no_secret_shows_in_debug_or_in_a_reply() {
    let (listener, addr) = listen().await;
    drop(listener);
    let client = client(settings(addr));
    let reply = client.update_many(&batch(), |_| ()).await;
    let shown = format!("{client:?} {client:#?} {reply:?}");
    assert!(![KEY, TOKEN, "a2V5LTE6dDBrZW4tMQ"].iter().any(|s| shown.contains(s)), "{shown}");
}

#[rstest]
#[case::in_an_error(say(403, "", b"denied for t0ken-1, a2V5LTE6dDBrZW4tMQ=="))]
#[case::in_a_redirect(say(302, "Location: https://key-1:t0ken-1@evil.example/x\r\n", b""))]
#[case::in_an_item(say(207, "", br#"{"request_id":"t0ken-1","response":[{"code":400,"status":"failure","error_data":{"description":"bad t0ken-1"}}]}"#))]
#[case::in_json_codes(say(
    207,
    "",
    br#"{"response":[{"code":400,"status":"failure","error_data":{"description":"bad \u0074\u0030ken-1"}}]}"#
))]
#[case::in_an_url(say(400, "", b"http://x/?t=%740ken%2D1"))]
#[tokio::test]
async fn a_secret_that_the_server_repeats_is_not_passed_on(#[case] act: Act) {
    let (reply, _) = exchange(act, |_| ()).await;
    let shown = format!("{reply:?}");
    assert!(shown.contains("*******"), "{shown}");
    assert!(!shown.contains(TOKEN) && !shown.contains("a2V5LTE6dDBrZW4tMQ=="), "{shown}");
}
