-- compatible: 1
-- What the guard weighs by, and what is held until somebody has decided. Deactivations are numbered within their connection,
-- so that whether there were more than so many lately is one look at the one that many before the latest.

DROP TABLE deactivations;
CREATE TABLE deactivations (
  organization bigint NOT NULL,
  owner        bigint NOT NULL,
  number       bigint NOT NULL,
  time         bigint NOT NULL,
  "user"       text COLLATE "C" NOT NULL,
  basis        bigint NOT NULL,  -- how many users the connection had when this run of them began
  PRIMARY KEY (organization, owner, number)
);
CREATE UNIQUE INDEX deactivations_of_user ON deactivations (organization, owner, "user");

CREATE UNIQUE INDEX alerts_open ON alerts (organization, connection, kind) WHERE closed IS NULL;

-- The accounts of an alert that keep what the IdP took away, until it is decided, or for good where it was rejected: the
-- account itself (role ''), and the roles that its user is not in any more.
CREATE TABLE held (
  organization bigint NOT NULL,
  alert        text COLLATE "C" NOT NULL,
  "user"       text COLLATE "C" NOT NULL,
  role         text COLLATE "C" NOT NULL,
  owner        bigint NOT NULL,
  time         bigint NOT NULL,
  decision     text CHECK (decision IN ('approved', 'rejected')),
  PRIMARY KEY (organization, alert, "user", role)
);
CREATE INDEX held_of_user ON held (organization, "user", role);
CREATE INDEX held_of_role ON held (organization, role, "user") WHERE role <> '';

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['deactivations', 'held'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY of_organization ON %I USING (organization ='
      ' nullif(current_setting(''muster.organization'', true), '''')::bigint)', name);
  END LOOP;
END $$;

-- What stands in the way of deactivating a user ($3) of a connection ($2) at a time ($4): its account, that one's status,
-- and how many are too many, 0 where these are not. Noted is who has an active account and was not noted since $5; too
-- many are more than $6, and than $7 percent. The organization's row is locked first: whoever comes next sees this one.
CREATE FUNCTION weigh(bigint, bigint, text, bigint, bigint, bigint, bigint)
  RETURNS SETOF record LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
  its record;
  latest record;
  present bigint;
  noted bigint;
  most bigint;
  before bigint;  -- what is computed within a condition does not lead into an index behind the policy
  over boolean;
BEGIN
  PERFORM 1 FROM organizations o WHERE o.organization = $1 FOR NO KEY UPDATE;
  SELECT a.id, a.status INTO its FROM accounts a WHERE a.organization = $1 AND a."user" = $3 AND a.owner = $2;
  SELECT c.users INTO present FROM connections c WHERE c.organization = $1 AND c.owner = $2;
  IF its.status IS DISTINCT FROM 'active' OR present IS NULL THEN
    RETURN QUERY SELECT its.id, its.status, 0::bigint;
    RETURN;
  END IF;
  SELECT d.number, d.time, d.basis INTO latest FROM deactivations d
    WHERE d.organization = $1 AND d.owner = $2 ORDER BY d.number DESC LIMIT 1;
  IF latest.time > $5 THEN
    present := greatest(present, latest.basis);
  END IF;
  INSERT INTO deactivations (organization, owner, number, time, "user", basis)
    VALUES ($1, $2, coalesce(latest.number, 0) + 1, $4, $3, present)
    ON CONFLICT (organization, owner, "user") DO UPDATE
      SET number = excluded.number, time = excluded.time, basis = excluded.basis
      WHERE deactivations.time <= $5 RETURNING deactivations.number INTO noted;
  most := greatest($6, present * $7 / 100);
  before := coalesce(noted, latest.number) - most;
  SELECT d.time > $5 INTO over FROM deactivations d
    WHERE d.organization = $1 AND d.owner = $2 AND d.number <= before
    ORDER BY d.number DESC LIMIT 1;
  RETURN QUERY SELECT its.id, its.status, CASE WHEN over THEN most + 1 ELSE 0 END;
END $$;

-- Deactivate the account of a user in the statement that has written the user, with `weigh`'s parameters; where these are
-- too many, and the guard only alerts (not $8), the open alert counts one more. Raises MU003 where that is not all there is
-- to do: it has to be begun anew with all that a transaction sees.
CREATE FUNCTION deactivate_account(bigint, bigint, text, bigint, bigint, bigint, bigint, boolean)
  RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  weighed record;
BEGIN
  PERFORM enter($1);
  SELECT w.status, w.many INTO weighed FROM weigh($1, $2, $3, $4, $5, $6, $7) AS w(account text, status text, many bigint);
  IF weighed.status = 'active' AND weighed.many > 0 AND NOT $8 THEN
    UPDATE alerts a SET count = a.count + 1, latest = greatest(a.latest, $4)
      WHERE a.organization = $1 AND a.kind = 'mass_deactivation' AND a.closed IS NULL
        AND a.connection = (SELECT c.id FROM connections c WHERE c.organization = $1 AND c.owner = $2);
    IF FOUND THEN
      weighed.many := 0;
    END IF;
  END IF;
  IF weighed.status IS DISTINCT FROM 'active' OR weighed.many > 0 THEN
    RAISE EXCEPTION 'the account is %, or these are too many deactivations', weighed.status
      USING ERRCODE = 'MU003';
  END IF;
  UPDATE accounts a SET status = 'inactive', changed = $4, revoked_before = greatest(a.revoked_before, $4)
    WHERE a.organization = $1 AND a."user" = $3 AND a.owner = $2;
END $$;

-- How many alerts nobody has decided yet. Each organization is entered by itself.
CREATE FUNCTION open_alerts() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  known record;
  total bigint := 0;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    total := total + (SELECT count(*) FROM alerts a WHERE a.organization = known.organization AND a.closed IS NULL);
  END LOOP;
  RETURN total;
END $$;
