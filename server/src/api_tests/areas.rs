//! Areas, the cells they touch, and the dispatch zones of a day.

use std::collections::BTreeMap;

use h3o::LatLng;
use huilu_model::Wgs84;
use serde_json::{Value, json};

use super::{Api, ELSEWHERE, PLANNER, RESIDENT};
use crate::db::{self, buildings};
use crate::domain::amount::Names;
use crate::domain::area::{Area, AreaLevel, Building, BuildingKind};
use crate::domain::place::SERVICE_RESOLUTION;
use crate::domain::{AreaId, BuildingId};

const CELLS: &str = "/v1/map/cells?date=2026-11-25";

impl Api {
    /// An area of the city; `sides` are west, south, east and north in degrees.
    async fn area(&self, parent: Option<AreaId>, sides: Option<[f64; 4]>) -> AreaId {
        let ring = |[west, south, east, north]: [f64; 4]| {
            json!([[[west, south], [east, south], [east, north], [west, north], [west, south]]])
        };
        let polygon = sides.map(|sides| json!({ "type": "Polygon", "coordinates": ring(sides) }).to_string());
        self.insert_area(parent, polygon).await
    }

    async fn insert_area(&self, parent: Option<AreaId>, polygon: Option<String>) -> AreaId {
        let area = Area {
            id: AreaId::new(),
            operator: self.city.operator().id,
            parent,
            level: if parent.is_some() { AreaLevel::Community } else { AreaLevel::District },
            code: parent.is_none().then(|| "440402".to_owned()),
            names: Names { zh: "香洲".to_owned(), en: "Xiangzhou".to_owned() },
            polygon,
            households: Some(900),
        };
        let tx = self.city.services.db.begin().await.unwrap();
        db::areas::insert_many(&*tx, std::slice::from_ref(&area)).await.unwrap();
        tx.commit().await.unwrap();
        area.id
    }

    /// Zone and bookings by cell.
    async fn zones(&self, path: &str) -> BTreeMap<String, (u64, u64)> {
        let answer = self.get(PLANNER, path).await;
        let features = answer.expect(200)["features"].as_array().unwrap();
        let entry = |feature: &Value| {
            let properties = &feature["properties"];
            let whole = |name: &str| properties[name].as_u64().unwrap();
            (properties["cell"].as_str().unwrap().to_owned(), (whole("zone"), whole("bookings")))
        };
        features.iter().map(entry).collect()
    }
}

#[actix_web::test]
async fn areas_are_listed_in_pages() {
    let api = Api::new().await;
    let district = api.area(None, None).await;
    let community = api.area(Some(district), None).await;
    let first = api.get(PLANNER, "/v1/areas?limit=1").await;
    let expected = json!({
        "id": district.to_string(), "parent_id": null, "level": "district", "code": "440402",
        "name": { "zh": "香洲", "en": "Xiangzhou" }, "households": 900,
    });
    assert_eq!(first.expect(200)["areas"], json!([expected]));
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = api.get(PLANNER, &format!("/v1/areas?limit=1&cursor={cursor}")).await;
    let found = &second.expect(200)["areas"][0];
    assert_eq!(
        (&found["id"], &found["parent_id"], &found["level"], &found["code"]),
        (&json!(community.to_string()), &json!(district.to_string()), &json!("community"), &Value::Null)
    );
    assert_eq!(second.body["next_cursor"], Value::Null);
    assert_eq!(api.get(ELSEWHERE, "/v1/areas").await.expect(200)["areas"], json!([]));
    let faults = api.get(PLANNER, "/v1/areas?limit=0&parent=1").await.faults();
    let expected = [("OUT_OF_RANGE", "limit"), ("UNKNOWN_PARAMETER", "parent")];
    assert_eq!(faults, expected.map(|(code, at)| (code.to_owned(), at.to_owned())));
}

#[actix_web::test]
async fn the_cells_of_a_day_are_shared_out_among_zones() {
    let api = Api::new().await;
    api.city.book(100).await;
    let cells = api.zones(CELLS).await;
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for (zone, bookings) in cells.values() {
        *sizes.entry(*zone).or_default() += bookings;
    }
    assert_eq!(sizes.values().sum::<u64>(), 100);
    assert!((2..=3).contains(&sizes.len()), "{sizes:?}");
    assert!(sizes.keys().copied().eq(1..=sizes.len() as u64), "counted from 1: {sizes:?}");
    assert!(sizes.values().all(|&bookings| bookings <= 50), "{sizes:?}");
}

