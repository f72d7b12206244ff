-- compatible: 5
-- A request may be overtaken: its credential is revoked after it was read, and before the request writes. So each
-- organization has an access epoch, as on PostgreSQL; the statement that ends an operation finds it where the grant was read,
-- or the operation is undone. Triggers move it, so that it moves for every program. Not for groups in groups: nothing that
-- is written depends on what was known of them.
ALTER TABLE organizations ADD COLUMN access_epoch INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER credential_changed_access
  AFTER UPDATE OF id, connection, kind, hash, expires, revoked, overlap, service_account ON credentials
BEGIN
  UPDATE organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
END;
CREATE TRIGGER credential_deleted_access AFTER DELETE ON credentials
BEGIN
  UPDATE organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
END;

-- Not the counters, which move with each user.
CREATE TRIGGER connection_changed_access
  AFTER UPDATE OF id, owner, provider, strict, name, state, switches, mapping, deleted ON connections
BEGIN
  UPDATE organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
END;
CREATE TRIGGER connection_deleted_access AFTER DELETE ON connections
BEGIN
  UPDATE organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
END;

CREATE TRIGGER organization_changed_access
  AFTER UPDATE OF schema_version, cursor_key, cursor_key_sealed, disabled, enforced, redacted, administrators ON organizations
  WHEN OLD.schema_version <> NEW.schema_version
    OR OLD.cursor_key IS NOT NEW.cursor_key OR OLD.cursor_key_sealed IS NOT NEW.cursor_key_sealed
    OR OLD.disabled IS NOT NEW.disabled OR OLD.enforced <> NEW.enforced
    OR OLD.redacted <> NEW.redacted OR OLD.administrators IS NOT NEW.administrators
BEGIN
  UPDATE organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
END;
