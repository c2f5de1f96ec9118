//! The walls between the parts, kept by a test.
//!
//! Goal: the optimiser stays free of web, database and async; the checker sees only the vocabulary; one folder touches
//! the linear-programming library; handlers reach the database only through the application; the domain knows no
//! framework. Method: Cargo's own dependency graph for crates, the sources' paths for modules. Each rule is also run on
//! something that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Crates (and all whose name starts so) that mean a web server, a database or an async runtime.
const SERVICE_CRATES: &[&str] = &[
    "actix",
    "async-std",
    "axum",
    "diesel",
    "hyper",
    "mio",
    "reqwest",
    "rusqlite",
    "sea-orm",
    "sea-query",
    "smol",
    "sqlx",
    "tokio",
    "tonic",
    "warp",
];

const PURE_MEMBERS: &[&str] = &["huilu-optimizer", "huilu-model", "huilu-check", "huilu-roads", "huilu-seeds"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_path_buf()
}

/// Package name -> names it is built with, development dependencies left out.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn dependency_graph() -> Graph {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    // For this machine's platform only: the crates of others are nowhere on it, and offline they cannot be fetched.
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host()])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    graph_of(&metadata)
}

/// The platform that the compiler builds for unless told otherwise.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    line.unwrap_or_else(|| panic!("rustc names no host: {told}")).to_owned()
}

fn graph_of(metadata: &Value) -> Graph {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|p| (p["id"].as_str().unwrap_or_default().to_owned(), p["name"].as_str().unwrap_or_default().to_owned()))
        .collect();
    let name_of = |id: &Value| names.get(id.as_str().unwrap_or_default()).cloned().unwrap_or_default();
    let mut graph = Graph::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        // Several versions of one name are one entry: the rules are about names.
        let entry = graph.entry(name_of(&node["id"])).or_default();
        for dep in list(&node["deps"]) {
            if list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev") {
                entry.insert(name_of(&dep["pkg"]));
            }
        }
    }
    graph
}

/// A chain `member -> ... -> crate` that `breaks`, if there is one.
fn chain_to(graph: &Graph, member: &str, breaks: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([member.to_owned()]);
    let mut chains = vec![vec![member.to_owned()]];
    while let Some(chain) = chains.pop() {
        let last = chain.last().expect("a chain is never empty");
        for next in graph.get(last).into_iter().flatten() {
            let mut longer = chain.clone();
            longer.push(next.clone());
            if breaks(next) {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                chains.push(longer);
            }
        }
    }
    None
}

fn is_service_crate(name: &str) -> bool {
    SERVICE_CRATES.iter().any(|&service| name == service || name.starts_with(&format!("{service}-")))
}

#[test]
fn pure_members_depend_on_no_web_database_or_async_crate() {
    let graph = dependency_graph();
    for member in PURE_MEMBERS {
        assert!(graph.contains_key(*member), "{member} is no workspace member any more: change this test with it");
        if let Some(chain) = chain_to(&graph, member, is_service_crate) {
            panic!("{member} must stay free of web, database and async: {}", chain.join(" -> "));
        }
    }
}

#[test]
fn the_checker_depends_on_the_vocabulary_alone() {
    let graph = dependency_graph();
    let members: Vec<&String> = graph["huilu-check"].iter().filter(|name| name.starts_with("huilu-")).collect();
    assert_eq!(members, ["huilu-model"], "the independent checker shares code with nothing but the vocabulary");
    let members: Vec<&String> = graph["huilu-model"].iter().filter(|name| name.starts_with("huilu-")).collect();
    assert!(members.is_empty(), "the vocabulary depends on no other member, but does on {members:?}");
}

#[test]
fn no_library_depends_on_the_server() {
    let graph = dependency_graph();
    for member in PURE_MEMBERS.iter().chain(&["huilu-api-spec", "huilu-migration"]) {
        assert_eq!(chain_to(&graph, member, |name| name == "huilu-server"), None, "dependencies point one way");
    }
}

#[test]
fn the_crate_rules_see_a_forbidden_dependency() {
    let metadata = serde_json::json!({
        "packages": [
            {"id": "a", "name": "huilu-optimizer"}, {"id": "b", "name": "helper"},
            {"id": "c", "name": "tokio-util"}, {"id": "d", "name": "sqlx"}
        ],
        "resolve": {"nodes": [
            {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "d", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}]}]}
        ]}
    });
    let chain = chain_to(&graph_of(&metadata), "huilu-optimizer", is_service_crate);
    assert_eq!(chain, Some(vec!["huilu-optimizer".into(), "helper".into(), "tokio-util".into()]));
}

// ---- modules