#[actix_web::test]
async fn the_map_shows_the_cells_that_an_area_touches() {
    let api = Api::new().await;
    let booked = api.city.book(60).await;
    let all = api.zones(CELLS).await;
    let place = api.city.booking(booked[30]).await.place;
    // A square of two metres around a door: no cell has its centre in it.
    let (lat, lon, metre) = (place.at.lat, place.at.lon, 1e-5);
    let tiny = api.area(None, Some([lon - metre, lat - metre, lon + metre, lat + metre])).await;
    let found = api.zones(&format!("{CELLS}&area={tiny}")).await;
    let own = place.cell(crate::domain::place::SERVICE_RESOLUTION).unwrap().to_string();
    assert_eq!(found, BTreeMap::from([(own.clone(), all[&own])]), "with the zone that it has in the whole city");

    let south = api.area(None, Some([113.4, 22.0, 113.6, lat])).await;
    let found = api.zones(&format!("{CELLS}&area={south}")).await;
    assert!(found.len() > 5 && found.len() < all.len(), "{} of {}", found.len(), all.len());
    assert!(found.iter().all(|(cell, entry)| all[cell] == *entry));
    let away = api.area(None, Some([113.1, 22.9, 113.2, 23.0])).await;
    assert_eq!(api.zones(&format!("{CELLS}&area={away}")).await, BTreeMap::new());
}

#[actix_web::test]
async fn an_area_that_is_not_there_or_lies_nowhere_is_refused() {
    let api = Api::new().await;
    let nowhere = api.area(None, None).await;
    api.get(PLANNER, &format!("{CELLS}&area={nowhere}")).await.refused(409, "AREA_WITHOUT_POLYGON");
    for broken in
        ["{\"type\":\"Point\",\"coordinates\":[113.5,22.1]}", "{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[2,2]]]}"]
    {
        let area = api.insert_area(None, Some(broken.to_owned())).await;
        api.get(PLANNER, &format!("{CELLS}&area={area}")).await.refused(409, "AREA_WITHOUT_POLYGON");
    }
    let swapped = api.area(None, Some([22.0, 113.4, 22.1, 113.6])).await;
    let answer = api.get(PLANNER, &format!("{CELLS}&area={swapped}")).await;
    answer.refused(409, "AREA_WITHOUT_POLYGON");
    assert!(answer.text.contains("longitude comes first"), "{}", answer.text);
    api.get(ELSEWHERE, &format!("{CELLS}&area={nowhere}")).await.refused(404, "NOT_FOUND");
    for id in [AreaId::new().to_string(), "main".to_owned(), String::new()] {
        api.get(PLANNER, &format!("{CELLS}&area={id}")).await.refused(404, "NOT_FOUND");
    }
    let faults = api.get(PLANNER, "/v1/map/cells?date=today&area=main").await.faults();
    assert_eq!(faults, [("BAD_DATE".to_owned(), "date".to_owned())]);
}

