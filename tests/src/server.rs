//! The built binary as a server: started on a free port with its own data, stopped by its id, its log read afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::api::Api;
use crate::binary::huilu;

/// How to start it. The data folder is a temporary one unless `data` names another.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Further flags of `huilu serve`.
    pub arguments: Vec<String>,
    /// Flags of a `huilu seed` into the same data before it serves; none: no seeding.
    pub seed: Vec<String>,
    pub data: Option<PathBuf>,
    /// A PostgreSQL address instead of the embedded database.
    pub database_url: Option<String>,
    /// Importing and seeding included.
    pub start_limit: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            arguments: Vec::new(),
            seed: Vec::new(),
            data: None,
            database_url: None,
            start_limit: Duration::from_secs(240),
        }
    }
}

impl ServerOptions {
    pub fn with<const N: usize>(arguments: [&str; N]) -> Self {
        Self { arguments: arguments.iter().map(|a| (*a).to_owned()).collect(), ..Self::default() }
    }

    /// A city to seed first, such as `["--city", "demo"]`.
    #[must_use]
    pub fn seeded(mut self, flags: &[&str]) -> Self {
        self.seed = flags.iter().map(|flag| (*flag).to_owned()).collect();
        self
    }

    #[must_use]
    pub fn database(mut self, url: Option<&str>) -> Self {
        self.database_url = url.map(Into::into);
        self
    }

    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.into());
        self
    }
}

/// Stopped when dropped; a test fails then whose server logged an error or a panic.
#[derive(Debug)]
pub struct Server {
    process: Child,
    base: String,
    tokens: BTreeMap<String, String>,
    log: PathBuf,
    started_in: Duration,
    worker: Option<Child>,
    _folder: TempDir,
}

impl Server {
    /// # Panics
    /// When it does not listen within the limit; the message holds its log.
    pub fn start(options: &ServerOptions) -> Self {
        let folder = tempfile::Builder::new().prefix("huilu-e2e-").tempdir().expect("a temporary folder can be made");
        let log = folder.path().join("log");
        let data = options.data.clone().unwrap_or_else(|| folder.path().join("data"));
        if !options.seed.is_empty() {
            seed(options, &data);
        }
        let mut command = Command::new(huilu());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data).args(&options.arguments);
        if let Some(url) = &options.database_url {
            command.args(["--database-url", url]);
        }
        let started = Instant::now();
        let process = spawn(&mut command, &log);
        // On PostgreSQL the solving is done by workers.
        let mut server = Self {
            process,
            base: String::new(),
            tokens: BTreeMap::new(),
            log,
            started_in: started.elapsed(),
            worker: None,
            _folder: folder,
        };
        server.wait(options.start_limit);
        server.started_in = started.elapsed();
        if let Some(url) = &options.database_url {
            let mut worker = Command::new(huilu());
            worker.args(["worker", "--database-url", url, "--data-dir"]).arg(&data);
            server.worker = Some(spawn(&mut worker, &server.log.with_extension("worker")));
        }
        server
    }

    /// From the start of the program until it said where it listens.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn token(&self, role: &str) -> &str {
        self.tokens.get(role).unwrap_or_else(|| panic!("no token for `{role}` was printed:\n{}", self.log()))
    }

    pub fn planner(&self) -> Api {
        Api::new(&self.base, Some(self.token("planner")))
    }

    pub fn collector(&self) -> Api {
        Api::new(&self.base, Some(self.token("collector")))
    }

    pub fn resident(&self) -> Api {
        Api::new(&self.base, Some(self.token("resident")))
    }

    /// Nobody: no token.
    pub fn anonymous(&self) -> Api {
        Api::new(&self.base, None)
    }

    pub fn with_token(&self, token: &str) -> Api {
        Api::new(&self.base, Some(token))
    }

    /// Everything it printed so far, its worker included.
    pub fn log(&self) -> String {
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        read(&self.log) + &read(&self.log.with_extension("worker"))
    }

    /// Ends it without a goodbye, as a power cut would.
    pub fn crash(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn wait(&mut self, limit: Duration) {
        let started = Instant::now();
        loop {
            let log = self.log();
            let mut tokens = BTreeMap::new();
            for line in log.lines() {
                let mut words = line.split_whitespace();
                match (words.next(), words.next(), words.next()) {
                    (Some("listening"), Some("on"), Some(base)) => self.base = base.trim_end_matches('/').into(),
                    (Some("token"), Some(role), Some(token)) => {
                        tokens.insert(role.trim_end_matches(':').to_owned(), token.to_owned());
                    }
                    _ => {}
                }
            }
            if !self.base.is_empty() && tokens.len() >= 3 {
                self.tokens = tokens;
                return;
            }
            let ended = self.process.try_wait().expect("a child can be asked for its state");
            assert!(ended.is_none(), "the server ended with {ended:?}:\n{log}");
            assert!(started.elapsed() < limit, "the server does not listen after {limit:?}:\n{log}");
            sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(worker) = &mut self.worker {
            stop(worker);
        }
        stop(&mut self.process);
        if std::thread::panicking() {
            eprintln!("---- the server's log\n{}", tail(&self.log(), 60));
            return;
        }
        let bad: Vec<String> = self.log().lines().filter(|line| is_bad(line)).map(Into::into).collect();
        assert!(bad.is_empty(), "the server's log holds errors:\n{}", bad.join("\n"));
    }
}

fn seed(options: &ServerOptions, data: &Path) {
    let mut command = Command::new(huilu());
    command.args(["seed", "--data-dir"]).arg(data).args(&options.seed);
    if let Some(url) = &options.database_url {
        command.args(["--database-url", url]);
    }
    let output = command.output().expect("the binary starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "huilu seed {}:\n{out}{err}", options.seed.join(" "));
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let out = std::fs::File::create(log).expect("a log file can be made");
    let err = out.try_clone().expect("a log file can be shared");
    command.stdin(Stdio::null()).stdout(out).stderr(err).env("NO_COLOR", "1").env("RUST_LOG", "info");
    command.spawn().expect("the binary starts")
}

/// Asks it to end, and ends it when it does not within ten seconds.
fn stop(process: &mut Child) {
    if matches!(process.try_wait(), Ok(Some(_))) {
        return;
    }
    let _ = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if matches!(process.try_wait(), Ok(Some(_))) {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    let _ = process.kill();
    let _ = process.wait();
}

fn is_bad(line: &str) -> bool {
    line.contains(" ERROR ") || line.starts_with("ERROR ") || line.contains("panicked at")
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_in_a_log_are_seen() {
        assert!(is_bad("2026-11-24T09:00:00Z ERROR huilu::db: disk full"));
        assert!(is_bad("thread 'main' panicked at server/src/main.rs:3:5:"));
        assert!(!is_bad("2026-11-24T09:00:00Z INFO booking refused code=ERROR_FREE"));
    }
}
