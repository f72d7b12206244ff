-- compatible: 1
-- The census of 0002: a credential that was replaced has its end, and is not counted among those that expire soon.

CREATE OR REPLACE FUNCTION census(bigint, bigint[]) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
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
        AND c.revoked IS NULL AND c.overlap IS NULL AND c.expires > $1 AND c.expires <= $1 + d.within)
      FROM unnest($2) WITH ORDINALITY d (within, place) ORDER BY d.place);
  END LOOP;
  RETURN QUERY SELECT sums, expiring;
END $$;
