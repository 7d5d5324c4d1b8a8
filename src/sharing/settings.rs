//! What the organisation asks of every share: the policy, its wording by country and language, and
//! the campaign parameters of short links.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::{BannedTerm, CompiledPolicy, Disclosure, Policy};
use super::utm::UtmTemplate;
use crate::db::{Db, Tx};
use crate::error::AppError;
use crate::identity::settings;
use crate::web::FormErrors;

/// The name of the document.
const KEY: &str = "policy";
const MOST_TERMS: usize = 5_000;
const MOST_WORDINGS: usize = 250;
const LONGEST: usize = 200;

/// The rules of sharing of this deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SharingSettings {
    /// What every text must and must not have.
    pub policy: Policy,
    /// The disclosure in other words for members of a country, by ISO 3166 code such as `DE`.
    pub disclosure_by_country: BTreeMap<String, String>,
    /// The disclosure in other words for texts in a language, by its code such as `de`.
    pub disclosure_by_language: BTreeMap<String, String>,
    /// What is added to the addresses behind short links.
    pub utm: UtmTemplate,
}

impl SharingSettings {
    /// The rules for one text: a wording for its language goes before one for the member's country,
    /// and the general wording is accepted besides.
    pub fn policy_for(&self, country: Option<&str>, language: &str) -> Policy {
        let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let by_language = self.disclosure_by_language.get(&primary);
        let own = by_language.or_else(|| self.disclosure_by_country.get(&country?.to_ascii_uppercase()));
        let mut policy = self.policy.clone();
        if let Some(text) = own {
            let general = std::mem::replace(&mut policy.disclosure.text, text.clone());
            policy.disclosure.aliases.push(general);
        }
        policy
    }

    /// # Errors
    /// Every refused field with a sentence.
    pub fn validate(&self) -> Result<(), AppError> {
        let mut errors = FormErrors::default();
        check_disclosure(&self.policy.disclosure, &mut errors);
        check_wordings(self, &mut errors);
        check_list("policy.required_hashtags", "hashtags", &self.policy.required_hashtags, 20, &mut errors);
        for tag in &self.policy.required_hashtags {
            let bare = tag.trim().trim_start_matches('#');
            if bare.is_empty() || !bare.chars().all(|c| c.is_alphanumeric() || c == '_') {
                errors.add("policy.required_hashtags", format!("“{tag}” is no hashtag. Use letters, digits and underscores."));
            }
        }
        check_terms(&self.policy.banned, &mut errors);
        if let Err(problem) = self.utm.validate() {
            errors.add("utm", problem.to_string());
        }
        let utm = [&self.utm.source, &self.utm.medium, &self.utm.campaign, &self.utm.content, &self.utm.term];
        if utm.iter().any(|part| part.chars().count() > LONGEST) {
            errors.add("utm", format!("A parameter has at most {LONGEST} characters."));
        }
        if errors.is_empty() && CompiledPolicy::new(&self.policy).is_err() {
            errors.add("policy.banned", "The list is too large. Shorten it.");
        }
        errors.into_result()
    }
}

fn check_disclosure(disclosure: &Disclosure, errors: &mut FormErrors) {
    let text = disclosure.text.trim();
    if disclosure.required && !text.chars().any(char::is_alphanumeric) {
        errors.add("policy.disclosure.text", "Write the words that say who the author works for, such as #AcmeTeam.");
    }
    if text.chars().count() > 100 || has_breaks(text) {
        errors.add("policy.disclosure.text", "The disclosure is one line of at most 100 characters, since it counts in every text.");
    }
    check_list("policy.disclosure.aliases", "wordings", &disclosure.aliases, 50, errors);
}

fn check_wordings(given: &SharingSettings, errors: &mut FormErrors) {
    for (field, map, letters, example) in [
        ("disclosure_by_country", &given.disclosure_by_country, 2..=2, "DE"),
        ("disclosure_by_language", &given.disclosure_by_language, 2..=3, "de"),
    ] {
        if map.len() > MOST_WORDINGS {
            errors.add(field, format!("At most {MOST_WORDINGS} wordings."));
        }
        for (code, text) in map {
            let cased = if letters == (2..=2) { code.to_ascii_uppercase() } else { code.to_ascii_lowercase() };
            if !letters.contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_alphabetic()) || *code != cased {
                errors.add(field, format!("“{code}” is no code. Write it such as {example}."));
            }
            if !text.chars().any(char::is_alphanumeric) || text.chars().count() > 100 || has_breaks(text) {
                errors.add(field, format!("The wording for {code} is one line of 1 to 100 characters."));
            }
        }
    }
}

fn check_list(field: &str, what: &str, list: &[String], most: usize, errors: &mut FormErrors) {
    if list.len() > most {
        errors.add(field, format!("At most {most} {what}."));
    }
    if list.iter().any(|entry| entry.trim().is_empty() || entry.chars().count() > LONGEST || has_breaks(entry)) {
        errors.add(field, format!("Each of the {what} is one line of 1 to {LONGEST} characters."));
    }
}

fn check_terms(terms: &[BannedTerm], errors: &mut FormErrors) {
    if terms.len() > MOST_TERMS {
        errors.add("policy.banned", format!("At most {MOST_TERMS} words and phrases."));
    }
    let good = |text: &str| text.chars().any(char::is_alphanumeric) && text.chars().count() <= LONGEST && !has_breaks(text);
    if let Some(wrong) = terms.iter().find(|t| !good(&t.term)) {
        let shown: String = wrong.term.chars().take(40).collect();
        errors.add("policy.banned", format!("“{shown}” is no word or phrase of 1 to {LONGEST} characters."));
    }
    if terms.iter().any(|t| t.advice.as_ref().is_some_and(|a| a.chars().count() > LONGEST)) {
        errors.add("policy.banned", format!("An advice has at most {LONGEST} characters."));
    }
}

fn has_breaks(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// # Errors
/// The database's.
pub fn get(db: &mut Db) -> Result<SharingSettings, AppError> {
    settings::get(db, KEY)
}

/// # Errors
/// Every refused field.
pub fn put(tx: &mut Tx<'_>, wanted: &SharingSettings) -> Result<(), AppError> {
    wanted.validate()?;
    settings::put(tx, KEY, wanted)
}
