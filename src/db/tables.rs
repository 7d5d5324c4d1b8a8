//! Every table with its columns as a backup sees them, in an order in which foreign keys hold. A test
//! compares it with both databases.

/// How a column's values are written in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    /// ISO text.
    Day,
    Bool,
    /// Microseconds since 1970.
    Moment,
    /// Hexadecimal digits.
    Bytes,
}

/// A table and its columns.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

use Kind::{Bool, Bytes, Day, Int, Moment, Text};

pub const TABLES: &[Table] = &[
    Table { name: "process_numbers", columns: &[("one", Int), ("last", Int)] },
    Table { name: "settings", columns: &[("key", Text), ("value", Text), ("updated_at", Moment)] },
    Table { name: "jobs", columns: &[("id", Int), ("name", Text), ("payload", Text), ("state", Text), ("run_at", Moment), ("attempts", Int), ("leased_until", Moment), ("last_error", Text), ("unique_key", Text), ("created_at", Moment)] },
    Table { name: "schedules", columns: &[("name", Text), ("next_at", Moment)] },
    Table { name: "audit_head", columns: &[("one", Int), ("seq", Int), ("hash", Text)] },
    Table { name: "audit_entries", columns: &[("seq", Int), ("at", Moment), ("actor_id", Int), ("actor", Text), ("action", Text), ("subject", Text), ("detail", Text), ("previous_hash", Text), ("hash", Text)] },
    Table { name: "idempotency_keys", columns: &[("member_id", Int), ("key", Text), ("request_hash", Text), ("status", Int), ("body", Text), ("created_at", Moment)] },
    Table { name: "mails", columns: &[("id", Int), ("recipient", Text), ("subject", Text), ("text_body", Text), ("html_body", Text), ("state", Text), ("created_at", Moment), ("sent_at", Moment), ("last_error", Text)] },
    Table { name: "members", columns: &[("id", Int), ("email", Text), ("name", Text), ("password_hash", Text), ("status", Text), ("department", Text), ("region", Text), ("title", Text), ("country", Text), ("language", Text), ("time_zone", Text), ("started_on", Day), ("created_at", Moment), ("enrolled_at", Moment), ("updated_at", Moment), ("version", Int)] },
    Table { name: "member_roles", columns: &[("member_id", Int), ("role", Text)] },
    Table { name: "sessions", columns: &[("id", Int), ("member_id", Int), ("token_hash", Text), ("user_agent", Text), ("created_at", Moment), ("last_seen_at", Moment), ("expires_at", Moment)] },
    Table { name: "one_time_links", columns: &[("id", Int), ("kind", Text), ("token_hash", Text), ("member_id", Int), ("created_at", Moment), ("expires_at", Moment), ("used_at", Moment)] },
    Table { name: "api_tokens", columns: &[("id", Int), ("member_id", Int), ("name", Text), ("token_hash", Text), ("scopes", Text), ("created_at", Moment), ("expires_at", Moment), ("last_used_at", Moment), ("revoked_at", Moment)] },
    Table { name: "refresh_tokens", columns: &[("id", Int), ("family_id", Int), ("member_id", Int), ("token_hash", Text), ("scopes", Text), ("created_at", Moment), ("expires_at", Moment), ("used_at", Moment), ("revoked_at", Moment)] },
    Table { name: "signing_keys", columns: &[("id", Int), ("sealed", Text), ("created_at", Moment), ("retired_at", Moment)] },
    Table { name: "member_imports", columns: &[("id", Int), ("member_id", Int), ("file_name", Text), ("rows_json", Text), ("created_at", Moment), ("applied_at", Moment)] },
    Table { name: "groups", columns: &[("id", Int), ("name", Text), ("kind", Text), ("description", Text), ("created_at", Moment)] },
    Table { name: "group_members", columns: &[("group_id", Int), ("member_id", Int)] },
    Table { name: "topics", columns: &[("id", Int), ("slug", Text), ("name", Text), ("description", Text), ("created_at", Moment)] },
    Table { name: "topic_follows", columns: &[("member_id", Int), ("topic_id", Int)] },
    Table { name: "media", columns: &[("id", Int), ("sha256", Text), ("content_type", Text), ("width", Int), ("height", Int), ("bytes", Bytes), ("created_by", Int), ("created_at", Moment)] },
    Table { name: "sources", columns: &[("id", Int), ("url", Text), ("title", Text), ("etag", Text), ("last_modified", Text), ("next_poll_at", Moment), ("last_poll_at", Moment), ("last_ok_at", Moment), ("failures", Int), ("last_error", Text), ("active", Bool), ("created_by", Int), ("created_at", Moment)] },
    Table { name: "source_topics", columns: &[("source_id", Int), ("topic_id", Int)] },
    Table { name: "items", columns: &[("id", Int), ("kind", Text), ("status", Text), ("live_revision_id", Int), ("working_revision_id", Int), ("link_key", Text), ("pinned", Bool), ("release_at", Moment), ("expires_at", Moment), ("source_id", Int), ("source_guid", Text), ("published_at", Moment), ("created_by", Int), ("created_at", Moment), ("updated_at", Moment), ("version", Int)] },
    Table { name: "revisions", columns: &[("id", Int), ("item_id", Int), ("number", Int), ("state", Text), ("title", Text), ("summary", Text), ("link", Text), ("language", Text), ("image_id", Int), ("image_alt", Text), ("regulated", Bool), ("text_hash", Text), ("author_id", Int), ("created_at", Moment), ("submitted_at", Moment), ("decided_by", Int), ("decided_at", Moment), ("note", Text)] },
    Table { name: "captions", columns: &[("id", Int), ("revision_id", Int), ("position", Int), ("network", Text), ("language", Text), ("kind", Text), ("text", Text)] },
    Table { name: "item_topics", columns: &[("item_id", Int), ("topic_id", Int)] },
    Table { name: "item_audiences", columns: &[("item_id", Int), ("group_id", Int)] },
    Table { name: "item_search", columns: &[("item_id", Int), ("title", Text), ("summary", Text), ("captions", Text), ("topics", Text)] },
    Table { name: "connected_accounts", columns: &[("id", Int), ("member_id", Int), ("network", Text), ("remote_id", Text), ("handle", Text), ("host", Text), ("sealed", Text), ("state", Text), ("last_error", Text), ("last_ok_at", Moment), ("created_at", Moment), ("updated_at", Moment)] },
    Table { name: "links", columns: &[("id", Int), ("slug", Text), ("share_id", Int), ("item_id", Int), ("member_id", Int), ("target", Text), ("state", Text), ("created_at", Moment)] },
    Table { name: "hits", columns: &[("id", Int), ("link_id", Int), ("at", Moment), ("method", Text), ("agent", Text), ("referer_host", Text), ("visitor", Int), ("verdict", Text), ("reason", Text), ("rule_version", Int), ("counted", Bool)] },
    Table { name: "visitor_salts", columns: &[("day", Day), ("salt", Text)] },
    Table { name: "link_counts", columns: &[("link_id", Int), ("day", Day), ("verdict", Text), ("hits", Int)] },
    Table { name: "shares", columns: &[("id", Int), ("member_id", Int), ("item_id", Int), ("revision_id", Int), ("caption_id", Int), ("network", Text), ("mode", Text), ("state", Text), ("text", Text), ("link_id", Int), ("account_id", Int), ("remote_id", Text), ("remote_url", Text), ("failure", Text), ("confirmed_by", Text), ("scheduled_at", Moment), ("created_at", Moment), ("opened_at", Moment), ("confirmed_at", Moment), ("updated_at", Moment)] },
    Table { name: "share_weeks", columns: &[("week", Day), ("member_id", Int), ("shares", Int)] },
    Table { name: "publish_attempts", columns: &[("id", Int), ("share_id", Int), ("number", Int), ("record_key", Text), ("started_at", Moment), ("finished_at", Moment), ("outcome", Text), ("detail", Text)] },
    Table { name: "point_rules", columns: &[("id", Int), ("event", Text), ("amount", Int), ("daily_cap", Int), ("valid_from", Moment), ("created_by", Int), ("created_at", Moment)] },
    Table { name: "point_entries", columns: &[("id", Int), ("member_id", Int), ("rule_id", Int), ("source", Text), ("amount", Int), ("reason", Text), ("at", Moment), ("day", Day), ("share_id", Int), ("reverses_id", Int)] },
    Table { name: "point_totals", columns: &[("period", Text), ("member_id", Int), ("points", Int)] },
    Table { name: "point_histogram", columns: &[("period", Text), ("points", Int), ("members", Int)] },
    Table { name: "leaderboard_choices", columns: &[("member_id", Int), ("listed", Bool), ("updated_at", Moment)] },
    Table { name: "head_counts", columns: &[("day", Day), ("group_id", Int), ("members", Int), ("enrolled", Int)] },
];
