-- compatible: 1
-- A table that is new, or has grown several times over since anybody looked, has a planner that knows nothing of it: plans
-- are made for a handful of rows and kept. Autovacuum comes when it comes; a first sync cannot wait for that. The servers'
-- role owns nothing, so it asks for this. What PostgreSQL then knows of the values, it shows to nobody whom a policy holds.

CREATE FUNCTION refresh_statistics() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = muster, pg_temp AS $$
DECLARE
  grown record;
  looked bigint := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(x'4D535453'::integer, 0) THEN  -- another server is at it; no organization has such a lock
    RETURN 0;
  END IF;
  FOR grown IN SELECT c.relname AS name FROM pg_class c
    WHERE c.relnamespace = 'muster'::regnamespace AND c.relkind = 'r'
      AND pg_relation_size(c.oid) >= 4 * greatest(c.relpages, 1) * current_setting('block_size')::bigint
  LOOP
    EXECUTE format('ANALYZE muster.%I', grown.name);
    looked := looked + 1;
  END LOOP;
  RETURN looked;
END $$;

-- It runs as the tables' owner: `muster migrate` lets the servers' role call it, and nobody else.
REVOKE EXECUTE ON FUNCTION refresh_statistics() FROM PUBLIC;
