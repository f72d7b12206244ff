-- compatible: 1
-- The function of 0007 for a server that remembers users: it also finds out whether the user ($52, NULL: it was read, nobody
-- asks) is as it is remembered. The time of the last change ($54) goes with the version ($53) because versions come again
-- where a database is put back to an earlier state; the manager's name ($55) and the groups ($56, as of $57 in groups_of) are
-- those that the answer shows. Groups in another order are taken for others: then the user is read. Statements that would
-- find nothing to do are not begun. Raises MU001 and MU002 as that one does, MU002 too where the user is otherwise.

CREATE FUNCTION write_user(
    bigint, bigint, bigint, text, bigint, bigint, bigint, bigint,            -- 1 organization, epoch, owner, id; 5 versions, times
    bytea, bytea, bytea, bytea, bytea, bytea, boolean, text,                 -- 9 keys, display, document; 15 active, manager
    bigint[], bytea[], bigint[], bigint[], bytea[], bigint[], bytea[],       -- 17 entries that go; 20 entries that come
    text, text, bigint, bigint,                                              -- 24 account: id, status, revoked before, changed
    text, text, text, bigint, bigint, text, text, bigint, text, text, bytea, bytea, bigint, text,  -- 28 the entry
    bigint, text, text, text, text, text, text, bigint, bytea, bytea,        -- 42 the change
    text, bigint, bigint, bytea[], group_of[], integer)                      -- 52 remembered: id, version, time; 55 manager, groups
  RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
  above text;  -- the manager, who is not always a user here
BEGIN
  PERFORM enter($1, $2), pg_advisory_xact_lock_shared($1);
  IF $4 IS NOT NULL AND $5 IS NULL THEN
    INSERT INTO users (organization, owner, id, version, created, last_modified, name_key, name_whole, external_id,
        external_whole, display, document, active, manager)
      VALUES ($1, $3, $4, $6, $7, $8, $9, $10, $11, $12, $13, $14, coalesce($15, TRUE), $16) RETURNING row INTO number;
    INSERT INTO accounts (organization, id, "user", owner, status, created, changed)
      VALUES ($1, $24, $4, $3, $25, $27, $27);
  ELSIF $4 IS NOT NULL THEN
    UPDATE users u SET version = $6, last_modified = $8, name_key = $9, name_whole = $10, external_id = $11,
        external_whole = $12, display = $13, document = $14, active = coalesce($15, u.active), manager = $16
      WHERE u.organization = $1 AND u.owner = $3 AND u.id = $4 AND u.version = $5
        AND u.last_modified = coalesce($54, u.last_modified) RETURNING u.row, u.manager INTO number, above;
    IF number IS NULL THEN
      RAISE EXCEPTION 'the user is not there at version %', $5 USING ERRCODE = 'MU002';
    END IF;
    IF cardinality($17) > 0 THEN
      DELETE FROM attribute_keys k USING unnest($17, $18, $19) e (attribute, key, element)
        WHERE k.organization = $1 AND k.owner = $3 AND k.attribute = e.attribute AND k.key = e.key
          AND k.resource = number AND k.element = e.element;
    END IF;
    IF $25 IS NOT NULL THEN
      UPDATE accounts a SET status = $25, changed = $27, revoked_before = greatest(a.revoked_before, $26)
        WHERE a.organization = $1 AND a."user" = $4 AND a.owner = $3;
    END IF;
  ELSIF $52 IS NOT NULL THEN
    SELECT u.row, u.manager INTO number, above FROM users u
      WHERE u.organization = $1 AND u.owner = $3 AND u.id >= $52 AND u.id <= $52 AND u.version = $53 AND u.last_modified = $54
      ORDER BY u.id LIMIT 1;
    IF number IS NULL THEN
      RAISE EXCEPTION 'the user is not there at version %', $53 USING ERRCODE = 'MU002';
    END IF;
  END IF;
  IF $52 IS NOT NULL
      AND (groups_of($1, $3, $52, $57) IS DISTINCT FROM $56 OR display_of($1, $3, above) IS DISTINCT FROM $55) THEN
    RAISE EXCEPTION 'the groups or the manager of the user are others' USING ERRCODE = 'MU002';
  END IF;
  IF cardinality($20) > 0 THEN
    INSERT INTO attribute_keys (organization, owner, attribute, key, resource, element, whole)
      SELECT $1, $3, e.attribute, e.key, number, e.element, e.whole
      FROM unnest($20, $21, $22, $23) e (attribute, key, element, whole);
  END IF;
  IF $28 IS NOT NULL THEN
    INSERT INTO request_log (organization, connection, credential, request, time, duration, method, target, status,
        scim_type, detail, notes, body, repeated, address)
      VALUES ($1, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41);
  END IF;
  IF $4 IS NOT NULL AND $5 IS NULL THEN
    UPDATE connections c SET users = c.users + 1 WHERE c.organization = $1 AND c.owner = $3;
  END IF;
  IF $42 IS NOT NULL THEN
    UPDATE organizations o SET sequence = o.sequence + 1 WHERE o.organization = $1 RETURNING o.sequence INTO number;
    INSERT INTO changes (organization, sequence, time, connection, credential, request, operation, resource_type,
        resource, version, before, after)
      VALUES ($1, number, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51);
  END IF;
END $$;
