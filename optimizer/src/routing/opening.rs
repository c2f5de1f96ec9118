//! What it counts against a job that a vehicle sets out for it first. The jobs that follow pay their part of the vehicle and of
//! the way out, so the full price makes small vehicles look cheap and remote jobs never worth the way; how many will follow
//! nobody knows yet. Each recreate therefore draws how it sees openings. Of kinds that look alike the roomiest goes first.
//!
//! Our own; that room left on a vehicle is worth something is the thought of the opportunity savings of Golden, Assad, Levy and Gheysens
//! (1984), Computers & Operations Research 11(1), 49-66.

use rand::RngExt;

use super::model::{Kind, Model};
use super::solution::Solution;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Opening {
    /// The fixed cost counts by the share of the vehicle that the job fills.
    by_share: bool,
    /// Only this kind of vehicle is opened, where one of it is idle: what serves best in the end may never look best at first.
    only: Option<usize>,
    /// A route may be opened for a job that does not pay its way; unworthy routes are dropped afterwards.
    pub(crate) at_a_loss: bool,
    /// No route is opened.
    closed: bool,
}

/// Chance that a recreate opens vehicles of one kind only.
const ONLY_CHANCE: f64 = 0.3;
/// Chance that a recreate opens routes at a loss.
const LOSS_CHANCE: f64 = 0.1;

impl Opening {
    pub(crate) const CLOSED: Self = Self { by_share: false, only: None, at_a_loss: false, closed: true };

    /// Vehicles of this kind, as long as one is idle.
    pub(crate) fn of_kind(kind: usize) -> Self {
        Self { by_share: true, only: Some(kind), at_a_loss: false, closed: false }
    }

    /// For a plan that has nothing yet: most vehicles will be filled.
    pub(crate) fn of_construction(model: &Model<'_>) -> Self {
        Self { by_share: model.mixed_fleet, only: None, at_a_loss: model.choosy, closed: false }
    }

    pub(crate) fn draw<R: RngExt>(model: &Model<'_>, rng: &mut R) -> Self {
        // Where it cannot matter nothing is drawn, so that the search stays as it was.
        Self {
            by_share: model.mixed_fleet && rng.random_bool(0.5),
            only: (model.mixed_fleet && rng.random_bool(ONLY_CHANCE)).then(|| rng.random_range(0..model.kinds.len())),
            at_a_loss: model.choosy && rng.random_bool(LOSS_CHANCE),
            closed: false,
        }
    }

    /// An idle vehicle of each kind to try, the roomiest first.
    pub(crate) fn idle<'s>(self, model: &'s Model<'_>, solution: &'s Solution) -> impl Iterator<Item = u32> + 's {
        let only = self.only.filter(|&kind| !solution.idle[kind].is_empty());
        let kinds = model.roomiest.iter().filter(move |&&kind| !self.closed && only.is_none_or(|only| only == kind));
        kinds.filter_map(|&kind| solution.idle[kind].last().copied())
    }

    /// What counts of the fixed cost of an idle vehicle of this kind.
    pub(crate) fn fixed(self, model: &Model<'_>, kind: &Kind, job: usize) -> i64 {
        if !self.by_share {
            return kind.fixed;
        }
        let share = |load: i64, room: i64| if room > 0 { load as f64 / room as f64 } else { 0.0 };
        let filled = model.loads(job).iter().map(|load| {
            let part = kind.parts.get(kind.part_of[load.stream]);
            let litres = part.map_or(0.0, |part| share(load.litres, part.litres));
            share(load.grams, kind.grams).max(litres)
        });
        (kind.fixed as f64 * filled.fold(0.0, f64::max).min(1.0)) as i64
    }
}

/// Takes out the changed routes that cost more than leaving all their jobs out.
pub(crate) fn drop_unworthy(model: &Model<'_>, solution: &mut Solution) {
    let touched: Vec<u32> = solution.touched().collect();
    for vehicle in touched {
        let route = &solution.routes[vehicle as usize];
        let jobs = route.visits.iter().filter(|&&node| model.is_job(node));
        let absence: i64 = jobs.map(|&job| model.absence[job as usize]).fold(0, i64::saturating_add);
        if route.whole_cost() > absence && model.kinds[route.kind].locked_rows() == 0 {
            solution.sketch(model, vehicle, Vec::clear);
        }
    }
}
