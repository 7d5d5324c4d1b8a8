DROP TABLE topic_follows;
DROP TABLE topics;
DROP TABLE group_members;
DROP TABLE groups;
