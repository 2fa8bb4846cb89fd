//! What a command took: time, processor time, memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::Fallible;

/// The ticks of `/proc`: Linux shows 100 a second to programs, on every machine.
const TICKS: f64 = 100.0;

/// How often memory is looked at. The kernel keeps the peak, so only what comes in the last moments is missed.
const LOOK: Duration = Duration::from_millis(20);

/// What one command took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    pub wall_s: f64,
    /// User and system time of all its threads; 0 where there is no `/proc`.
    pub cpu_s: f64,
    /// The most memory that it had; 0 where there is no `/proc`.
    pub rss_mib: f64,
}

/// Runs a command to its end, which must be a good one.
pub fn measure(command: &mut Command) -> Fallible<Cost> {
    let begun = now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let said = child.stderr.take();
    let reader = thread::spawn(move || said.map(std::io::read_to_string));
    let rss_mib = watch(&child)?;
    let wall_s = begun.elapsed().as_secs_f64();
    // It has ended, and its times can be read until it is waited for.
    let cpu_s = cpu_of(&child).unwrap_or_default();
    let status = child.wait()?;
    if !status.success() {
        let said = reader.join().ok().flatten().transpose()?.unwrap_or_default();
        return Err(format!("{command:?} ended with {status}: {said}").into());
    }
    Ok(Cost { wall_s, cpu_s, rss_mib })
}

/// The present.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Waits for the end of a process without taking it off the list; gives its peak of memory in MiB.
fn watch(child: &Child) -> Fallible<f64> {
    let (peak, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let looking = scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                peak.fetch_max(peak_of(child.id()).unwrap_or_default(), Ordering::SeqCst);
                thread::park_timeout(LOOK);
            }
        });
        let waited = waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        ended.store(true, Ordering::SeqCst);
        looking.thread().unpark();
        waited
    })?;
    Ok(peak.into_inner() as f64 / 1024.0)
}

/// The peak of a process's memory so far, in KiB.
pub fn peak_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// The processor time of a process so far, in seconds.
fn cpu_of(child: &Child) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // Behind the name, which may hold anything, user and system time are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Some(ticks.collect::<Result<Vec<_>, _>>().ok()?.iter().sum::<f64>() / TICKS)
}

/// The one in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
