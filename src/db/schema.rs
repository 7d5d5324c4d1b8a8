//! The tables of both databases as diesel sees them; `migrations/` creates them, a test compares.
//! The generated search column of PostgreSQL stays out: only `library` asks it, in raw SQL.

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    process_numbers (one) {
        one -> Integer,
        last -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    settings (key) {
        key -> Text,
        value -> Text,
        updated_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    jobs (id) {
        id -> BigInt,
        name -> Text,
        payload -> Text,
        state -> Text,
        run_at -> UtcTs,
        attempts -> Integer,
        leased_until -> Nullable<UtcTs>,
        last_error -> Nullable<Text>,
        unique_key -> Nullable<Text>,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    schedules (name) {
        name -> Text,
        next_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    audit_head (one) {
        one -> Integer,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    audit_entries (seq) {
        seq -> BigInt,
        at -> UtcTs,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    idempotency_keys (member_id, key) {
        member_id -> BigInt,
        key -> Text,
        request_hash -> Text,
        status -> Integer,
        body -> Text,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    mails (id) {
        id -> BigInt,
        recipient -> Text,
        subject -> Text,
        text_body -> Text,
        html_body -> Text,
        state -> Text,
        created_at -> UtcTs,
        sent_at -> Nullable<UtcTs>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    members (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        status -> Text,
        department -> Nullable<Text>,
        region -> Nullable<Text>,
        title -> Nullable<Text>,
        country -> Nullable<Text>,
        language -> Text,
        time_zone -> Text,
        started_on -> Nullable<Date>,
        created_at -> UtcTs,
        enrolled_at -> Nullable<UtcTs>,
        updated_at -> UtcTs,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    member_roles (member_id, role) {
        member_id -> BigInt,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    sessions (id) {
        id -> BigInt,
        member_id -> BigInt,
        token_hash -> Text,
        user_agent -> Text,
        created_at -> UtcTs,
        last_seen_at -> UtcTs,
        expires_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    one_time_links (id) {
        id -> BigInt,
        kind -> Text,
        token_hash -> Text,
        member_id -> Nullable<BigInt>,
        created_at -> UtcTs,
        expires_at -> UtcTs,
        used_at -> Nullable<UtcTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    api_tokens (id) {
        id -> BigInt,
        member_id -> BigInt,
        name -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_at -> UtcTs,
        expires_at -> Nullable<UtcTs>,
        last_used_at -> Nullable<UtcTs>,
        revoked_at -> Nullable<UtcTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    refresh_tokens (id) {
        id -> BigInt,
        family_id -> BigInt,
        member_id -> BigInt,
        token_hash -> Text,
        scopes -> Text,
        created_at -> UtcTs,
        expires_at -> UtcTs,
        used_at -> Nullable<UtcTs>,
        revoked_at -> Nullable<UtcTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    signing_keys (id) {
        id -> BigInt,
        sealed -> Text,
        created_at -> UtcTs,
        retired_at -> Nullable<UtcTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    member_imports (id) {
        id -> BigInt,
        member_id -> BigInt,
        file_name -> Text,
        rows_json -> Text,
        created_at -> UtcTs,
        applied_at -> Nullable<UtcTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    groups (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        description -> Text,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    group_members (group_id, member_id) {
        group_id -> BigInt,
        member_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    topics (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        description -> Text,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    topic_follows (member_id, topic_id) {
        member_id -> BigInt,
        topic_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    media (id) {
        id -> BigInt,
        sha256 -> Text,
        content_type -> Text,
        width -> Integer,
        height -> Integer,
        bytes -> Binary,
        created_by -> Nullable<BigInt>,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    sources (id) {
        id -> BigInt,
        url -> Text,
        title -> Text,
        etag -> Nullable<Text>,
        last_modified -> Nullable<Text>,
        next_poll_at -> UtcTs,
        last_poll_at -> Nullable<UtcTs>,
        last_ok_at -> Nullable<UtcTs>,
        failures -> Integer,
        last_error -> Nullable<Text>,
        active -> Bool,
        created_by -> Nullable<BigInt>,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    source_topics (source_id, topic_id) {
        source_id -> BigInt,
        topic_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    items (id) {
        id -> BigInt,
        kind -> Text,
        status -> Text,
        live_revision_id -> Nullable<BigInt>,
        working_revision_id -> Nullable<BigInt>,
        link_key -> Nullable<Text>,
        pinned -> Bool,
        release_at -> Nullable<UtcTs>,
        expires_at -> Nullable<UtcTs>,
        source_id -> Nullable<BigInt>,
        source_guid -> Nullable<Text>,
        published_at -> Nullable<UtcTs>,
        created_by -> Nullable<BigInt>,
        created_at -> UtcTs,
        updated_at -> UtcTs,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    revisions (id) {
        id -> BigInt,
        item_id -> BigInt,
        number -> Integer,
        state -> Text,
        title -> Text,
        summary -> Text,
        link -> Text,
        language -> Text,
        image_id -> Nullable<BigInt>,
        image_alt -> Text,
        regulated -> Bool,
        text_hash -> Text,
        author_id -> Nullable<BigInt>,
        created_at -> UtcTs,
        submitted_at -> Nullable<UtcTs>,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<UtcTs>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    captions (id) {
        id -> BigInt,
        revision_id -> BigInt,
        position -> Integer,
        network -> Nullable<Text>,
        language -> Text,
        kind -> Text,
        text -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    item_topics (item_id, topic_id) {
        item_id -> BigInt,
        topic_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    item_audiences (item_id, group_id) {
        item_id -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    item_search (item_id) {
        item_id -> BigInt,
        title -> Text,
        summary -> Text,
        captions -> Text,
        topics -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    connected_accounts (id) {
        id -> BigInt,
        member_id -> BigInt,
        network -> Text,
        remote_id -> Text,
        handle -> Text,
        host -> Text,
        sealed -> Text,
        state -> Text,
        last_error -> Nullable<Text>,
        last_ok_at -> Nullable<UtcTs>,
        created_at -> UtcTs,
        updated_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    links (id) {
        id -> BigInt,
        slug -> Text,
        share_id -> BigInt,
        item_id -> BigInt,
        member_id -> BigInt,
        target -> Text,
        state -> Text,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    hits (id) {
        id -> BigInt,
        link_id -> BigInt,
        at -> UtcTs,
        method -> Text,
        agent -> Text,
        referer_host -> Text,
        visitor -> BigInt,
        verdict -> Text,
        reason -> Text,
        rule_version -> Integer,
        counted -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    visitor_salts (day) {
        day -> Date,
        salt -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    link_counts (link_id, day, verdict) {
        link_id -> BigInt,
        day -> Date,
        verdict -> Text,
        hits -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    shares (id) {
        id -> BigInt,
        member_id -> BigInt,
        item_id -> BigInt,
        revision_id -> BigInt,
        caption_id -> Nullable<BigInt>,
        network -> Text,
        mode -> Text,
        state -> Text,
        text -> Text,
        link_id -> BigInt,
        account_id -> Nullable<BigInt>,
        remote_id -> Nullable<Text>,
        remote_url -> Nullable<Text>,
        failure -> Nullable<Text>,
        confirmed_by -> Nullable<Text>,
        scheduled_at -> Nullable<UtcTs>,
        created_at -> UtcTs,
        opened_at -> Nullable<UtcTs>,
        confirmed_at -> Nullable<UtcTs>,
        updated_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    share_weeks (week, member_id) {
        week -> Date,
        member_id -> BigInt,
        shares -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    publish_attempts (id) {
        id -> BigInt,
        share_id -> BigInt,
        number -> Integer,
        record_key -> Text,
        started_at -> UtcTs,
        finished_at -> Nullable<UtcTs>,
        outcome -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    point_rules (id) {
        id -> BigInt,
        event -> Text,
        amount -> Integer,
        daily_cap -> Integer,
        valid_from -> UtcTs,
        created_by -> Nullable<BigInt>,
        created_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    point_entries (id) {
        id -> BigInt,
        member_id -> BigInt,
        rule_id -> BigInt,
        source -> Text,
        amount -> Integer,
        reason -> Text,
        at -> UtcTs,
        day -> Date,
        share_id -> Nullable<BigInt>,
        reverses_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    point_totals (period, member_id) {
        period -> Text,
        member_id -> BigInt,
        points -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    point_histogram (period, points) {
        period -> Text,
        points -> Integer,
        members -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    leaderboard_choices (member_id) {
        member_id -> BigInt,
        listed -> Bool,
        updated_at -> UtcTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::UtcTs;

    head_counts (day, group_id) {
        day -> Date,
        group_id -> BigInt,
        members -> Integer,
        enrolled -> Integer,
    }
}

diesel::joinable!(member_roles -> members (member_id));
diesel::joinable!(sessions -> members (member_id));
diesel::joinable!(one_time_links -> members (member_id));
diesel::joinable!(api_tokens -> members (member_id));
diesel::joinable!(refresh_tokens -> members (member_id));
diesel::joinable!(member_imports -> members (member_id));
diesel::joinable!(group_members -> groups (group_id));
diesel::joinable!(group_members -> members (member_id));
diesel::joinable!(topic_follows -> members (member_id));
diesel::joinable!(topic_follows -> topics (topic_id));
diesel::joinable!(media -> members (created_by));
diesel::joinable!(sources -> members (created_by));
diesel::joinable!(source_topics -> sources (source_id));
diesel::joinable!(source_topics -> topics (topic_id));
diesel::joinable!(items -> sources (source_id));
diesel::joinable!(items -> members (created_by));
diesel::joinable!(revisions -> items (item_id));
diesel::joinable!(revisions -> media (image_id));
diesel::joinable!(captions -> revisions (revision_id));
diesel::joinable!(item_topics -> items (item_id));
diesel::joinable!(item_topics -> topics (topic_id));
diesel::joinable!(item_audiences -> items (item_id));
diesel::joinable!(item_audiences -> groups (group_id));
diesel::joinable!(item_search -> items (item_id));
diesel::joinable!(connected_accounts -> members (member_id));
diesel::joinable!(links -> items (item_id));
diesel::joinable!(links -> members (member_id));
diesel::joinable!(shares -> members (member_id));
diesel::joinable!(shares -> items (item_id));
diesel::joinable!(shares -> revisions (revision_id));
diesel::joinable!(shares -> links (link_id));
diesel::joinable!(shares -> connected_accounts (account_id));
diesel::joinable!(share_weeks -> members (member_id));
diesel::joinable!(publish_attempts -> shares (share_id));
diesel::joinable!(point_rules -> members (created_by));
diesel::joinable!(point_entries -> members (member_id));
diesel::joinable!(point_entries -> point_rules (rule_id));
diesel::joinable!(point_totals -> members (member_id));
diesel::joinable!(leaderboard_choices -> members (member_id));

diesel::allow_tables_to_appear_in_same_query!(
    process_numbers,
    settings,
    jobs,
    schedules,
    audit_head,
    audit_entries,
    idempotency_keys,
    mails,
    members,
    member_roles,
    sessions,
    one_time_links,
    api_tokens,
    refresh_tokens,
    signing_keys,
    member_imports,
    groups,
    group_members,
    topics,
    topic_follows,
    media,
    sources,
    source_topics,
    items,
    revisions,
    captions,
    item_topics,
    item_audiences,
    item_search,
    connected_accounts,
    links,
    hits,
    visitor_salts,
    link_counts,
    shares,
    share_weeks,
    publish_attempts,
    point_rules,
    point_entries,
    point_totals,
    point_histogram,
    leaderboard_choices,
    head_counts,
);

diesel::allow_columns_to_appear_in_same_group_by_clause!(links::item_id, links::member_id, link_counts::verdict);
