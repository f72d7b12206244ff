-- compatible: 1
-- The request log as one searches it: by the resource that a request touched, by the name that it asked for where it
-- touched none, by its id, and what was refused. Of other entries the partial indexes have nothing.
ALTER TABLE request_log ADD COLUMN subject text COLLATE "C";  -- the comparison key of a userName or displayName

CREATE INDEX request_log_request  ON request_log (organization, request);
CREATE INDEX request_log_resource ON request_log (organization, resource, time, row) WHERE resource IS NOT NULL;
CREATE INDEX request_log_subject  ON request_log (organization, subject, time, row) WHERE subject IS NOT NULL;
CREATE INDEX request_log_refused  ON request_log (organization, connection, time, row) WHERE status >= 400;

-- The function of 0010 that says in the entry which user it is about ($42), what the client calls itself ($43), and the
-- sequence number of the change, which is therefore written before it.
CREATE FUNCTION write_user(
    bigint, bigint, bigint, text, bigint, bigint, bigint, bigint,            -- 1 organization, epoch, owner, id; 5 versions, times
    bytea, bytea, bytea, bytea, bytea, bytea, boolean, text,                 -- 9 keys, display, document; 15 active, manager
    bigint[], bytea[], bigint[], bigint[], bytea[], bigint[], bytea[],       -- 17 entries that go; 20 entries that come
    text, text, bigint, bigint,                                              -- 24 account: id, status, revoked before, changed
    text, text, text, bigint, bigint, text, text, bigint, text, text, bytea, bytea, bigint, text,  -- 28 the entry
    text, text,                                                              -- 42 and of it: resource, user agent
    bigint, text, text, text, text, text, text, bigint, bytea, bytea,        -- 44 the change
    text, bigint, bigint, bytea[], group_of[], integer)                      -- 54 remembered: id, version, time; 57 manager, groups
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
        AND u.last_modified = coalesce($56, u.last_modified) RETURNING u.row, u.manager INTO number, above;
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
  ELSIF $54 IS NOT NULL THEN
    SELECT u.row, u.manager INTO number, above FROM users u
      WHERE u.organization = $1 AND u.owner = $3 AND u.id >= $54 AND u.id <= $54 AND u.version = $55 AND u.last_modified = $56
      ORDER BY u.id LIMIT 1;
    IF number IS NULL THEN
      RAISE EXCEPTION 'the user is not there at version %', $55 USING ERRCODE = 'MU002';
    END IF;
  END IF;
  IF $54 IS NOT NULL
      AND (groups_of($1, $3, $54, $59) IS DISTINCT FROM $58 OR display_of($1, $3, above) IS DISTINCT FROM $57) THEN
    RAISE EXCEPTION 'the groups or the manager of the user are others' USING ERRCODE = 'MU002';
  END IF;
  IF cardinality($20) > 0 THEN
    INSERT INTO attribute_keys (organization, owner, attribute, key, resource, element, whole)
      SELECT $1, $3, e.attribute, e.key, number, e.element, e.whole
      FROM unnest($20, $21, $22, $23) e (attribute, key, element, whole);
  END IF;
  IF $4 IS NOT NULL AND $5 IS NULL THEN
    UPDATE connections c SET users = c.users + 1 WHERE c.organization = $1 AND c.owner = $3;
  END IF;
  number := NULL;
  IF $44 IS NOT NULL THEN
    UPDATE organizations o SET sequence = o.sequence + 1 WHERE o.organization = $1 RETURNING o.sequence INTO number;
    INSERT INTO changes (organization, sequence, time, connection, credential, request, operation, resource_type,
        resource, version, before, after)
      VALUES ($1, number, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53);
  END IF;
  IF $28 IS NOT NULL THEN
    INSERT INTO request_log (organization, connection, credential, request, time, duration, method, target, status,
        scim_type, detail, notes, body, repeated, address, resource, user_agent, sequence)
      VALUES ($1, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, number);
  END IF;
END $$;
