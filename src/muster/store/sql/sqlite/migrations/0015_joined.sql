-- compatible: 5
-- Of an account whose user's earlier account has taken its place: that account's id.
ALTER TABLE accounts ADD COLUMN joined TEXT;
