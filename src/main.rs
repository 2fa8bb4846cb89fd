//! The `rolodeck` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    rolodeck::launch::main()
}
