//! What moves in and out of each outlet by a plan, and what is in it after each movement.

use huilu_model::clearing::{ClearingStage, Decision, Movement, Network, OutletBalance, StockChange};
use huilu_model::plan::StreamLoad;
use huilu_model::{Plan, Seconds, StepKind};

use super::stock::Stock;

/// What a vehicle brings to an outlet, or takes at a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    /// Of an unload the outlet, of a pickup the job.
    pub(super) outlet: String,
    pub(super) vehicle: String,
    pub(super) start: Seconds,
    pub(super) done: Seconds,
    pub(super) amount: Vec<StreamLoad>,
}

/// Unloads in the order in which they are done.
pub(super) fn deliveries(plan: &Plan) -> Vec<Delivery> {
    moves(plan, &mut |kind| match kind {
        StepKind::Unload { outlet } => Some(outlet.clone()),
        _ => None,
    })
}

/// Pickups of the jobs that are asked for, in the order in which they are done.
pub(super) fn pickups(plan: &Plan, wanted: &mut dyn FnMut(&str) -> bool) -> Vec<Delivery> {
    moves(plan, &mut |kind| match kind {
        StepKind::Job { job } if wanted(job) => Some(job.clone()),
        _ => None,
    })
}

fn moves(plan: &Plan, name: &mut dyn FnMut(&StepKind) -> Option<String>) -> Vec<Delivery> {
    let mut found = Vec::new();
    for route in &plan.routes {
        for pair in route.steps.windows(2) {
            let [before, step] = pair else { continue };
            if let Some(outlet) = name(&step.kind) {
                found.push(Delivery {
                    outlet,
                    vehicle: route.vehicle.clone(),
                    start: step.start_s,
                    done: step.departure_s,
                    amount: difference(&before.load, &step.load),
                });
            }
        }
    }
    found.sort_by_key(|delivery| delivery.done);
    found
}

/// What one load has more or less of than the other.
fn difference(one: &[StreamLoad], other: &[StreamLoad]) -> Vec<StreamLoad> {
    let mut streams: Vec<&String> = one.iter().chain(other).map(|load| &load.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    let of = |stream: &String| {
        let (a, b) = (huilu_model::clearing::amount_of(one, stream), huilu_model::clearing::amount_of(other, stream));
        StreamLoad {
            stream: stream.clone(),
            grams: huilu_model::Grams((a.0 - b.0).0.abs()),
            litres: huilu_model::Litres((a.1 - b.1).0.abs()),
        }
    };
    streams.into_iter().map(of).filter(|load| load.grams.0 != 0 || load.litres.0 != 0).collect()
}

/// One balance for each outlet of the network.
///
/// What residents are expected to bring stands at the begin of the day. A delivery counts when it is done, a pickup when it
/// starts: no vehicle takes what another is still unloading.
pub(super) fn of_day(network: &Network, decisions: &[Decision], stages: &[ClearingStage]) -> Vec<OutletBalance> {
    let streams = &network.streams;
    let brought: Vec<Delivery> = stages.iter().flat_map(|stage| deliveries(&stage.plan)).collect();
    let taken: Vec<Delivery> = stages.iter().flat_map(|stage| pickups(&stage.plan, &mut |_| true)).collect();
    let mut all = Vec::with_capacity(network.outlets.len());
    for outlet in &network.outlets {
        let mut moved: Vec<(Seconds, Movement, Option<&Delivery>, Stock)> = Vec::new();
        if let Some(decision) = decisions.iter().find(|decision| decision.outlet == outlet.id) {
            let expected = Stock::read(streams, &decision.expected);
            if !expected.is_empty() {
                moved.push((Seconds::ZERO, Movement::Inflow, None, expected));
            }
        }
        for delivery in brought.iter().filter(|delivery| delivery.outlet == outlet.id) {
            moved.push((delivery.done, Movement::Delivered, Some(delivery), Stock::read(streams, &delivery.amount)));
        }
        for pickup in taken.iter().filter(|pickup| super::day::outlet_of(&pickup.outlet) == outlet.id) {
            moved.push((pickup.start, Movement::Taken, Some(pickup), Stock::read(streams, &pickup.amount)));
        }
        // In the same second what comes in comes first.
        moved.sort_by_key(|&(at, movement, ..)| (at, movement == Movement::Taken));
        let start = Stock::read(streams, &outlet.fill);
        let mut content = start.clone();
        let mut changes = Vec::with_capacity(moved.len());
        for (at_s, movement, who, amount) in moved {
            content = if movement == Movement::Taken { content.minus(&amount) } else { content.plus(&amount) };
            changes.push(StockChange {
                at_s,
                movement,
                vehicle: who.map(|delivery| delivery.vehicle.clone()),
                amount: amount.loads(streams),
                content: content.loads(streams),
            });
        }
        all.push(OutletBalance {
            outlet: outlet.id.clone(),
            start: start.loads(streams),
            changes,
            end: content.loads(streams),
        });
    }
    all
}
