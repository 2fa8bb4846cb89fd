//! The program as a whole, on its command line, against the simulator over real HTTP.
//!
//! Every test has a home, a data directory and a server of its own, and waits for events, never for time.

// The whole file is test code, helpers included.
#![cfg(test)]

mod caps;
mod chain;
mod config;
mod crash;
mod disk;
mod doubt;
mod harness;
mod hostile;
mod input;
mod manual;
mod output;
mod pull;
mod reach;
mod reconcile;
mod scenarios;
mod secrets;
mod submit;
mod undo;
mod wire;
