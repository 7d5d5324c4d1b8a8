DROP TABLE member_imports;
DROP TABLE signing_keys;
DROP TABLE refresh_tokens;
DROP TABLE api_tokens;
DROP TABLE one_time_links;
DROP TABLE sessions;
DROP TABLE member_roles;
DROP TABLE members;
