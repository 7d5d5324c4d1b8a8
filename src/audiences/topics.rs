use diesel::prelude::*;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;

use super::groups::{description, group_name};
use crate::audit;
use crate::db::schema::{item_topics, topic_follows as f, topics as t};
use crate::db::{Backend, Db, Exec, MemberId, TopicId, Ts, Tx};
use crate::error::AppError;

/// A subject that content is about and members follow.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = t, check_for_backend(Backend))]
pub struct Topic {
    pub id: TopicId,
    /// For addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub created_at: Ts,
}

/// A topic with how often it is used.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TopicRow {
    #[serde(flatten)]
    pub topic: Topic,
    pub items: i64,
    pub followers: i64,
}

/// All topics by name.
///
/// # Errors
/// The database's.
pub fn topics(db: &mut Db) -> Result<Vec<Topic>, AppError> {
    Ok(t::table.order((t::name.asc(), t::id.asc())).select(Topic::as_select()).load(db)?)
}

/// All topics by name, with their items and followers.
///
/// # Errors
/// The database's.
pub fn list(db: &mut Db) -> Result<Vec<TopicRow>, AppError> {
    let items: Vec<(TopicId, i64)> =
        item_topics::table.group_by(item_topics::topic_id).select((item_topics::topic_id, diesel::dsl::count_star())).load(db)?;
    let followers: Vec<(TopicId, i64)> = f::table.group_by(f::topic_id).select((f::topic_id, diesel::dsl::count_star())).load(db)?;
    let of = |counts: &[(TopicId, i64)], id| counts.iter().find(|(t, _)| *t == id).map_or(0, |(_, n)| *n);
    Ok(topics(db)?.into_iter().map(|topic| TopicRow { items: of(&items, topic.id), followers: of(&followers, topic.id), topic }).collect())
}

/// # Errors
/// Not found.
pub fn topic(db: &mut Db, id: TopicId) -> Result<Topic, AppError> {
    t::table.find(id).select(Topic::as_select()).first(db).optional()?.ok_or(AppError::NotFound("That topic"))
}

/// The topics a member follows, by name.
///
/// # Errors
/// The database's.
pub fn followed(db: &mut Db, member: MemberId) -> Result<Vec<Topic>, AppError> {
    let ids = f::table.filter(f::member_id.eq(member)).select(f::topic_id);
    Ok(t::table.filter(t::id.eq_any(ids)).order(t::name.asc()).select(Topic::as_select()).load(db)?)
}

/// Letters and digits of a name in lower case, joined by hyphens; “topic” when none is left.
fn slug_of(name: &str) -> String {
    let bare = name.nfkd().filter(|c| !is_combining_mark(*c));
    let plain: String = bare.map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let slug: String = plain.split_whitespace().collect::<Vec<_>>().join("-").chars().take(60).collect();
    if slug.is_empty() { "topic".into() } else { slug }
}

fn free_slug(db: &mut Db, name: &str) -> Result<String, AppError> {
    let slug = slug_of(name);
    let taken: Vec<String> = t::table.filter(t::slug.like(format!("{slug}%"))).select(t::slug).load(db)?;
    let free = (1..).map(|n| if n == 1 { slug.clone() } else { format!("{slug}-{n}") }).find(|s| !taken.contains(s));
    free.ok_or(AppError::NotFound("A free address"))
}

fn free_name(db: &mut Db, name: &str, but: Option<TopicId>) -> Result<(), AppError> {
    let folded = name.to_lowercase();
    let names: Vec<(TopicId, String)> = t::table.select((t::id, t::name)).load(db)?;
    if names.iter().any(|(id, n)| Some(*id) != but && n.to_lowercase() == folded) {
        return Err(AppError::conflict("name_taken", format!("There is a topic “{name}” already.")));
    }
    Ok(())
}

/// # Errors
/// Invalid fields; `name_taken`.
pub fn create_topic(tx: &mut Tx<'_>, name: &str, about: &str) -> Result<TopicId, AppError> {
    let (name, about) = (group_name(name)?, description(about)?);
    free_name(tx.db, &name, None)?;
    let (id, slug): (TopicId, String) = (tx.id(), free_slug(tx.db, &name)?);
    diesel::insert_into(t::table)
        .values((t::id.eq(id), t::slug.eq(slug), t::name.eq(&name), t::description.eq(about), t::created_at.eq(tx.now)))
        .execute(tx.db)?;
    audit::record(tx, "topic.created", &id.to_string(), &serde_json::json!({"name": name}))?;
    Ok(id)
}

/// Renames or describes a topic; its slug stays, so that addresses keep working.
///
/// # Errors
/// Not found; invalid fields; `name_taken`.
pub fn change_topic(tx: &mut Tx<'_>, id: TopicId, name: Option<&str>, about: Option<&str>) -> Result<Topic, AppError> {
    let before = topic(tx.db, id)?;
    let name = name.map_or_else(|| Ok(before.name.clone()), group_name)?;
    let about = about.map_or_else(|| Ok(before.description.clone()), description)?;
    free_name(tx.db, &name, Some(id))?;
    diesel::update(t::table.find(id)).set((t::name.eq(&name), t::description.eq(about))).execute(tx.db)?;
    audit::record(tx, "topic.changed", &id.to_string(), &serde_json::json!({"before": before.name, "after": name}))?;
    topic(tx.db, id)
}

/// Deletes a topic that no item has; whoever followed it no longer does.
///
/// # Errors
/// Not found; `topic_in_use`.
pub fn delete_topic(tx: &mut Tx<'_>, id: TopicId) -> Result<(), AppError> {
    let found = topic(tx.db, id)?;
    let items: i64 = item_topics::table.filter(item_topics::topic_id.eq(id)).count().get_result(tx.db)?;
    if items > 0 {
        return Err(AppError::conflict("topic_in_use", format!("{items} items are about this topic. Take it off them first.")));
    }
    diesel::delete(t::table.find(id)).execute(tx.db)?;
    audit::record(tx, "topic.deleted", &id.to_string(), &serde_json::json!({"name": found.name}))
}

/// Lets a member follow a topic, or not any more. Doing it twice is no error.
///
/// # Errors
/// Not found.
pub fn follow(tx: &mut Tx<'_>, member: MemberId, id: TopicId, wanted: bool) -> Result<(), AppError> {
    topic(tx.db, id)?;
    if wanted {
        diesel::insert_into(f::table).values((f::member_id.eq(member), f::topic_id.eq(id))).on_conflict_do_nothing().exec(tx.db)?;
    } else {
        diesel::delete(f::table.filter(f::member_id.eq(member)).filter(f::topic_id.eq(id))).execute(tx.db)?;
    }
    Ok(())
}

/// Makes exactly these the topics that a member follows; ids that are no topic are passed over.
///
/// # Errors
/// The database's.
pub fn follow_only(tx: &mut Tx<'_>, member: MemberId, wanted: &[TopicId]) -> Result<usize, AppError> {
    let real: Vec<TopicId> = t::table.filter(t::id.eq_any(wanted)).select(t::id).load(tx.db)?;
    diesel::delete(f::table.filter(f::member_id.eq(member))).execute(tx.db)?;
    for id in &real {
        diesel::insert_into(f::table).values((f::member_id.eq(member), f::topic_id.eq(id))).execute(tx.db)?;
    }
    Ok(real.len())
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn a_slug_is_plain_letters_and_hyphens() {
        for (name, slug) in [("Life at work", "life-at-work"), ("  C++ & Rust!", "c-rust"), ("産業", "topic"), ("Ökologie", "okologie")]
        {
            assert_eq!(slug_of(name), slug);
        }
    }
}
