//! What users get wrong: each mistake is answered by a problem that names field and remedy, and leaves nothing behind.

use huilu_tests::{Api, DayInFuture, demo_server, run_huilu};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_in_a_booking_is_named_and_nothing_is_stored() {
    let server = demo_server(None);
    let planner = server.planner();
    let resident = server.resident();
    let day = DayInFuture::tomorrow(&planner).await;
    let place = planner.get("/v1/depots").await.expect(200)["depots"][0]["place"].clone();
    let good = json!({
        "place": place,
        "items": [{"material": "paper_occ", "amount_g": 6_000}],
        "window": {"start": day.at(9), "end": day.at(11)},
    });

    // Where, what to put there, and the codes that must come back. `null` takes the field away.
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("/items/0/material", json!("gold"), &["UNKNOWN_MATERIAL"]),
        ("/items/0/amount_g", json!(0), &["AMOUNT_NOT_POSITIVE"]),
        ("/items/0/amount_g", json!(-5), &["AMOUNT_NOT_POSITIVE"]),
        ("/items/0/amount_g", json!(9_000_000_000_i64), &["AMOUNT_TOO_LARGE"]),
        ("/items/0/amount_g", json!("six"), &["WRONG_TYPE"]),
        ("/items/0/amount_g", json!(6.5), &["WRONG_TYPE"]),
        ("/items", json!([]), &["OUT_OF_RANGE"]),
        (
            "/items",
            json!([{"material": "paper_occ", "amount_g": 1}, {"material": "paper_occ", "amount_g": 2}]),
            &["DUPLICATE_ITEM"],
        ),
        ("/place/datum", Value::Null, &["MISSING_DATUM"]),
        ("/place/datum", json!("nad27"), &["UNKNOWN_VALUE"]),
        ("/place/lat", json!(95.0), &["OUT_OF_RANGE"]),
        ("/place", json!({"lat": 48.1, "lon": 11.6, "datum": "wgs84"}), &["OUTSIDE_SERVICE_AREA"]),
        ("/window", json!({"start": day.at(11), "end": day.at(9)}), &["WINDOW_REVERSED"]),
        (
            "/window",
            json!({"start": "2020-01-01T09:00:00+08:00", "end": "2020-01-01T11:00:00+08:00"}),
            &["WINDOW_IN_PAST"],
        ),
        ("/window/start", json!("tomorrow"), &["BAD_INSTANT"]),
        ("/window", Value::Null, &["MISSING_FIELD"]),
        ("/colour", json!("red"), &["UNKNOWN_FIELD"]),
        ("/place/altitude_m", json!(3), &["UNKNOWN_FIELD"]),
    ];
    let before = stored(&planner).await;
    for (pointer, value, codes) in cases {
        let body = changed(&good, pointer, &value);
        let answer = resident.post("/v1/bookings", body).await;
        assert_eq!(answer.fault_codes(422), codes, "{pointer} = {value}: {}", answer.text);
        let fault = &answer.problem(422)["errors"][0];
        let at = fault["pointer"].as_str().unwrap_or_default();
        assert!(at.starts_with(pointer) || pointer.starts_with(at), "{pointer} = {value} is said to lie at {at}");
    }
    let several = resident
        .post(
            "/v1/bookings",
            json!({
                "place": {"lat": 48.1, "lon": 11.6, "datum": "wgs84"},
                "items": [{"material": "gold", "amount_g": -1}],
                "window": {"start": day.at(11), "end": day.at(9)},
                "colour": "red",
            }),
        )
        .await;
    let expected =
        ["AMOUNT_NOT_POSITIVE", "OUTSIDE_SERVICE_AREA", "UNKNOWN_FIELD", "UNKNOWN_MATERIAL", "WINDOW_REVERSED"];
    assert_eq!(several.fault_codes(422), expected, "all faults at once: {}", several.text);

    assert_eq!(resident.post_text("/v1/bookings", "{".into()).await.fault_codes(422), ["NOT_JSON"]);
    let huge = format!("{{\"address\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(resident.post_text("/v1/bookings", huge).await.problem(413)["code"], "BODY_TOO_LARGE");
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(resident.post_text("/v1/bookings", deep).await.status, 422);
    let nobody = server.anonymous().post("/v1/bookings", good.clone()).await;
    assert_eq!(nobody.problem(401)["code"], "SIGN_IN_NEEDED");
    assert_eq!(server.with_token("wrong").get("/v1/bookings").await.problem(401)["code"], "TOKEN_REFUSED");
    assert_eq!(server.collector().post("/v1/bookings", good.clone()).await.problem(403)["code"], "FORBIDDEN");
    assert_eq!(resident.get("/v1/bookings/none").await.problem(404)["code"], "NOT_FOUND");
    assert_eq!(resident.get("/v1/slots?lat=1&lon=2").await.status, 422);
    assert_eq!(resident.delete("/v1/materials").await.problem(405)["code"], "METHOD_NOT_ALLOWED");
    assert_eq!(stored(&planner).await, before, "a refused request leaves nothing");
    resident.post("/v1/bookings", good).await.expect(201);
    assert_eq!(stored(&planner).await, before + 1);

    a_plan_needs_a_day_with_bookings_and_vehicles(&planner, &day).await;
}

