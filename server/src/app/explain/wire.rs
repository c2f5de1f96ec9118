//! Explanations in the words of the API.

use huilu_api_spec::explain::{
    AreaShortage, BookingExplanation, BrokenRule, CheapestPlace, CostDifference, FieldChange, PlanExplanations,
    PlanRelaxation, RouteChange, RouteSum, VehicleCodes, WhatIfAnswer,
};
use huilu_model::Cost;
use huilu_optimizer::explain::{
    Change, Explanation, Explanations, Relaxation, RouteFigures, Shortage, SubjectKind, WhatIf,
};
use serde::Serialize;

use crate::app::planning::fen;
use crate::domain::PlanId;

pub(super) fn explanations(plan: PlanId, found: &Explanations) -> PlanExplanations {
    PlanExplanations {
        plan_id: plan.to_string(),
        bookings: found.jobs.iter().map(|left| booking(left, found.cost_scale)).collect(),
        complete: !found.cut_short,
        shortages: found.shortages.iter().map(shortage).collect(),
    }
}

fn booking(left: &Explanation, scale: i64) -> BookingExplanation {
    let reason = |reason: &huilu_optimizer::explain::VehicleReason| VehicleCodes {
        vehicle_ids: reason.vehicles.clone(),
        codes: reason.codes.iter().map(code).collect(),
        together: reason.together,
        proven: reason.proven,
    };
    BookingExplanation {
        booking_id: left.job.clone(),
        verdict: code(&left.verdict),
        evidence: code(&left.evidence),
        reasons: left.reasons.iter().map(reason).collect(),
        penalty_fen: left.penalty.map(|penalty| fen(penalty, scale)),
        cheapest: left.cheapest.as_ref().map(|place| CheapestPlace {
            vehicle_id: place.vehicle.clone(),
            position: count(place.position),
            outlet_ids: place.unloads.clone(),
            cost_fen: fen(place.cost, scale),
        }),
        relax: left.relax.iter().map(|relaxed| relaxation(relaxed, scale)).collect(),
    }
}

fn relaxation(relaxed: &Relaxation, scale: i64) -> PlanRelaxation {
    let change = |change: &Change| FieldChange {
        subject: code(&change.subject),
        id: change.id.clone(),
        field: change.field.to_string(),
        from: change.from,
        to: change.to,
        unit: code(&change.unit),
        adds: change.adds.clone(),
    };
    // One more vehicle has no id yet.
    let like = relaxed.changes.iter().find(|change| change.subject == SubjectKind::Fleet);
    PlanRelaxation {
        code: code(&relaxed.code),
        vehicle_id: like.map_or(&relaxed.vehicle, |change| &change.id).clone(),
        changes: relaxed.changes.iter().map(change).collect(),
        cost_fen: fen(relaxed.cost, scale),
        delta_fen: fen(relaxed.delta, scale),
    }
}

fn shortage(short: &Shortage) -> AreaShortage {
    AreaShortage {
        cell: short.cell.clone(),
        lack: code(&short.lack),
        from_s: short.from_s.0,
        to_s: short.to_s.0,
        bookings: count(short.jobs),
        mass_g: short.grams.0,
        volume_l: short.litres.0,
        needed_s: short.needed_s.0,
        idle_s: short.idle_s.0,
        shifts: short.vehicles,
    }
}

pub(super) fn what_if(found: &WhatIf) -> WhatIfAnswer {
    let scale = found.cost_scale;
    let sum = |figures: &RouteFigures| RouteSum {
        stops: count(figures.stops),
        duration_s: figures.duration_s.0,
        distance_m: figures.distance_m.0,
        cost_fen: fen(figures.cost, scale),
    };
    let (before, after) = (fen(found.before.total(), scale), found.after.map(|after| fen(after.total(), scale)));
    let parts = found.difference.iter().flat_map(|difference| difference.items());
    let parts: Vec<(&str, Cost)> = parts.filter(|(_, cost)| *cost != Cost::ZERO).collect();
    let costs: Vec<Cost> = parts.iter().map(|(_, cost)| *cost).collect();
    let whole = apportioned(&costs, after.map_or(0, |after| after - before), scale);
    WhatIfAnswer {
        feasible: found.broken.is_empty(),
        cost_before_fen: before,
        cost_after_fen: after,
        difference: parts
            .iter()
            .zip(whole)
            .map(|((part, _), fen)| CostDifference { part: (*part).to_owned(), fen })
            .collect(),
        broken: found.broken.iter().map(broken).collect(),
        routes: found
            .routes
            .iter()
            .map(|route| RouteChange {
                vehicle_id: route.vehicle.clone(),
                before: sum(&route.before),
                after: route.after.as_ref().map(sum),
            })
            .collect(),
    }
}

fn broken(rule: &huilu_optimizer::explain::BrokenRule) -> BrokenRule {
    BrokenRule {
        code: rule.code.clone(),
        meaning: rule.meaning.clone(),
        vehicle_id: rule.vehicle.clone(),
        step: rule.step.map(count),
        subject: rule.subject.clone(),
        would_be: rule.would_be.clone(),
        limit: rule.limit.clone(),
    }
}

/// The parts in whole fen that add up to `total`, which is less than one fen from their sum: what is missing goes to those that were cut
/// the most.
fn apportioned(parts: &[Cost], total: i64, cost_scale: i64) -> Vec<i64> {
    let scale = cost_scale.max(1);
    let mut whole: Vec<i64> = parts.iter().map(|part| part.0.div_euclid(scale)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&k| std::cmp::Reverse(parts[k].0.rem_euclid(scale)));
    let missing = usize::try_from(total - whole.iter().sum::<i64>()).unwrap_or(0);
    order.into_iter().take(missing).for_each(|k| whole[k] += 1);
    whole
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The stable name that the optimizer's own files use.
fn code(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_rounded_whole() {
        for before in -25..25 {
            for parts in [vec![3, 3, 3], vec![7, -4], vec![-5, -5, 12, 1], vec![10], vec![-1]] {
                let after = before + parts.iter().sum::<i64>();
                let total = fen(Cost(after), 10) - fen(Cost(before), 10);
                let costs: Vec<Cost> = parts.iter().map(|&part| Cost(part)).collect();
                let whole = apportioned(&costs, total, 10);
                assert_eq!(whole.iter().sum::<i64>(), total, "{before} {parts:?}");
                assert!(whole.iter().zip(&parts).all(|(fen, part)| (10 * fen - part).abs() < 10), "{before} {parts:?}");
            }
        }
    }
}
