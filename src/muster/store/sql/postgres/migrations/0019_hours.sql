-- compatible: 1
-- How much came in through each connection, hour by hour: what its chart and its health are told from, without counting the
-- request log.

CREATE TABLE connection_hours (
  organization bigint NOT NULL,
  connection   text COLLATE "C" NOT NULL,
  hour         bigint NOT NULL,  -- its beginning
  requests     bigint NOT NULL,
  errors       bigint NOT NULL,
  PRIMARY KEY (organization, connection, hour)
);
ALTER TABLE connection_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE connection_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON connection_hours
  USING (organization = nullif(current_setting('muster.organization', true), '')::bigint);
