-- compatible: 1
-- The look-ups of 0002 and 0005, each led by its own index whatever PostgreSQL knows of the rows. Where it knows nothing of
-- an organization it takes all its users for one row, and of the indexes that begin with organization and owner any one
-- for as good as another; it takes the one that yields the order asked for, if the column is not bound to a single value.
-- OFFSET 0 keeps a look-up from being joined in another order.

CREATE OR REPLACE FUNCTION groups_of(bigint, bigint, text, integer) RETURNS group_of[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF $4 = 0 THEN
    RETURN NULL;
  ELSIF $4 = 1 THEN
    RETURN ARRAY(
      SELECT ROW(g.id, g.display, true)::group_of FROM (
        SELECT m.group_id FROM members m WHERE m.organization = $1 AND m.owner = $2 AND m.member >= $3 AND m.member <= $3
        ORDER BY m.member OFFSET 0) a
      CROSS JOIN LATERAL (
        SELECT g.id, g.display FROM groups g
        WHERE g.organization = $1 AND g.owner = $2 AND g.id >= a.group_id AND g.id <= a.group_id
        ORDER BY g.id OFFSET 0) g);
  END IF;
  RETURN ARRAY(
    WITH RECURSIVE above (id) AS (
      SELECT * FROM (
        SELECT m.group_id FROM members m WHERE m.organization = $1 AND m.owner = $2 AND m.member >= $3 AND m.member <= $3
        ORDER BY m.member OFFSET 0) a
      UNION
      SELECT m.group_id FROM above a CROSS JOIN LATERAL (
        SELECT m.group_id FROM members m
        WHERE m.organization = $1 AND m.owner = $2 AND m.member >= a.id AND m.member <= a.id
        ORDER BY m.member OFFSET 0) m)
    SELECT ROW(g.id, g.display, EXISTS (
      SELECT 1 FROM members d
      WHERE d.organization = $1 AND d.owner = $2 AND d.group_id = g.id AND d.member = $3 OFFSET 0))::group_of
    FROM above a CROSS JOIN LATERAL (
      SELECT g.id, g.display FROM groups g
      WHERE g.organization = $1 AND g.owner = $2 AND g.id >= a.id AND g.id <= a.id
      ORDER BY g.id OFFSET 0) g);
END $$;

CREATE OR REPLACE FUNCTION display_of(bigint, bigint, text) RETURNS bytea[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF $3 IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT ARRAY[u.display] FROM users u
    WHERE u.organization = $1 AND u.owner = $2 AND u.id >= $3 AND u.id <= $3 ORDER BY u.id LIMIT 1);
END $$;

CREATE OR REPLACE FUNCTION user_by(bigint, bigint, bigint, text, bytea, bytea, integer)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1, $2);
  IF $4 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.id >= $4 AND u.id <= $4 ORDER BY u.id LIMIT 1;
  ELSIF $5 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.name_key >= $5 AND u.name_key <= $5
      ORDER BY u.name_key LIMIT 1;
  ELSE
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $3, u.id, $7), display_of($1, $3, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $3 AND u.external_id >= $6 AND u.external_id <= $6
      ORDER BY u.external_id LIMIT 1;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION group_by_key(bigint, bigint, bigint, text, bytea, bytea)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1, $2);
  IF $4 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.id >= $4 AND g.id <= $4 ORDER BY g.id LIMIT 1;
  ELSIF $5 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.name_key >= $5 AND g.name_key <= $5
      ORDER BY g.name_key LIMIT 1;
  ELSE
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $3 AND g.external_id >= $6 AND g.external_id <= $6
      ORDER BY g.external_id LIMIT 1;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION members_of(bigint, bigint, text, boolean)
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM enter($1);
  RETURN QUERY SELECT o.member, o.kind, CASE
      WHEN NOT $4 THEN NULL
      WHEN o.kind = 'User' THEN (SELECT u.display FROM users u
        WHERE u.organization = $1 AND u.owner = $2 AND u.id >= o.member AND u.id <= o.member ORDER BY u.id LIMIT 1)
      ELSE (SELECT g.display FROM groups g
        WHERE g.organization = $1 AND g.owner = $2 AND g.id >= o.member AND g.id <= o.member ORDER BY g.id LIMIT 1) END
    FROM (SELECT m.row, m.member, m.kind FROM members m
      WHERE m.organization = $1 AND m.owner = $2 AND m.group_id >= $3 AND m.group_id <= $3
      ORDER BY m.group_id OFFSET 0) o
    ORDER BY o.row;
END $$;
