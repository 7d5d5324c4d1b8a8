//! One member's act of bringing one item to one network, and who may move it from state to state.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::shares;
use crate::db::{AccountId, Backend, CaptionId, ItemId, LinkId, MemberId, RevisionId, ShareId, Ts};
use crate::jobs::Job;
use crate::networks::Network;

crate::text_enum! {
    /// How a share gets to its network.
    ShareMode {
        /// Herald posts with the member's connected account.
        Api = "api",
        /// The network's own share page opens, filled in.
        Intent = "intent",
        /// The text goes to the clipboard.
        Copy = "copy",
    }
}

crate::text_enum! {
    /// Where a share stands. Only a network's id or the member's own word makes it `confirmed`.
    ShareState {
        Draft = "draft",
        AwaitingApproval = "awaiting_approval",
        Scheduled = "scheduled",
        Publishing = "publishing",
        Confirmed = "confirmed",
        Opened = "opened",
        Failed = "failed",
        NeedsReconnect = "needs_reconnect",
        Cancelled = "cancelled",
        Recalled = "recalled",
    }
}

crate::text_enum! {
    /// Whose word says that the post is out.
    ConfirmedBy { Member = "member", Network = "network" }
}

/// A share.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = shares, check_for_backend(Backend))]
pub struct Share {
    pub id: ShareId,
    #[serde(skip)]
    pub member_id: MemberId,
    pub item_id: ItemId,
    pub revision_id: RevisionId,
    pub caption_id: Option<CaptionId>,
    pub network: Network,
    pub mode: ShareMode,
    pub state: ShareState,
    /// Exactly what is, or was, to be published.
    pub text: String,
    #[serde(skip)]
    pub link_id: LinkId,
    #[serde(skip)]
    pub account_id: Option<AccountId>,
    /// The network's own id of the post.
    pub remote_id: Option<String>,
    /// Where the post can be seen.
    pub remote_url: Option<String>,
    /// What went wrong, in a sentence that says what to do.
    pub failure: Option<String>,
    pub confirmed_by: Option<ConfirmedBy>,
    pub scheduled_at: Option<Ts>,
    pub created_at: Ts,
    pub opened_at: Option<Ts>,
    pub confirmed_at: Option<Ts>,
    pub updated_at: Ts,
}

impl Share {
    /// Whether the member may say that the post is out. After a "no" too, if the network was opened:
    /// people mistake the button.
    pub fn may_be_confirmed(&self) -> bool {
        match self.state {
            ShareState::Opened | ShareState::Failed | ShareState::NeedsReconnect => true,
            ShareState::Cancelled => self.opened_at.is_some(),
            _ => false,
        }
    }

    /// Whether the member may call it off.
    pub fn may_be_cancelled(&self) -> bool {
        use ShareState as S;
        matches!(self.state, S::Draft | S::AwaitingApproval | S::Scheduled | S::Publishing | S::Opened | S::Failed | S::NeedsReconnect)
    }

    /// Whether the member may bring it out by the network's share page instead.
    pub fn may_be_opened(&self) -> bool {
        matches!(self.state, ShareState::Opened | ShareState::Failed | ShareState::NeedsReconnect)
    }
}

/// Tells recognition that a share is out, each exactly once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShareConfirmed {
    pub share: ShareId,
    pub member: MemberId,
    pub network: Network,
    pub at: Ts,
}

impl Job for ShareConfirmed {
    const NAME: &'static str = "sharing.confirmed";
}

/// Tells the member that a share waits for them: it failed, or the account must be connected again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShareNeedsHelp {
    pub share: ShareId,
    pub member: MemberId,
    pub network: Network,
    /// A sentence that says what to do.
    pub reason: String,
}

impl Job for ShareNeedsHelp {
    const NAME: &'static str = "sharing.needs_help";
    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.share))
    }
}
