//! Providers against a small HTTP server that fails as told. Each fault has its control: the same question to the same
//! server without the fault.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::Profile;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::domain::travel::TravelKind;

/// What the server says to a question.
struct Reply {
    status: u16,
    body: String,
    after: Duration,
}

impl Reply {
    fn ok(body: &Value) -> Self {
        Self { status: 200, body: body.to_string(), after: Duration::ZERO }
    }

    fn status(status: u16, body: &Value) -> Self {
        Self { status, ..Self::ok(body) }
    }
}

/// A server on the loopback that counts its questions.
struct Stub {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stub {
    /// `answer` is given the number of the question, from 1, its path with query, and its body.
    async fn start(answer: impl Fn(usize, &str, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, told) = (Arc::new(answer), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, told) = (Arc::clone(&answer), Arc::clone(&told));
                tokio::spawn(async move {
                    let _ = talk(stream, &*answer, &told).await;
                });
            }
        });
        Self { url, asked, task }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn osrm(&self) -> Osrm {
        Osrm::new(self.url.clone().try_into().unwrap(), impatient()).unwrap()
    }

    fn valhalla(&self) -> Valhalla {
        Valhalla::new(self.url.clone().try_into().unwrap(), impatient()).unwrap()
    }
}

/// One question for each connection.
async fn talk(
    mut stream: TcpStream,
    answer: &(dyn Fn(usize, &str, &str) -> Reply + Send + Sync),
    told: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (path, body) = loop {
        let mut part = [0; 64 << 10];
        let read = stream.read(&mut part).await?;
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            break (path, body.to_owned());
        }
    };
    let number = {
        let mut told = told.lock().unwrap();
        told.push(path.clone());
        told.len()
    };
    let reply = answer(number, &path, &body);
    tokio::time::sleep(reply.after).await;
    let head = format!(
        "HTTP/1.1 {} Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        reply.status,
        reply.body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(reply.body.as_bytes()).await
}

fn impatient() -> Patience {
    Patience {
        connect: Duration::from_millis(300),
        answer: Duration::from_millis(300),
        attempts: 3,
        pause: Duration::from_millis(5),
    }
}

/// A row of places to the north, 100 m from one to the next.
fn street(places: usize) -> Arc<[Wgs84]> {
    (0..places).map(|k| Wgs84 { lat: 22.2 + k as f64 * 100.0 / 111_195.08, lon: 113.5 }).collect()
}

fn ask(places: usize) -> TableAsk {
    TableAsk::square(Profile::Van, street(places))
}

/// Answers OSRM's `table` for places of [`street`]: 100 m take 10 s.
fn osrm_table(path: &str) -> Value {
    let (places, query) = path.strip_prefix("/table/v1/driving/").unwrap().split_once('?').unwrap();
    let lats: Vec<f64> = places.split(';').map(|at| at.split_once(',').unwrap().1.parse().unwrap()).collect();
    let list = |name: &str| -> Vec<usize> {
        let text = query.split('&').find_map(|part| part.strip_prefix(name)).unwrap();
        text.split(';').map(|k| k.parse().unwrap()).collect()
    };
    let (rows, columns) = (list("sources="), list("destinations="));
    let metres = |from: usize, to: usize| (lats[from] - lats[to]).abs() * 111_195.08;
    let table = |scale: f64| -> Value {
        rows.iter().map(|&from| columns.iter().map(|&to| metres(from, to) * scale).collect::<Value>()).collect()
    };
    let met = |of: &[usize]| -> Value {
        of.iter().map(|&k| json!({ "location": [113.5, lats[k]], "distance": 1.5, "name": "" })).collect()
    };
    json!({
        "code": "Ok", "durations": table(0.1), "distances": table(1.0), "sources": met(&rows),
        "destinations": met(&columns),
    })
}

#[track_caller]
fn is_the_street(table: &Table, places: usize) {
    for from in 0..places {
        for to in 0..places {
            let apart = from.abs_diff(to) as u32;
            let pair = from * places + to;
            assert_eq!((table.seconds[pair], table.metres[pair]), (10 * apart, 100 * apart), "{from} to {to}");
        }
    }
    assert!(table.snapped.iter().all(Option::is_some));
}

