DROP TABLE mails;
DROP TABLE idempotency_keys;
DROP TABLE audit_entries;
DROP TABLE audit_head;
DROP TABLE schedules;
DROP TABLE jobs;
DROP TABLE settings;
DROP TABLE process_numbers;
