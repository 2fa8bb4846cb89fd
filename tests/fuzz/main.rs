//! Feeds what no user would type to everything that reads text: importers, the filter grammar, the template language.
//!
//! ```sh
//! cargo bench --bench fuzz                                  # 10 seconds for each target
//! cargo bench --bench fuzz -- csv xlsx --seconds 60 --seed 7
//! ```
//!
//! Each target begins with files as users have them, and changes them blindly: pieces cut, doubled, mixed with those of
//! others, bytes turned, words of the format thrown in. Whatever comes of it is read; a panic, a reading that never
//! ends, or books that do not balance is a finding. It is printed with the input, kept in a file, and ends the program with an error.
//! The same seed gives the same inputs.

mod mutate;
mod targets;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::time::Instant;

use mutate::Mutator;
use targets::Target;

/// The command line.
#[derive(Debug, Parser)]
#[command(about = "Feeds nonsense to the readers")]
struct Options {
    /// What to feed; everything, if nothing is named
    #[arg(value_enum)]
    targets: Vec<Target>,
    /// How long each target is fed
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u64,
    /// Chooses the inputs
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let all = if options.targets.is_empty() { Target::value_variants().to_vec() } else { options.targets.clone() };
    for target in all {
        let mut mutator = Mutator::new(options.seed, target.seeds(), target.words());
        let end = Instant::now() + Duration::from_secs(options.seconds);
        let mut inputs = 0_u64;
        while Instant::now() < end {
            let input = mutator.next();
            if let Some(why) = finding(target, &input) {
                let path = keep(target, &input)?;
                return Err(format!("{target:?}, input {inputs}: {why}; the input is in {}", path.display()).into());
            }
            inputs += 1;
        }
        println!("{target:?}: {inputs} inputs in {} s, no finding", options.seconds);
    }
    Ok(())
}

/// What is wrong with how the target took the input.
fn finding(target: Target, input: &[u8]) -> Option<String> {
    let began = Instant::now();
    let taken = catch_unwind(AssertUnwindSafe(|| target.take(input)));
    let slow = (began.elapsed() > Duration::from_secs(10)).then(|| String::from("took more than ten seconds"));
    match taken {
        Ok(Ok(())) => slow,
        Ok(Err(why)) => Some(why),
        Err(_) => Some(String::from("a panic")),
    }
}

fn keep(target: Target, input: &[u8]) -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("rolodeck-fuzz-{target:?}"));
    std::fs::write(&path, input)?;
    Ok(path)
}
