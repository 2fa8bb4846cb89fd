//! How long a command waits for another process that holds the database.

use std::path::Path;
use std::time::Duration;

/// The wait for another process that writes. An import of a million edits holds the file for seconds.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long to wait in all.
    pub limit: Duration,
    /// Says that it is taking a while, and on which file; called from any thread, once a wait.
    pub word: fn(&Path),
}

impl Default for Patience {
    /// Waits in silence.
    fn default() -> Self {
        Self { limit: Duration::from_secs(30), word: |_| {} }
    }
}

/// How long a wait is nothing to speak of.
const SHORT: Duration = Duration::from_secs(1);

/// The shortest and the longest time between two looks at the lock.
const LOOKS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

impl Patience {
    /// What SQLite asks, with the number of looks before, whether to look again.
    pub(super) fn wait_for(self, path: &Path) -> impl FnMut(i32) -> bool + Send + 'static {
        let path = path.to_owned();
        let [first, longest] = LOOKS;
        let mut waited = Duration::ZERO;
        let mut pause = first;
        move |looks| {
            if looks == 0 {
                (waited, pause) = (Duration::ZERO, first);
            }
            if waited >= self.limit {
                return false;
            }
            #[expect(clippy::disallowed_methods, reason = "a lock of SQLite can be looked at, and not awaited")]
            std::thread::sleep(pause);
            let before = waited;
            waited += pause;
            pause = (pause * 2).min(longest);
            if before < SHORT && waited >= SHORT {
                (self.word)(&path);
            }
            true
        }
    }
}
