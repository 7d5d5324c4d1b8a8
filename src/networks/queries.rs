//! All diesel of the slice about accounts.
use diesel::prelude::*;

use super::{Account, AccountState, Network};
use crate::db::schema::connected_accounts as c;
use crate::db::{AccountId, Db, MemberId, Ts};

/// What an account is made of when it is connected.
pub struct NewAccount<'a> {
    pub id: AccountId,
    pub member: MemberId,
    pub network: Network,
    pub remote_id: &'a str,
    pub handle: &'a str,
    pub host: &'a str,
    pub sealed: &'a str,
}

pub fn connected(db: &mut Db, member: MemberId) -> QueryResult<Vec<Account>> {
    c::table
        .filter(c::member_id.eq(member))
        .filter(c::state.ne(AccountState::Disconnected))
        .order(c::id.asc())
        .select(Account::as_select())
        .load(db)
}

/// A connected account of this member.
pub fn own(db: &mut Db, member: MemberId, id: AccountId) -> QueryResult<Option<Account>> {
    c::table
        .find(id)
        .filter(c::member_id.eq(member))
        .filter(c::state.ne(AccountState::Disconnected))
        .select(Account::as_select())
        .first(db)
        .optional()
}

pub fn sealed(db: &mut Db, id: AccountId) -> QueryResult<Option<String>> {
    c::table.find(id).filter(c::state.ne(AccountState::Disconnected)).select(c::sealed).first(db).optional()
}

pub fn insert(db: &mut Db, new: &NewAccount<'_>, now: Ts) -> QueryResult<usize> {
    diesel::insert_into(c::table)
        .values((
            (c::id.eq(new.id), c::member_id.eq(new.member), c::network.eq(new.network), c::remote_id.eq(new.remote_id)),
            (c::handle.eq(new.handle), c::host.eq(new.host), c::sealed.eq(new.sealed), c::state.eq(AccountState::Active)),
            (c::last_ok_at.eq(now), c::created_at.eq(now), c::updated_at.eq(now)),
        ))
        .execute(db)
}

/// The same account, connected again.
pub fn renew(db: &mut Db, id: AccountId, new: &NewAccount<'_>, now: Ts) -> QueryResult<usize> {
    diesel::update(c::table.find(id))
        .set((
            (c::handle.eq(new.handle), c::host.eq(new.host), c::sealed.eq(new.sealed), c::state.eq(AccountState::Active)),
            (c::last_error.eq(None::<String>), c::last_ok_at.eq(now), c::updated_at.eq(now)),
        ))
        .execute(db)
}

/// Forgets the secrets of an account and keeps its row for the shares that name it.
pub fn disconnect(db: &mut Db, id: AccountId, now: Ts) -> QueryResult<usize> {
    diesel::update(c::table.find(id)).set((c::state.eq(AccountState::Disconnected), c::sealed.eq(""), c::updated_at.eq(now))).execute(db)
}

/// Stores renewed secrets, unless others have been stored since `before` was read.
pub fn replace_sealed(db: &mut Db, id: AccountId, before: &str, after: &str, now: Ts) -> QueryResult<usize> {
    diesel::update(c::table.find(id).filter(c::sealed.eq(before))).set((c::sealed.eq(after), c::updated_at.eq(now))).execute(db)
}

pub fn set_state(db: &mut Db, id: AccountId, from: AccountState, to: AccountState, reason: Option<&str>, now: Ts) -> QueryResult<usize> {
    diesel::update(c::table.find(id).filter(c::state.eq(from)))
        .set((c::state.eq(to), c::last_error.eq(reason), c::updated_at.eq(now)))
        .execute(db)
}
