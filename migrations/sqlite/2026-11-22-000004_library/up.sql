CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  content_type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  created_by INTEGER REFERENCES members (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  etag TEXT,
  last_modified TEXT,
  next_poll_at INTEGER NOT NULL,
  last_poll_at INTEGER,
  last_ok_at INTEGER,
  failures INTEGER NOT NULL,
  last_error TEXT,
  active INTEGER NOT NULL,
  created_by INTEGER REFERENCES members (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sources_due ON sources (next_poll_at) WHERE active;

CREATE TABLE source_topics (
  source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  topic_id INTEGER NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
  PRIMARY KEY (source_id, topic_id)
) STRICT;

CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('article', 'image', 'video', 'document', 'job', 'event', 'announcement')),
  status TEXT NOT NULL CHECK (status IN ('draft', 'in_review', 'approved', 'archived', 'recalled')),
  live_revision_id INTEGER,
  working_revision_id INTEGER,
  link_key TEXT UNIQUE,
  pinned INTEGER NOT NULL,
  release_at INTEGER,
  expires_at INTEGER,
  source_id INTEGER REFERENCES sources (id) ON DELETE SET NULL,
  source_guid TEXT,
  published_at INTEGER,
  created_by INTEGER REFERENCES members (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX items_released ON items (status, release_at DESC, id DESC);
CREATE INDEX items_pinned ON items (status, release_at DESC, id DESC) WHERE pinned;
CREATE INDEX items_updated ON items (updated_at DESC, id DESC);
CREATE INDEX items_source ON items (source_id, source_guid);

CREATE TABLE revisions (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'rejected', 'superseded')),
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  link TEXT NOT NULL,
  language TEXT NOT NULL,
  image_id INTEGER REFERENCES media (id),
  image_alt TEXT NOT NULL,
  regulated INTEGER NOT NULL,
  text_hash TEXT NOT NULL,
  author_id INTEGER REFERENCES members (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  submitted_at INTEGER,
  decided_by INTEGER REFERENCES members (id) ON DELETE SET NULL,
  decided_at INTEGER,
  note TEXT,
  UNIQUE (item_id, number)
) STRICT;
CREATE INDEX revisions_waiting ON revisions (submitted_at, id) WHERE state = 'in_review';

CREATE TABLE captions (
  id INTEGER PRIMARY KEY,
  revision_id INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  network TEXT,
  language TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('free', 'must_edit', 'locked')),
  text TEXT NOT NULL,
  UNIQUE (revision_id, position)
) STRICT;

CREATE TABLE item_topics (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  topic_id INTEGER NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
  PRIMARY KEY (item_id, topic_id)
) STRICT;
CREATE INDEX item_topics_topic ON item_topics (topic_id, item_id);

CREATE TABLE item_audiences (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  PRIMARY KEY (item_id, group_id)
) STRICT;
CREATE INDEX item_audiences_group ON item_audiences (group_id, item_id);

CREATE VIRTUAL TABLE item_search USING fts5(
  item_id UNINDEXED, title, summary, captions, topics,
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
