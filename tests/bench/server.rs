//! The simulator in a process of its own, so that what it costs is not counted with the client.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rolodeck::sim::{self, SimOptions};

use super::Fallible;

/// The account, and what signs in to it.
pub const ACCOUNT: &str = "demo1";
pub const KEY: &str = "k3y";
pub const TOKEN: &str = "t0ken-s3cret";

/// A simulator; it ends with this.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts one with so many contacts, whose answers take so many milliseconds.
    pub fn start(contacts: u64, latency: u64) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve", &latency.to_string(), "--edits", &contacts.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the word to end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Is the simulator, until standard input ends, which it does at the latest with the bench.
pub fn serve(latency: u64, contacts: u64) -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options = SimOptions {
        contacts,
        latency: Some(Duration::from_millis(latency)),
        account: ACCOUNT.to_owned(),
        key: KEY.to_owned(),
        token: TOKEN.to_owned(),
        ..SimOptions::default()
    };
    let sim = runtime.block_on(sim::start(options))?;
    super::jobs::print(&sim.base_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    runtime.block_on(sim.stop());
    Ok(())
}