async fn a_plan_needs_a_day_with_bookings_and_vehicles(planner: &Api, day: &DayInFuture) {
    assert_eq!(planner.post("/v1/plans", json!({"service_date": "soon"})).await.fault_codes(422), ["BAD_DATE"]);
    let empty = planner.post("/v1/plans", json!({"service_date": "2031-01-01"})).await;
    assert_eq!(empty.problem(409)["code"], "NO_BOOKINGS");
    let mut retired = 0;
    loop {
        let page = planner.get("/v1/vehicles?limit=200").await.expect(200);
        let active: Vec<Value> =
            page["vehicles"].as_array().unwrap().iter().filter(|vehicle| vehicle["active"] == true).cloned().collect();
        if active.is_empty() {
            break;
        }
        for vehicle in active {
            let answer = planner.delete(&format!("/v1/vehicles/{}", vehicle["id"].as_str().unwrap())).await;
            assert!(matches!(answer.status, 200 | 204), "{answer:?}");
            retired += 1;
        }
    }
    assert!(retired > 20, "the demo has a fleet");
    let none = planner.post("/v1/plans", json!({"service_date": day.date})).await;
    assert_eq!(none.problem(409)["code"], "NO_VEHICLES");
}

/// Bookings on the first pages of the list; every stored one of the test is among them.
async fn stored(planner: &Api) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = planner.get(&format!("/v1/bookings?state=booked&limit=200{cursor}")).await.expect(200);
        count += page["bookings"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return count,
        }
    }
}

fn changed(good: &Value, pointer: &str, value: &Value) -> Value {
    let mut body = good.clone();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = if parent.is_empty() { &mut body } else { body.pointer_mut(parent).unwrap() };
    let object = parent.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(field);
    } else {
        object.insert(field.to_owned(), value.clone());
    }
    body
}

/// Exit code 2 and one line that names what is wrong.
#[track_caller]
fn refused(arguments: &[&str], named: &[&str]) {
    let output = run_huilu(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "huilu {}: {said}", arguments.join(" "));
    assert!(!said.contains("panicked"), "{said}");
    for word in named {
        assert!(said.contains(word), "huilu {}: `{word}` is not named: {said}", arguments.join(" "));
    }
}

