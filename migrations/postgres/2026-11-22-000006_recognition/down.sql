DROP TABLE head_counts;
DROP TABLE leaderboard_choices;
DROP TABLE point_histogram;
DROP TABLE point_totals;
DROP TABLE point_entries;
DROP TABLE point_rules;
