//! Plans and runs in the words of the API.

use huilu_api_spec::plan::{
    ClearingDue, ClearingOrder, CostParts as WireParts, ForecastBasis, OutletClearing, Plan as WirePlan, PlanClearing,
    PlanSummary, PlanTravel, Run as WireRun, UnassignedBooking as WireUnassigned, UnassignedReason,
};
use huilu_model::clearing::{Basis, Decision, Due, Order};
use huilu_model::{Cost, CostParts};
use serde::Serialize;

use crate::app::wire::travel_source;
use crate::domain::Zone;
use crate::domain::plan::{BoundCause, ClearingSummary, Plan, PlanOutcome, Run, RunState, UnassignedBooking};
use crate::domain::travel::ProfileTravel;

pub(super) fn plan(plan: &Plan, unassigned: &[UnassignedBooking], zone: Zone) -> WirePlan {
    WirePlan {
        id: plan.id.to_string(),
        kind: plan.kind.into(),
        service_date: plan.service_date.to_string(),
        state: plan.state.into(),
        run: run(plan.run.job.to_string(), &plan.run, zone),
        stale: plan.stale.is_some(),
        seed: plan.run.seed,
        threads: plan.run.threads,
        engine_version: plan.engine_version.clone(),
        summary: plan.outcome.as_ref().map(summary),
        unassigned: unassigned.iter().map(left_out).collect(),
        clearing: plan.outcome.as_ref().and_then(|outcome| outcome.summary.clearing.as_ref()).map(clearing),
        created_at: zone.rfc3339(plan.run.created),
        published_at: plan.published.map(|at| zone.rfc3339(at)),
    }
}

/// A run with its latest figures; the same for plans and scenarios.
pub(crate) fn run(id: String, run: &Run, zone: Zone) -> WireRun {
    let progress = run.progress.unwrap_or_default();
    let fen = |cost: f64| cost / progress.cost_scale.max(1) as f64;
    WireRun {
        id,
        state: run.state.into(),
        cost_fen: progress.cost.map(|cost| fen(cost).round() as i64),
        lower_bound_fen: progress.lower_bound.map(|bound| fen(bound).floor() as i64),
        gap: progress.gap,
        lower_bound_cause: progress.lower_bound.is_none().then(|| {
            let unknown = if run.state == RunState::Succeeded { BoundCause::NotAsked } else { BoundCause::NotReached };
            progress.bound_cause.unwrap_or(unknown).into()
        }),
        unassigned: progress.unassigned.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
        iterations: progress.iteration.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
        seconds: progress.seconds,
        prepared: progress.prepared,
        error: run.error.clone(),
        created_at: zone.rfc3339(run.created),
        ended_at: run.ended.map(|at| zone.rfc3339(at)),
    }
}

fn summary(outcome: &PlanOutcome) -> PlanSummary {
    let (cost_fen, cost_parts) = parts(outcome.cost, &outcome.cost_parts, outcome.cost_scale);
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let counts = &outcome.summary;
    PlanSummary {
        cost_fen,
        cost_parts,
        // Down, so that it stays a bound.
        lower_bound_fen: outcome.lower_bound.map(|bound| bound.0.div_euclid(outcome.cost_scale.max(1))),
        gap: outcome.gap(),
        lower_bound_kind: counts.bound.kind.clone(),
        lower_bound_leaves_out: counts.bound.leaves_out.clone(),
        lower_bound_cause: outcome
            .lower_bound
            .is_none()
            .then(|| counts.bound.cause.unwrap_or(BoundCause::NotAsked).into()),
        bookings: count(counts.bookings),
        served: count(counts.served),
        unassigned: count(counts.unassigned),
        vehicles_used: count(counts.vehicles_used),
        distance_m: counts.distance_m.0,
        duration_s: counts.duration_s.0,
        mass_g: counts.grams.0,
        volume_l: counts.litres.0,
        unloads: count(counts.unloads),
        travel: counts.travel.iter().map(travel).collect(),
    }
}

fn travel(of: &ProfileTravel) -> PlanTravel {
    PlanTravel {
        profile: of.profile.clone(),
        source: travel_source(&of.source),
        places_too_far: i64::try_from(of.places_too_far).unwrap_or(i64::MAX),
    }
}

fn clearing(of: &ClearingSummary) -> PlanClearing {
    PlanClearing {
        order: match of.order {
            Order::VansFirst => ClearingOrder::VansFirst,
            Order::TrucksFirst => ClearingOrder::TrucksFirst,
        },
        complete: of.complete,
        notes: of.notes.clone(),
        outlets: of.decisions.iter().map(outlet).collect(),
    }
}

