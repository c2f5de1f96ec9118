//! Builds and starts the real servers on the loopback. Each ends with its value, and on its own after some minutes.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A server that is still there by then was left behind.
const LIFETIME_S: &str = "300";
const BUILD_S: &str = "120";
const START: Duration = Duration::from_secs(30);

/// Where `.ci/road-engines` lays both, if it has.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/road-engines");
    let there = folder.join("osrm/osrm/bin/osrm-routed").exists()
        && folder.join("valhalla/valhalla/bin/valhalla_service").exists();
    if !there {
        println!("skipped: OSRM and Valhalla are not in target/road-engines; `make road-engines` lays them there");
    }
    there.then_some(folder)
}

/// A running server.
pub(crate) struct Engine {
    child: Child,
    port: u16,
}

impl Engine {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts a server and waits until it listens.
    fn start(port: u16, log: &Path, program: &Path, arguments: &[&str]) -> Self {
        let out = std::fs::File::create(log).unwrap();
        let child = Command::new("timeout")
            .arg(LIFETIME_S)
            .arg(program)
            .args(arguments)
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut engine = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = engine.child.try_wait().unwrap();
            let told = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none() && begun.elapsed() < START, "{} did not start: {}", program.display(), told());
            std::thread::sleep(Duration::from_millis(50));
        }
        engine
    }
}

impl Drop for Engine {
    /// `timeout` hands the request to end on to the server; a kill would leave that behind.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a step of a build to its end.
fn run(program: &Path, arguments: &[&str]) -> String {
    let done = Command::new("timeout").arg(BUILD_S).arg(program).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{} {}: {told}", program.display(), arguments.join(" "));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// OSRM's cars on contraction hierarchies, with tables of at most `table_max` x `table_max`.
pub(crate) fn osrm(engines: &Path, folder: &Path, pbf: &Path, table_max: usize) -> Engine {
    let osrm = engines.join("osrm/osrm");
    let graph = folder.join("city.osrm");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    run(&osrm.join("bin/osrm-extract"), &["-t", "1", "-p", &text(&osrm.join("share/profiles/car.lua")), &text(pbf)]);
    run(&osrm.join("bin/osrm-contract"), &["-t", "1", &text(&graph)]);
    let port = free_port();
    let arguments = [
        "--algorithm",
        "ch",
        "-t",
        "1",
        "-i",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "--max-table-size",
        &table_max.to_string(),
        &text(&graph),
    ];
    Engine::start(port, &folder.join("osrm.log"), &osrm.join("bin/osrm-routed"), &arguments)
}

/// Valhalla with the limits that it comes with.
pub(crate) fn valhalla(engines: &Path, folder: &Path, pbf: &Path) -> Engine {
    let valhalla = engines.join("valhalla/valhalla");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let tiles = text(&folder.join("tiles"));
    let script = text(&valhalla.join("valhalla_build_config.py"));
    let said = run(Path::new("python3"), &[&script, "--mjolnir-tile-dir", &tiles, "--mjolnir-concurrency", "1"]);
    let mut config: Value = serde_json::from_str(&said).unwrap();
    let port = free_port();
    let pipe = |name: &str| json!(format!("ipc://{}", text(&folder.join(name))));
    config["httpd"]["service"]["listen"] = json!(format!("tcp://127.0.0.1:{port}"));
    config["httpd"]["service"]["loopback"] = pipe("loopback");
    config["httpd"]["service"]["interrupt"] = pipe("interrupt");
    for part in ["loki", "odin", "thor"] {
        config[part]["service"]["proxy"] = pipe(part);
    }
    // Neither borders nor time zones are needed, and neither is there.
    config["mjolnir"]["admin"] = json!("");
    config["mjolnir"]["timezone"] = json!("");
    let file = folder.join("valhalla.json");
    std::fs::write(&file, config.to_string()).unwrap();
    run(&valhalla.join("bin/valhalla_build_tiles"), &["-c", &text(&file), &text(pbf)]);
    let program = valhalla.join("bin/valhalla_service");
    Engine::start(port, &folder.join("valhalla.log"), &program, &[&text(&file), "1"])
}
