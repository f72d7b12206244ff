-- compatible: 1
-- When each chore was last begun, so that of several servers one does it. The platform's own (organization 0) are those of its
-- servers.

CREATE TABLE chores (
  organization bigint NOT NULL,
  name         text COLLATE "C" NOT NULL,
  began        bigint NOT NULL,
  PRIMARY KEY (organization, name)
);
ALTER TABLE chores ENABLE ROW LEVEL SECURITY;
ALTER TABLE chores FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON chores
  USING (organization = nullif(current_setting('muster.organization', true), '')::bigint);
