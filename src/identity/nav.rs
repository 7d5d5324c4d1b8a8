use super::Role;
use crate::web::{NavGroup, NavItem};

fn item(href: &str, label: &str, icon: &str, primary: bool) -> NavItem {
    NavItem { href: href.into(), label: label.into(), icon: icon.into(), current: false, badge: None, primary }
}

/// The navigation for a set of roles; `waiting` revisions stand as a badge beside the approvals.
pub fn of(roles: &[Role], waiting: i64) -> Vec<NavGroup> {
    let has = |role| roles.contains(&role);
    let mut own = vec![item("/", "Home", "home", true), item("/feed", "Feed", "feed", true)];
    own.extend([
        item("/shares", "My shares", "shares", true),
        item("/impact", "My impact", "heartbeat", false),
        item("/leaderboard", "Leaderboard", "trophy", !has(Role::Curator) && !has(Role::Approver) && !has(Role::Hr)),
    ]);
    let mut groups = vec![NavGroup { label: "For you".into(), items: own }];
    let mut add = |wanted: bool, label: &str, items: Vec<NavItem>| {
        if wanted {
            groups.push(NavGroup { label: label.into(), items });
        }
    };
    add(
        has(Role::Curator),
        "Content",
        vec![
            item("/library", "Library", "library", true),
            item("/sources", "Sources", "download", false),
            item("/topics", "Topics", "filter", false),
            item("/reports/content", "What works", "report", false),
        ],
    );
    let mut approvals = item("/approvals", "Approvals", "approve", true);
    approvals.badge = (waiting > 0).then(|| waiting.to_string());
    add(has(Role::Approver), "Review", vec![approvals]);
    let mut hr = vec![item("/reports/participation", "Participation", "people", true)];
    if !has(Role::Curator) {
        hr.push(item("/reports/content", "What works", "report", false));
    }
    add(has(Role::Hr), "People", hr);
    add(
        has(Role::Admin),
        "Administration",
        vec![
            item("/members", "Members", "user", true),
            item("/groups", "Groups", "people", false),
            item("/settings", "Settings", "settings", false),
            item("/system", "System", "shield", false),
        ],
    );
    groups
}
