#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::{PLACEHOLDERS, UtmError, UtmTemplate, UtmValues};
use crate::networks::Network;

fn values() -> UtmValues<'static> {
    UtmValues {
        network: Network::Linkedin,
        item: "new-lab",
        campaign: Some("Spring & more"),
        group: None,
        topic: Some("science"),
        language: Some("de"),
    }
}

fn apply(target: &str) -> String {
    UtmTemplate::default().apply(target, &values()).unwrap()
}

const OURS: &str = "utm_source=linkedin&utm_medium=employee_advocacy&utm_campaign=Spring%20%26%20more&utm_content=new-lab";

#[test]
fn parameters_join_what_is_there() {
    for (target, before, after) in [
        ("https://acme.example/a", "https://acme.example/a?", ""),
        ("https://acme.example", "https://acme.example/?", ""),
        ("https://acme.example/a?", "https://acme.example/a?", ""),
        ("https://acme.example/a?x=1&y=a%20b+c&flag", "https://acme.example/a?x=1&y=a%20b+c&flag&", ""),
        ("https://acme.example/a?x=%26#part?2", "https://acme.example/a?x=%26&", "#part?2"),
        ("https://acme.example/#top", "https://acme.example/?", "#top"),
        ("https://acme.example/a?utm_source=old&x=1&UTM_Term=t&utm%5Fid=9", "https://acme.example/a?x=1&", ""),
        ("http://acme.example/a?my_utm_source=1", "http://acme.example/a?my_utm_source=1&", ""),
    ] {
        assert_eq!(apply(target), format!("{before}{OURS}{after}"));
    }
}

#[test]
fn applying_twice_changes_nothing() {
    let once = apply("https://acme.example/a?x=1#f");
    assert_eq!(apply(&once), once);
}

#[test]
fn an_empty_template_leaves_the_target_alone() {
    let empty = UtmTemplate {
        source: String::new(),
        medium: " ".to_owned(),
        campaign: "{group}".to_owned(),
        content: String::new(),
        term: String::new(),
    };
    let target = "https://acme.example/a?utm_source=theirs&&x#f";
    assert_eq!(empty.apply(target, &values()).unwrap(), target);
}

#[test]
fn no_placeholder_names_a_person() {
    for name in ["member", "user", "email", "name", "sharer", "Network", ""] {
        let template = UtmTemplate { term: format!("x{{{name}}}"), ..UtmTemplate::default() };
        let problem = template.validate().unwrap_err();
        assert_eq!(problem, UtmError::UnknownPlaceholder(name.to_owned()));
        assert_eq!(template.apply("https://acme.example/", &values()).unwrap_err(), problem);
        for known in PLACEHOLDERS {
            assert!(problem.to_string().contains(&format!("{{{known}}}")));
        }
    }
    for name in PLACEHOLDERS {
        let template = UtmTemplate { term: format!("a-{{ {name} }}-b"), ..UtmTemplate::default() };
        template.validate().unwrap();
        template.apply("https://acme.example/", &values()).unwrap();
    }
}

#[test]
fn lone_braces_are_refused_and_values_are_not_templates() {
    for lone in ["{network", "network}", "a}{network}", "{network}}"] {
        let template = UtmTemplate { source: lone.to_owned(), ..UtmTemplate::default() };
        assert_eq!(template.validate().unwrap_err(), UtmError::LoneBrace(lone.to_owned()));
    }
    let values = UtmValues { item: "{group}&a=b#c", ..values() };
    let url = UtmTemplate::default().apply("https://acme.example/", &values).unwrap();
    assert!(url.ends_with("utm_content=%7Bgroup%7D%26a%3Db%23c"), "{url}");
}

#[test]
fn only_web_addresses_are_targets() {
    for target in ["", "acme.example", "javascript:alert(1)", "mailto:a@b.example", "ftp://a.example", "https://"] {
        let refused = UtmTemplate::default().apply(target, &values());
        assert_eq!(refused.unwrap_err(), UtmError::NotAnAddress, "{target}");
    }
}

proptest! {
    #[test]
    fn the_rest_of_the_address_survives(
        path in "[a-z/]{0,12}", query in "[a-z0-9=&%+.~-]{0,20}", fragment in "[a-z0-9=&?/-]{0,12}",
        item in any::<String>(),
    ) {
        let target = format!("https://acme.example/{path}?{query}#{fragment}");
        let values = UtmValues { item: &item, ..values() };
        let url = url::Url::parse(&UtmTemplate::default().apply(&target, &values).unwrap()).unwrap();
        prop_assert_eq!(url.fragment(), Some(fragment.as_str()));
        let mut kept: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        let pairs: Vec<_> = url.query().unwrap().split('&').collect();
        prop_assert!(pairs.starts_with(&kept));
        kept.extend(["utm_source=linkedin", "utm_medium=employee_advocacy"]);
        prop_assert!(pairs.starts_with(&kept));
        let content: Vec<_> =
            url.query_pairs().filter(|(k, _)| k == "utm_content").map(|(_, v)| v.into_owned()).collect();
        prop_assert!(content.len() <= 1);
        prop_assert_eq!(content.concat(), item.trim());
    }
}
