//! Plans with a proof of how good they are: the search and the proof of a lower bound share one run.
//!
//! `board` is what both know of each other: the best plan and the best bound, and whether they are near enough. `lane` is one thread's
//! work: search, proof, search again. The bound never steers the search; it only ends it.
//!
//! How the time is shared:
//! - *One thread.* The search goes first, for [`BoundedParams::search_share`] of the time: a proof that starts from a good plan and its
//!   routes needs fewer rounds, and the plan is what is driven. The proof gets the rest; what it leaves over goes to another search.
//! - *Two threads or more.* One of them proves, the others search from beginning to end. A thread less costs the search little, as
//!   searches side by side are alike for most of a run, while a bound that begins late may not come at all. The proving thread first
//!   searches by itself for `WARM_UP_SHARE` of the time: its routes are the first columns.
//! - *An iteration cap.* The plan must repeat, so all threads search to the cap, and the proof, which goes by the clock, comes after
//!   it and changes nothing of the plan. It takes no longer than the search did where no time limit says otherwise.

mod board;
mod lane;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::Duration;

use huilu_model::{Instance, Plan};

use crate::limits::Limits;
use crate::proof::{BoundKind, NoBound, ProofParams};
use crate::routing;
use board::Board;
use lane::{Lane, Worked};

/// Part of the time that the proving thread searches for its first columns, where others search all the time.
const WARM_UP_SHARE: f64 = 0.1;
/// Pricing rounds after a search that only an iteration cap ends: enough for small days, and the same on every machine.
const CAPPED_ROUNDS: u64 = 300;
/// Seconds that the proof after such a search may take in any case.
const CAPPED_SECONDS: f64 = 2.0;
/// How often a word from outside to stop is looked for.
const RELAY_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub struct BoundedParams {
    /// Its threads are those of the whole run, the proof's included.
    pub search: routing::Params,
    /// Its `stop_gap` is that of the run.
    pub proof: ProofParams,
    /// The run ends once `(covered cost - bound) / covered cost` is no more. Absent: once no plan can be cheaper.
    pub stop_gap: Option<f64>,
    /// Part of the time for the search where one thread does everything.
    pub search_share: f64,
}

impl Default for BoundedParams {
    fn default() -> Self {
        Self { search: routing::Params::default(), proof: ProofParams::default(), stop_gap: None, search_share: 0.6 }
    }
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Of the best plan so far, with the best bound so far.
    pub progress: routing::Progress,
    /// `(covered cost - bound) / covered cost`, a fraction; absent without a bound or a plan that it speaks of.
    pub gap: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct Bounded {
    /// Its plan carries the bound, its trace both.
    pub outcome: routing::Outcome,
    pub bound_kind: Option<BoundKind>,
    /// Why the plan has no bound.
    pub cause: Option<NoBound>,
    /// By job: its price at the best bound, in cost units; empty without one.
    pub prices: Vec<f64>,
}

/// Plans routes and proves a lower bound until a limit is reached, or until both are near enough.
///
/// `warm` is an earlier plan to start from. `on_progress` hears of each better plan and each better bound, and otherwise about once a
/// second, from any thread of the run. The same seed, threads and iteration cap (without seconds) give the same plan.
pub fn solve(
    instance: &Instance,
    warm: Option<&Plan>,
    params: &BoundedParams,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut (dyn FnMut(&Standing) + Send),
) -> Bounded {
    let (stop, over) = (AtomicBool::new(limits.cancelled()), AtomicBool::new(false));
    let board = Mutex::new(Board::new(params.stop_gap, &stop, on_progress));
    let own = Limits { cancel: &stop, ..*limits };
    let lane = Lane { instance, params, whole: limits, limits: own, board: &board };
    let mut worked = std::thread::scope(|scope| {
        let relay = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if limits.cancelled() {
                    stop.store(true, Ordering::Relaxed);
                }
                std::thread::park_timeout(RELAY_EVERY);
            }
        });
        let _over = RaisedAtTheEnd { flag: &over, waiting: relay.thread() };
        share(&lane, warm, seed)
    });
    board::lock(&board).sign(instance, &mut worked);
    let Worked { outcome, bound_kind, cause, prices } = worked;
    Bounded { outcome, bound_kind, cause, prices }
}

/// Raises a flag once it is dropped, also by a panic on its way out: the scope waits for the relay before it lets a panic pass.
struct RaisedAtTheEnd<'f> {
    flag: &'f AtomicBool,
    /// Looks at the flag when it wakes.
    waiting: &'f Thread,
}

impl Drop for RaisedAtTheEnd<'_> {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
        self.waiting.unpark();
    }
}

/// Who does what for how long.
fn share(lane: &Lane<'_, '_>, warm: Option<&Plan>, seed: u64) -> Worked {
    let (threads, limits) = (lane.params.search.threads.max(1), &lane.limits);
    let now = limits.clock.elapsed_s();
    let part = |share: f64| limits.seconds.map(|end| now + share * (end - now).max(0.0));
    if limits.iterations.is_some() {
        let outcome = lane.search(warm, threads, seed, limits);
        let took = limits.clock.elapsed_s() - now;
        let seconds = limits.seconds.or(Some(now + took + took.max(CAPPED_SECONDS)));
        let proving = Limits { iterations: Some(CAPPED_ROUNDS), seconds, ..*limits };
        return lane.prove(outcome, &proving);
    }
    if threads == 1 || limits.seconds.is_none() {
        return lane.alone(warm, threads, seed, part(lane.params.search_share));
    }
    let (main, side) = std::thread::scope(|scope| {
        // Seeds of searches side by side differ in the same way.
        let other = seed.wrapping_add(threads as u64 * 0x9E37_79B9);
        let side = scope.spawn(move || lane.alone(warm, 1, other, part(WARM_UP_SHARE)));
        let main = catch_unwind(AssertUnwindSafe(|| lane.search(warm, threads - 1, seed, limits)));
        if main.is_err() {
            // Nothing comes of the run any more: the proof need not use up its time.
            limits.cancel.store(true, Ordering::Relaxed);
        }
        (main, side.join())
    });
    let main = main.unwrap_or_else(|panic| resume_unwind(panic));
    match side {
        Ok(mut worked) => {
            worked.join(main);
            worked
        }
        Err(_) => Worked::without_bound(main, NoBound::Broken),
    }
}
