//! The lines that a plan's vehicles drive, by the very rule that its seconds and metres came from: the same roads, the same
//! closed zones, the same service. A leg without a way is left out of the line and counted; nothing is drawn straight
//! unless the plan's figures are estimates.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use huilu_model::Wgs84;
use huilu_roads::{Path as RoadPath, Profile};
use serde_json::{Value, json};

use super::{coordinates, feature};
use crate::app::error::AppResult;
use crate::app::planning;
use crate::app::services::Services;
use crate::db::routes;
use crate::domain::VehicleId;
use crate::domain::plan::{Plan, Route};
use crate::travel::{Estimate, RouteAnswer, RouteAsk, TravelError, TravelProvider};

#[derive(Clone, Debug)]
pub(super) struct DrawnRoute {
    pub(super) vehicle: VehicleId,
    pub(super) feature: Value,
}

/// The lines of a plan; `lasting` where asking again would tell nothing else.
#[derive(Clone, Debug)]
pub(super) struct DrawnPlan {
    pub(super) routes: Arc<Vec<DrawnRoute>>,
    pub(super) lasting: bool,
}

/// # Errors
/// Where the plan cannot be read any more.
pub(super) async fn draw(services: &Services, plan: &Plan) -> AppResult<DrawnPlan> {
    let (problem, sources) = planning::sources(services, plan).await?;
    let profiles: HashMap<&str, &str> =
        problem.vehicles.iter().map(|vehicle| (vehicle.id.as_str(), vehicle.profile.as_str())).collect();
    let mut drawn = Vec::new();
    // A service that failed once is not waited for again with every vehicle.
    let mut failed: HashMap<Profile, TravelError> = HashMap::new();
    for route in routes::of_plan(services.db.read(), plan.id).await? {
        let vehicle = route.vehicle.to_string();
        let profile = profiles.get(vehicle.as_str()).and_then(|name| Profile::from_str(name).ok());
        let Some(profile) = profile else { continue };
        let ask = RouteAsk { profile, points: stops(&route), depart: None };
        let answer = match failed.get(&profile) {
            Some(failure) => Err(failure.clone()),
            None => match sources.of(profile).await {
                Ok(provider) => provider.route(&ask).await.map(|answer| (answer, provider.kind())),
                Err(failure) => Err(failure),
            },
        };
        let mut properties =
            json!({ "route_id": route.id, "vehicle_id": route.vehicle, "plan_id": route.plan, "stands_in": null });
        let (answer, kind) = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::warn!(%profile, cause = %failure, "straight lines stand in for those of the roads");
                properties["stands_in"] = failure.to_string().into();
                failed.insert(profile, failure);
                (Estimate.route(&ask).await?, Estimate.kind())
            }
        };
        properties["source"] = json!(kind);
        properties["legs_without_way"] = answer.legs.iter().filter(|leg| leg.is_none()).count().into();
        drawn.push(DrawnRoute { vehicle: route.vehicle, feature: line(&answer, properties) });
    }
    Ok(DrawnPlan { routes: Arc::new(drawn), lasting: failed.is_empty() })
}

/// Where the vehicle goes, without the steps that it takes where it is.
fn stops(route: &Route) -> Arc<[Wgs84]> {
    let mut stops: Vec<Wgs84> = route.steps.iter().map(|step| step.at).collect();
    stops.dedup();
    stops.into()
}

/// One line where every leg has a way, else the pieces that there are.
fn line(answer: &RouteAnswer, properties: Value) -> Value {
    let mut pieces: Vec<Vec<Wgs84>> = answer.legs.split(Option::is_none).map(joined).collect();
    // A line has two positions at least.
    pieces.retain(|piece| piece.len() > 1);
    match pieces.as_slice() {
        [whole] if answer.legs.iter().all(Option::is_some) => feature("LineString", coordinates(whole), properties),
        _ => feature("MultiLineString", pieces.iter().map(|piece| coordinates(piece)).collect(), properties),
    }
}

/// Legs that follow on each other; the end of one is the begin of the next.
fn joined(legs: &[Option<RoadPath>]) -> Vec<Wgs84> {
    let mut line: Vec<Wgs84> = legs.iter().flatten().flat_map(|leg| leg.points.iter().copied()).collect();
    line.dedup();
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(from: f64, to: f64) -> Option<RoadPath> {
        let at = |lon: f64| Wgs84 { lat: 22.0, lon };
        Some(RoadPath { points: vec![at(from), at(to)], seconds: 1, metres: 1 })
    }

    fn drawn(legs: Vec<Option<RoadPath>>) -> Value {
        line(&RouteAnswer { legs, snapped: Vec::new() }, json!({}))["geometry"].clone()
    }

    #[test]
    fn a_leg_without_a_way_is_a_gap_and_never_a_straight_line() {
        let whole = drawn(vec![leg(1.0, 2.0), leg(2.0, 3.0)]);
        assert_eq!(whole, json!({ "type": "LineString", "coordinates": [[1.0, 22.0], [2.0, 22.0], [3.0, 22.0]] }));
        let broken = drawn(vec![leg(1.0, 2.0), None, leg(5.0, 6.0)]);
        let pieces = json!([[[1.0, 22.0], [2.0, 22.0]], [[5.0, 22.0], [6.0, 22.0]]]);
        assert_eq!(broken, json!({ "type": "MultiLineString", "coordinates": pieces }));
        assert_eq!(drawn(vec![None]), json!({ "type": "MultiLineString", "coordinates": [] }));
    }
}
