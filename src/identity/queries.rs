//! All diesel of the slice.
use diesel::prelude::*;

use super::member::{Member, MemberStatus, NewMember};
use super::role::Role;
use crate::by_db;
use crate::db::schema::{member_roles, members, sessions};
use crate::db::{Db, Exec, MemberId, SessionId, Ts};

pub fn member(db: &mut Db, id: MemberId) -> QueryResult<Option<Member>> {
    members::table.find(id).select(Member::as_select()).first(db).optional()
}

pub fn by_email(db: &mut Db, email: &str) -> QueryResult<Option<Member>> {
    members::table.filter(members::email.eq(email)).select(Member::as_select()).first(db).optional()
}

pub fn insert_member(db: &mut Db, id: MemberId, new: &NewMember, status: MemberStatus, now: Ts) -> QueryResult<usize> {
    use members as m;
    diesel::insert_into(m::table)
        .values((
            (
                m::id.eq(id),
                m::email.eq(new.email.as_str()),
                m::name.eq(new.name.as_str()),
                m::password_hash.eq(new.password_hash.as_deref()),
            ),
            (
                m::status.eq(status),
                m::department.eq(new.department.as_deref()),
                m::region.eq(new.region.as_deref()),
                m::title.eq(new.title.as_deref()),
            ),
            (
                m::country.eq(new.country.as_deref()),
                m::language.eq(&new.language),
                m::time_zone.eq(new.time_zone.name()),
                m::started_on.eq(new.started_on),
            ),
            (
                m::created_at.eq(now),
                m::enrolled_at.eq((status == MemberStatus::Active).then_some(now)),
                m::updated_at.eq(now),
                m::version.eq(1_i64),
            ),
        ))
        .execute(db)
}

pub fn put_roles(db: &mut Db, id: MemberId, roles: &[Role]) -> QueryResult<()> {
    diesel::delete(member_roles::table.filter(member_roles::member_id.eq(id))).execute(db)?;
    for role in roles {
        diesel::insert_into(member_roles::table)
            .values((member_roles::member_id.eq(id), member_roles::role.eq(role)))
            .on_conflict_do_nothing()
            .exec(db)?;
    }
    Ok(())
}

pub fn roles(db: &mut Db, id: MemberId) -> QueryResult<Vec<Role>> {
    member_roles::table.filter(member_roles::member_id.eq(id)).order(member_roles::role.asc()).select(member_roles::role).load(db)
}

pub fn set_password(db: &mut Db, id: MemberId, hash: &str, now: Ts) -> QueryResult<usize> {
    diesel::update(members::table.find(id)).set((members::password_hash.eq(hash), members::updated_at.eq(now))).execute(db)
}

/// A member who becomes active for the first time is enrolled from then on.
pub fn set_status(db: &mut Db, id: MemberId, status: MemberStatus, now: Ts) -> QueryResult<usize> {
    if status == MemberStatus::Active {
        diesel::update(members::table.find(id).filter(members::enrolled_at.is_null())).set(members::enrolled_at.eq(now)).execute(db)?;
    }
    diesel::update(members::table.find(id))
        .set((members::status.eq(status), members::updated_at.eq(now), members::version.eq(members::version + 1)))
        .execute(db)
}

pub fn touch(db: &mut Db, id: MemberId, now: Ts) -> QueryResult<usize> {
    diesel::update(members::table.find(id)).set((members::updated_at.eq(now), members::version.eq(members::version + 1))).execute(db)
}

/// The active administrators; on PostgreSQL their rows are locked, so that two of them cannot
/// resign at the same moment.
pub fn lock_active_admins(db: &mut Db) -> QueryResult<Vec<MemberId>> {
    let query = member_roles::table
        .inner_join(members::table)
        .filter(member_roles::role.eq(Role::Admin))
        .filter(members::status.eq(MemberStatus::Active))
        .order(members::id.asc())
        .select(members::id);
    by_db!(db; pg(p) => query.for_update().load(p); sqlite(s) => query.load(s))
}

pub fn any_admin(db: &mut Db) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        member_roles::table
            .inner_join(members::table)
            .filter(member_roles::role.eq(Role::Admin))
            .filter(members::status.ne(MemberStatus::Disabled)),
    ))
    .get_result(db)
}

/// The session behind a token hash with its member, unless it has expired or the member may not sign in.
pub fn session(db: &mut Db, token_hash: &str, now: Ts) -> QueryResult<Option<(SessionId, Ts, Member)>> {
    sessions::table
        .inner_join(members::table)
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now))
        .filter(members::status.eq(MemberStatus::Active))
        .select((sessions::id, sessions::last_seen_at, Member::as_select()))
        .first(db)
        .optional()
}

/// Revisions that wait for a decision which this member may take.
pub fn waiting_revisions(db: &mut Db, member: MemberId) -> QueryResult<i64> {
    use crate::db::schema::revisions as r;
    r::table.filter(r::state.eq("in_review")).filter(r::author_id.is_null().or(r::author_id.ne(member))).count().get_result(db)
}
