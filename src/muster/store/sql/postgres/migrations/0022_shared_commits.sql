-- compatible: 1
-- What makes writes that share a transaction cheap, and keeps them from waiting in a circle.

-- The condition of 0009 is asked only where one of its columns is set: PostgreSQL reads it anew for each statement that
-- updates an organization, and nearly all of those only take the next sequence number.
DROP TRIGGER moves_access ON organizations;
CREATE TRIGGER moves_access
  BEFORE UPDATE OF schema_version, cursor_key, cursor_key_sealed, nested_members, disabled, enforced, redacted, administrators
  ON organizations FOR EACH ROW
  WHEN (OLD.schema_version <> NEW.schema_version
    OR OLD.cursor_key IS DISTINCT FROM NEW.cursor_key OR OLD.cursor_key_sealed IS DISTINCT FROM NEW.cursor_key_sealed
    OR (OLD.nested_members > 0) <> (NEW.nested_members > 0)
    OR OLD.disabled IS DISTINCT FROM NEW.disabled OR OLD.enforced <> NEW.enforced
    OR OLD.redacted <> NEW.redacted OR OLD.administrators IS DISTINCT FROM NEW.administrators)
  EXECUTE FUNCTION move_own_access_epoch();

-- What a transaction of several `write_user` begins with: the users that they change ($3), locked in one order, before the
-- first of them takes the organization's row, which everybody else takes last. It does not wait long for one of them, since
-- the others could go on without it.
CREATE FUNCTION lock_users(bigint, bigint, text[]) RETURNS void LANGUAGE plpgsql STRICT SET lock_timeout = '300ms' AS $$
BEGIN
  PERFORM enter($1), pg_advisory_xact_lock_shared($1);
  PERFORM 1 FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.id = ANY ($3) ORDER BY u.id FOR NO KEY UPDATE;
END $$;
