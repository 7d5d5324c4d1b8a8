use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit;
use crate::db::schema::{group_members as gm, groups as g, item_audiences, members};
use crate::db::{Backend, Db, Exec, GroupId, MemberId, Ts, Tx};
use crate::error::AppError;
use crate::identity::{self, like_pattern};

crate::text_enum! {
    /// Where a group comes from: the department or region that members carry, or made by hand.
    GroupKind { Department = "department", Region = "region", Other = "other" }
}

/// A named set of members.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = g, check_for_backend(Backend))]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    pub kind: GroupKind,
    pub description: String,
    pub created_at: Ts,
}

/// A group and how many members it has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupRow {
    #[serde(flatten)]
    pub group: Group,
    pub members: i64,
}

/// All groups by name.
///
/// # Errors
/// The database's.
pub fn groups(db: &mut Db) -> Result<Vec<Group>, AppError> {
    Ok(g::table.order((g::name.asc(), g::id.asc())).select(Group::as_select()).load(db)?)
}

/// Groups by name with their sizes, after the one given as a cursor, up to `limit + 1`.
///
/// # Errors
/// Malformed for a cursor that is no group.
pub fn list(db: &mut Db, q: &str, after: Option<GroupId>, limit: i64) -> Result<Vec<GroupRow>, AppError> {
    let mut query = g::table.order((g::name.asc(), g::id.asc())).limit(limit + 1).select(Group::as_select()).into_boxed::<Backend>();
    if !q.trim().is_empty() {
        query =
            query.filter(lower(g::name).like(like_pattern(&q.to_lowercase())).escape('\\').or(g::name.like(like_pattern(q)).escape('\\')));
    }
    if let Some(after) = after {
        let name: Option<String> = g::table.find(after).select(g::name).first(db).optional()?;
        let name = name.ok_or_else(|| AppError::Malformed("after is not the “next” of an earlier page.".into()))?;
        query = query.filter(g::name.gt(name.clone()).or(g::name.eq(name).and(g::id.gt(after))));
    }
    let found: Vec<Group> = query.load(db)?;
    let ids: Vec<GroupId> = found.iter().map(|group| group.id).collect();
    let sizes: Vec<(GroupId, i64)> =
        gm::table.filter(gm::group_id.eq_any(ids)).group_by(gm::group_id).select((gm::group_id, diesel::dsl::count_star())).load(db)?;
    let size = |id| sizes.iter().find(|(s, _)| *s == id).map_or(0, |(_, n)| *n);
    Ok(found.into_iter().map(|group| GroupRow { members: size(group.id), group }).collect())
}

diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }

/// # Errors
/// Not found.
pub fn group(db: &mut Db, id: GroupId) -> Result<Group, AppError> {
    g::table.find(id).select(Group::as_select()).first(db).optional()?.ok_or(AppError::NotFound("That group"))
}

/// How many members a group has.
///
/// # Errors
/// The database's.
pub fn size(db: &mut Db, id: GroupId) -> Result<i64, AppError> {
    Ok(gm::table.filter(gm::group_id.eq(id)).count().get_result(db)?)
}

/// The groups a member is in.
///
/// # Errors
/// The database's.
pub fn groups_of(db: &mut Db, member: MemberId) -> Result<Vec<GroupId>, AppError> {
    Ok(gm::table.filter(gm::member_id.eq(member)).select(gm::group_id).load(db)?)
}

/// A group's name: 1 to 120 characters.
///
/// # Errors
/// Invalid `name`.
pub fn group_name(text: &str) -> Result<String, AppError> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(AppError::field("name", "Give it a name of at most 120 characters."));
    }
    Ok(name)
}

/// A description: at most 500 characters, none is fine.
///
/// # Errors
/// Invalid `description`.
pub fn description(text: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.chars().count() > 500 || text.contains('\0') {
        return Err(AppError::field("description", "Use at most 500 characters."));
    }
    Ok(text.to_owned())
}

/// # Errors
/// Invalid fields; `name_taken`.
pub fn create_group(tx: &mut Tx<'_>, name: &str, kind: GroupKind, about: &str) -> Result<GroupId, AppError> {
    let (name, about) = (group_name(name)?, description(about)?);
    free_name(tx.db, &name, None)?;
    let id = insert(tx, &name, kind, &about)?;
    audit::record(tx, "group.created", &id.to_string(), &serde_json::json!({"name": name, "kind": kind}))?;
    Ok(id)
}

fn insert(tx: &mut Tx<'_>, name: &str, kind: GroupKind, about: &str) -> Result<GroupId, AppError> {
    let id: GroupId = tx.id();
    diesel::insert_into(g::table)
        .values((g::id.eq(id), g::name.eq(name), g::kind.eq(kind), g::description.eq(about), g::created_at.eq(tx.now)))
        .execute(tx.db)?;
    Ok(id)
}

fn free_name(db: &mut Db, name: &str, but: Option<GroupId>) -> Result<(), AppError> {
    let taken: Option<GroupId> = g::table.filter(g::name.eq(name)).select(g::id).first(db).optional()?;
    if taken.is_some() && taken != but {
        return Err(AppError::conflict("name_taken", format!("There is a group “{name}” already.")));
    }
    Ok(())
}

