-- compatible: 1
-- What a copy into this database remembers until it is finished. A row in `copies` says that an organization is not whole
-- yet; like organization_names it is read before an organization is known, and holds no data.

CREATE TABLE copies (
  organization bigint PRIMARY KEY,
  base         bigint NOT NULL,                       -- what is added to the row numbers of the source
  reach        bigint NOT NULL,                       -- the highest row number of the source when the copy began
  restoring    boolean NOT NULL                       -- whether everything issued before is to be dead when it is finished
);

-- How far each table of an organization is copied; committed with the rows that it tells of.
CREATE TABLE copied (
  organization bigint NOT NULL,
  name         text COLLATE "C" NOT NULL,             -- of the table
  position     text NOT NULL,                         -- JSON: the key of the last row, in the source's order
  rows         bigint NOT NULL,
  PRIMARY KEY (organization, name)
);

ALTER TABLE copied ENABLE ROW LEVEL SECURITY;
ALTER TABLE copied FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON copied
  USING (organization = nullif(current_setting('muster.organization', true), '')::bigint);
