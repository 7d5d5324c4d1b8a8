CREATE TABLE connected_accounts (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  network TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  handle TEXT NOT NULL,
  host TEXT NOT NULL,
  sealed TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'needs_reconnect', 'disconnected')),
  last_error TEXT,
  last_ok_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX connected_accounts_one ON connected_accounts (member_id, network) WHERE state <> 'disconnected';

CREATE TABLE links (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  share_id BIGINT NOT NULL UNIQUE,
  item_id BIGINT NOT NULL REFERENCES items (id),
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'recalled')),
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX links_item ON links (item_id);
CREATE INDEX links_member ON links (member_id);

CREATE TABLE hits (
  id BIGINT PRIMARY KEY,
  link_id BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  method TEXT NOT NULL,
  agent TEXT NOT NULL,
  referer_host TEXT NOT NULL,
  visitor BIGINT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('human', 'machine', 'preview', 'repeat', 'own', 'suspect')),
  reason TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  counted BOOLEAN NOT NULL
);
CREATE INDEX hits_link ON hits (link_id, id);
CREATE INDEX hits_visitor ON hits (visitor, at);
CREATE INDEX hits_uncounted ON hits (id) WHERE NOT counted;

CREATE TABLE visitor_salts (
  day DATE PRIMARY KEY,
  salt TEXT NOT NULL
);

CREATE TABLE link_counts (
  link_id BIGINT NOT NULL,
  day DATE NOT NULL,
  verdict TEXT NOT NULL,
  hits INTEGER NOT NULL,
  PRIMARY KEY (link_id, day, verdict)
);

CREATE TABLE shares (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  item_id BIGINT NOT NULL REFERENCES items (id),
  revision_id BIGINT NOT NULL REFERENCES revisions (id),
  caption_id BIGINT,
  network TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('api', 'intent', 'copy')),
  state TEXT NOT NULL CHECK (state IN ('draft', 'awaiting_approval', 'scheduled', 'publishing', 'confirmed', 'opened', 'failed', 'needs_reconnect', 'cancelled', 'recalled')),
  text TEXT NOT NULL,
  link_id BIGINT NOT NULL REFERENCES links (id),
  account_id BIGINT REFERENCES connected_accounts (id) ON DELETE SET NULL,
  remote_id TEXT,
  remote_url TEXT,
  failure TEXT,
  confirmed_by TEXT CHECK (confirmed_by IN ('member', 'network')),
  scheduled_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  opened_at TIMESTAMPTZ,
  confirmed_at TIMESTAMPTZ,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX shares_member ON shares (member_id, id DESC);
CREATE INDEX shares_item ON shares (item_id, id DESC);
CREATE INDEX shares_created ON shares (created_at);

CREATE TABLE share_weeks (
  week DATE NOT NULL,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  shares INTEGER NOT NULL,
  PRIMARY KEY (week, member_id)
);

CREATE TABLE publish_attempts (
  id BIGINT PRIMARY KEY,
  share_id BIGINT NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  record_key TEXT NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ,
  outcome TEXT,
  detail TEXT,
  UNIQUE (share_id, number)
);
