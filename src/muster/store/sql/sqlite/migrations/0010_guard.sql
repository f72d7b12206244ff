-- What the guard weighs by, and what is held until somebody has decided. Deactivations are numbered within their connection,
-- so that whether there were more than so many lately is one look at the one that many before the latest.

DROP TABLE deactivations;
CREATE TABLE deactivations (
  organization INTEGER NOT NULL,
  owner        INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  user         TEXT    NOT NULL,
  basis        INTEGER NOT NULL,                    -- how many users the connection had when this run of them began
  PRIMARY KEY (organization, owner, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX deactivations_of_user ON deactivations (organization, owner, user);

CREATE UNIQUE INDEX alerts_open ON alerts (organization, connection, kind) WHERE closed IS NULL;

-- The accounts of an alert that keep what the IdP took away, until it is decided, or for good where it was rejected: the
-- account itself (role ''), and the roles that its user is not in any more.
CREATE TABLE held (
  organization INTEGER NOT NULL,
  alert        TEXT    NOT NULL,
  user         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  owner        INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  decision     TEXT    CHECK (decision IN ('approved', 'rejected')),
  PRIMARY KEY (organization, alert, user, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_of_user ON held (organization, user, role);
CREATE INDEX held_of_role ON held (organization, role, user) WHERE role <> '';