/// The line names twenty and says how many more there are; the file has them all.
fn all_faults_are_written(file: &dyn Fn(&str, &[u8]) -> String, out: &str) {
    let places: Vec<Value> =
        (0..25).map(|k| json!({"id": k.to_string(), "position": {"lat": 999, "lon": 0}})).collect();
    let city = json!({"name": "x", "streams": [], "places": places, "jobs": [], "vehicles": []});
    let (many, told) = (file("many.json", city.to_string().as_bytes()), file("told.json", b""));
    let arguments = ["solve", &many, "--format", "huilu", "--out", out, "--faults", &told];
    refused(&arguments, &["PLACE_OUT_OF_RANGE places[19].position", "and 5 more"]);
    let faults: Value = serde_json::from_str(&std::fs::read_to_string(&told).unwrap()).unwrap();
    assert_eq!(faults.as_array().map(Vec::len), Some(25));
    assert_eq!(faults[24]["code"], "PLACE_OUT_OF_RANGE");
    assert_eq!(faults[24]["path"], "places[24].position");
}

#[test]
fn broken_files_are_refused_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let out = folder.path().join("out.json").to_str().unwrap().to_owned();
    let solve = |path: &str, format: &str, named: &[&str]| {
        refused(&["solve", path, "--format", format, "--seconds", "1", "--out", &out], named);
    };
    solve("nowhere.vrp", "vrplib", &["nowhere.vrp"]);
    solve(&file("empty.vrp", b""), "vrplib", &["empty.vrp"]);
    solve(
        &file("cut.vrp", b"NAME : X\nTYPE : CVRP\nDIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 10\nNODE_COORD_SECTION\n1 0 0\n2 a 1\nDEMAND_SECTION\n1 0\n2 3\nDEPOT_SECTION\n1\n-1\nEOF\n"),
        "vrplib",
        &["cut.vrp:8: WRONG_TYPE"],
    );
    solve(&file("cut.txt", b"R1\n\nVEHICLE\nNUMBER CAPACITY\n2 x\n"), "solomon", &["cut.txt:5: WRONG_TYPE"]);
    solve(&file("bad.json", b"{\"name\": 3}"), "huilu", &["bad.json:1: WRONG_TYPE name", "MISSING_FIELD places"]);
    all_faults_are_written(&file, &out);
    refused(&["solve", "x", "--format", "csv", "--out", &out], &["csv"]);
    refused(&["solve", "x", "--format", "vrplib", "--seconds", "-1", "--out", &out], &["seconds"]);
    refused(&["site", &file("cut.cap", b"2 2\n5 1\n"), "--format", "cap", "--out", &out], &["cut.cap"]);
    refused(
        &["site", &file("word.cap", b"1 1\ncapacity 1\n1\n1\n"), "--format", "cap", "--out", &out],
        &["word.cap:2", "--capacity"],
    );

    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let import = |kind: &str, path: &str, more: &[&str], named: &[&str]| {
        let mut arguments = vec!["import", kind, path, "--city", "x", "--data-dir", &data];
        arguments.extend(more);
        refused(&arguments, named);
    };
    let no_pbf = file("no.osm.pbf", b"this is no map");
    import("osm", &no_pbf, &["--zone", "Asia/Macau"], &["no.osm.pbf"]);
    import("osm", &file("nothing.osm.pbf", b""), &["--zone", "Asia/Macau"], &["nothing.osm.pbf"]);
    import("osm", &no_pbf, &["--zone", "Mars/Base"], &["Mars/Base"]);
    import("osm", &no_pbf, &[], &["--zone"]);
    import("bookings", &file("b.csv", b"lat,lon\n"), &["--datum", "wgs84"], &["--city", "x"]);
    import("bookings", &file("b.csv", b"lat,lon\n"), &[], &["--datum"]);
    import("bookings", &file("b.csv", b"lat,lon\n"), &["--datum", "mars"], &["mars"]);
    let points = file("points.csv", b"lat,lon\n22.1,x\n");
    refused(
        &["matrix", &no_pbf, "--profile", "van", "--points", &points, "--datum", "wgs84", "--out", "m.csv"],
        &["points.csv:2"],
    );
    refused(
        &["matrix", &no_pbf, "--profile", "boat", "--points", &points, "--datum", "wgs84", "--out", "m.csv"],
        &["boat"],
    );
}
