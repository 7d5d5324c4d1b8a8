DROP TABLE publish_attempts;
DROP TABLE share_weeks;
DROP TABLE shares;
DROP TABLE link_counts;
DROP TABLE visitor_salts;
DROP TABLE hits;
DROP TABLE links;
DROP TABLE connected_accounts;