#[track_caller]
fn service_error(answer: Result<Table, TravelError>) -> ServiceError {
    match answer {
        Err(TravelError::Service(error)) => error,
        other => panic!("the service should have failed: {other:?}"),
    }
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_again_and_then_named() {
    let healthy = Stub::start(|_, path, _| Reply::ok(&osrm_table(path))).await;
    is_the_street(&healthy.osrm().table(&ask(5)).await.unwrap(), 5);
    assert_eq!(healthy.asked(), 1, "control: a healthy server is asked once");

    let passing = Stub::start(|number, path, _| match number {
        1 => Reply::status(500, &json!({ "message": "oops" })),
        2 => Reply::status(429, &json!({})),
        _ => Reply::ok(&osrm_table(path)),
    })
    .await;
    is_the_street(&passing.osrm().table(&ask(5)).await.unwrap(), 5);
    assert_eq!(passing.asked(), 3);

    let lasting = Stub::start(|_, _, _| Reply::status(503, &json!({ "message": "down" }))).await;
    let error = service_error(lasting.osrm().table(&ask(5)).await);
    assert_eq!((error.status, lasting.asked()), (Some(503), 3));
    let told = error.to_string();
    let expected = format!("the matrix service failed: OSRM at {} answered 503", lasting.url);
    assert!(told.starts_with(&expected) && told.contains("after 3 attempts") && told.contains("down"), "{told}");

    let refusing = Stub::start(|_, _, _| Reply::status(403, &json!({ "message": "no key" }))).await;
    let error = service_error(refusing.osrm().table(&ask(5)).await);
    assert_eq!((error.status, refusing.asked()), (Some(403), 1), "a refusal does not pass");
}

#[tokio::test]
async fn a_service_that_is_silent_or_gone_is_named() {
    let slow_once = Stub::start(|number, path, _| Reply {
        after: Duration::from_millis(if number == 1 { 2_000 } else { 20 }),
        ..Reply::ok(&osrm_table(path))
    })
    .await;
    is_the_street(&slow_once.osrm().table(&ask(3)).await.unwrap(), 3);
    assert_eq!(slow_once.asked(), 2, "control: an answer in time is taken");

    let silent =
        Stub::start(|_, path, _| Reply { after: Duration::from_secs(2), ..Reply::ok(&osrm_table(path)) }).await;
    let error = service_error(silent.osrm().table(&ask(3)).await);
    assert_eq!((error.status, silent.asked()), (None, 3));
    assert!(error.to_string().contains("did not answer within 0.3 s after 3 attempts"), "{error}");

    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://me:secret@{}/x?key=hidden", listener.local_addr().unwrap())
    };
    let osrm = Osrm::new(gone.try_into().unwrap(), impatient()).unwrap();
    let error = service_error(osrm.table(&ask(3)).await);
    let told = error.to_string();
    assert!(told.contains("cannot be reached") && told.contains("refused"), "{told}");
    assert!(!told.contains("secret") && !told.contains("hidden"), "{told}");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_refused() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 6] = [
        ("nothing spoilt: the control", |_| {}),
        ("a row too few", |table| drop(table["durations"].as_array_mut().unwrap().pop())),
        ("a column too many", |table| table["distances"][0].as_array_mut().unwrap().push(json!(1))),
        ("a negative time", |table| table["durations"][1][0] = json!(-3.0)),
        ("a place unaccounted for", |table| drop(table["sources"].as_array_mut().unwrap().pop())),
        ("no distances", |table| drop(table.as_object_mut().unwrap().remove("distances"))),
    ];
    for (k, (what, spoil)) in cases.into_iter().enumerate() {
        let stub = Stub::start(move |_, path, _| {
            let mut table = osrm_table(path);
            spoil(&mut table);
            Reply::ok(&table)
        })
        .await;
        let answer = stub.osrm().table(&ask(4)).await;
        assert_eq!(answer.is_ok(), k == 0, "{what}: {answer:?}");
        if k > 0 {
            assert!(service_error(answer).to_string().contains("it is no table"), "{what}");
        }
        assert_eq!(stub.asked(), 1, "{what}: asking again would not help");
    }
    let garbage =
        Stub::start(|_, _, _| Reply { body: "<html>hello\n</html>".to_owned(), ..Reply::ok(&json!({})) }).await;
    let told = service_error(garbage.osrm().table(&ask(4)).await).to_string();
    assert!(told.contains("it is no table: <html>hello </html>"), "{told}");
}