/// Renames or describes a group. The name of a department or region is its members' and stays.
///
/// # Errors
/// Not found; invalid fields; `name_taken`; `group_follows_members`.
pub fn change_group(tx: &mut Tx<'_>, id: GroupId, name: Option<&str>, about: Option<&str>) -> Result<Group, AppError> {
    let before = group(tx.db, id)?;
    let name = name.map_or_else(|| Ok(before.name.clone()), group_name)?;
    let about = about.map_or_else(|| Ok(before.description.clone()), description)?;
    if name != before.name {
        by_hand(&before, "renamed")?;
        free_name(tx.db, &name, Some(id))?;
    }
    diesel::update(g::table.find(id)).set((g::name.eq(&name), g::description.eq(&about))).execute(tx.db)?;
    audit::record(tx, "group.changed", &id.to_string(), &serde_json::json!({"before": before.name, "after": name}))?;
    group(tx.db, id)
}

fn by_hand(group: &Group, what: &str) -> Result<(), AppError> {
    if group.kind == GroupKind::Other {
        return Ok(());
    }
    let message = format!("This group follows the {} of its members and cannot be {what} here. Change the members instead.", group.kind);
    Err(AppError::conflict("group_follows_members", message))
}

/// Deletes a group. One that an item is meant for stays, since the item would be shown to everybody.
///
/// # Errors
/// Not found; `group_in_use`; `group_follows_members` while a department or region has members.
pub fn delete_group(tx: &mut Tx<'_>, id: GroupId) -> Result<(), AppError> {
    let found = group(tx.db, id)?;
    if size(tx.db, id)? > 0 {
        by_hand(&found, "deleted")?;
    }
    let items: i64 = item_audiences::table.filter(item_audiences::group_id.eq(id)).count().get_result(tx.db)?;
    if items > 0 {
        return Err(AppError::conflict("group_in_use", format!("{items} items are meant for this group. Change their audience first.")));
    }
    diesel::delete(g::table.find(id)).execute(tx.db)?;
    audit::record(tx, "group.deleted", &id.to_string(), &serde_json::json!({"name": found.name}))
}

/// Puts a member into a group made by hand; one who is in it already stays in it.
///
/// # Errors
/// Not found; `group_follows_members`.
pub fn add_to_group(tx: &mut Tx<'_>, id: GroupId, member: MemberId) -> Result<(), AppError> {
    by_hand(&group(tx.db, id)?, "filled")?;
    identity::find(tx.db, member)?;
    if put_in(tx.db, id, member)? > 0 {
        audit::record(tx, "group.member_added", &id.to_string(), &serde_json::json!({"member": member}))?;
    }
    Ok(())
}

fn put_in(db: &mut Db, id: GroupId, member: MemberId) -> QueryResult<usize> {
    diesel::insert_into(gm::table).values((gm::group_id.eq(id), gm::member_id.eq(member))).on_conflict_do_nothing().exec(db)
}

/// Takes a member out of a group made by hand.
///
/// # Errors
/// Not found; `group_follows_members`.
pub fn remove_from_group(tx: &mut Tx<'_>, id: GroupId, member: MemberId) -> Result<(), AppError> {
    by_hand(&group(tx.db, id)?, "emptied")?;
    let gone = diesel::delete(gm::table.filter(gm::group_id.eq(id)).filter(gm::member_id.eq(member))).execute(tx.db)?;
    if gone == 0 {
        return Err(AppError::NotFound("That member of the group"));
    }
    audit::record(tx, "group.member_removed", &id.to_string(), &serde_json::json!({"member": member}))
}

/// Puts a member into the groups of their department and region, made on demand, and out of any
/// other of these kinds.
///
/// # Errors
/// The database's.
pub fn place(tx: &mut Tx<'_>, member: MemberId) -> Result<(), AppError> {
    let found: Option<(Option<String>, Option<String>)> =
        members::table.find(member).select((members::department, members::region)).first(tx.db).optional()?;
    let Some((department, region)) = found else { return Ok(()) };
    for (kind, name) in [(GroupKind::Department, department), (GroupKind::Region, region)] {
        let wanted = name.map(|name| named(tx, kind, &name)).transpose()?;
        let present: Vec<GroupId> =
            gm::table.inner_join(g::table).filter(gm::member_id.eq(member)).filter(g::kind.eq(kind)).select(g::id).load(tx.db)?;
        for other in present.iter().filter(|id| Some(**id) != wanted) {
            diesel::delete(gm::table.filter(gm::group_id.eq(other)).filter(gm::member_id.eq(member))).execute(tx.db)?;
        }
        if let Some(id) = wanted.filter(|id| !present.contains(id)) {
            put_in(tx.db, id, member)?;
        }
    }
    Ok(())
}

/// The group of this kind for a department or region. Where another kind of group has the name
/// already, the kind stands behind it.
fn named(tx: &mut Tx<'_>, kind: GroupKind, name: &str) -> Result<GroupId, AppError> {
    let apart = format!("{name} ({kind})");
    for candidate in [name, &apart] {
        let found: Option<(GroupId, GroupKind)> =
            g::table.filter(g::name.eq(candidate)).select((g::id, g::kind)).first(tx.db).optional()?;
        match found {
            Some((id, of)) if of == kind => return Ok(id),
            Some(_) => {}
            None => {
                let id: GroupId = tx.id();
                diesel::insert_into(g::table)
                    .values((g::id.eq(id), g::name.eq(candidate), g::kind.eq(kind), g::description.eq(""), g::created_at.eq(tx.now)))
                    .on_conflict_do_nothing()
                    .exec(tx.db)?;
                return Ok(g::table.filter(g::name.eq(candidate)).select(g::id).first(tx.db)?);
            }
        }
    }
    Err(AppError::Internal(anyhow::anyhow!("both names of the group for {kind} {name} are taken")))
}
