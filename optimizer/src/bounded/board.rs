//! What a search and a proof side by side know of each other: the best plan, the best bound, and when that is enough.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use huilu_model::plan::gap;
use huilu_model::{Cost, Instance};

use super::Standing;
use super::lane::Worked;
use crate::proof::{BoundPoint, NoBound};
use crate::routing::Progress;

pub(super) struct Board<'b> {
    best: Option<Progress>,
    bound: Option<Cost>,
    /// A bound stood above a plan: nothing is claimed any more.
    fault: Option<NoBound>,
    trace: Vec<Progress>,
    stop_gap: Option<f64>,
    stop: &'b AtomicBool,
    on_progress: &'b mut (dyn FnMut(&Standing) + Send),
}

/// Whoever panicked with the board in hand left figures that hold all the same.
pub(super) fn lock<'g, 'b>(board: &'g Mutex<Board<'b>>) -> MutexGuard<'g, Board<'b>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'b> Board<'b> {
    pub(super) fn new(
        stop_gap: Option<f64>,
        stop: &'b AtomicBool,
        on_progress: &'b mut (dyn FnMut(&Standing) + Send),
    ) -> Self {
        Self { best: None, bound: None, fault: None, trace: Vec::new(), stop_gap, stop, on_progress }
    }

    /// Some search has a plan, or says that it is still at work.
    pub(super) fn plan(&mut self, point: &Progress) {
        let better = self.best.is_none_or(|best| match (point.covered, best.covered) {
            (Some(_), None) => true,
            (None, Some(_)) => false,
            // A plan that keeps more limits may cost more.
            (None, None) => (point.cost, point.unassigned) != (best.cost, best.unassigned),
            (Some(_), Some(_)) => point.cost < best.cost,
        });
        let iteration = self.best.map_or(0, |best| best.iteration).max(point.iteration);
        let from = if better { *point } else { self.best.unwrap_or(*point) };
        self.tell(Progress { seconds: point.seconds, iteration, ..from }, better);
    }

    /// The proof has a better bound.
    pub(super) fn bound(&mut self, point: &BoundPoint) {
        if self.fault.is_some() || self.bound.is_some_and(|bound| bound >= point.lower_bound) {
            return;
        }
        self.bound = Some(point.lower_bound);
        if let Some(best) = self.best {
            self.tell(Progress { seconds: point.seconds, ..best }, true);
        }
    }

    fn tell(&mut self, point: Progress, is_news: bool) {
        if let (Some(bound), Some(covered)) = (self.bound, point.covered)
            && bound > covered
        {
            self.fault = Some(NoBound::AbovePlan { bound: bound.0, cost: covered.0 });
            self.bound = None;
        }
        let progress = Progress { lower_bound: self.bound, ..point };
        self.best = Some(progress);
        if is_news {
            self.trace.push(progress);
        }
        let standing = Standing {
            progress,
            gap: self.bound.zip(progress.covered).and_then(|(bound, covered)| gap(bound, covered)),
        };
        if self.is_enough(&standing) {
            self.stop.store(true, Ordering::Relaxed);
        }
        (self.on_progress)(&standing);
    }

    fn is_enough(&self, standing: &Standing) -> bool {
        let (Some(gap), Some(bound)) = (standing.gap, standing.progress.lower_bound) else { return false };
        match self.stop_gap {
            Some(wanted) => gap <= wanted,
            // Parts of the cost that no bound speaks of may still be saved.
            None => bound >= standing.progress.cost,
        }
    }

    /// Puts bound and trace into what came out of the run, or the cause why there is none.
    pub(super) fn sign(&mut self, instance: &Instance, worked: &mut Worked) {
        let plan = &mut worked.outcome.plan;
        let mandatory = |id: &String| instance.jobs.iter().any(|job| job.id == *id && job.penalty.is_none());
        let covered = plan.cost_parts.bounded();
        if let Some(bound) = self.bound.filter(|&bound| bound > covered) {
            self.fault = Some(NoBound::AbovePlan { bound: bound.0, cost: covered.0 });
        }
        let cause = match () {
            // Of such a plan the bound says nothing, and may well be above it.
            () if plan.unassigned.iter().any(|left| mandatory(&left.job)) => Some(NoBound::PlanIncomplete),
            () if self.fault.is_some() => self.fault,
            // What a proof said that went wrong is not trusted.
            () if matches!(worked.cause, Some(NoBound::Broken | NoBound::AbovePlan { .. })) => worked.cause,
            () if self.bound.is_none() => worked.cause.or(Some(NoBound::OutOfTime)),
            () => None,
        };
        plan.lower_bound = self.bound.filter(|_| cause.is_none());
        worked.cause = cause;
        if cause.is_some() {
            (worked.bound_kind, worked.prices) = (None, Vec::new());
            self.trace.iter_mut().for_each(|point| point.lower_bound = None);
        }
        worked.outcome.trace = std::mem::take(&mut self.trace);
    }
}
