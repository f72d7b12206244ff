-- compatible: 1
-- Of an account whose user's earlier account has taken its place: that account's id.
ALTER TABLE accounts ADD COLUMN joined text COLLATE "C";

-- Let the account of a user ($3) of a source ($2) in again, at a time ($4), in the statement that has written the user. Where
-- it had ended, what was issued until now is dead: it may have been issued between the end's beginning and its commit.
CREATE FUNCTION reactivate_account(bigint, bigint, text, bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter($1);
  UPDATE accounts a SET status = 'active', changed = $4,
      revoked_before = CASE a.status WHEN 'inactive' THEN greatest(a.revoked_before, $4) ELSE a.revoked_before END
    WHERE a.organization = $1 AND a."user" = $3 AND a.owner = $2;
END $$;
