//! Roads as their users meet them: on the command line, imported into a city, and taken from another service.

use std::path::{Path, PathBuf};
use std::time::Duration;

use huilu_tests::{Api, DayInFuture, Server, ServerOptions, plan_day, run_huilu, wait_for};
use serde_json::{Value, json};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.text(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// The demo city's roads, and some of its doors as a CSV file.
fn demo_roads(folder: &Folder) -> (Vec<u8>, String, String) {
    let demo = huilu_seeds::demo::generate(1, chrono::Utc::now().date_naive()).unwrap();
    let doors = demo.buildings.iter().step_by(demo.buildings.len() / 6).take(6);
    let rows: Vec<String> = doors.map(|door| format!("{},{}\n", door.place.lat, door.place.lon)).collect();
    let pbf = folder.file("city.osm.pbf", &demo.roads_pbf);
    let points = folder.file("points.csv", format!("lat,lon\n{}", rows.concat()));
    (demo.roads_pbf, pbf, points)
}

#[track_caller]
fn done(arguments: &[&str]) -> String {
    let output = run_huilu(arguments);
    assert!(output.status.success(), "huilu {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Exit code 2 and one line that names what is wrong.
#[track_caller]
fn refused(arguments: &[&str], named: &[&str]) {
    let output = run_huilu(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "huilu {}: {said}", arguments.join(" "));
    assert_eq!(said.trim().lines().count(), 1, "huilu {}: {said}", arguments.join(" "));
    for word in named {
        assert!(said.contains(word), "huilu {}: `{word}` is not named: {said}", arguments.join(" "));
    }
}

/// The prepared networks in a folder.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn the_command_line_keeps_prepared_roads_and_asks_for_an_hour() {
    let folder = Folder::new();
    let (_, pbf, points) = demo_roads(&folder);
    let cache = folder.text("cache");
    let matrix = |out: &str, more: &[&str]| {
        let out = folder.text(out);
        let mut arguments = vec!["matrix", &pbf, "--profile", "van", "--points", &points, "--datum", "wgs84"];
        arguments.extend(["--out", &out]);
        arguments.extend(more);
        done(&arguments);
        std::fs::read(out).unwrap()
    };
    let fresh = matrix("fresh.csv", &["--no-cache"]);
    assert_eq!(kept(&folder.path("cache")), Vec::<PathBuf>::new(), "nothing is kept where nothing shall be");
    let text = String::from_utf8(fresh.clone()).unwrap();
    assert_eq!((text.lines().count(), text.lines().nth(1)), (37, Some("0,0,0,0")));
    assert!(!text.contains(",,"), "every door is reached: {text}");

    assert!(matrix("first.csv", &["--cache", &cache]) == fresh);
    let [network] = kept(&folder.path("cache")).try_into().unwrap();
    let prepared = std::fs::metadata(&network).unwrap().modified().unwrap();
    assert!(matrix("second.csv", &["--cache", &cache]) == fresh);
    assert_eq!(std::fs::metadata(&network).unwrap().modified().unwrap(), prepared, "it was used, not made again");
    std::fs::write(&network, b"cut off").unwrap();
    assert!(matrix("mended.csv", &["--cache", &cache]) == fresh, "a damaged one is prepared afresh");
    assert!(std::fs::metadata(&network).unwrap().len() > 1_000);

    let numbers = matrix("matrix.npy", &["--cache", &cache]);
    assert!(numbers.starts_with(b"\x93NUMPY") && numbers.len().is_multiple_of(8));
    let word = |k: usize| {
        let at = numbers.len() - 2 * 36 * 4 + 4 * k;
        u32::from_le_bytes(numbers[at..at + 4].try_into().unwrap())
    };
    assert_eq!(text.lines().nth(2).unwrap(), format!("0,1,{},{}", word(1), word(36 + 1)));

    // The whole city is closed to vans in the morning.
    let ring = json!([[70, 10], [140, 10], [140, 60], [70, 60], [70, 10]]);
    let ban = json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": { "name": "ban", "profiles": ["van"], "hours": "07:00-09:00" },
        "geometry": { "type": "Polygon", "coordinates": [ring] },
    }] });
    let ban = folder.file("ban.geojson", ban.to_string());
    let closed = matrix("closed.csv", &["--cache", &cache, "--closures", &ban, "--depart", "08:30"]);
    assert_eq!(String::from_utf8(closed).unwrap().matches(",,").count(), 30, "nobody gets anywhere");
    let told = done(&[
        "matrix",
        &pbf,
        "--profile",
        "van",
        "--points",
        &points,
        "--datum",
        "wgs84",
        "--cache",
        &cache,
        "--closures",
        &ban,
        "--depart",
        "08:30",
        "--out",
        &folder.text("told.csv"),
    ]);
    assert!(
        told.contains("30 of 30 pairs have no way") && told.contains("point 5 lies on a closed road: ban ("),
        "{told}"
    );
    let later = matrix("later.csv", &["--cache", &cache, "--closures", &ban, "--depart", "12:00"]);
    assert_eq!(String::from_utf8(later).unwrap().matches(",,").count(), 0, "control: at noon it is open");

    // The city's own speeds.
    let slow = folder.file("slow.json", r#"{"van": {"speeds_kmh": {"residential": 5, "primary": 5}}}"#);
    assert!(matrix("slow.csv", &["--cache", &cache, "--profiles", &slow]) != fresh);
    let none = folder.file("none.json", "{}");
    assert!(matrix("none.csv", &["--cache", &cache, "--profiles", &none]) == fresh, "control: nothing is changed");

    let out = folder.text("way.geojson");
    done(&[
        "route",
        &pbf,
        "--profile",
        "truck",
        "--points",
        &points,
        "--datum",
        "wgs84",
        "--cache",
        &cache,
        "--out",
        &out,
    ]);
    let way: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(way["geometry"]["type"], "LineString");
    let snapped = way["properties"]["snapped"].as_array().unwrap();
    assert!(snapped.len() == 6 && snapped.iter().all(|point| point["distance_m"].as_f64() < Some(500.0)), "{way}");
    assert!(way["properties"]["metres"].as_u64() > Some(100) && way["properties"]["profile"] == "truck");
}

