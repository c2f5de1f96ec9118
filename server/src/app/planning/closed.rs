//! Closed zones of a plan. A plan has one matrix for the whole day, so it keeps to the safe side: a zone that is closed at
//! any minute of a shift is closed to that profile all day. Who only looks at one hour asks with a departure instead.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use huilu_model::Problem;
use huilu_model::problem::VehicleSpec;
use huilu_roads::{Closure, Departure, Weekday, WeeklyHours};
use serde_json::{Value, json};

use crate::app::error::{AppError, AppResult};
use crate::domain::travel::ClosedZones;

const MINUTES_PER_DAY: i64 = 24 * 60;

/// The zones that some vehicle of the problem must keep out of, each closed at any time and to those profiles alone;
/// absent where there are none.
///
/// # Errors
/// Internal ones, where what was imported can no longer be read.
pub(super) fn of_day(zones: &ClosedZones, problem: &Problem, date: NaiveDate) -> AppResult<Option<ClosedZones>> {
    let read = Closure::read_geojson(&zones.geojson, zones.datum).map_err(AppError::internal)?;
    let document: Value = serde_json::from_str(&zones.geojson).map_err(AppError::internal)?;
    let features = document.get("features").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut kept = Vec::new();
    for (zone, feature) in read.iter().zip(features) {
        let profiles: BTreeSet<&str> = problem
            .vehicles
            .iter()
            .filter(|vehicle| zone.profiles().iter().any(|profile| profile.as_str() == vehicle.profile))
            .filter(|vehicle| meets(zone.hours(), vehicle, date))
            .map(|vehicle| vehicle.profile.as_str())
            .collect();
        if !profiles.is_empty() {
            let geometry = feature.get("geometry").cloned().unwrap_or(Value::Null);
            let properties = json!({ "name": zone.name(), "profiles": profiles });
            kept.push(json!({ "type": "Feature", "properties": properties, "geometry": geometry }));
        }
    }
    if kept.is_empty() {
        return Ok(None);
    }
    let geojson = json!({ "type": "FeatureCollection", "features": kept }).to_string();
    Ok(Some(ClosedZones { datum: zones.datum, geojson }))
}

/// Whether the hours hold any minute of the vehicle's shift.
fn meets(hours: &WeeklyHours, vehicle: &VehicleSpec, date: NaiveDate) -> bool {
    let (first, last) = (vehicle.shift.start.0.div_euclid(60), (vehicle.shift.end.0 + 59).div_euclid(60));
    (first..last.max(first + 1)).any(|minute| {
        let (day, minute) = (minute.div_euclid(MINUTES_PER_DAY), minute.rem_euclid(MINUTES_PER_DAY));
        let weekday = Weekday::ALL[(i64::from(date.weekday().num_days_from_monday()) + day).rem_euclid(7) as usize];
        let at = Departure::at((minute / 60) as u16, (minute % 60) as u16);
        at.is_some_and(|at| hours.contain(at.on(weekday)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::City;
    use huilu_model::{Datum, Seconds};
    use huilu_roads::Profile;

    fn zone(name: &str, profiles: &[&str], hours: Option<&str>) -> Value {
        let ring = json!([[113.4, 22.1], [113.6, 22.1], [113.6, 22.3], [113.4, 22.3], [113.4, 22.1]]);
        let mut properties = json!({ "name": name, "profiles": profiles });
        if let Some(hours) = hours {
            properties["hours"] = json!(hours);
        }
        json!({ "type": "Feature", "properties": properties, "geometry": { "type": "Polygon", "coordinates": [ring] } })
    }

    #[tokio::test]
    async fn a_zone_is_closed_all_day_to_whose_shift_meets_its_hours() {
        let city = City::new().await;
        city.book(1).await;
        let plan = city.order().await.unwrap().id.parse().unwrap();
        let mut problem = city.problem(plan).await;
        let vehicle = problem.vehicles[0].clone();
        let with = |id: &str, profile: &str, from: i64, to: i64| {
            let mut other = vehicle.clone();
            (other.id, other.profile) = (id.to_owned(), profile.to_owned());
            (other.shift.start, other.shift.end) = (Seconds(from * 3_600), Seconds(to * 3_600));
            other
        };
        problem.vehicles = vec![with("a", "truck", 8, 17), with("b", "van", 20, 30)];
        // 2026-11-25 is a Wednesday.
        let wednesday = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        let features = json!([
            zone("morning", &["truck", "van"], Some("07:00-09:00")),
            zone("evening", &["truck"], Some("17:00-19:00")),
            zone("always", &["etrike", "truck"], None),
            zone("night", &["van"], Some("Th 03:00-04:00")),
            zone("other day", &["truck", "van"], Some("Mo 00:00-24:00")),
        ]);
        let geojson = json!({ "type": "FeatureCollection", "features": features }).to_string();
        let zones = ClosedZones { datum: Datum::Wgs84, geojson };
        let kept = of_day(&zones, &problem, wednesday).unwrap().unwrap();
        let kept = Closure::read_geojson(&kept.geojson, kept.datum).unwrap();
        let told: Vec<(&str, &[Profile])> = kept.iter().map(|zone| (zone.name(), zone.profiles())).collect();
        // The truck is back before the evening; the van is out until six in the morning of Thursday.
        let expected: [(&str, &[Profile]); 3] =
            [("morning", &[Profile::Truck]), ("always", &[Profile::Truck]), ("night", &[Profile::Van])];
        assert_eq!(told, expected);
        assert!(kept.iter().all(|zone| zone.hours().is_always()));
        problem.vehicles = vec![with("a", "etrike", 8, 9)];
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert!(of_day(&zones, &problem, monday).unwrap().is_some(), "what is closed at any time stays closed");
        problem.vehicles = vec![with("a", "foot", 8, 9)];
        assert_eq!(of_day(&zones, &problem, monday).unwrap(), None);
    }
}
