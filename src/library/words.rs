//! The closed words of the library.

use crate::db::Ts;

crate::text_enum! {
    /// What a piece is.
    ItemKind {
        Article = "article",
        Image = "image",
        Video = "video",
        Document = "document",
        Job = "job",
        Event = "event",
        Announcement = "announcement",
    }
}

crate::text_enum! {
    /// Where an item stands by decision; [`Standing`] adds the clock.
    ItemStatus { Draft = "draft", InReview = "in_review", Approved = "approved", Archived = "archived", Recalled = "recalled" }
}

crate::text_enum! {
    /// Where a revision stands. Its content never changes.
    RevisionState { Draft = "draft", InReview = "in_review", Approved = "approved", Rejected = "rejected", Superseded = "superseded" }
}

crate::text_enum! {
    /// What a member may do with a caption: use it freely, must change it, or must leave it as it is.
    CaptionKind { Free = "free", MustEdit = "must_edit", Locked = "locked" }
}

crate::text_enum! {
    /// The status as people see it, by decision and by the clock.
    Standing {
        Draft = "draft",
        InReview = "in_review",
        Scheduled = "scheduled",
        Live = "live",
        Expired = "expired",
        Archived = "archived",
        Recalled = "recalled",
    }
}

impl ItemKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Article => "Article",
            Self::Image => "Picture",
            Self::Video => "Video",
            Self::Document => "Document",
            Self::Job => "Job",
            Self::Event => "Event",
            Self::Announcement => "Announcement",
        }
    }
    /// The name in the icon sheet.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
            Self::Job => "job",
            Self::Event => "calendar",
            Self::Announcement => "megaphone",
        }
    }
}

impl CaptionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Free => "Free to change",
            Self::MustEdit => "Must be changed",
            Self::Locked => "Locked",
        }
    }
}

impl RevisionState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::InReview => "In review",
            Self::Approved => "Approved",
            Self::Rejected => "Sent back",
            Self::Superseded => "Replaced",
        }
    }
    /// The look of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Draft | Self::Superseded => "plain",
            Self::InReview => "wait",
            Self::Approved => "good",
            Self::Rejected => "bad",
        }
    }
}

impl Standing {
    /// An approved item is scheduled before its release, expired from its expiry on, and else live.
    pub fn of(status: ItemStatus, release_at: Option<Ts>, expires_at: Option<Ts>, now: Ts) -> Self {
        match status {
            ItemStatus::Draft => Self::Draft,
            ItemStatus::InReview => Self::InReview,
            ItemStatus::Archived => Self::Archived,
            ItemStatus::Recalled => Self::Recalled,
            ItemStatus::Approved if expires_at.is_some_and(|at| at <= now) => Self::Expired,
            ItemStatus::Approved if release_at.is_some_and(|at| at > now) => Self::Scheduled,
            ItemStatus::Approved => Self::Live,
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::InReview => "In review",
            Self::Scheduled => "Scheduled",
            Self::Live => "Live",
            Self::Expired => "Expired",
            Self::Archived => "Archived",
            Self::Recalled => "Recalled",
        }
    }
    /// The look of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Draft | Self::Expired | Self::Archived => "plain",
            Self::InReview | Self::Scheduled => "wait",
            Self::Live => "good",
            Self::Recalled => "bad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_decides_what_an_approved_item_is() {
        let at = |micros| Ts::from_micros(micros);
        let of = |release, expires| Standing::of(ItemStatus::Approved, release, expires, at(100).unwrap());
        assert_eq!(of(None, None), Standing::Live);
        assert_eq!(of(at(100), at(101)), Standing::Live);
        assert_eq!(of(at(101), None), Standing::Scheduled);
        assert_eq!(of(at(1), at(100)), Standing::Expired);
        assert_eq!(Standing::of(ItemStatus::Recalled, at(1), at(2), at(3).unwrap()), Standing::Recalled);
    }
}
