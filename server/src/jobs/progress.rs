//! How far a run is, told from the words of its solving process.

use huilu_model::problem::COST_SCALE;

use super::protocol::WorkEvent;
use crate::domain::plan::{BoundCause, Progress, siting_gap};

/// What is known after `event`; each gets the next number of the run, also after a new start.
pub(crate) fn after(before: &Progress, event: &WorkEvent) -> Progress {
    let sequence = before.sequence + 1;
    match event {
        WorkEvent::Preparing { done, total } => {
            let share = if *total == 0 { 1.0 } else { *done as f64 / *total as f64 };
            Progress { sequence, prepared: Some(share.clamp(0.0, 1.0)), cost_scale: COST_SCALE, ..Progress::default() }
        }
        WorkEvent::Incumbent { seconds, iteration, cost, unassigned, lower_bound, gap } => Progress {
            sequence,
            prepared: Some(1.0),
            seconds: Some(*seconds),
            iteration: Some(*iteration),
            cost: Some(cost.0 as f64),
            cost_scale: COST_SCALE,
            lower_bound: lower_bound.map(|bound| bound.0 as f64),
            gap: *gap,
            bound_cause: None,
            unassigned: Some(*unassigned as u64),
        },
        WorkEvent::SitesIncumbent { seconds, cost, lower_bound } => Progress {
            sequence,
            prepared: Some(1.0),
            seconds: Some(*seconds),
            cost: Some(*cost),
            // Siting counts in fen.
            cost_scale: 1,
            lower_bound: *lower_bound,
            gap: siting_gap(*cost, *lower_bound),
            ..Progress::default()
        },
        WorkEvent::Planned { plan, iterations, seconds, bound, .. } => Progress {
            sequence,
            prepared: Some(1.0),
            seconds: Some(*seconds),
            iteration: Some(*iterations),
            cost: Some(plan.cost.0 as f64),
            cost_scale: plan.cost_scale,
            lower_bound: plan.lower_bound.map(|bound| bound.0 as f64),
            gap: plan.gap(),
            bound_cause: bound.cause,
            unassigned: Some(plan.unassigned.len() as u64),
        },
        WorkEvent::Cleared { plan, iterations, seconds, .. } => {
            let routes = plan.routes();
            Progress {
                sequence,
                prepared: Some(1.0),
                seconds: Some(*seconds),
                iteration: Some(*iterations),
                cost: Some(routes.cost.0 as f64),
                cost_scale: routes.cost_scale,
                lower_bound: None,
                gap: None,
                bound_cause: Some(BoundCause::ClearingPlan),
                unassigned: Some(routes.unassigned.len() as u64),
            }
        }
        WorkEvent::Sited { solution } => Progress {
            sequence,
            prepared: Some(1.0),
            cost: Some(solution.cost),
            cost_scale: 1,
            lower_bound: solution.lower_bound,
            gap: siting_gap(solution.cost, solution.lower_bound),
            bound_cause: solution.lower_bound.is_none().then_some(BoundCause::OutOfTime),
            ..*before
        },
        WorkEvent::Failed { .. } => Progress { sequence, ..*before },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huilu_model::Cost;

    #[test]
    fn numbers_grow_over_all_attempts_and_figures_follow_the_latest_event() {
        let incumbent = |cost| WorkEvent::Incumbent {
            seconds: 1.5,
            iteration: 10,
            cost: Cost(cost),
            unassigned: 2,
            lower_bound: None,
            gap: None,
        };
        let events = [
            WorkEvent::Preparing { done: 5, total: 10 },
            incumbent(900),
            incumbent(800),
            // A second attempt starts from nothing.
            WorkEvent::Preparing { done: 0, total: 0 },
        ];
        let mut known = Progress { sequence: 7, ..Progress::default() };
        let mut seen = Vec::new();
        for event in &events {
            known = after(&known, event);
            seen.push((known.sequence, known.prepared, known.cost, known.unassigned));
        }
        assert_eq!(
            seen,
            [
                (8, Some(0.5), None, None),
                (9, Some(1.0), Some(900.0), Some(2)),
                (10, Some(1.0), Some(800.0), Some(2)),
                (11, Some(1.0), None, None),
            ]
        );
    }
}
