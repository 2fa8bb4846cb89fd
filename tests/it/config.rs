//! The configuration as users meet it.

use std::os::unix::fs::PermissionsExt as _;

use crate::harness::{Home, SAMPLE, Server};

#[test]
fn init_writes_a_file_that_check_accepts_and_never_overwrites_one() {
    let home = Home::at(&Server::calm());
    let file = home.path("conf/config.toml").display().to_string();
    home.run(&["config", "init", "--config", &file]).code(0).says(&file);
    let written = std::fs::read_to_string(&file).unwrap();
    home.run(&["config", "check", "--config", &file]).code(0).says("account demo1");
    home.run(&["config", "init", "--config", &file]).code(3).says("left as it is");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    assert!(home.run(&["config", "path", "--config", &file]).code(0).out.contains(&file));
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_the_right_one() {
    let home = Home::bare();
    let file = home.file("c.toml", "[profiles.default]\nregion = 'mumbai'\nratee = 5\n");
    home.run(&["queue", "list", "--config", &file])
        .code(3)
        .says(&format!("{file}:3:1: unknown key `ratee`; did you mean `rate`?"));
}

#[test]
fn check_tells_of_a_theme_that_is_not_there_and_lets_a_read_only_profile_be() {
    let home = Home::at(&Server::calm());
    let check = |config: &str| home.run(&["config", "check", "--config", &home.file("c.toml", config)]);
    check("[ui]\ntheme = 'ligth'\n").code(3).says("there is no theme `ligth`; did you mean `light`?");
    check("[profiles.default]\nread_only = true\n").code(0).says("is read_only: nothing can be sent");
}

#[test]
fn a_config_file_or_profile_that_is_named_must_be_there_whatever_the_command() {
    let home = Home::bare();
    let file = home.file("c.toml", "[profiles.live]\n");
    for command in ["runs", "results", "requeue"] {
        home.run(&[command, "--config", &home.path("none.toml").display().to_string()]).code(3).says("none.toml");
        home.run(&[command, "--config", &file, "--profile", "liv"]).code(3).says("did you mean `live`?");
    }
}

#[test]
fn own_keys_are_listed_and_a_clash_is_told_with_both_places() {
    let home = Home::at(&Server::calm());
    let file = home.file("c.toml", "[keys.queue]\nundo = ['ctrl-t u', 'w']\n");
    let table = home.run(&["keys", "--config", &file]).code(0).out;
    let undo = table.lines().find(|line| line.contains(" undo ")).unwrap();
    assert!(undo.starts_with("ctrl-t u  w ") && undo.ends_with("Undo the last change of the queue"), "{table}");
    let lines = home.run(&["keys", "--format", "jsonl", "--config", &file]).code(0).out;
    let undo = r#"{"action":"undo","in":["queue"],"keys":["ctrl-t u","w"],"help":"Undo the last change of the queue"}"#;
    assert!(lines.lines().any(|line| line == undo), "{lines}");
    let shown = home.run(&["config", "show", "--config", &file]).code(0).out;
    assert!(shown.contains(r#"undo = ["ctrl-t u", "w"]"#), "{shown}");

    let file = home.file("c.toml", "[keys.queue]\nundo = 'x'\n");
    home.run(&["config", "check", "--config", &file])
        .code(3)
        .says(&format!("{file}:2:8: `x` would mean two things in queue: undo here, and take-out by the default"));
}

#[test]
fn show_masks_what_could_be_a_secret() {
    let home = Home::at(&Server::calm());
    let file = home.file("c.toml", "[profiles.default]\ntoken_command = ['pass', 'secret-argument']\n");
    let shown = home.run(&["config", "show", "--config", &file]).code(0).out;
    assert!(shown.contains("\"pass\"") && shown.contains("EXOTEL_API_TOKEN: ******** (set)"), "{shown}");
    assert!(!shown.contains("secret-argument") && !shown.contains("demo-token"), "{shown}");
}

#[test]
fn the_token_may_come_from_a_command_or_a_private_file() {
    let server = Server::calm();
    let mut home = Home::at(&server);
    home.env.remove("EXOTEL_API_TOKEN");
    let file = home.file("c.toml", "[profiles.default]\ntoken_command = ['/bin/echo', 'demo-token']\n");
    home.run(&["submit", SAMPLE, "--yes", "--config", &file]).code(4);

    let file = home.file("c.toml", "[profiles.default]\n");
    let secret = home.file("default.credentials", "EXOTEL_API_TOKEN=demo-token\n");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    home.run(&["submit", SAMPLE, "--yes", "--config", &file]).code(3).says("chmod 600");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    home.run(&["submit", SAMPLE, "--yes", "--config", &file]).code(4);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let mut home = Home::at(&Server::calm());
    home.env.insert("ROLODECK_BASE_URL", "http://api.exotel.com".into());
    home.run(&["submit", SAMPLE, "--yes"]).code(3).says("must be https");
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let home = Home::bare();
    let file = home.file("c.toml", "[profiles.staging]\n[profiles.live]\n");
    home.run(&["config", "check", "--config", &file, "--profile", "stagin"]).code(3).says("did you mean `staging`?");
}
