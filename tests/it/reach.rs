//! The way to the server: certificates, proxies and redirects.

use rstest::rstest;

use crate::harness::{Home, SAMPLE, Server};
use crate::wire::{CA, FAR, Wire, answer, home, updated};

/// `demo-key:demo-token` as HTTP Basic carries it.
const BASIC: &str = "ZGVtby1rZXk6ZGVtby10b2tlbg";

fn trusting() -> String {
    format!("ca_file = '{CA}'\n")
}

/// A home with one edit in its queue.
fn with_an_edit(home: Home) -> Home {
    let file = home.edits_of(&["s1".to_owned()]);
    home.run(&["import", &file]).code(0);
    home
}

#[test]
fn a_certificate_of_an_unknown_authority_stops_the_run_and_says_what_to_do() {
    let server = Wire::saying_by_tls(updated("s1"));
    let home = with_an_edit(home(&server.https(), ""));
    home.run(&["submit", "--yes"]).code(6).says("the server's certificate is not trusted").says("ca_file");
    assert!(server.heard().is_empty(), "{:?}", server.heard());
    assert_eq!(home.queue().len(), 1);
}

#[test]
fn a_certificate_of_a_named_authority_is_trusted() {
    let server = Wire::saying_by_tls(updated("s1"));
    let home = with_an_edit(home(&server.https(), &trusting()));
    home.run(&["submit", "--yes"]).code(0);
    assert!(server.heard()[0].contains(BASIC));
    assert!(home.queue().is_empty());
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let server = Wire::saying_by_tls(updated("s1"));
    let relay = Wire::proxy_to(server.addr);
    let home = with_an_edit(home("https://other.rolodeck.test", &format!("{}proxy = '{}'", trusting(), relay.http())));
    home.run(&["submit", "--yes"]).code(6).says("for another host name");
    assert!(server.heard().is_empty(), "{:?}", server.heard());
}

#[rstest]
#[case::config(|proxy: &str| home(&format!("https://{FAR}"), &format!("{}proxy = '{proxy}'\n", trusting())))]
#[case::https_proxy(|proxy: &str| through("HTTPS_PROXY", proxy))]
#[case::https_proxy_in_small_letters(|proxy: &str| through("https_proxy", proxy))]
#[case::all_proxy(|proxy: &str| through("ALL_PROXY", proxy))]
#[case::config_before_environment(|proxy: &str| {
    let mut home = home(&format!("https://{FAR}"), &format!("{}proxy = '{proxy}'\n", trusting()));
    home.env.insert("HTTPS_PROXY", "http://127.0.0.1:1".into());
    home
})]
fn a_proxy_is_used_and_sees_nothing_but_the_name(#[case] at: fn(&str) -> Home) {
    let server = Wire::saying_by_tls(updated("s1"));
    let proxy = Wire::proxy_to(server.addr);
    let home = with_an_edit(at(&proxy.http()));
    home.run(&["submit", "--yes"]).code(0);
    let seen = proxy.heard();
    assert!(seen[0].starts_with(&format!("CONNECT {FAR}:443 HTTP/1.1\r\n")), "{}", seen[0]);
    let seen = seen.concat();
    assert!(![BASIC, "demo-key", "demo-token", "uthorization: Basic", "/v2/accounts"].iter().any(|s| seen.contains(s)));
    assert!(server.heard()[0].contains(BASIC));
}

#[test]
fn a_socks_proxy_is_asked_for_the_name_and_sees_nothing_more() {
    let server = Wire::saying_by_tls(updated("s1"));
    let proxy = Wire::socks_to(server.addr);
    let profile = format!("{}proxy = 'socks5h://{}'\n", trusting(), proxy.addr);
    let home = with_an_edit(home(&format!("https://{FAR}"), &profile));
    home.run(&["submit", "--yes"]).code(0);
    let seen = proxy.heard();
    assert_eq!(seen[0], FAR);
    assert!(![BASIC, "demo-token", "/v2/accounts"].iter().any(|s| seen.concat().contains(s)));
    assert!(server.heard()[0].contains(BASIC));
}

fn through(variable: &'static str, proxy: &str) -> Home {
    let mut home = home(&format!("https://{FAR}"), &trusting());
    home.env.insert(variable, proxy.to_owned());
    home
}

#[rstest]
#[case::none_in_the_profile("proxy = 'none'", "")]
#[case::no_proxy("", FAR)]
fn a_proxy_that_is_not_wanted_is_not_used(#[case] profile: &str, #[case] no_proxy: &str) {
    let proxy = Wire::saying(answer(502, "", ""));
    let mut home = home(&format!("https://{FAR}"), profile);
    home.env.insert("HTTPS_PROXY", proxy.http());
    home.env.insert("NO_PROXY", no_proxy.to_owned());
    let home = with_an_edit(home);
    // The name does not exist, so without the proxy there is no way.
    home.run(&["submit", "--yes"]).code(6).says("no connection");
    assert!(proxy.heard().is_empty());
    assert_eq!(home.queue().len(), 1);
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let server = Server::calm();
    let proxy = Wire::saying(answer(502, "", ""));
    let mut home = Home::at(&server);
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        home.env.insert(variable, proxy.http());
    }
    let config = home.file("c.toml", &format!("[profiles.default]\nproxy = '{}'\n", proxy.http()));
    home.run(&["submit", SAMPLE, "--yes", "--config", &config]).code(4);
    assert!(proxy.heard().is_empty());
}

#[rstest]
#[case::refuses(Some(answer(407, "proxy-authenticate: Basic\r\n", "")))]
#[case::is_not_there(None)]
fn a_proxy_that_does_not_serve_is_told_without_its_password(#[case] says: Option<Vec<u8>>) {
    let place = match says {
        Some(says) => Wire::saying(says).addr.to_string(),
        None => "127.0.0.1:1".to_owned(),
    };
    let home = with_an_edit(through("HTTPS_PROXY", &format!("http://me:hunter2@{place}")));
    let ran = home.run(&["submit", "--yes", "-v"]).code(6).says("proxy");
    assert!(!ran.err.contains("hunter2") && !ran.err.contains("bWU6aHVudGVyMg"), "{}", ran.err);
    assert_eq!(home.queue().len(), 1);
}

#[test]
fn a_password_of_a_proxy_has_no_place_in_the_config() {
    let home = home(&format!("https://{FAR}"), "proxy = 'http://me:hunter2@proxy.example:3128'");
    for command in [&["config", "show"][..], &["submit", "--yes"]] {
        let ran = home.run(command).code(3).says("proxy must not hold credentials").says("HTTPS_PROXY");
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    }
}

#[rstest]
fn a_redirect_does_not_take_the_token_along(#[values(301, 302, 303, 307, 308)] status: u16) {
    let elsewhere = Wire::saying(updated("s1"));
    let server = Wire::saying(answer(status, &format!("location: {}/v2/other\r\n", elsewhere.http()), ""));
    let home = with_an_edit(home(&server.http(), ""));
    let ran = home.run(&["submit", "--yes", "--format", "jsonl"]);
    assert_ne!(ran.code, 0);
    let said = home.run(&["results", "--format", "jsonl"]).code(0).out;
    assert!(said.contains("redirects are never followed"), "{said}");
    assert!(elsewhere.heard().is_empty());
}
