//! The API from outside, without a socket: a small city, callers of every role, and the handlers as they are served.

mod areas;
mod bookings;
mod explain;
mod fleet;
mod lines;
mod numbers;
mod repeats;
mod roles;
mod serving;
mod slots;
mod surface;
mod travel;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::{test, web};
use huilu_roads::RoadNetwork;
use huilu_seeds::osm_pbf::{OsmFile, OsmNode, OsmWay};
use serde_json::{Value, json};

use crate::app::sessions;
use crate::app::testing::City;
use crate::db;
use crate::domain::access::{Role, Token};
use crate::domain::operator::Operator;
use crate::domain::{OperatorId, TokenId};
use crate::http::{AppState, app};

/// Everyone who calls; each has the token that is the own name.
pub(crate) const RESIDENT: &str = "resident";
pub(crate) const NEIGHBOUR: &str = "neighbour";
pub(crate) const COLLECTOR: &str = "collector";
pub(crate) const PLANNER: &str = "planner";
/// A planner of another city, which has no road network.
pub(crate) const ELSEWHERE: &str = "elsewhere";
pub(crate) const NOBODY: &str = "";

pub(crate) struct Api {
    pub(crate) city: City,
    state: web::Data<AppState>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null where the answer is no JSON.
    pub(crate) body: Value,
}

impl Api {
    pub(crate) async fn new() -> Self {
        let city = City::new().await;
        let home = city.operator().clone();
        let elsewhere = Operator { id: OperatorId::new(), key: "island".to_owned(), roads: None, ..home.clone() };
        let token = |name: &str, operator: OperatorId, role, vehicle| Token {
            id: TokenId::new(),
            operator,
            role,
            label: name.to_owned(),
            vehicle,
            hash: sessions::digest(name),
            created: home.created,
            revoked: None,
        };
        let tokens = [
            token(RESIDENT, home.id, Role::Resident, None),
            token(NEIGHBOUR, home.id, Role::Resident, None),
            token(COLLECTOR, home.id, Role::Collector, Some(city.vehicle.id)),
            token(PLANNER, home.id, Role::Planner, None),
            token(ELSEWHERE, elsewhere.id, Role::Planner, None),
            Token { revoked: Some(home.created), ..token("revoked", home.id, Role::Planner, None) },
        ];
        let tx = city.services.db.begin().await.unwrap();
        db::operators::insert(&*tx, &elsewhere).await.unwrap();
        db::catalogue::replace(&*tx, elsewhere.id, &crate::app::testing::catalogue()).await.unwrap();
        for token in &tokens {
            db::tokens::insert(&*tx, token).await.unwrap();
        }
        tx.commit().await.unwrap();
        streets(&city);
        let state = web::Data::from(Arc::new(AppState { services: city.services.clone() }));
        Self { city, state }
    }

    pub(crate) async fn call(&self, who: &str, method: Method, path: &str, body: Option<&Value>, key: &str) -> Answer {
        let mut request = test::TestRequest::with_uri(path).method(method);
        if who != NOBODY {
            request = request.insert_header(("Authorization", format!("Bearer {who}")));
        }
        if !key.is_empty() {
            request = request.insert_header(("Idempotency-Key", key));
        }
        if let Some(body) = body {
            request = request.insert_header(("Content-Type", "application/json")).set_payload(body.to_string());
        }
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: test::TestRequest) -> Answer {
        let served = test::init_service(app(self.state.clone())).await;
        let response = match test::try_call_service(&served, request.to_request()).await {
            Ok(response) => response.map_into_boxed_body(),
            Err(error) => panic!("an error passed every layer: {error}"),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, Method::GET, path, None, "").await
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.call(who, Method::POST, path, Some(body), "").await
    }

    pub(crate) async fn patch(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.call(who, Method::PATCH, path, Some(body), "").await
    }

    pub(crate) async fn delete(&self, who: &str, path: &str) -> Answer {
        self.call(who, Method::DELETE, path, None, "").await
    }

    /// Events and outbox rows of the city.
    pub(crate) async fn events(&self) -> (u64, u64) {
        let (read, operator) = (self.city.services.db.read(), self.city.operator().id);
        (db::events::count(read, operator).await.unwrap(), db::events::outbox_count(read, operator).await.unwrap())
    }
}

/// The city's roads: one street in the shape of a U, two kilometres down, six hundred metres across, two kilometres up.
fn streets(city: &City) {
    let corners = [(22.22, 113.500), (22.21, 113.500), (22.20, 113.500), (22.20, 113.506), (22.22, 113.506)];
    lay_roads(city, &corners, &[&[1, 2, 3, 4, 5]]);
}

/// Writes streets as the city's prepared roads; their corners are counted from 1.
pub(crate) fn lay_roads(city: &City, corners: &[(f64, f64)], streets: &[&[i64]]) {
    let (network, _) = RoadNetwork::from_pbf(&extract(corners, streets)).unwrap();
    let path = city.services.roads_file(city.operator().roads.as_deref().unwrap());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    network.save(&path).unwrap();
}

/// An OpenStreetMap file of residential streets; their corners are counted from 1.
pub(crate) fn extract(corners: &[(f64, f64)], streets: &[&[i64]]) -> Vec<u8> {
    let node = |(k, &(lat, lon)): (usize, &(f64, f64))| OsmNode { id: k as i64 + 1, lat, lon, tags: Vec::new() };
    let tags = vec![("highway".to_owned(), "residential".to_owned())];
    let way = |(k, corners): (usize, &&[i64])| OsmWay { id: k as i64 + 1, nodes: corners.to_vec(), tags: tags.clone() };
    let file = OsmFile {
        nodes: corners.iter().enumerate().map(node).collect(),
        ways: streets.iter().enumerate().map(way).collect(),
        ..OsmFile::default()
    };
    file.to_pbf().unwrap()
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body
    }

    /// Checks that the answer is a problem with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        let media_type = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(media_type, Some("application/problem+json"), "{}", self.text);
        assert_eq!(self.body["status"], status);
    }

    /// Codes of all faults with where they lie, sorted by place.
    #[track_caller]
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        self.refused(422, "INVALID_REQUEST");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut faults: Vec<(String, String)> = self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| {
                assert!(!text(&fault["message"]).is_empty() && !text(&fault["remedy"]).is_empty(), "{fault}");
                let place = if fault["parameter"].is_null() { &fault["pointer"] } else { &fault["parameter"] };
                (text(&fault["code"]), text(place))
            })
            .collect();
        faults.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
        faults
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// A booking without fault; the clock stands at noon of the day before.
pub(crate) fn wish() -> Value {
    json!({
        "place": { "lat": 22.1987, "lon": 113.5439, "datum": "wgs84" },
        "address": "Tower 2, 3A",
        "items": [
            { "material": "paper_occ", "amount_g": 6000 },
            { "material": "weee_fridge", "amount_g": 50_000 },
        ],
        "window": { "start": "2026-11-25T10:00:00+08:00", "end": "2026-11-25T12:00:00+08:00" },
    })
}
