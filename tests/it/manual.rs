//! Completions and manual pages, as a shell and a reader get them.

use std::process::Command;

use crate::harness::Home;

#[test]
fn bash_completes_commands_and_flags_with_what_it_is_given() {
    let script = Home::bare().run(&["completions", "bash"]).code(0).out;
    let complete =
        "COMP_WORDS=(rolodeck submit --dr); COMP_CWORD=2; _rolodeck rolodeck --dr submit; echo ${COMPREPLY[@]}";
    let out = Command::new("bash").args(["--norc", "-c", &format!("{script}\n{complete}")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "--dry-run", "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(Home::bare().run(&["completions", shell]).code(0).out.contains("reconcile"), "{shell}");
    }
    Home::bare().run(&["completions", "cmd"]).code(2);
}

#[test]
fn each_command_has_a_page_and_an_unknown_one_is_told_with_those_there_are() {
    let home = Home::bare();
    let page = home.run(&["man"]).code(0).out;
    assert!(page.contains(".TH rolodeck 1") && page.contains("Exit codes"), "{page}");
    let page = home.run(&["man", "queue", "export"]).code(0).out;
    assert!(page.contains("rolodeck\\-queue\\-export") && page.contains("\\-\\-filter"), "{page}");
    home.run(&["man", "queue", "sing"]).code(2).says("no command `sing`: ").says("export");
}