fn outlet(of: &Decision) -> OutletClearing {
    OutletClearing {
        outlet_id: of.outlet.clone(),
        due: match of.due {
            Due::Overfull => ClearingDue::Overfull,
            Due::Mandatory => ClearingDue::Mandatory,
            Due::Optional => ClearingDue::Optional,
            Due::NotDue => ClearingDue::NotDue,
        },
        basis: match of.basis {
            Basis::History => ForecastBasis::History,
            Basis::ShortHistory => ForecastBasis::ShortHistory,
            Basis::SinceCleared => ForecastBasis::SinceCleared,
            Basis::CollectionPoints => ForecastBasis::CollectionPoints,
            Basis::Households => ForecastBasis::Households,
            Basis::Capacity => ForecastBasis::Capacity,
        },
        fill_level: of.fill_level,
        inflow_kg_per_day: of.inflow_kg_per_day,
        overflow_in_days: of.overflow_in_days.map(i64::from),
        overflow_risk: of.overflow_risk,
        price_fen: of.price,
        jobs: i64::from(of.jobs),
        jobs_served: i64::from(of.jobs_served),
    }
}

/// Whole fen, to the nearest.
pub(crate) fn fen(cost: Cost, cost_scale: i64) -> i64 {
    let scale = cost_scale.max(1);
    (2 * cost.0 + scale).div_euclid(2 * scale)
}

/// The cost and its parts in whole fen, so rounded that the parts still add up: what is missing to the rounded sum goes
/// to the parts that were cut the most.
fn parts(cost: Cost, parts: &CostParts, cost_scale: i64) -> (i64, WireParts) {
    let scale = cost_scale.max(1);
    let exact = list(parts);
    let mut whole = exact.map(|part| part.0.div_euclid(scale));
    let total = fen(cost, scale);
    let mut order: [usize; PARTS] = std::array::from_fn(|k| k);
    order.sort_by_key(|&k| std::cmp::Reverse(exact[k].0.rem_euclid(scale)));
    let missing = usize::try_from(total - whole.iter().sum::<i64>()).unwrap_or(0);
    for &k in order.iter().take(missing) {
        whole[k] += 1;
    }
    let [fixed_fen, time_fen, distance_fen, gate_fees_fen, penalties_fen, others @ ..] = whole;
    let [fairness_fen, compactness_fen, lateness_fen, overtime_fen, preference_fen] = others;
    let parts = WireParts {
        fixed_fen,
        time_fen,
        distance_fen,
        gate_fees_fen,
        penalties_fen,
        fairness_fen,
        compactness_fen,
        lateness_fen,
        overtime_fen,
        preference_fen,
    };
    (total, parts)
}

const PARTS: usize = 10;

fn list(parts: &CostParts) -> [Cost; PARTS] {
    let CostParts {
        fixed,
        time,
        distance,
        gate_fees,
        penalties,
        fairness,
        compactness,
        lateness,
        overtime,
        preference,
    } = *parts;
    [fixed, time, distance, gate_fees, penalties, fairness, compactness, lateness, overtime, preference]
}

fn left_out(left: &UnassignedBooking) -> WireUnassigned {
    let reason = |reason: &huilu_model::Reason| UnassignedReason {
        code: code(&reason.code),
        vehicle_id: reason.vehicle.clone(),
    };
    WireUnassigned {
        booking_id: left.booking.to_string(),
        verdict: code(&left.verdict),
        reasons: left.reasons.iter().map(reason).collect(),
    }
}

/// The stable name that the optimizer's own files use.
fn code(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_add_up_and_each_is_off_by_less_than_a_fen(
            exact in proptest::array::uniform10(0_i64..1_000_000_000_000),
            scale in prop_oneof![Just(1_i64), Just(18_000), 2_i64..100_000],
        ) {
            let [fixed, time, distance, gate_fees, penalties, fairness, compactness, lateness, overtime, preference] =
                exact.map(Cost);
            let exact_parts = CostParts {
                fixed,
                time,
                distance,
                gate_fees,
                penalties,
                fairness,
                compactness,
                lateness,
                overtime,
                preference,
            };
            let (total, rounded) = parts(exact_parts.total(), &exact_parts, scale);
            let list = [
                rounded.fixed_fen,
                rounded.time_fen,
                rounded.distance_fen,
                rounded.gate_fees_fen,
                rounded.penalties_fen,
                rounded.fairness_fen,
                rounded.compactness_fen,
                rounded.lateness_fen,
                rounded.overtime_fen,
                rounded.preference_fen,
            ];
            prop_assert_eq!(list.iter().sum::<i64>(), total);
            for (whole, cost) in list.into_iter().zip(exact) {
                prop_assert!((whole * scale - cost).abs() < scale);
            }
        }
    }
}
