//! When a search stops: the clock, the iteration cap and the cancel flag are handed in, never looked up.

use std::sync::atomic::{AtomicBool, Ordering};

/// Seconds since some start that the caller chose; the optimizer's only notion of time.
pub trait Clock: Sync {
    fn elapsed_s(&self) -> f64;
}

/// A clock that stands still, for runs that only an iteration cap may end.
#[derive(Clone, Copy, Debug)]
pub struct NoClock;

impl Clock for NoClock {
    fn elapsed_s(&self) -> f64 {
        0.0
    }
}

/// Whichever limit is reached first ends the search. With an iteration cap and no seconds, the same seed and threads
/// give the same answer.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    pub clock: &'a dyn Clock,
    /// On `clock`.
    pub seconds: Option<f64>,
    pub iterations: Option<u64>,
    pub cancel: &'a AtomicBool,
}

impl std::fmt::Debug for Limits<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Limits").field("seconds", &self.seconds).field("iterations", &self.iterations).finish()
    }
}

impl Limits<'_> {
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// True once the search has to end after `iteration` iterations.
    pub fn reached(&self, iteration: u64) -> bool {
        self.cancelled()
            || self.iterations.is_some_and(|cap| iteration >= cap)
            || self.seconds.is_some_and(|limit| self.clock.elapsed_s() >= limit)
    }

    /// Told to end, or out of time, however many iterations are allowed still.
    pub fn is_over(&self) -> bool {
        self.cancelled() || self.seconds_left() == Some(0.0)
    }

    /// The moment on the clock when a share of the time that is left is used up; `None` without a time limit.
    pub(crate) fn moment(&self, share: f64) -> Option<f64> {
        let now = self.clock.elapsed_s();
        self.seconds.map(|end| now + share * (end - now).max(0.0))
    }

    /// Seconds left on the clock; `None` without a time limit.
    pub fn seconds_left(&self) -> Option<f64> {
        self.seconds.map(|limit| (limit - self.clock.elapsed_s()).max(0.0))
    }
}
