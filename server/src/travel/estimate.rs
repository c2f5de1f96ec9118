//! The declared estimate: great circle times circuity at one speed. It is used only where the operator allowed it, and
//! every answer that stands on it says so.

use futures_util::future::BoxFuture;
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Path as RoadPath, Profile};

use super::provider::{RoadPoint, RouteAnswer, RouteAsk, Table, TableAsk, TravelError, TravelProvider};
use crate::domain::travel::TravelKind;

/// Road metres for each metre as the crow flies: the middle of what urban road networks show (1.2 to 1.5; Boeing 2019,
/// Applied Network Science 4:67).
pub const CIRCUITY: f64 = 1.35;

/// A guess from coordinates alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate;

/// Door to door in a city, junctions included; somewhat below the speeds of the roads' profiles.
fn speed_kmh(profile: Profile) -> f64 {
    match profile {
        Profile::Etrike => 15.0,
        Profile::Van => 22.0,
        Profile::Truck => 20.0,
        Profile::Foot => 4.3,
    }
}

fn leg(profile: Profile, from: Wgs84, to: Wgs84) -> (u32, u32) {
    let metres = from.distance_m(to) * CIRCUITY;
    let seconds = metres * 3.6 / speed_kmh(profile);
    let whole = |value: f64| if value < f64::from(UNREACHABLE) { value.round() as u32 } else { UNREACHABLE };
    (whole(seconds), whole(metres))
}

impl TravelProvider for Estimate {
    fn kind(&self) -> TravelKind {
        TravelKind::Estimate
    }

    fn note(&self, profile: Profile) -> Option<String> {
        let speed = speed_kmh(profile);
        Some(format!("estimated, not travelled: great circle x {CIRCUITY} at {speed} km/h"))
    }

    fn table<'a>(&'a self, ask: &'a TableAsk) -> BoxFuture<'a, Result<Table, TravelError>> {
        Box::pin(async move {
            let pairs = ask.sources.iter().flat_map(|&from| ask.targets.iter().map(move |&to| (from, to)));
            let (seconds, metres) = pairs.map(|(from, to)| leg(ask.profile, ask.points[from], ask.points[to])).unzip();
            (ask.progress)(ask.pairs(), ask.pairs());
            Ok(Table { columns: ask.targets.len(), seconds, metres, snapped: unmoved(&ask.points) })
        })
    }

    fn route<'a>(&'a self, ask: &'a RouteAsk) -> BoxFuture<'a, Result<RouteAnswer, TravelError>> {
        let straight = |ends: &[Wgs84]| {
            let (seconds, metres) = leg(ask.profile, ends[0], ends[1]);
            Some(RoadPath { points: ends.to_vec(), seconds, metres })
        };
        let answer = RouteAnswer { legs: ask.points.windows(2).map(straight).collect(), snapped: unmoved(&ask.points) };
        Box::pin(async move { Ok(answer) })
    }
}

/// No road is looked for, so no place is moved to one.
fn unmoved(points: &[Wgs84]) -> Vec<Option<RoadPoint>> {
    points.iter().map(|&at| Some(RoadPoint::new(at, 0.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_kilometre_as_the_crow_flies_is_driven_as_circuity_and_speed_say() {
        let points = [Wgs84 { lat: 22.2, lon: 113.5 }, Wgs84 { lat: 22.2 + 1_000.0 / 111_195.08, lon: 113.5 }];
        let ask = TableAsk::square(Profile::Van, Arc::from(points));
        let table = Estimate.table(&ask).await.unwrap();
        // 1,000 m x 1.35 = 1,350 m; at 22 km/h = 6.11 m/s that takes 220.9 s.
        assert_eq!(table.metres, [0, 1_350, 1_350, 0]);
        assert_eq!(table.seconds, [0, 221, 221, 0]);
        let route = RouteAsk { profile: Profile::Van, points: Arc::from(points), depart: None };
        let route = Estimate.route(&route).await.unwrap();
        assert_eq!(route.legs[0].as_ref().map(|leg| (leg.seconds, leg.metres)), Some((221, 1_350)));
        assert!(Estimate.note(Profile::Van).unwrap().contains("estimated"));
    }
}