#[tokio::test]
async fn tables_are_cut_to_what_the_service_takes() {
    let largest = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&largest);
    let small = Stub::start(move |_, path, _| {
        let table = osrm_table(path);
        let pairs = table["sources"].as_array().unwrap().len() * table["destinations"].as_array().unwrap().len();
        if pairs > 150 {
            return Reply::status(400, &json!({ "code": "TooBig", "message": "Too many table coordinates" }));
        }
        seen.fetch_max(pairs, Ordering::Relaxed);
        Reply::ok(&table)
    })
    .await;
    let osrm = small.osrm();
    is_the_street(&osrm.table(&ask(60)).await.unwrap(), 60);
    assert!((50..=150).contains(&largest.load(Ordering::Relaxed)), "{largest:?}");
    let before = small.asked();
    is_the_street(&osrm.table(&ask(10)).await.unwrap(), 10);
    assert!(small.asked() - before <= 4, "what was learnt is kept: {} questions", small.asked() - before);

    let none = Stub::start(|_, _, _| Reply::status(400, &json!({ "code": "TooBig" }))).await;
    let error = service_error(none.osrm().table(&ask(4)).await);
    assert!(error.to_string().contains("takes no table at all"), "{error}");

    let whole = Stub::start(|_, path, _| Reply::ok(&osrm_table(path))).await;
    is_the_street(&whole.osrm().table(&ask(60)).await.unwrap(), 60);
    assert_eq!(whole.asked(), 1, "control: a server without limit is asked once");
}

#[tokio::test]
async fn a_place_that_the_service_moved_too_far_is_unreachable() {
    let far = |distance: f64| {
        Stub::start(move |_, path, _| {
            let mut table = osrm_table(path);
            for side in ["sources", "destinations"] {
                table[side][1]["distance"] = json!(distance);
            }
            Reply::ok(&table)
        })
    };
    let control = far(499.0).await;
    is_the_street(&control.osrm().table(&ask(3)).await.unwrap(), 3);
    let stub = far(501.0).await;
    let table = stub.osrm().table(&ask(3)).await.unwrap();
    assert_eq!(table.seconds, [0, UNREACHABLE, 20, UNREACHABLE, 0, UNREACHABLE, 20, UNREACHABLE, 0]);
    assert_eq!(table.metres[1], UNREACHABLE);
    assert!(table.snapped[0].is_some() && table.snapped[1].is_none());
}

/// Answers Valhalla's `locate` and `sources_to_targets` for places of [`street`], in blocks of at most `pairs`.
fn valhalla(path: &str, body: &str, pairs: usize) -> Reply {
    let asked: Value = serde_json::from_str(body).unwrap();
    let lats = |field: &str| -> Vec<f64> {
        asked[field].as_array().unwrap().iter().map(|at| at["lat"].as_f64().unwrap()).collect()
    };
    if path.ends_with("/locate") {
        let edge = |lat: f64| json!({ "edges": [{ "correlated_lat": lat, "correlated_lon": 113.5 }], "nodes": [] });
        return Reply::ok(&lats("locations").into_iter().map(edge).collect());
    }
    let (from, to) = (lats("sources"), lats("targets"));
    if from.len() * to.len() > pairs {
        return Reply::status(400, &json!({ "error_code": 150, "error": "Exceeded max locations" }));
    }
    let table = |scale: f64| -> Value {
        from.iter().map(|a| to.iter().map(|b| (a - b).abs() * 111_195.08 * scale).collect::<Value>()).collect()
    };
    Reply::ok(&json!({
        "sources_to_targets": { "durations": table(0.1), "distances": table(0.001) }, "units": "kilometers",
    }))
}

