//! A city from its own files, as an operator takes one in: roads, areas, buildings, outlets, bookings.
//!
//! The roads are those of the generated demo; the other files are written here. Each is taken in once however often it
//! comes, what is wrong is refused with its line, and what is served afterwards is what the files say.

use std::path::{Path, PathBuf};

use huilu_tests::{DayInFuture, Server, ServerOptions, run_huilu};
use serde_json::{Value, json};

/// Degrees, WGS-84.
type Point = (f64, f64);

/// The files of one city.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// `huilu import KIND NAME`: exit code, standard output, standard error.
    fn import(&self, kind: &str, name: &str) -> (Option<i32>, String, String) {
        let (file, data) = (self.path(name), self.data());
        let mut arguments = vec!["import", kind, text(&file), "--city", "town", "--datum", "wgs84"];
        arguments.extend(["--data-dir", text(&data)]);
        if kind == "osm" {
            arguments.extend(["--zone", "Asia/Shanghai"]);
        }
        let output = run_huilu(&arguments);
        let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), read(&output.stdout), read(&output.stderr))
    }

    #[track_caller]
    fn taken(&self, kind: &str, name: &str, said: &str) {
        let (code, out, err) = self.import(kind, name);
        assert_eq!(code, Some(0), "{kind} {name}: {out}{err}");
        assert!(out.contains(said), "{kind} {name}: `{said}` is not said: {out}");
    }

    /// Exit code 2 and as many lines as there are faults.
    #[track_caller]
    fn refused(&self, kind: &str, name: &str, named: &[&str]) {
        let (code, out, err) = self.import(kind, name);
        assert_eq!(code, Some(2), "{kind} {name}: {out}{err}");
        assert!(!err.contains("panicked"), "{err}");
        assert_eq!(err.trim().lines().count(), named.len(), "{kind} {name}: {err}");
        for (line, words) in err.lines().zip(named) {
            for word in words.split(' ') {
                assert!(line.contains(name) && line.contains(word), "{kind} {name}: `{word}` is not named: {line}");
            }
        }
    }

    fn serve(&self) -> Server {
        Server::start(&ServerOptions::default().data(&self.data()))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Two squares that share the city, west and east of its middle.
fn areas((south, west): Point, (north, east): Point) -> String {
    let middle = f64::midpoint(west, east);
    let square = |key: &str, from: f64, to: f64| {
        json!({
            "type": "Feature",
            "properties": {"key": key, "name": key},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[from, south], [to, south], [to, north], [from, north], [from, south]]],
            },
        })
    };
    let features = [square("west", west, middle), square("east", middle, east)];
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn table(header: &str, rows: &[String]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

/// Bookings at one door, `key` and on, all for tomorrow between ten and twelve.
fn bookings(prefix: &str, count: usize, (lat, lon): Point) -> String {
    let row = |k| format!("{prefix}{k},{lat},{lon},10:00,12:00,paper_occ,{}", 4_000 + 500 * k);
    table("key,lat,lon,window_start,window_end,material,amount_g", &(0..count).map(row).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_from_its_own_files_comes_once_and_whole() {
    let files = Files { folder: tempfile::tempdir().unwrap() };
    let demo = huilu_seeds::demo::generate(1, chrono::Utc::now().date_naive()).unwrap();
    let b = demo.bounds;
    // Doors of the demo lie on its roads; these are as far inside as any.
    let (centre_lat, centre_lon) = (f64::midpoint(b.south, b.north), f64::midpoint(b.west, b.east));
    let mut doors: Vec<Point> =
        demo.buildings.iter().map(|building| (building.place.lat, building.place.lon)).collect();
    doors.sort_by(|one, other| {
        let from = |at: &Point| (at.0 - centre_lat).hypot(at.1 - centre_lon);
        from(one).total_cmp(&from(other))
    });
    let door = doors[0];
    files.write("town.osm.pbf", &demo.roads_pbf);
    files.write("areas.geojson", areas((b.south, b.west), (b.north, b.east)));
    let building = |(k, (lat, lon)): (usize, &Point)| format!("b{k},{lat},{lon},compound,{}", 100 + k);
    let rows: Vec<String> = doors.iter().take(5).enumerate().map(building).collect();
    files.write("buildings.csv", table("key,lat,lon,kind,households", &rows));
    let outlet =
        |(k, (lat, lon)): (usize, &Point)| format!("o{k},{lat},{lon},collection_point,paper;plastic,Point {k}");
    let rows: Vec<String> = doors.iter().skip(5).take(3).enumerate().map(outlet).collect();
    files.write("outlets.csv", table("key,lat,lon,kind,streams,name_en", &rows));
    files.write("bookings.csv", bookings("first", 3, door));

    files.taken("osm", "town.osm.pbf", "roads ready");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(files.data()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "addresses and tokens are their owner's only");
    }
    let kinds = [
        ("areas", "areas.geojson", "2 areas added"),
        ("buildings", "buildings.csv", "5 buildings added"),
        ("outlets", "outlets.csv", "3 outlets added"),
        ("bookings", "bookings.csv", "3 bookings added"),
    ];
    for (kind, name, said) in kinds {
        files.taken(kind, name, said);
    }
    files.taken("osm", "town.osm.pbf", "taken in before");
    for (kind, name, _) in kinds {
        files.taken(kind, name, "taken in before");
    }
    assert_eq!(served(&files, door).await, (3, 3, 3), "bookings, outlets, places taken in the slot");

    what_is_wrong_is_refused_by_name(&files, door, &demo.roads_pbf);
    files.write("more.csv", bookings("second", 2, door));
    files.taken("bookings", "more.csv", "2 bookings added");
    assert_eq!(served(&files, door).await, (5, 3, 5), "a second file adds to the slots; refused ones left nothing");
}

/// Bookings, outlets and the places taken in tomorrow's slot of the door; the way to the nearest outlet is along roads.
async fn served(files: &Files, (lat, lon): Point) -> (usize, usize, i64) {
    let server = files.serve();
    let planner = server.planner();
    let day = DayInFuture::tomorrow(&planner).await;
    let booked = planner.get(&format!("/v1/bookings?state=booked&date={}&limit=200", day.date)).await.expect(200);
    let outlets = planner.get("/v1/outlets?limit=200").await.expect(200);
    let place = format!("lat={lat}&lon={lon}&datum=wgs84");
    let nearest = planner.get(&format!("/v1/outlets/nearest?{place}")).await.expect(200);
    assert_eq!(nearest["outlets"][0]["basis"], "foot", "{nearest}");
    let slots = planner.get(&format!("/v1/slots?{place}&date={}", day.date)).await.expect(200);
    let taken = |slot: &Value| slot["capacity"].as_i64().unwrap() - slot["left"].as_i64().unwrap();
    let slots = slots["slots"].as_array().unwrap();
    let own = slots.iter().find(|slot| slot["window"]["start"] == day.at(10).as_str()).unwrap();
    assert_eq!(slots.iter().map(taken).sum::<i64>(), taken(own), "no other slot is touched");
    (booked["bookings"].as_array().unwrap().len(), outlets["outlets"].as_array().unwrap().len(), taken(own))
}

fn what_is_wrong_is_refused_by_name(files: &Files, (lat, lon): Point, pbf: &[u8]) {
    files.write("cut.osm.pbf", &pbf[..pbf.len() / 2]);
    files.refused("osm", "cut.osm.pbf", &[""]);
    let header = "key,lat,lon,service_date,window_start,window_end,material,amount_g";
    let row = |key: &str, lat: f64, date: &str| format!("{key},{lat},{lon},{date},10:00,12:00,paper_occ,5000");
    let rows = [row("old", lat, "2020-01-01"), row("far", 48.1, "2031-01-01"), row("good", lat, "2031-01-01")];
    files.write("bad.csv", table(header, &rows));
    files.refused("bookings", "bad.csv", &["`old` past", "`far` outside"]);
    files.write("word.csv", table(header, &[row("word", lat, "soon"), row("good", lat, "2031-01-01")]));
    files.refused("bookings", "word.csv", &["word.csv:2 service_date"]);
    files.write("gold.csv", table("key,lat,lon,kind,streams", &[format!("o,{lat},{lon},smart_bin,gold")]));
    files.refused("outlets", "gold.csv", &["gold.csv:2 `gold`"]);
    files.write("open.geojson", "{\"features\": [");
    files.refused("areas", "open.geojson", &["open.geojson:1"]);
}

#[test]
fn a_new_citys_short_name_is_checked_before_its_roads_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let roads = folder.path().join("no.osm.pbf");
    std::fs::write(&roads, b"this is no map").unwrap();
    let data = folder.path().join("data");
    for key in ["../up", "Macau", "a b", "", &"x".repeat(41)] {
        let arguments =
            ["import", "osm", text(&roads), "--city", key, "--zone", "Asia/Macau", "--data-dir", text(&data)];
        let output = run_huilu(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "`{key}`: {said}");
        assert!(said.contains("--city") && said.contains("a-z"), "`{key}`: {said}");
        assert_eq!(said.trim().lines().count(), 1, "`{key}`: {said}");
    }
}
