//! Every page template, rendered in strict mode from the examples that stand beside them.

use std::path::{Path, PathBuf};

use serde_json::Value;

fn examples(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            examples(&path, found);
        } else if path.extension().is_some_and(|e| e == "json") && !path.ends_with("_shell.json") {
            found.push(path);
        }
    }
}

#[test]
fn every_template_renders_its_examples_in_strict_mode() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/_examples");
    let shell: Value = serde_json::from_str(&std::fs::read_to_string(root.join("_shell.json")).unwrap()).unwrap();
    let templates = herald::web::Templates::load().unwrap();
    let (mut paths, mut wrong, mut rendered) = (Vec::new(), Vec::new(), std::collections::BTreeSet::new());
    examples(&root, &mut paths);
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().split('@').next().unwrap().to_owned();
        let mut example: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut whole = shell.clone();
        for (key, value) in example["shell"].take().as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        example["shell"] = whole;
        match templates.render(&name, &example) {
            Ok(html) => {
                for forbidden in ["<style", " style=\"", "onclick=", "javascript:"] {
                    if html.contains(forbidden) {
                        wrong.push(format!("{name}: {forbidden}"));
                    }
                }
                rendered.insert(name);
            }
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    let pages = templates.names().into_iter().filter(|n| n.contains('/') && !n.starts_with("partials/") && !n.starts_with("mail/"));
    wrong.extend(pages.filter(|n| !rendered.contains(n)).map(|n| format!("{n} has no example")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
