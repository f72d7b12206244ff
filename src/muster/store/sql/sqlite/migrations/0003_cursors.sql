-- The key that an organization's cursors are sealed with: 32 random bytes, made by the database so that no other place
-- knows them, also for organizations that an older program creates.
ALTER TABLE organizations ADD COLUMN cursor_key BLOB CHECK (length(cursor_key) = 32);
UPDATE organizations SET cursor_key = randomblob(32);
CREATE TRIGGER organizations_cursor_key AFTER INSERT ON organizations WHEN NEW.cursor_key IS NULL BEGIN
  UPDATE organizations SET cursor_key = randomblob(32) WHERE organization = NEW.organization;
END;
