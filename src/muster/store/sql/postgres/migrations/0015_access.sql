-- compatible: 1
-- Which change brought a membership: found by the request that the membership names. Changes of users are left out: they
-- are most of all changes, and nobody asks for them so.
CREATE INDEX changes_of_request ON changes (organization, request) WHERE resource_type = 'Group';

-- Asked beside write_user for a new user, in the same transaction: raises MU002 where a user of the same source ($2) was
-- deleted with this key of a userName ($3) or of an externalId ($4). That one may have to come back, or is to be named.
CREATE FUNCTION unless_buried(bigint, bigint, bytea, bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter($1);
  IF EXISTS (SELECT 1 FROM tombstones t
        WHERE t.organization = $1 AND t.owner = $2 AND t.external_id = $4 AND t.kind = 'User')
      OR EXISTS (SELECT 1 FROM tombstones t
        WHERE t.organization = $1 AND t.owner = $2 AND t.name_key = $3 AND t.kind = 'User') THEN
    RAISE EXCEPTION 'there was a user like the new one' USING ERRCODE = 'MU002';
  END IF;
END $$;
