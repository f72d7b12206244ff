-- compatible: 1
-- The function of 0021 that revokes what was issued until now by the database's clock, and not only until the request came
-- in ($4): that may have been before the end which it undoes was committed.
CREATE OR REPLACE FUNCTION reactivate_account(bigint, bigint, text, bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter($1);
  UPDATE accounts a SET status = 'active', changed = $4,
      revoked_before = CASE a.status
        WHEN 'inactive' THEN greatest(a.revoked_before, $4, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
        ELSE a.revoked_before END
    WHERE a.organization = $1 AND a."user" = $3 AND a.owner = $2;
END $$;
