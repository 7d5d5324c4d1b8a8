CREATE TABLE media (
  id BIGINT PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  content_type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes BYTEA NOT NULL,
  created_by BIGINT REFERENCES members (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE sources (
  id BIGINT PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  etag TEXT,
  last_modified TEXT,
  next_poll_at TIMESTAMPTZ NOT NULL,
  last_poll_at TIMESTAMPTZ,
  last_ok_at TIMESTAMPTZ,
  failures INTEGER NOT NULL,
  last_error TEXT,
  active BOOLEAN NOT NULL,
  created_by BIGINT REFERENCES members (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sources_due ON sources (next_poll_at) WHERE active;

CREATE TABLE source_topics (
  source_id BIGINT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  topic_id BIGINT NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
  PRIMARY KEY (source_id, topic_id)
);

CREATE TABLE items (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('article', 'image', 'video', 'document', 'job', 'event', 'announcement')),
  status TEXT NOT NULL CHECK (status IN ('draft', 'in_review', 'approved', 'archived', 'recalled')),
  live_revision_id BIGINT,
  working_revision_id BIGINT,
  link_key TEXT UNIQUE,
  pinned BOOLEAN NOT NULL,
  release_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ,
  source_id BIGINT REFERENCES sources (id) ON DELETE SET NULL,
  source_guid TEXT,
  published_at TIMESTAMPTZ,
  created_by BIGINT REFERENCES members (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX items_released ON items (status, release_at DESC, id DESC);
CREATE INDEX items_pinned ON items (status, release_at DESC, id DESC) WHERE pinned;
CREATE INDEX items_updated ON items (updated_at DESC, id DESC);
CREATE INDEX items_source ON items (source_id, source_guid);

CREATE TABLE revisions (
  id BIGINT PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'rejected', 'superseded')),
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  link TEXT NOT NULL,
  language TEXT NOT NULL,
  image_id BIGINT REFERENCES media (id),
  image_alt TEXT NOT NULL,
  regulated BOOLEAN NOT NULL,
  text_hash TEXT NOT NULL,
  author_id BIGINT REFERENCES members (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL,
  submitted_at TIMESTAMPTZ,
  decided_by BIGINT REFERENCES members (id) ON DELETE SET NULL,
  decided_at TIMESTAMPTZ,
  note TEXT,
  UNIQUE (item_id, number)
);
CREATE INDEX revisions_waiting ON revisions (submitted_at, id) WHERE state = 'in_review';

CREATE TABLE captions (
  id BIGINT PRIMARY KEY,
  revision_id BIGINT NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  network TEXT,
  language TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('free', 'must_edit', 'locked')),
  text TEXT NOT NULL,
  UNIQUE (revision_id, position)
);

CREATE TABLE item_topics (
  item_id BIGINT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  topic_id BIGINT NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
  PRIMARY KEY (item_id, topic_id)
);
CREATE INDEX item_topics_topic ON item_topics (topic_id, item_id);

CREATE TABLE item_audiences (
  item_id BIGINT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  PRIMARY KEY (item_id, group_id)
);
CREATE INDEX item_audiences_group ON item_audiences (group_id, item_id);

CREATE TABLE item_search (
  item_id BIGINT PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  captions TEXT NOT NULL,
  topics TEXT NOT NULL,
  doc TSVECTOR GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', topics), 'B')
    || setweight(to_tsvector('simple', summary), 'C') || setweight(to_tsvector('simple', captions), 'D')
  ) STORED
);
CREATE INDEX item_search_doc ON item_search USING gin (doc);