/// Every path that the source imports or spells out (`use a::{b, c::d}` is `a::b` and `a::c::d`), comments and strings left out.
fn paths(source: &str) -> BTreeSet<String> {
    let code = without_comments_and_strings(source);
    let mut found = BTreeSet::new();
    // Imports, with their braces multiplied out.
    for statement in code.split("use ").skip(1) {
        let tree: String =
            statement.split(';').next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
        multiply_out("", &tree, &mut found);
    }
    // Paths in the middle of code.
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for word in code.split(|c: char| !is_path(c)).filter(|word| word.contains("::")) {
        found.insert(word.trim_matches(':').to_owned());
    }
    found
}

fn multiply_out(prefix: &str, tree: &str, into: &mut BTreeSet<String>) {
    let mut depth = 0;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        match part.split_once('{') {
            Some((head, rest)) => {
                let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
                multiply_out(&format!("{prefix}{head}"), inner, into);
            }
            None => {
                into.insert(format!("{prefix}{part}"));
            }
        }
    }
}

/// Rough, but errs only towards dropping text: line comments, block comments and plain string literals.
fn without_comments_and_strings(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if rest.starts_with("'\"'") {
            rest = &rest[3..];
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c: char| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            rest = end.map_or("", |end| &rest[end + 2..]);
            code.push(' ');
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// The first path of the source that is `forbidden` or lies below it.
fn mention(source: &str, forbidden: &[&str]) -> Option<String> {
    paths(source).into_iter().find(|path| {
        forbidden.iter().any(|&root| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with("::")))
    })
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("a folder entry is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no sources in {}: change this test with the folders", folder.display());
    files
}

/// No file in `folder` (but for those below `except`) mentions any of `forbidden`.
fn assert_wall(folder: &str, except: Option<&str>, forbidden: &[&str], why: &str) {
    let folder = root().join(folder);
    let except = except.map(|inner| folder.join(inner));
    for file in rust_files(&folder) {
        if except.as_ref().is_some_and(|inner| file.starts_with(inner)) {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if let Some(path) = mention(&source, forbidden) {
            panic!("{} mentions `{path}`: {why}", file.display());
        }
    }
}

const DATABASE: &[&str] =
    &["crate::db", "huilu_server::db", "sea_orm", "sea_orm_migration", "sea_query", "sqlx", "huilu_migration"];

#[test]
fn handlers_reach_the_database_only_through_the_application() {
    assert_wall("server/src/http", None, DATABASE, "handlers call one service of `app` each");
}

#[test]
fn the_domain_knows_no_framework() {
    let mut forbidden = DATABASE.to_vec();
    forbidden.extend(["actix_web", "actix_web_lab", "utoipa", "tokio", "reqwest"]);
    forbidden.extend(["crate::http", "crate::app", "crate::jobs", "crate::travel", "huilu_api_spec"]);
    assert_wall("server/src/domain", None, &forbidden, "the domain is plain Rust");
}

#[test]
fn the_database_layer_knows_nothing_above_it() {
    assert_wall("server/src/db", None, &["crate::http", "crate::app", "actix_web"], "dependencies point one way");
}

#[test]
fn the_application_knows_no_http() {
    assert_wall("server/src/app", None, &["crate::http", "actix_web", "actix_web_lab"], "dependencies point one way");
}

#[test]
fn one_folder_touches_the_linear_programming_library() {
    let solver = &["good_lp", "highs", "highs_sys"];
    assert_wall("optimizer/src", Some("lp"), solver, "models are built in `optimizer/src/lp` alone");
    assert_wall("optimizer/check", None, solver, "the checker solves nothing");
    assert_wall("server/src", None, solver, "models are built in `optimizer/src/lp` alone");
}

#[test]
fn the_rules_of_a_route_know_neither_the_search_nor_the_proof() {
    let above = &["crate::routing", "crate::proof", "crate::explain", "crate::slots", "crate::clearing"];
    assert_wall("optimizer/src/resources", None, above, "search and proof stand on `resources`, never the reverse");
}

#[test]
fn the_module_rules_see_a_forbidden_mention() {
    let handlers = DATABASE;
    for breach in [
        "use crate::db::bookings;",
        "use crate::{app::Bookings, db};",
        "use crate::{\n    app::{self, slots},\n    db::{outlets, Pool},\n};",
        "fn f() { let all = crate::db::outlets::all(); }",
        "async fn f(c: &sea_orm::DatabaseConnection) {}",
        "pub(crate) use sea_orm::EntityTrait as Entity;",
    ] {
        assert!(mention(breach, handlers).is_some(), "not seen: {breach}");
    }
    for fine in [
        "use crate::app::Bookings;",
        "// crate::db is behind the application",
        "/* use crate::db; */ fn f() {}",
        "const WHY: &str = \"crate::db::pool\"; use crate::database_size::f;",
        "use crate::dbx::f;",
    ] {
        assert_eq!(mention(fine, handlers), None, "seen wrongly: {fine}");
    }
}
