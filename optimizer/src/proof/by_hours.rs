//! The course of a proof by trips that share hours (`hours`): it asks for no networks, no linear program and no cuts.

use huilu_model::Cost;

use super::generation::End;
use super::hours::{self, Question};
use super::prices::{Fixed, Prices};
use super::prove::Proving;
use super::{BoundKind, BoundPoint, NoBound};
use crate::limits::Limits;

/// Parts of the limits that a first bound may take: where times bind, which walks forget, it says less.
const FIRST_SHARE: f64 = 0.5;
const FIRST_SHARE_TIMED: f64 = 0.1;

impl Proving<'_, '_> {
    /// A first bound by [`Proving::by_hours`], for part of the limits, where there are any: days of many jobs soon have one that way, and column
    /// generation sets out from its prices. What it cannot do is left to that.
    pub(super) fn first_by_hours(&mut self) -> Option<Prices> {
        let unfit = !self.model.accepts.is_empty() || self.model.has_releases() || self.params.hours == Some(false);
        if unfit || self.model.n_jobs < self.params.walks_from {
            return None;
        }
        let share = if self.model.timed { FIRST_SHARE_TIMED } else { FIRST_SHARE };
        let seconds = self.limits.seconds.map(|end| self.began + share * (end - self.began));
        let iterations = self.limits.iterations.map(|most| (most as f64 * share) as u64);
        let mut first: Option<Vec<Fixed>> = None;
        // Why it ends does not matter: there is more to come.
        let _ = self.walk(&Limits { seconds, iterations, ..*self.limits }, &mut |prices| first = Some(prices.to_vec()));
        let most = self.model.absence.iter().map(|&price| self.scale.fixed(price));
        let jobs = first?.into_iter().zip(most).map(|(price, most)| price.clamp(0, most)).collect();
        Some(Prices { jobs, limits: vec![0; self.bounding.room.len()], ..Prices::default() })
    }

    /// A bound by trips that share the hours of vehicles; it gives no routes.
    pub(super) fn by_hours(&mut self) -> Result<(), NoBound> {
        self.walk(self.limits, &mut |_| {})
    }

    /// `on_prices` is told those of each better bound.
    fn walk(&mut self, limits: &Limits<'_>, on_prices: &mut dyn FnMut(&[Fixed])) -> Result<(), NoBound> {
        let question = Question {
            model: self.model,
            scale: self.scale,
            limits,
            arcs_max: self.params.arcs_max,
            enough: self.enough,
        };
        let (proof, on_bound, scale, absence) = (&mut self.proof, &mut self.on_bound, self.scale, &self.model.absence);
        let mut better = |bound: i64, prices: &[Fixed]| {
            if proof.lower_bound.is_some_and(|known| known.0 >= bound) {
                return;
            }
            on_prices(prices);
            proof.lower_bound = Some(Cost(bound));
            proof.bound_kind = Some(BoundKind::TripHours);
            let most = absence.iter().map(|&price| scale.fixed(price));
            proof.prices = prices.iter().zip(most).map(|(&price, most)| scale.float(price.clamp(0, most))).collect();
            let point = BoundPoint { seconds: question.limits.clock.elapsed_s(), lower_bound: Cost(bound) };
            proof.trace.push(point);
            on_bound(&point);
        };
        let course = hours::prove(&question, &mut better)?;
        self.proof.statistics.rounds += course.rounds;
        self.proof.statistics.rounds_complete += course.rounds;
        self.proof.statistics.memories += course.memories;
        match course.end {
            End::OutOfTime => Err(NoBound::OutOfTime),
            End::TooManyLabels => Err(NoBound::TooManyLabels),
            End::Solved | End::Enough => Ok(()),
        }
    }
}
