//! The `rolodeck` program.
fn main() {}
