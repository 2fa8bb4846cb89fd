//! rolodeck: a terminal workstation for bulk edits of Exotel contacts.
pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod intake;
pub mod launch;
pub mod sim;
pub mod store;
pub mod support;
pub mod tui;
