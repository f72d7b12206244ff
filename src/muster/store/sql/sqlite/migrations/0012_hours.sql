-- compatible: 5
-- How much came in through each connection, hour by hour: what its chart and its health are told from, without counting the
-- request log.

CREATE TABLE connection_hours (
  organization INTEGER NOT NULL,
  connection   TEXT    NOT NULL,
  hour         INTEGER NOT NULL,                    -- its beginning
  requests     INTEGER NOT NULL,
  errors       INTEGER NOT NULL,
  PRIMARY KEY (organization, connection, hour)
) STRICT, WITHOUT ROWID;
