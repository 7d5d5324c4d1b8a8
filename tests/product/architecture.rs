//! The house rules that a machine can read: call direction, doors, and traps of two databases.

use std::path::{Path, PathBuf};

/// Every module in the order in which calls may go: a module calls only itself and those before it.
/// The ground (`app`, `command`, `config`, `error`, `network`, `routes`, `server`) is open to all.
const ORDER: [&str; 17] = [
    "db",
    "web",
    "jobs",
    "audit",
    "identity",
    "notifications",
    "audiences",
    "library",
    "networks",
    "tracking",
    "sharing",
    "recognition",
    "reports",
    "administration",
    "home",
    "demo",
    "command",
];
const GROUND: [&str; 6] = ["app", "config", "error", "network", "routes", "server"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let slice = inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (slice, inside.to_owned(), text)
        })
        .collect()
}

#[test]
fn a_slice_calls_only_those_above_it() {
    let place = |name: &str| ORDER.iter().position(|o| *o == name);
    let mention = regex::Regex::new(r"crate::(\w+)").unwrap();
    let mut wrong = Vec::new();
    for (slice, path, text) in all() {
        if GROUND.contains(&slice.as_str()) || matches!(slice.as_str(), "lib" | "main") {
            continue;
        }
        let own = place(&slice).unwrap_or_else(|| panic!("{slice} has no place in the order; add it to ORDER"));
        for called in mention.captures_iter(&text).map(|c| c[1].to_owned()).collect::<std::collections::BTreeSet<_>>() {
            if place(&called).is_some_and(|p| p > own) {
                wrong.push(format!("{}: calls {called}, which lies below {slice}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_enters_a_slice_but_by_its_door() {
    let inner = regex::Regex::new(r"crate::(\w+)::(api|pages|queries)\b").unwrap();
    let mut wrong = Vec::new();
    for (slice, path, text) in all() {
        for c in inner.captures_iter(&text) {
            if c[1] != *slice {
                wrong.push(format!("{}: {}", path.display(), &c[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_traps_of_two_databases_stay_in_db() {
    let traps = [".transaction(", "dsl::now", "as_returning(", "sql_query(", "immediate_transaction("];
    let mut wrong = Vec::new();
    for (slice, path, text) in all().into_iter().filter(|(slice, ..)| slice != "db") {
        for trap in traps {
            if text.contains(trap) {
                wrong.push(format!("{} ({slice}): {trap}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_grows_beyond_five_hundred_lines() {
    let long: Vec<String> = all()
        .into_iter()
        .filter(|(_, path, text)| text.lines().count() > 500 && !path.ends_with("db/schema.rs"))
        .map(|(_, path, text)| format!("{}: {}", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
