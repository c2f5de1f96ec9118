//! The lines of published plans follow the zones that were closed when the plan was made.

use huilu_model::Datum;
use serde_json::{Value, json};

use super::{Api, PLANNER, lay_roads};
use crate::app::import;

const ROUTES: &str = "/v1/map/routes?date=2026-11-25";

/// From the depot the short way to the first booking leads over a bridge in the middle, a longer one round the east.
async fn api() -> Api {
    let api = Api::new().await;
    // Depot, booking and outlet lie within streets that stay open.
    let depot = [(22.10, 113.499), (22.10, 113.501)];
    let between = [(22.105, 113.505), (22.10, 113.52)];
    let booking = [(22.109, 113.51), (22.111, 113.51)];
    let outlet = [(22.12, 113.51), (22.12, 113.499)];
    let corners = [depot, between, booking, outlet].concat();
    lay_roads(&api.city, &corners, &[&[1, 2], &[2, 3, 5], &[2, 4, 5], &[5, 6], &[6, 7, 8]]);
    api
}

/// Closes the middle of the short way to vans.
async fn ban(api: &Api) {
    let ring = json!([[113.504, 22.104], [113.506, 22.104], [113.506, 22.106], [113.504, 22.106], [113.504, 22.104]]);
    let zones = json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature",
        "properties": { "name": "bridge", "profiles": ["van"] },
        "geometry": { "type": "Polygon", "coordinates": [ring] },
    }] });
    let (services, city) = (&api.city.services, api.city.operator());
    import::closures(services, city, "bans.geojson", zones.to_string().as_bytes(), Datum::Wgs84).await.unwrap();
}

async fn publish(api: &Api) {
    let served = api.city.book(1).await;
    let plan = api.city.solved(&served).await;
    api.post(PLANNER, &format!("/v1/plans/{plan}/publish"), &json!({})).await.expect(200);
}

async fn line(api: &Api) -> Value {
    api.get(PLANNER, ROUTES).await.expect(200)["features"][0].clone()
}

/// Positions of a line within the closed zone.
fn within(line: &Value) -> usize {
    let positions = line["geometry"]["coordinates"].as_array().unwrap();
    assert!(positions.len() > 3 && line["geometry"]["type"] == "LineString", "{line}");
    let inside = |at: &&Value| {
        (at[0].as_f64().unwrap() - 113.505).abs() < 0.001 && (at[1].as_f64().unwrap() - 22.105).abs() < 0.001
    };
    positions.iter().filter(inside).count()
}

#[actix_web::test]
async fn a_line_keeps_out_of_what_was_closed_to_its_plan() {
    let api = api().await;
    ban(&api).await;
    publish(&api).await;
    let drawn = line(&api).await;
    assert_eq!((within(&drawn), &drawn["properties"]["legs_without_way"]), (0, &json!(0)));
    assert_eq!(drawn["properties"]["source"], "roads");

    let control = self::api().await;
    publish(&control).await;
    // What is closed later is no rule of this plan.
    ban(&control).await;
    assert!(within(&line(&control).await) > 0, "the short way is the line where nothing is closed");
}

#[actix_web::test]
async fn roads_that_are_gone_are_told_and_drawn_once_they_are_back() {
    let api = api().await;
    publish(&api).await;
    let file = api.city.services.roads_file(api.city.operator().roads.as_deref().unwrap());
    let away = file.with_extension("away");
    std::fs::rename(&file, &away).unwrap();
    let told = line(&api).await["properties"].clone();
    assert!(told["stands_in"].as_str().unwrap().contains("not in the data folder"), "{told}");
    assert_eq!(told["source"], "estimate");
    std::fs::rename(&away, &file).unwrap();
    let back = line(&api).await;
    assert_eq!((&back["properties"]["source"], &back["properties"]["stands_in"]), (&json!("roads"), &Value::Null));
}
