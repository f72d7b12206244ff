-- compatible: 1
-- What a credential opens may be remembered by a server, as long as the statement that reads or begins to write finds the
-- organization's access epoch where it was when that was read. The epoch moves with whatever a grant is made of; triggers
-- see to it, so that it moves for servers and command lines of the release before too.

ALTER TABLE organizations ADD COLUMN access_epoch bigint NOT NULL DEFAULT 0;

CREATE FUNCTION move_access_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE muster.organizations SET access_epoch = access_epoch + 1 WHERE organization = OLD.organization;
  RETURN NULL;
END $$;

-- A new credential changes nothing for those that are known: what is not there is not remembered.
CREATE TRIGGER moves_access AFTER UPDATE OR DELETE ON credentials
  FOR EACH ROW EXECUTE FUNCTION move_access_epoch();

-- Not the counters, which move with each user.
CREATE TRIGGER moves_access AFTER UPDATE OF id, owner, provider, strict OR DELETE ON connections
  FOR EACH ROW EXECUTE FUNCTION move_access_epoch();

CREATE FUNCTION move_own_access_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.access_epoch := greatest(NEW.access_epoch, OLD.access_epoch + 1);
  RETURN NEW;
END $$;

CREATE TRIGGER moves_access BEFORE UPDATE ON organizations FOR EACH ROW
  WHEN (OLD.schema_version <> NEW.schema_version
    OR OLD.cursor_key IS DISTINCT FROM NEW.cursor_key OR OLD.cursor_key_sealed IS DISTINCT FROM NEW.cursor_key_sealed
    OR (OLD.nested_members > 0) <> (NEW.nested_members > 0))
  EXECUTE FUNCTION move_own_access_epoch();

-- Set the organization for this transaction, if its access epoch ($2) is still this one; NULL asks for nothing.
CREATE FUNCTION enter(organization bigint, epoch bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM set_config('muster.organization', $1::text, true);
  IF $2 IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.organization = $1 AND o.access_epoch = $2) THEN
    RAISE EXCEPTION 'what the credential opens has changed' USING ERRCODE = 'MU001';
  END IF;
END $$;

-- What a write begins with, in one round trip with BEGIN: the organization, if its access epoch is still $2; the lock that
-- every write of the organization shares, or has for itself ($3); how long each statement may take, in milliseconds ($4).
CREATE FUNCTION begin_write(organization bigint, epoch bigint, alone boolean, patience bigint)
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter($1, $2);
  PERFORM set_config('statement_timeout', $4::text, true);
  IF $3 THEN
    PERFORM pg_advisory_xact_lock($1);
  ELSE
    PERFORM pg_advisory_xact_lock_shared($1);
  END IF;
END $$;

-- The reads of 0002 behind an access epoch, which is $2.
CREATE FUNCTION read_as(
    organization bigint, epoch bigint, statement text, keys bytea[], words text[], numbers bigint[])
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM enter($1, $2);
  RETURN QUERY EXECUTE $3 USING $4, $5, $6;
END $$;

CREATE FUNCTION user_by(bigint, bigint, bigint, text, bytea, bytea, integer)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1, $2);
  IF $4 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.id = $4;
  ELSIF $5 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.name_key = $5;
  ELSE
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.external_id = $6;
  END IF;
END $$;

CREATE FUNCTION group_by_key(bigint, bigint, bigint, text, bytea, bytea)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1, $2);
  IF $4 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.id = $4;
  ELSIF $5 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.name_key = $5;
  ELSE
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.external_id = $6;
  END IF;
END $$;

CREATE FUNCTION members_of(bigint, bigint, bigint, text, boolean)
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM enter($1, $2);
  RETURN QUERY SELECT * FROM members_of($1, $3, $4, $5) AS t(member text, kind text, display bytea);
END $$;

-- What authentication reads once, with the epoch that it holds for.
CREATE FUNCTION granted(bigint, text) RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1);
  RETURN QUERY SELECT c.organization, c.id, c.connection, c.hash, c.last_four, c.created, c.expires, c.revoked,
      n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups,
      g.organization, g.name, g.created, g.schema_version, g.nested_members > 0,
      g.access_epoch, g.cursor_key, g.cursor_key_sealed
    FROM credentials c
    JOIN connections n ON n.organization = $1 AND n.id = c.connection
    JOIN organizations g ON g.organization = $1
    WHERE c.organization = $1 AND c.id = $2;
END $$;
