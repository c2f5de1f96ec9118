//! A PostgreSQL server of its own for a test: a fresh cluster in a temporary folder, on a free port of 127.0.0.1.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Stopped, and its files removed, when dropped.
#[derive(Debug)]
pub struct Postgres {
    process: Child,
    port: u16,
    bin: PathBuf,
    _folder: TempDir,
}

impl Postgres {
    /// # Panics
    /// When PostgreSQL is not installed or does not come up within 30 seconds; the message holds its log.
    pub fn start() -> Self {
        let bin = programs();
        let account = account();
        let mut builder = tempfile::Builder::new();
        builder.prefix("huilu-pg-").permissions(std::fs::Permissions::from_mode(0o755));
        let folder = builder.tempdir().expect("a temporary folder can be made");
        let cluster = folder.path().join("cluster");
        std::fs::create_dir(&cluster).expect("a folder can be made");
        if let Some(account) = &account {
            run(Command::new("chown").arg(account).arg(&cluster));
        }
        let mut initdb = as_account(account.as_deref(), &bin.join("initdb"));
        initdb.args(["--username=huilu", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"]);
        run(initdb.arg(&cluster));

        let port = free_port();
        let log_path = folder.path().join("log");
        let log = std::fs::File::create(&log_path).expect("a log file can be made");
        let mut server = as_account(account.as_deref(), &bin.join("postgres"));
        server.arg("-D").arg(&cluster).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        // Nothing here has to survive a power cut.
        server.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=60"]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).current_dir("/");
        let process = server.spawn().expect("PostgreSQL starts");
        let mut postgres = Self { process, port, bin, _folder: folder };
        postgres.wait(&log_path);
        postgres
    }

    /// A new, empty database.
    ///
    /// # Panics
    /// When it cannot be created.
    pub fn create_database(&self, name: &str) -> String {
        let mut createdb = Command::new(self.bin.join("createdb"));
        createdb.args(["--host=127.0.0.1", "--username=huilu", &format!("--port={}", self.port), name]);
        run(&mut createdb);
        format!("postgres://huilu@127.0.0.1:{}/{name}", self.port)
    }

    fn wait(&mut self, log: &Path) {
        let started = Instant::now();
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        loop {
            if said().contains("ready to accept connections") && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            let ended = self.process.try_wait().expect("a child can be asked for its state");
            assert!(ended.is_none(), "PostgreSQL ended with {ended:?}:\n{}", said());
            assert!(started.elapsed() < Duration::from_secs(30), "PostgreSQL did not come up:\n{}", said());
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Interrupt is PostgreSQL's "fast" shutdown: clients are disconnected.
        let _ = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the newest installed PostgreSQL's programs. Debian keeps the server's off the path.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .collect();
    found.sort();
    let on_path = std::env::var_os("PATH").and_then(|path| {
        let mut folders = std::env::split_paths(&path);
        folders.find(|folder| folder.join("initdb").is_file())
    });
    found.pop().map(|(_, bin)| bin).or(on_path).expect("PostgreSQL is not installed: `make test` installs it")
}

/// PostgreSQL refuses to run as root, so root needs another account for it.
fn account() -> Option<String> {
    let id = Command::new("id").arg("-u").output().expect("`id` runs");
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let known = |name: &&str| Command::new("id").arg(name).output().is_ok_and(|o| o.status.success());
    ["postgres", "nobody"].iter().find(|name| known(name)).map(|name| (*name).to_owned())
}

fn as_account(account: Option<&str>, program: &Path) -> Command {
    let Some(account) = account else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={account}"), "--init-groups"]).arg(program).current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of 127.0.0.1 is free");
    listener.local_addr().expect("a listener knows its address").port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_its_own_creates_databases() {
        let postgres = Postgres::start();
        let url = postgres.create_database("one");
        let query = ["--dbname", &url, "--tuples-only", "--command", "select current_database()"];
        let output = Command::new(postgres.bin.join("psql")).args(query).output().expect("psql runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "one");
    }
}
