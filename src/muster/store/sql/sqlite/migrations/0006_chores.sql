-- compatible: 5
-- When each chore was last begun, so that of several processes one does it. The platform's own (organization 0) are those
-- of its servers.

CREATE TABLE chores (
  organization INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  began        INTEGER NOT NULL,
  PRIMARY KEY (organization, name)
) STRICT, WITHOUT ROWID;
