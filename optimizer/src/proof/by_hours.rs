//! The course of a proof by trips that share hours (`hours`): it asks for no networks, no linear program and no cuts.

use huilu_model::Cost;

use super::generation::End;
use super::hours::{self, Question};
use super::prices::Fixed;
use super::prove::Proving;
use super::{BoundKind, BoundPoint, NoBound};

impl Proving<'_, '_> {
    /// A bound by trips that share the hours of vehicles; it gives no routes.
    pub(super) fn by_hours(&mut self) -> Result<(), NoBound> {
        let question = Question {
            model: self.model,
            scale: self.scale,
            limits: self.limits,
            arcs_max: self.params.arcs_max,
            enough: self.enough,
        };
        let (proof, on_bound, scale, absence) = (&mut self.proof, &mut self.on_bound, self.scale, &self.model.absence);
        let mut better = |bound: i64, prices: &[Fixed]| {
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
