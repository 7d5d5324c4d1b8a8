//! A past made by hand: pieces, posted shares and counted hits, as rows, for tests of what reads them.

use diesel::prelude::*;
use herald::db::schema::{group_members, groups, items, link_counts, revisions, share_weeks, shares};
use herald::db::{Actor, Exec, GroupId, ItemId, LinkId, MemberId, RevisionId, ShareId, Ts};
use herald::network::Network;
use herald::tracking::{self, NewLink};

use super::TestApp;

/// A posted share with its link.
#[derive(Debug, Clone, Copy)]
pub struct Posted {
    pub share: ShareId,
    pub link: LinkId,
}

impl TestApp {
    /// A live piece.
    pub async fn piece(&self, title: &str) -> ItemId {
        let title = title.to_owned();
        self.app
            .write(Actor::system("test"), move |tx| {
                let (item, revision): (ItemId, RevisionId) = (tx.id(), tx.id());
                diesel::insert_into(items::table)
                    .values((
                        (items::id.eq(item), items::kind.eq("article"), items::status.eq("approved"), items::pinned.eq(false)),
                        (items::live_revision_id.eq(revision), items::working_revision_id.eq(revision), items::release_at.eq(tx.now)),
                        (items::created_at.eq(tx.now), items::updated_at.eq(tx.now), items::version.eq(1_i64)),
                    ))
                    .execute(tx.db)?;
                diesel::insert_into(revisions::table)
                    .values((
                        (revisions::id.eq(revision), revisions::item_id.eq(item), revisions::number.eq(1), revisions::state.eq("approved")),
                        (revisions::title.eq(&title), revisions::summary.eq("A summary."), revisions::link.eq("https://example.com/")),
                        (revisions::language.eq("en"), revisions::image_alt.eq(""), revisions::regulated.eq(false)),
                        (revisions::text_hash.eq("hash"), revisions::created_at.eq(tx.now)),
                    ))
                    .execute(tx.db)?;
                Ok(item)
            })
            .await
            .unwrap()
    }

    /// A share posted at a moment, counted in its week.
    pub async fn posted(&self, member: MemberId, item: ItemId, network: Network, at: Ts) -> Posted {
        self.app
            .write(Actor::system("test"), move |tx| {
                let share: ShareId = tx.id();
                let link = tracking::create_link(
                    tx,
                    &NewLink { share_id: share, item_id: item, member_id: member, target: "https://example.com/".into() },
                )?;
                let revision: Option<RevisionId> = items::table.find(item).select(items::live_revision_id).first(tx.db)?;
                diesel::insert_into(shares::table)
                    .values((
                        (shares::id.eq(share), shares::member_id.eq(member), shares::item_id.eq(item)),
                        (shares::revision_id.eq(revision.unwrap()), shares::network.eq(network), shares::mode.eq("intent")),
                        (shares::state.eq("confirmed"), shares::text.eq("Read this"), shares::link_id.eq(link.id)),
                        (shares::created_at.eq(at), shares::confirmed_at.eq(at), shares::updated_at.eq(at)),
                    ))
                    .execute(tx.db)?;
                let monday = at.day() - chrono::Days::new(chrono::Datelike::weekday(&at.day()).num_days_from_monday().into());
                diesel::insert_into(share_weeks::table)
                    .values((share_weeks::week.eq(monday), share_weeks::member_id.eq(member), share_weeks::shares.eq(1)))
                    .on_conflict((share_weeks::week, share_weeks::member_id))
                    .do_update()
                    .set(share_weeks::shares.eq(share_weeks::shares + 1))
                    .exec(tx.db)?;
                Ok(Posted { share, link: link.id })
            })
            .await
            .unwrap()
    }

    /// Hits with one verdict on a link on the day of a moment.
    pub async fn hits(&self, link: LinkId, verdict: &str, n: i32, at: Ts) {
        let verdict = verdict.to_owned();
        self.app
            .write(Actor::system("test"), move |tx| {
                diesel::insert_into(link_counts::table)
                    .values((
                        link_counts::link_id.eq(link),
                        link_counts::day.eq(at.day()),
                        link_counts::verdict.eq(verdict),
                        link_counts::hits.eq(n),
                    ))
                    .execute(tx.db)?;
                Ok(())
            })
            .await
            .unwrap();
    }

    /// A group of members.
    pub async fn group(&self, name: &str, kind: &str, members: &[MemberId]) -> GroupId {
        let (name, kind, members) = (name.to_owned(), kind.to_owned(), members.to_vec());
        self.app
            .write(Actor::system("test"), move |tx| {
                let id: GroupId = tx.id();
                diesel::insert_into(groups::table)
                    .values((
                        (groups::id.eq(id), groups::name.eq(name), groups::kind.eq(kind)),
                        (groups::description.eq(""), groups::created_at.eq(tx.now)),
                    ))
                    .execute(tx.db)?;
                for member in members {
                    diesel::insert_into(group_members::table)
                        .values((group_members::group_id.eq(id), group_members::member_id.eq(member)))
                        .execute(tx.db)?;
                }
                Ok(id)
            })
            .await
            .unwrap()
    }
}
