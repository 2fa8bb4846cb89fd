//! `rolodeck completions` and `rolodeck man`: what the definition of the command line gives to shells and readers.

use std::io::Write;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::args::CommandLine;
use super::console::data;
use super::error::Error;
use super::exit::Exit;

/// Writes the completions of a shell.
pub fn completions(shell: Shell) -> Result<Exit, Error> {
    // The generator takes a failed write for a bug, and a closed pipe is none.
    let mut script = Vec::new();
    generate(shell, &mut CommandLine::command(), "rolodeck", &mut script);
    write(&script)
}

/// Writes the manual page of the program, or of the command that these words name.
pub fn man(words: &[String]) -> Result<Exit, Error> {
    let mut program = CommandLine::command();
    program.build();
    let mut page = Vec::new();
    Man::new(named(program, words)?).render(&mut page)?;
    write(&page)
}

fn named(program: Command, words: &[String]) -> Result<Command, Error> {
    words.iter().try_fold(program, |command, word| {
        command.find_subcommand(word).cloned().ok_or_else(|| {
            let known: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
            let hint = if known.is_empty() { "it has no commands".to_owned() } else { known.join(", ") };
            Error::usage(format!("{} has no command `{word}`: {hint}", command.get_bin_name().unwrap_or("rolodeck")))
        })
    })
}

fn write(text: &[u8]) -> Result<Exit, Error> {
    let mut out = data();
    out.write_all(text)?;
    out.flush()?;
    Ok(Exit::Done)
}