#[actix_web::test]
async fn buildings_are_found_by_a_part_of_their_name() {
    let api = Api::new().await;
    let building = |zh: &str, en: &str| Building {
        id: BuildingId::new(),
        operator: api.city.operator().id,
        area: None,
        kind: BuildingKind::Compound,
        name: Some(Names { zh: zh.to_owned(), en: en.to_owned() }),
        at: Wgs84 { lat: 22.2, lon: 113.5 },
        cell: LatLng::new(22.2, 113.5).unwrap().to_cell(SERVICE_RESOLUTION),
        gate: None,
        households: 9,
    };
    let all =
        [building("绿杨花园二期", "Green Garden II"), building("绿杨花园", "Green Garden"), building("河东", "East")];
    let tx = api.city.services.db.begin().await.unwrap();
    buildings::insert_many(&*tx, &all).await.unwrap();
    tx.commit().await.unwrap();
    let names = async |who: &'static str, part: &str| {
        let answer = api.get(who, &format!("/v1/buildings?name={part}")).await;
        let found = answer.expect(200)["buildings"].as_array().unwrap().clone();
        found.iter().map(|one| one["name"]["en"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(RESIDENT, "%E8%8A%B1%E5%9B%AD").await, ["Green Garden", "Green Garden II"]);
    assert_eq!(names(PLANNER, "gREEN").await, ["Green Garden", "Green Garden II"]);
    assert_eq!(names(PLANNER, "%25").await, [""; 0]);
    assert_eq!(names(ELSEWHERE, "green").await, [""; 0]);
    assert_eq!(
        names(RESIDENT, "e").await,
        ["East", "Green Garden", "Green Garden II"],
        "what begins with it comes first"
    );
    let one = api.get(RESIDENT, "/v1/buildings?name=East").await;
    let place = json!({ "lat": 22.2, "lon": 113.5, "datum": "wgs84" });
    assert_eq!(one.expect(200)["buildings"][0]["place"], place);
    assert!(one.body["buildings"][0].get("households").is_none(), "how many live there is nobody's question");
    let empty = api.get(RESIDENT, "/v1/buildings?name=%20").await;
    assert_eq!(empty.faults(), [("EMPTY".to_owned(), "name".to_owned())]);
    let long = api.get(RESIDENT, &format!("/v1/buildings?name={}", "x".repeat(101))).await;
    assert_eq!(long.faults(), [("OUT_OF_RANGE".to_owned(), "name".to_owned())]);
}

#[actix_web::test]
async fn the_nearest_names_are_found_among_many_and_namesakes_are_told_apart() {
    let api = Api::new().await;
    let operator = api.city.operator().id;
    let area = |zh: &str, en: &str| Area {
        id: AreaId::new(),
        operator,
        parent: None,
        level: AreaLevel::Zone,
        code: None,
        names: Names { zh: zh.to_owned(), en: en.to_owned() },
        polygon: None,
        households: None,
    };
    let (north, south) = (area("北区", "North"), area("南区", "South"));
    let building = |kind: BuildingKind, area: &Area, zh: &str, lat: f64| Building {
        id: BuildingId::new(),
        operator,
        area: Some(area.id),
        kind,
        name: Some(Names { zh: zh.to_owned(), en: String::new() }),
        at: Wgs84 { lat, lon: 113.5 },
        cell: LatLng::new(lat, 113.5).unwrap().to_cell(SERVICE_RESOLUTION),
        gate: None,
        households: 9,
    };
    // By kind and id alone the towers would come first, and nothing else would be found.
    let mut all: Vec<Building> = (0..70)
        .map(|tower| building(BuildingKind::Compound, &north, "竹湾豪园", 22.2 + 1e-5 * f64::from(tower)))
        .chain((0..25).map(|k| building(BuildingKind::Compound, &north, &format!("新竹湾大厦{k:02}座"), 22.2)))
        .collect();
    all.push(building(BuildingKind::Village, &south, "竹湾豪园", 22.25));
    all.push(building(BuildingKind::Other, &south, "竹湾", 22.26));
    let tx = api.city.services.db.begin().await.unwrap();
    db::areas::insert_many(&*tx, &[north, south]).await.unwrap();
    buildings::insert_many(&*tx, &all).await.unwrap();
    tx.commit().await.unwrap();
    let answer = api.get(RESIDENT, "/v1/buildings?name=%E7%AB%B9%E6%B9%BE").await;
    let body = answer.expect(200);
    let found: Vec<_> = body["buildings"].as_array().unwrap().iter().collect();
    let told = |one: &Value| {
        [&one["name"]["zh"], &one["kind"], &one["area"]["en"]].map(|text| text.as_str().unwrap().to_owned())
    };
    assert_eq!(told(found[0]), ["竹湾", "other", "South"]);
    assert_eq!(told(found[1]), ["竹湾豪园", "compound", "North"]);
    assert_eq!(told(found[2]), ["竹湾豪园", "village", "South"]);
    assert_eq!((found.len(), &body["more"]), (20, &json!(true)));
    let few = api.get(RESIDENT, "/v1/buildings?name=%E7%AB%B9%E6%B9%BE%E8%B1%AA%E5%9B%AD").await;
    assert_eq!((few.expect(200)["buildings"].as_array().unwrap().len(), &few.body["more"]), (2, &json!(false)));
}
