-- An organization's cursor key may be sealed under a secret key (muster.directory.seal): it is in one of the two columns.
-- `secret_keys` are the ids of the keys that something may be sealed under: what a server has to have.
ALTER TABLE organizations ADD COLUMN cursor_key_sealed BLOB CHECK (cursor_key IS NULL OR cursor_key_sealed IS NULL);
DROP TRIGGER organizations_cursor_key;
CREATE TRIGGER organizations_cursor_key AFTER INSERT ON organizations
  WHEN NEW.cursor_key IS NULL AND NEW.cursor_key_sealed IS NULL BEGIN
  UPDATE organizations SET cursor_key = randomblob(32) WHERE organization = NEW.organization;
END;
CREATE TABLE secret_keys (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
