CREATE TABLE point_rules (
  id INTEGER PRIMARY KEY,
  event TEXT NOT NULL CHECK (event IN ('share_confirmed', 'human_click')),
  amount INTEGER NOT NULL,
  daily_cap INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  created_by INTEGER REFERENCES members (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE point_entries (
  id INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  rule_id INTEGER NOT NULL REFERENCES point_rules (id),
  source TEXT NOT NULL UNIQUE,
  amount INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  day TEXT NOT NULL,
  share_id INTEGER,
  reverses_id INTEGER
) STRICT;
CREATE INDEX point_entries_member ON point_entries (member_id, id DESC);
CREATE INDEX point_entries_day ON point_entries (member_id, rule_id, day);

CREATE TABLE point_totals (
  period TEXT NOT NULL,
  member_id INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  points INTEGER NOT NULL,
  PRIMARY KEY (period, member_id)
) STRICT;
CREATE INDEX point_totals_board ON point_totals (period, points DESC, member_id);

CREATE TABLE point_histogram (
  period TEXT NOT NULL,
  points INTEGER NOT NULL,
  members INTEGER NOT NULL,
  PRIMARY KEY (period, points)
) STRICT;

CREATE TABLE leaderboard_choices (
  member_id INTEGER PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
  listed INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE head_counts (
  day TEXT NOT NULL,
  group_id INTEGER NOT NULL,
  members INTEGER NOT NULL,
  enrolled INTEGER NOT NULL,
  PRIMARY KEY (day, group_id)
) STRICT;
