//! Every crate in the binary may be used in an Apache-2.0 product: no GPL, no AGPL, nothing unnamed.

use std::process::Command;

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml")).unwrap();
    let list = text.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether one alternative of an SPDX expression is allowed in all its parts.
fn fits(expression: &str, allowed: &[String]) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|licence| allowed.iter().any(|a| a == licence.trim())))
}

#[test]
fn every_dependency_has_a_licence_that_we_may_use() {
    let answer = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let (allowed, packages) = (allowed(), metadata["packages"].as_array().unwrap());
    assert!(allowed.len() > 8 && packages.len() > 200);
    let wrong: Vec<String> = packages
        .iter()
        .filter(|p| p["name"] != "herald" && !p["license"].as_str().is_some_and(|l| fits(l, &allowed)))
        .map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reading_of_expressions_is_strict() {
    let allowed = vec!["MIT".to_owned(), "Apache-2.0".to_owned()];
    for (expression, good) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND AGPL-3.0", false),
    ] {
        assert_eq!(fits(expression, &allowed), good, "{expression}");
    }
}
