//! What stands before the first share: the name, the rules of sharing, groups, topics.

use std::collections::HashMap;

use super::company::Company;
use crate::app::App;
use crate::audiences::{self, GroupKind};
use crate::db::{Actor, GroupId, TopicId};
use crate::identity::settings;
use crate::sharing::policy::{BannedTerm, Severity};
use crate::sharing::{self, SharingSettings};

/// Topics by slug and groups by name.
pub struct Ground {
    pub topics: HashMap<String, TopicId>,
    pub groups: HashMap<String, GroupId>,
}

/// Lays the ground.
pub async fn lay(app: &App, company: &Company) -> anyhow::Result<Ground> {
    let name = company.name.clone();
    app.set_organisation(name.clone());
    let rules = rules(company);
    app.write(Actor::system("demonstration"), move |tx| {
        settings::put(tx, "organisation", &name)?;
        sharing::put_settings(tx, &rules)
    })
    .await?;
    let mut ground = Ground { topics: HashMap::new(), groups: HashMap::new() };
    for topic in &company.topics {
        let (name, about) = (topic.name.clone(), topic.description.clone());
        let id = app.write(Actor::system("demonstration"), move |tx| audiences::create_topic(tx, &name, &about)).await?;
        ground.topics.insert(topic.slug.clone(), id);
    }
    for group in &company.groups {
        let kind: GroupKind = group.kind.parse().map_err(|e: String| anyhow::anyhow!(e))?;
        let (name, about) = (group.name.clone(), group.description.clone());
        let id = app.write(Actor::system("demonstration"), move |tx| audiences::create_group(tx, &name, kind, &about)).await?;
        ground.groups.insert(group.name.clone(), id);
    }
    Ok(ground)
}

fn rules(company: &Company) -> SharingSettings {
    let mut rules = SharingSettings::default();
    if let Some(text) = company.disclosure.get("en") {
        rules.policy.disclosure.text.clone_from(text);
    }
    rules.disclosure_by_language =
        company.disclosure.iter().filter(|(language, _)| *language != "en").map(|(l, t)| (l.clone(), t.clone())).collect();
    let banned = [
        ("guaranteed savings", Severity::Block, "Say what one town saved, with its name and the winter."),
        ("risk-free", Severity::Block, "Nothing is. Say how the risk was handled."),
        ("best in the world", Severity::Warn, "Readers skip over this. Say what is different."),
    ];
    rules.policy.banned = banned
        .into_iter()
        .map(|(term, severity, advice)| BannedTerm { term: term.into(), severity, advice: Some(advice.into()) })
        .collect();
    rules
}
