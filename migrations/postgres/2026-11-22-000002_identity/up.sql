CREATE TABLE members (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  status TEXT NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  department TEXT,
  region TEXT,
  title TEXT,
  country TEXT,
  language TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  started_on DATE,
  created_at TIMESTAMPTZ NOT NULL,
  enrolled_at TIMESTAMPTZ,
  updated_at TIMESTAMPTZ NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX members_name ON members (name, id);

CREATE TABLE member_roles (
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('advocate', 'curator', 'approver', 'hr', 'admin')),
  PRIMARY KEY (member_id, role)
);
CREATE INDEX member_roles_role ON member_roles (role, member_id);

CREATE TABLE sessions (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  user_agent TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);

CREATE TABLE one_time_links (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('setup', 'invite', 'reset')),
  token_hash TEXT NOT NULL UNIQUE,
  member_id BIGINT REFERENCES members (id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);
CREATE INDEX one_time_links_member ON one_time_links (member_id);

CREATE TABLE api_tokens (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ,
  last_used_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ
);
CREATE INDEX api_tokens_member ON api_tokens (member_id);

CREATE TABLE refresh_tokens (
  id BIGINT PRIMARY KEY,
  family_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

CREATE TABLE signing_keys (
  id BIGINT PRIMARY KEY,
  sealed TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  retired_at TIMESTAMPTZ
);

CREATE TABLE member_imports (
  id BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  file_name TEXT NOT NULL,
  rows_json TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  applied_at TIMESTAMPTZ
);
