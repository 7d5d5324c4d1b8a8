CREATE TABLE point_rules (
  id BIGINT PRIMARY KEY,
  event TEXT NOT NULL CHECK (event IN ('share_confirmed', 'human_click')),
  amount INTEGER NOT NULL,
  daily_cap INTEGER NOT NULL,
  valid_from TIMESTAMPTZ NOT NULL,
  created_by BIGINT REFERENCES members (id) ON DELETE SET NULL,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE point_entries (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  rule_id BIGINT NOT NULL REFERENCES point_rules (id),
  source TEXT NOT NULL UNIQUE,
  amount INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  day DATE NOT NULL,
  share_id BIGINT,
  reverses_id BIGINT
);
CREATE INDEX point_entries_member ON point_entries (member_id, id DESC);
CREATE INDEX point_entries_day ON point_entries (member_id, rule_id, day);

CREATE TABLE point_totals (
  period TEXT NOT NULL,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  points INTEGER NOT NULL,
  PRIMARY KEY (period, member_id)
);
CREATE INDEX point_totals_board ON point_totals (period, points DESC, member_id);

CREATE TABLE point_histogram (
  period TEXT NOT NULL,
  points INTEGER NOT NULL,
  members INTEGER NOT NULL,
  PRIMARY KEY (period, points)
);

CREATE TABLE leaderboard_choices (
  member_id BIGINT PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
  listed BOOLEAN NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE head_counts (
  day DATE NOT NULL,
  group_id BIGINT NOT NULL,
  members INTEGER NOT NULL,
  enrolled INTEGER NOT NULL,
  PRIMARY KEY (day, group_id)
);
