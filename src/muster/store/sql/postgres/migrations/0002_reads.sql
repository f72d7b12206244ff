-- compatible: 1
-- Reads in one round trip: each function sets the organization for its own transaction, then reads, in one snapshot
-- (STABLE) and as the caller, so that row-level security holds inside too. They return records: the caller names the
-- columns, and a later version of a function can return more.

CREATE TYPE group_of AS (id text, display bytea, direct boolean);
CREATE TYPE member_of AS (member text, kind text, display bytea);

CREATE FUNCTION enter(organization bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM set_config('muster.organization', $1::text, true);
END $$;

-- Any one statement, for queries that are put together from a filter: its values are $1 (keys), $2 (words), $3 (numbers).
CREATE FUNCTION read_as(organization bigint, statement text, keys bytea[], words text[], numbers bigint[])
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM enter($1);
  RETURN QUERY EXECUTE $2 USING $3, $4, $5;
END $$;

-- The groups of a user: $4 is 0 for none, 1 for those it is a direct member of, 2 for those reached through others too.
CREATE FUNCTION groups_of(bigint, bigint, text, integer) RETURNS group_of[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF $4 = 0 THEN
    RETURN NULL;
  ELSIF $4 = 1 THEN
    RETURN ARRAY(
      SELECT ROW(g.id, g.display, true)::group_of
      FROM members m JOIN groups g ON g.organization = $1 AND g.owner = $2 AND g.id = m.group_id
      WHERE m.organization = $1 AND m.owner = $2 AND m.member = $3);
  END IF;
  RETURN ARRAY(
    WITH RECURSIVE above (id) AS (
      SELECT m.group_id FROM members m WHERE m.organization = $1 AND m.owner = $2 AND m.member = $3
      UNION
      SELECT m.group_id FROM above a JOIN members m
        ON m.organization = $1 AND m.owner = $2 AND m.member = a.id)
    SELECT ROW(g.id, g.display, EXISTS (
      SELECT 1 FROM members d
      WHERE d.organization = $1 AND d.owner = $2 AND d.group_id = g.id AND d.member = $3))::group_of
    FROM above a JOIN groups g ON g.organization = $1 AND g.owner = $2 AND g.id = a.id);
END $$;

-- The displayName of a user in an array, which is NULL when there is no such user.
CREATE FUNCTION display_of(bigint, bigint, text) RETURNS bytea[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF $3 IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT ARRAY[u.display] FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.id = $3);
END $$;

-- One user by id ($3), name ($4) or external id ($5), whichever is not NULL; $6 as in groups_of.
CREATE FUNCTION user_by(bigint, bigint, text, bytea, bytea, integer)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1);
  IF $3 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $2, u.id, $6), display_of($1, $2, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.id = $3;
  ELSIF $4 IS NOT NULL THEN
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $2, u.id, $6), display_of($1, $2, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.name_key = $4;
  ELSE
    RETURN QUERY SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document,
        groups_of($1, $2, u.id, $6), display_of($1, $2, u.manager)
      FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.external_id = $5;
  END IF;
END $$;

CREATE FUNCTION group_by_key(bigint, bigint, text, bytea, bytea)
  RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1);
  IF $3 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $2 AND g.id = $3;
  ELSIF $4 IS NOT NULL THEN
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $2 AND g.name_key = $4;
  ELSE
    RETURN QUERY SELECT g.row, g.id, g.version, g.created, g.last_modified, g.document, g.members
      FROM groups g WHERE g.organization = $1 AND g.owner = $2 AND g.external_id = $5;
  END IF;
END $$;

-- The members of a group in the order they came; with their displayName when $4.
CREATE FUNCTION members_of(bigint, bigint, text, boolean)
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM enter($1);
  IF NOT $4 THEN
    RETURN QUERY SELECT m.member, m.kind, NULL::bytea FROM members m
      WHERE m.organization = $1 AND m.owner = $2 AND m.group_id = $3 ORDER BY m.row;
  ELSE
    RETURN QUERY SELECT m.member, m.kind, CASE m.kind
        WHEN 'User' THEN (SELECT u.display FROM users u
          WHERE u.organization = $1 AND u.owner = $2 AND u.id = m.member)
        ELSE (SELECT g.display FROM groups g
          WHERE g.organization = $1 AND g.owner = $2 AND g.id = m.member) END
      FROM members m WHERE m.organization = $1 AND m.owner = $2 AND m.group_id = $3 ORDER BY m.row;
  END IF;
END $$;

-- A credential with its connection and organization: what authentication reads, afresh for each request.
CREATE FUNCTION grant_of(bigint, text) RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1);
  RETURN QUERY SELECT c.organization, c.id, c.connection, c.hash, c.last_four, c.created, c.expires, c.revoked,
      n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups,
      g.organization, g.name, g.created, g.schema_version, g.nested_members > 0, g.cursor_key
    FROM credentials c
    JOIN connections n ON n.organization = $1 AND n.id = c.connection
    JOIN organizations g ON g.organization = $1
    WHERE c.organization = $1 AND c.id = $2;
END $$;

-- What the command line lists: each organization is entered by itself; no statement reads two of them.
CREATE FUNCTION all_organizations() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT g.organization, g.name, g.created, g.schema_version, g.nested_members > 0
      FROM organizations g WHERE g.organization = known.organization;
  END LOOP;
END $$;

CREATE FUNCTION all_connections() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups
      FROM connections n WHERE n.organization = known.organization;
  END LOOP;
END $$;

-- Counts over all organizations, for operators: organizations, connections, users, groups, changes, and how many live
-- credentials expire within each of the given times ($2) after now ($1).
CREATE FUNCTION census(bigint, bigint[]) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE
  known record;
  sums bigint[] := ARRAY[0, 0, 0, 0, 0];
  expiring bigint[] := array_fill(0::bigint, ARRAY[cardinality($2)]);
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    sums := (SELECT ARRAY[sums[1] + 1, sums[2] + count(*), sums[3] + coalesce(sum(n.users), 0)::bigint,
        sums[4] + coalesce(sum(n.groups), 0)::bigint,
        sums[5] + (SELECT g.sequence FROM organizations g WHERE g.organization = known.organization)]
      FROM connections n WHERE n.organization = known.organization);
    expiring := ARRAY(
      SELECT expiring[d.place] + (SELECT count(*) FROM credentials c WHERE c.organization = known.organization
        AND c.revoked IS NULL AND c.expires > $1 AND c.expires <= $1 + d.within)
      FROM unnest($2) WITH ORDINALITY d (within, place) ORDER BY d.place);
  END LOOP;
  RETURN QUERY SELECT sums, expiring;
END $$;