/// A file whose node ids, two of the lowest number there is, add up to none.
const IMPOSSIBLE_SUMS: &[u8] = b"\x00\x00\x00\r\n\tOSMHeader\x18\x12\n\x10\"\x0eOsmSchema-V0.6\x00\x00\x00\x0b\n\x07OSMData\x18(\n&\
    \n\x02\n\x00\x12 \x12\x1e\n\x14\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01B\x02\x02\x02J\x02\x02\x02";

#[test]
fn what_is_wrong_on_the_command_line_is_said_in_one_line() {
    let folder = Folder::new();
    let (bytes, pbf, points) = demo_roads(&folder);
    let out = folder.text("out.csv");
    let matrix = |changes: &[(&str, &str)], named: &[&str]| {
        let mut flags = vec![("", pbf.as_str()), ("--profile", "van"), ("--points", &points), ("--datum", "wgs84")];
        flags.push(("--out", &out));
        for &(flag, value) in changes {
            match flags.iter_mut().find(|(known, _)| *known == flag) {
                Some(known) => known.1 = value,
                None => flags.push((flag, value)),
            }
        }
        let mut arguments = vec!["matrix", "--no-cache"];
        for (flag, value) in flags {
            arguments.extend([flag, value].into_iter().filter(|text| !text.is_empty()));
        }
        refused(&arguments, named);
        assert!(!Path::new(&out).exists(), "a refused call writes nothing");
    };
    matrix(&[("", "nowhere.osm.pbf")], &["nowhere.osm.pbf"]);
    matrix(&[("", &folder.file("cut.osm.pbf", &bytes[..bytes.len() / 2]))], &["cut.osm.pbf", "cut off"]);
    matrix(&[("", &folder.file("empty.osm.pbf", b""))], &["empty.osm.pbf", "empty"]);
    matrix(&[("", &folder.file("no.osm.pbf", b"this is no map"))], &["no.osm.pbf"]);
    matrix(&[("", &folder.file("sums.osm.pbf", IMPOSSIBLE_SUMS))], &["sums.osm.pbf", "damaged", "contradict"]);
    matrix(&[("--points", "nowhere.csv")], &["nowhere.csv"]);
    matrix(&[("--points", &folder.file("empty.csv", b""))], &["empty.csv", "`lat` is missing"]);
    matrix(&[("--points", &folder.file("none.csv", b"lat,lon\n"))], &["none.csv:2", "no point"]);
    matrix(&[("--points", &folder.file("nan.csv", b"lat,lon\n22.1,113.5\nnan,113.5\n"))], &["nan.csv:3", "nan"]);
    matrix(&[("--points", &folder.file("swap.csv", b"lat,lon\n113.5,22.1\n"))], &["swap.csv:2", "no place on earth"]);
    matrix(&[("--datum", "mars")], &["mars", "gcj02"]);
    matrix(&[("--profile", "boat")], &["boat", "etrike"]);
    matrix(&[("--depart", "25:00")], &["25:00"]);
    matrix(&[("--depart", "soon")], &["soon", "08:30"]);
    matrix(&[("--snap-limit", "nan")], &["--snap-limit"]);
    matrix(&[("--closures", &folder.file("bad.geojson", b"{}"))], &["bad.geojson", "FeatureCollection"]);
    matrix(&[("--profiles", &folder.file("bad.json", b"[{}]"))], &["bad.json"]);
    matrix(&[("--profiles", &folder.file("fast.json", br#"{"van": {"speeds_kmh": {"primary": 1e300}}}"#))], &["km/h"]);
    matrix(&[("--threads", "0")], &["--threads"]);
    refused(
        &["matrix", &pbf, "--profile", "van", "--points", &points, "--datum", "wgs84", "--out", "/nowhere/m.csv"],
        &["/nowhere/m.csv"],
    );
}

#[test]
fn a_city_keeps_its_profiles_and_its_tokens_whoever_listens() {
    let folder = Folder::new();
    let (_, pbf, _) = demo_roads(&folder);
    let data = folder.text("data");
    let arguments = |more: &[&str]| -> Vec<String> {
        let all = ["import", "osm", &pbf, "--city", "town", "--zone", "Asia/Shanghai", "--data-dir", &data];
        all.iter().chain(more).map(|&text| text.to_owned()).collect()
    };
    let import = |more: &[&str]| done(&arguments(more).iter().map(String::as_str).collect::<Vec<_>>());

    // Nobody reads what it says.
    let mut child = std::process::Command::new(huilu_tests::huilu());
    child.args(arguments(&[])).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let tokens = folder.path("data").join("tokens-town.json");
    let made = std::fs::read(&tokens).unwrap();

    assert!(import(&[]).contains("nothing was changed"));
    assert_eq!(std::fs::read(&tokens).unwrap(), made);
    std::fs::remove_file(&tokens).unwrap();
    assert!(import(&[]).contains("nothing was changed"));
    assert!(tokens.exists(), "they are mended where an import broke off before them");

    let slow = folder.file("slow.json", r#"{"van": {"speeds_kmh": {"primary": 5}}}"#);
    assert!(
        import(&["--profiles", &slow]).contains("roads ready"),
        "the same file with other speeds is another source"
    );
    assert!(import(&["--profiles", &slow]).contains("nothing was changed"));
    let kept = import(&[]);
    assert!(kept.contains("as they were given before") && kept.contains("nothing was changed"), "{kept}");
    assert!(import(&["--profiles", &folder.file("none.json", "{}")]).contains("roads ready"), "back to the defaults");
    let wrong = arguments(&["--profiles", &folder.file("bad.json", "[]")]);
    refused(&wrong.iter().map(String::as_str).collect::<Vec<_>>(), &["bad.json", "JSON object"]);
}

/// Metres between two doors of the city that is served from the data.
async fn metres(data: &Path, points: &Value) -> u64 {
    let server = Server::start(&ServerOptions::default().data(data));
    let body = json!({ "profile": "van", "datum": "wgs84", "points": points });
    let answer = server.planner().post("/v1/travel/matrix", body).await.expect(200);
    answer["metres"][0][1].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_extract_leaves_the_roads_in_place_and_in_use() {
    let folder = Folder::new();
    let (bytes, pbf, _) = demo_roads(&folder);
    let demo = huilu_seeds::demo::generate(1, chrono::Utc::now().date_naive()).unwrap();
    let far = demo.buildings.len() - 1;
    let door = |k: usize| json!({ "lat": demo.buildings[k].place.lat, "lon": demo.buildings[k].place.lon });
    let points = json!([door(0), door(far)]);
    let data = folder.text("data");
    let import = |file: &str| {
        run_huilu(&["import", "osm", file, "--city", "town", "--zone", "Asia/Shanghai", "--data-dir", &data])
    };
    assert!(import(&pbf).status.success());
    let before = metres(Path::new(&data), &points).await;
    let broken = [
        ("cut.osm.pbf", bytes[..bytes.len() * 2 / 3].to_vec(), "cut off"),
        ("empty.osm.pbf", Vec::new(), "empty"),
        ("text.osm.pbf", b"<osm version=\"0.6\"/>".repeat(100), "no OpenStreetMap"),
    ];
    for (name, content, cause) in broken {
        let file = folder.file(name, content);
        let output = import(&file);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{name}: {said}");
        assert!(said.contains(name) && said.contains(cause), "{name}: {said}");
    }
    assert_eq!(metres(Path::new(&data), &points).await, before, "the old roads are in use");
    let again = import(&pbf);
    assert!(String::from_utf8_lossy(&again.stdout).contains("nothing was changed"), "{again:?}");
    // Control: another extract of the place does change the answer.
    let other = huilu_seeds::demo::generate(2, chrono::Utc::now().date_naive()).unwrap();
    let taken = import(&folder.file("other.osm.pbf", &other.roads_pbf));
    assert!(taken.status.success(), "{taken:?}");
    assert!(String::from_utf8_lossy(&taken.stdout).contains("ways"), "what was read is told: {taken:?}");
    assert_ne!(metres(Path::new(&data), &points).await, before);
}

/// Orders a short plan and waits for its end, whatever it is.
async fn short_plan(planner: &Api) -> Value {
    let day = DayInFuture::tomorrow(planner).await;
    let order = json!({ "service_date": day.date, "iterations": 20, "threads": 2 });
    let accepted = planner.post("/v1/plans", order).await.expect(202);
    let path = format!("/v1/plans/{}", accepted["id"].as_str().unwrap());
    wait_for("the plan's end", Duration::from_secs(120), async || {
        let plan = planner.get(&path).await.expect(200);
        matches!(plan["run"]["state"].as_str(), Some("SUCCEEDED" | "FAILED")).then_some(plan)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_matrix_service_that_is_gone_is_named_or_marked() {
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let service = format!("osrm=http://me:secret@127.0.0.1:{port}");
    let folder = Folder::new();
    let data = folder.path("data");
    {
        let options = ServerOptions::with(["--matrix", &service]).seeded(&["--city", "demo", "--seed", "1"]);
        let server = Server::start(&options.data(&data));
        let plan = short_plan(&server.planner()).await;
        assert_eq!(plan["run"]["state"], "FAILED", "never a silent guess: {plan}");
        let told = plan["run"]["error"].as_str().unwrap();
        let expected = format!("the matrix service failed: OSRM at http://127.0.0.1:{port} cannot be reached");
        assert!(told.starts_with(&expected) && !told.contains("secret"), "{told}");
        let points = json!([{ "lat": 22.2, "lon": 113.5 }]);
        let body = json!({ "profile": "van", "datum": "wgs84", "points": points });
        let answer = server.planner().post("/v1/travel/matrix", body).await;
        assert_eq!(answer.problem(502)["code"], "MATRIX_SERVICE_FAILED");
    }
    {
        let options = ServerOptions::with(["--matrix", &service, "--matrix-fallback", "estimate"]).data(&data);
        let server = Server::start(&options);
        let plan = short_plan(&server.planner()).await;
        assert_eq!(plan["run"]["state"], "SUCCEEDED", "{plan}");
        let travel = plan["summary"]["travel"].as_array().unwrap();
        assert!(!travel.is_empty());
        for profile in travel {
            assert_eq!(profile["source"]["kind"], "estimate", "{profile}");
            assert!(profile["source"]["stands_in"].as_str().unwrap().contains("OSRM"), "{profile}");
        }
    }
    // Control: the same city on its own roads.
    let server = Server::start(&ServerOptions::default().data(&data));
    let planner = server.planner();
    let day = DayInFuture::tomorrow(&planner).await;
    let plan = plan_day(&planner, &day.date, 2, Duration::from_secs(120)).await;
    let kinds: Vec<&Value> =
        plan["summary"]["travel"].as_array().unwrap().iter().map(|profile| &profile["source"]["kind"]).collect();
    assert!(kinds.iter().all(|kind| *kind == "roads") && kinds.len() == 3, "{kinds:?}");
}
