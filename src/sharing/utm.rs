//! Campaign parameters (`utm_…`) on the address behind a short link, by a template.
//!
//! Only facts about the content and the programme can be filled in. There is no placeholder for a
//! member, because web statistics outside Herald would then follow people.

#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::networks::Network;

const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The placeholders that a template may use.
pub const PLACEHOLDERS: [&str; 6] = ["network", "item", "campaign", "group", "topic", "language"];

/// What each parameter says, with placeholders such as `{network}`. An empty one is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UtmTemplate {
    /// `utm_source`: where the visit comes from.
    pub source: String,
    /// `utm_medium`: the kind of link.
    pub medium: String,
    /// `utm_campaign`: the campaign.
    pub campaign: String,
    /// `utm_content`: which link of the campaign.
    pub content: String,
    /// `utm_term`: a keyword.
    pub term: String,
}

impl Default for UtmTemplate {
    fn default() -> Self {
        Self {
            source: "{network}".to_owned(),
            medium: "employee_advocacy".to_owned(),
            campaign: "{campaign}".to_owned(),
            content: "{item}".to_owned(),
            term: String::new(),
        }
    }
}

/// What fills the placeholders. Names should be slugs; they are encoded in any case.
#[derive(Debug, Clone, Copy)]
pub struct UtmValues<'a> {
    /// `{network}`, by its stable name.
    pub network: Network,
    /// `{item}`: the slug or id of the content item.
    pub item: &'a str,
    /// `{campaign}`, empty without one.
    pub campaign: Option<&'a str>,
    /// `{group}`. Give it only for groups of the minimum size, as a small group is a person.
    pub group: Option<&'a str>,
    /// `{topic}`: the first topic of the item.
    pub topic: Option<&'a str>,
    /// `{language}` of the item.
    pub language: Option<&'a str>,
}

/// Why a template or a target cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UtmError {
    /// The template names a placeholder that does not exist.
    #[error("There is no placeholder {{{0}}}. Use {{network}}, {{item}}, {{campaign}}, {{group}}, {{topic}} or {{language}}.")]
    UnknownPlaceholder(String),
    /// A brace was opened and not closed, or the other way round.
    #[error("A brace has no partner in \"{0}\". Write placeholders as {{network}}.")]
    LoneBrace(String),
    /// The target is no web address.
    #[error("The target is no web address. Use one that starts with https:// or http://.")]
    NotAnAddress,
}

impl UtmTemplate {
    /// Checks the template when it is saved.
    ///
    /// # Errors
    /// The first placeholder that does not exist, or a brace without partner.
    pub fn validate(&self) -> Result<(), UtmError> {
        for (_, template) in self.parameters() {
            fill(template, &|name| PLACEHOLDERS.contains(&name).then_some("").map(str::to_owned))?;
        }
        Ok(())
    }

    /// The target with the parameters in its query. What was in the query stays as it was, in its
    /// place, but for `utm_…` parameters, which are replaced as a set; so does the fragment.
    /// If no parameter has a value, the target is left alone.
    ///
    /// # Errors
    /// When the target is no web address, or the template was never validated and is wrong.
    pub fn apply(&self, target: &str, values: &UtmValues<'_>) -> Result<String, UtmError> {
        let mut url = Url::parse(target.trim()).map_err(|_| UtmError::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(UtmError::NotAnAddress);
        }
        let mut added = Vec::new();
        for (name, template) in self.parameters() {
            let value = fill(template, &|placeholder| value_of(values, placeholder))?;
            let value = value.trim();
            if !value.is_empty() {
                added.push(format!("{name}={}", utf8_percent_encode(value, VALUE)));
            }
        }
        if !added.is_empty() {
            let query = url.query().unwrap_or_default().to_owned();
            let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_utm(pair));
            let pairs: Vec<&str> = kept.chain(added.iter().map(String::as_str)).collect();
            url.set_query(Some(&pairs.join("&")));
        }
        Ok(url.into())
    }

    fn parameters(&self) -> [(&'static str, &str); 5] {
        [
            ("utm_source", &self.source),
            ("utm_medium", &self.medium),
            ("utm_campaign", &self.campaign),
            ("utm_content", &self.content),
            ("utm_term", &self.term),
        ]
    }
}

fn value_of(values: &UtmValues<'_>, placeholder: &str) -> Option<String> {
    let value = match placeholder {
        "network" => Some(values.network.as_str()),
        "item" => Some(values.item),
        "campaign" => values.campaign,
        "group" => values.group,
        "topic" => values.topic,
        "language" => values.language,
        _ => return None,
    };
    Some(value.unwrap_or_default().to_owned())
}

/// Fills a template in one pass, so that a value with braces in it is never read as a placeholder.
fn fill(template: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, UtmError> {
    let lone_brace = || UtmError::LoneBrace(template.chars().take(80).collect());
    let mut filled = String::new();
    let mut rest = template;
    while let Some((plain, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(lone_brace)?;
        if plain.contains('}') {
            return Err(lone_brace());
        }
        let name = name.trim();
        filled.push_str(plain);
        filled.push_str(&value(name).ok_or_else(|| UtmError::UnknownPlaceholder(name.chars().take(40).collect()))?);
        rest = after;
    }
    if rest.contains('}') {
        return Err(lone_brace());
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_utm(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase().starts_with("utm_")
}
