//! What came of one attempt to publish, in the same few words for every network.
//!
//! A connector answers with exactly one of these and never with a raw status. The publish job acts on
//! them and knows nothing of the network. The attempt (its record key or idempotency key) is on disk
//! before the first byte is sent, so that every outcome can be told apart from "never tried".

use chrono::{DateTime, Utc};

/// The outcome of one publish attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an outcome that is dropped is a share that nobody hears of again"]
pub enum Outcome {
    /// The network confirmed the post with its own id. The job stores it and plans the first reading
    /// of engagement.
    Published {
        /// The network's id of the post, as text (`at://…`, `urn:li:share:…`, a number).
        remote_id: String,
        /// The address where a person can see the post.
        url: String,
    },
    /// Throttled or out of order for a moment, and nothing was posted. The job tries again at this
    /// time or later, with jitter and a limit on attempts.
    RetryAt(DateTime<Utc>),
    /// The connection to the account has ended: token expired or revoked, scope gone, account
    /// suspended. The job pauses the account, tells the member, and keeps the share.
    NeedsReauth {
        /// A sentence for the member.
        reason: String,
    },
    /// The network refused this content. The same request would be refused again.
    Permanent {
        /// A stable code for reports and tests.
        code: String,
        /// A sentence for the member.
        message: String,
    },
    /// The network says that this post exists already. When an unresolved attempt of ours came
    /// before, the job adopts it as published; otherwise it is final.
    Duplicate {
        /// The network's id of the post that exists, when it names one.
        remote_id: Option<String>,
    },
    /// Sent, but no usable answer came: the post may or may not exist. The job looks it up before
    /// anything is sent again.
    Unknown {
        /// For the log and the administrator; holds no token and no text of the post.
        reason: String,
    },
    /// Our side of the network is shut: interface version switched off, credits used up, product not
    /// approved. The job pauses the whole network and alerts the administrator.
    AppBlocked {
        /// A sentence for the administrator.
        reason: String,
    },
}

impl Outcome {
    /// The stable name of the outcome, for metrics, logs and the attempt's row.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Published { .. } => "published",
            Self::RetryAt(_) => "retry_at",
            Self::NeedsReauth { .. } => "needs_reauth",
            Self::Permanent { .. } => "permanent",
            Self::Duplicate { .. } => "duplicate",
            Self::Unknown { .. } => "unknown",
            Self::AppBlocked { .. } => "app_blocked",
        }
    }

    /// Whether the job is done with this share, one way or the other.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Published { .. } | Self::Permanent { .. } | Self::Duplicate { .. })
    }

    /// A refusal with a code and a sentence for the member.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Permanent { code: code.into(), message: message.into() }
    }
}
