//! The clock of measurements: a busy machine does not make a run shorter.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use huilu_optimizer::limits::Clock;

/// CPU seconds of the process since the clock was started, of all its threads: HiGHS may work in a thread of its own. Read anew every 16th time,
/// since a look costs about as much as a short iteration of the search.
pub(crate) struct ProcessCpu {
    began_ticks: u64,
    asked: AtomicU32,
    known_ticks: AtomicU64,
}

/// Kernel ticks in a second, on all Linux systems.
const TICKS: f64 = 100.0;

impl ProcessCpu {
    /// # Errors
    /// Where the system does not tell the time of a process as Linux does.
    pub(crate) fn start() -> io::Result<Self> {
        let began_ticks = spent_ticks()?;
        Ok(Self { began_ticks, asked: AtomicU32::new(0), known_ticks: AtomicU64::new(began_ticks) })
    }
}

impl Clock for ProcessCpu {
    fn elapsed_s(&self) -> f64 {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(16) {
            // A run whose time can no longer be told ends.
            self.known_ticks.store(spent_ticks().unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        (self.known_ticks.load(Ordering::Relaxed) - self.began_ticks) as f64 / TICKS
    }
}

/// Fields 14 and 15 of the line, the 12th and 13th after the program's name in brackets: user and system time.
fn spent_ticks() -> io::Result<u64> {
    let line = std::fs::read_to_string("/proc/self/stat")?;
    let fields = line.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let spent = fields.map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>();
    spent.ok_or_else(|| io::Error::other("no user and system time in /proc/self/stat"))
}
