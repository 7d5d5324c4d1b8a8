use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::queries;
use crate::audit;
use crate::db::schema::point_rules;
use crate::db::{Backend, Db, Id, MemberId, RuleId, Ts, Tx};
use crate::error::AppError;
use crate::web::FormErrors;

crate::text_enum! {
    /// What can earn points.
    PointEvent { ShareConfirmed = "share_confirmed", HumanClick = "human_click" }
}

impl PointEvent {
    /// As the list of rules names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ShareConfirmed => "A posted share",
            Self::HumanClick => "A person who clicks",
        }
    }
}

/// What an event earns from a moment on, until a later rule for the same event takes over.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = point_rules, check_for_backend(Backend))]
pub struct Rule {
    pub id: RuleId,
    pub event: PointEvent,
    /// Points for each event.
    pub amount: i32,
    /// How many events earn points for one member on one UTC day.
    pub daily_cap: i32,
    pub valid_from: Ts,
    pub created_by: Option<MemberId>,
    pub created_at: Ts,
}

/// A further version of a rule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    pub event: PointEvent,
    /// Points for each event; 0 switches the rule off.
    #[schema(minimum = 0, maximum = 1000)]
    pub amount: i32,
    /// How many events earn points for one member on one UTC day.
    #[schema(minimum = 0, maximum = 10_000)]
    pub daily_cap: i32,
    /// From when on it acts; now when left out. What was earned before stays as it is, so it cannot lie in the past.
    #[serde(default)]
    pub valid_from: Option<Ts>,
}

/// The rules of a new deployment: 10 points for each of 5 shares a day, 2 for each of 50 clicks.
pub(super) fn defaults() -> [Rule; 2] {
    let beginning = Ts::from_micros(0).unwrap_or_else(|| chrono::DateTime::UNIX_EPOCH.into());
    let rule = |id, event, amount, daily_cap| Rule {
        id: RuleId::from_i64(id),
        event,
        amount,
        daily_cap,
        valid_from: beginning,
        created_by: None,
        created_at: beginning,
    };
    [rule(1, PointEvent::ShareConfirmed, 10, 5), rule(2, PointEvent::HumanClick, 2, 50)]
}

/// Every version of every rule, newest first within an event.
///
/// # Errors
/// The database's.
pub fn rules(db: &mut Db) -> Result<Vec<Rule>, AppError> {
    let kept = queries::rules(db)?;
    Ok(if kept.is_empty() { defaults().to_vec() } else { kept })
}

/// The rules in force at a moment, one for each event.
///
/// # Errors
/// The database's.
pub fn rules_at(db: &mut Db, at: Ts) -> Result<Vec<Rule>, AppError> {
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules(db)?.into_iter().filter(|r| r.valid_from <= at) {
        if !found.iter().any(|f| f.event == rule.event) {
            found.push(rule);
        }
    }
    Ok(found)
}

/// How points come about, in one sentence for people.
pub fn sentence(rules: &[Rule]) -> String {
    let of = |event| rules.iter().find(|r| r.event == event && r.amount > 0 && r.daily_cap > 0);
    let mut parts = Vec::new();
    if let Some(rule) = of(PointEvent::ShareConfirmed) {
        parts.push(format!("{} points for a posted share, for up to {} a day.", rule.amount, rule.daily_cap));
    }
    if let Some(rule) = of(PointEvent::HumanClick) {
        parts.push(format!("{} for each person who clicks, for up to {} a day.", rule.amount, rule.daily_cap));
    }
    if parts.is_empty() { "No points are given at present.".into() } else { parts.join(" ") }
}

/// Adds a version of a rule from a date on; what was earned before stays as it is.
///
/// # Errors
/// Invalid for amounts out of range or a date in the past.
pub fn add_rule(tx: &mut Tx<'_>, new: &NewRule) -> Result<Rule, AppError> {
    let mut errors = FormErrors::default();
    if !(0..=1000).contains(&new.amount) {
        errors.add("amount", "Give between 0 and 1,000 points.");
    }
    if !(0..=10_000).contains(&new.daily_cap) {
        errors.add("daily_cap", "The most for one day lies between 0 and 10,000.");
    }
    let valid_from = new.valid_from.unwrap_or(tx.now);
    if valid_from < tx.now {
        errors.add("valid_from", "Choose today or a later day: what people have earned stays as it is.");
    }
    errors.into_result()?;
    queries::lock_ledger(tx.db)?;
    let rule = Rule {
        id: tx.id(),
        event: new.event,
        amount: new.amount,
        daily_cap: new.daily_cap,
        valid_from,
        created_by: tx.actor.id,
        created_at: tx.now,
    };
    queries::insert_rule(tx.db, &rule)?;
    let detail = json!({"event": rule.event, "amount": rule.amount, "daily_cap": rule.daily_cap, "valid_from": rule.valid_from});
    audit::record(tx, "point_rule.added", &rule.id.to_string(), &detail)?;
    Ok(rule)
}
