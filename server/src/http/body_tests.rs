//! Bodies against their published schemas: nothing unknown slips through, nothing malformed gets by or panics, and the
//! schemas agree with the types that read them.

use huilu_api_spec::booking::{CancelBooking, CreateBooking};
use huilu_api_spec::depot::{ChangeDepot, CreateDepot};
use huilu_api_spec::outlet::{ChangeOutlet, CreateOutlet};
use huilu_api_spec::session::CreateSession;
use huilu_api_spec::vehicle::{ChangeVehicle, CreateVehicle};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read<T: DeserializeOwned + ToSchema>(value: &Value) -> Body<T> {
    check(Bytes::from(value.to_string()))
}

fn found<T>(body: &Body<T>) -> Vec<(FaultCode, String)> {
    let place = |at: &At| match at {
        At::Body(pointer) => pointer.clone(),
        other => panic!("{other:?} in a body"),
    };
    body.faults.iter().map(|fault| (fault.code, place(&fault.at))).collect()
}

fn booking() -> Value {
    json!({
        "place": { "lat": 22.1987, "lon": 113.5439, "datum": "wgs84" },
        "address": "Tower 2, 3A",
        "items": [{ "material": "paper_occ", "amount_g": 6000 }, { "material": "pet", "amount_g": 900 }],
        "window": { "start": "2026-11-25T10:00:00+08:00", "end": "2026-11-25T12:00:00+08:00" },
    })
}

fn vehicle() -> Value {
    json!({
        "name": "7", "profile": "van", "depot_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10", "capacity_g": 600_000,
        "compartments": [{ "streams": ["paper"], "capacity_g": 600_000, "capacity_l": 4000 }],
        "shift": { "opens": "08:00", "closes": "18:00" },
        "pause": { "begins": { "opens": "12:00", "closes": "13:00" }, "duration_s": 1800 },
        "costs": { "fixed_fen": 1, "per_hour_fen": 2, "per_km_fen": 3 },
    })
}

/// Pointers of all objects in `value`.
fn objects(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            into.push(at.clone());
            fields.iter().for_each(|(name, inner)| objects(inner, format!("{at}/{name}"), into));
        }
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(k, inner)| objects(inner, format!("{at}/{k}"), into));
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof!["place|items|window|lat|lon|datum|address|start|end|material|amount_g", "[a-z~/]{0,6}"];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_unknown_field_is_refused_wherever_it_stands(name in "[a-zA-Z_~/ ]{1,12}", pick in any::<prop::sample::Index>()) {
        let known = ["place", "address", "items", "window", "lat", "lon", "datum", "material", "amount_g", "start", "end"];
        prop_assume!(!known.contains(&name.as_str()));
        let mut value = booking();
        let mut places = Vec::new();
        objects(&value, String::new(), &mut places);
        let at = pick.get(&places);
        value.pointer_mut(at).unwrap()[name.as_str()] = json!(1);
        let expected = vec![(FaultCode::UnknownField, format!("{at}/{}", escape(&name)))];
        prop_assert_eq!(found(&read::<CreateBooking>(&value)), expected);
    }

    #[test]
    fn any_body_is_read_or_refused(value in any_json()) {
        let body = read::<CreateBooking>(&value);
        prop_assert!(body.value.is_some() || !body.faults.is_empty());
        let sound = serde_json::from_value::<CreateBooking>(value).is_ok();
        prop_assert!(sound || !body.faults.is_empty(), "a body that is no booking has faults");
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 1..64)) {
        let body = check::<CreateBooking>(Bytes::from(bytes));
        prop_assert!(body.value.is_some() || !body.faults.is_empty());
    }
}

#[test]
fn sound_bodies_have_no_fault() {
    assert_eq!(found(&read::<CreateBooking>(&booking())), []);
    assert_eq!(found(&read::<CreateVehicle>(&vehicle())), []);
    assert!(check::<CancelBooking>(Bytes::new()).plain().is_ok(), "a body whose fields are optional may be absent");
}

#[test]
fn every_missing_field_is_told_at_once() {
    let faults = found(&read::<CreateBooking>(&json!({ "place": { "lat": 22.2, "lon": 113.5 } })));
    let mut expected = vec![
        (FaultCode::MissingDatum, "/place/datum".to_owned()),
        (FaultCode::MissingField, "/items".to_owned()),
        (FaultCode::MissingField, "/window".to_owned()),
    ];
    let by_pointer = |fault: &(FaultCode, String)| fault.1.clone();
    expected.sort_by_key(by_pointer);
    let mut faults = faults;
    faults.sort_by_key(by_pointer);
    assert_eq!(faults, expected);
}

#[test]
fn a_nul_is_refused_because_no_database_keeps_it() {
    let mut value = booking();
    value["address"] = json!("3A\u{0}");
    assert_eq!(found(&read::<CreateBooking>(&value)), [(FaultCode::OutOfRange, "/address".to_owned())]);
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let body = check::<CreateBooking>(Bytes::from(deep));
    assert_eq!(found(&body), [(FaultCode::NotJson, String::new())]);
}

/// The smallest body that the schema allows must be one that the type reads, or a mended body would read as nothing.
fn agrees<T: DeserializeOwned + ToSchema>() {
    let name = T::name();
    assert!(SCHEMAS.by_name.contains_key(name.as_ref()), "{name} has no schema in the document");
    let sample = SCHEMAS.sample(name.as_ref(), "");
    if let Err(cause) = serde_json::from_value::<T>(sample.clone()) {
        panic!("{name}: {cause}: {sample}");
    }
}

#[test]
fn schemas_and_types_agree() {
    agrees::<CreateBooking>();
    agrees::<CancelBooking>();
    agrees::<CreateOutlet>();
    agrees::<ChangeOutlet>();
    agrees::<CreateDepot>();
    agrees::<ChangeDepot>();
    agrees::<CreateVehicle>();
    agrees::<ChangeVehicle>();
    agrees::<CreateSession>();
}