#[tokio::test]
async fn valhalla_is_asked_in_blocks_and_its_islands_are_unreachable() {
    let stub = Stub::start(|_, path, body| valhalla(path, body, 100)).await;
    is_the_street(&stub.valhalla().table(&ask(40)).await.unwrap(), 40);

    // One place lies on an island: the server refuses every table that holds it.
    let island = street(7)[6].lat;
    let stub = Stub::start(move |_, path, body| {
        let asked: Value = serde_json::from_str(body).unwrap();
        let lats = |field: &str| asked[field].as_array().cloned().unwrap_or_default();
        let ends = [lats("sources"), lats("targets")].concat();
        let there = ends.iter().filter(|at| at["lat"] == island).count();
        if there > 0 && there < ends.len() {
            return Reply::status(400, &json!({ "error_code": 170, "error": "Locations are in unconnected regions" }));
        }
        valhalla(path, body, 2_500)
    })
    .await;
    let table = stub.valhalla().table(&ask(9)).await.unwrap();
    for from in 0_usize..9 {
        for to in 0_usize..9 {
            let expected =
                if from != to && (from == 6 || to == 6) { UNREACHABLE } else { 10 * from.abs_diff(to) as u32 };
            assert_eq!(table.seconds[from * 9 + to], expected, "{from} to {to}");
        }
    }
    let miles = Stub::start(|_, path, body| {
        let mut reply = valhalla(path, body, 2_500);
        reply.body = reply.body.replace("kilometers", "miles");
        reply
    })
    .await;
    let error = service_error(miles.valhalla().table(&ask(3)).await);
    assert!(error.to_string().contains("in kilometers"), "{error}");
}

#[tokio::test]
async fn a_place_without_a_way_is_not_told_as_one_without_a_road() {
    let (near, far) = (street(3), street(3)[2].lat);
    let stub = Stub::start(move |_, path, _| {
        let distance = if path.contains(&format!("{far:.6}")) { 900.0 } else { 1.5 };
        let met = json!({ "location": [113.5, 22.2], "distance": distance });
        match path.starts_with("/nearest/") {
            true => Reply::ok(&json!({ "code": "Ok", "waypoints": [met] })),
            false => Reply::status(400, &json!({ "code": "NoRoute", "message": "Impossible route between points" })),
        }
    })
    .await;
    let route = RouteAsk { profile: Profile::Van, points: near, depart: None };
    let answer = stub.osrm().route(&route).await.unwrap();
    assert_eq!(answer.legs, [None, None]);
    let told: Vec<bool> = answer.snapped.iter().map(Option::is_some).collect();
    assert_eq!(told, [true, true, false], "only the last is too far from a road");
}

#[tokio::test]
async fn a_limit_of_valhalla_is_no_place_without_a_way() {
    let limited = |code: u32| {
        Stub::start(move |_, path, body| {
            let asked: Value = serde_json::from_str(body).unwrap();
            let lats = |field: &str| asked[field].as_array().cloned().unwrap_or_default();
            let apart = lats("sources").iter().any(|from| lats("targets").iter().any(|to| from["lat"] != to["lat"]));
            match apart {
                true => Reply::status(400, &json!({ "error_code": code, "error": "Path distance exceeds the limit" })),
                false => valhalla(path, body, 2_500),
            }
        })
    };
    let stub = limited(154).await;
    let told = service_error(stub.valhalla().table(&ask(3)).await).to_string();
    assert!(told.contains("max_distance"), "{told}");
    let stub = limited(442).await;
    let table = stub.valhalla().table(&ask(3)).await.unwrap();
    assert_eq!(table.seconds[1], UNREACHABLE, "control: no path is no way");
}

#[tokio::test]
async fn an_estimate_stands_in_only_where_it_was_allowed_and_says_so() {
    let down = Stub::start(|_, _, _| Reply::status(500, &json!({}))).await;
    let provider = |stub: &Stub| -> Result<Arc<dyn TravelProvider>, TravelError> { Ok(Arc::new(stub.osrm())) };
    assert!(table_of(provider(&down), false, &ask(2)).await.is_err(), "never silently");
    let (table, source) = table_of(provider(&down), true, &ask(2)).await.unwrap();
    assert_eq!(table.metres[1], 135);
    assert_eq!(source.kind, TravelKind::Estimate);
    assert!(source.note.unwrap().contains("estimated"));
    let cause = source.stands_in.unwrap();
    assert!(cause.contains("the matrix service failed: OSRM at http://127.0.0.1"), "{cause}");

    let up = Stub::start(|_, path, _| Reply::ok(&osrm_table(path))).await;
    let (table, source) = table_of(provider(&up), true, &ask(2)).await.unwrap();
    assert_eq!((table.metres[1], source.kind, source.stands_in), (100, TravelKind::Osrm, None), "control");
    let lost = Err(TravelError::Roads("they are not in the data folder".to_owned()));
    let (_, source) = table_of(lost, true, &ask(2)).await.unwrap();
    assert!(source.stands_in.unwrap().contains("not in the data folder"));
}
