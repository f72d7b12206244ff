-- Who uses the console, and what they are signed in with. Organization 0 is the platform itself: its users are operators.

CREATE TABLE console_names (                        -- which organization a name that signs in belongs to: no data, only names
  name         TEXT    PRIMARY KEY,                 -- as it is compared
  organization INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE console_users (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  folded     TEXT    NOT NULL,
  role         TEXT    NOT NULL CHECK (role IN ('operator', 'admin', 'auditor')),
  passphrase   TEXT    NOT NULL,                    -- its argon2id hash
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  disabled     INTEGER,
  signed_in    INTEGER,                             -- the last time
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX console_users_name ON console_users (organization, folded);

CREATE TABLE invitations (                          -- links that make a console user
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  hash         BLOB    NOT NULL CHECK (length(hash) = 32),
  role         TEXT    NOT NULL CHECK (role IN ('operator', 'admin', 'auditor')),
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  expires      INTEGER NOT NULL,
  used         INTEGER,
  revoked      INTEGER,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (                             -- of a console user, or of who came with a setup link
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  hash         BLOB    NOT NULL CHECK (length(hash) = 32),
  console_user TEXT,
  setup_link   TEXT,
  created      INTEGER NOT NULL,
  seen         INTEGER NOT NULL,
  expires      INTEGER NOT NULL,
  ended        INTEGER,
  address      TEXT,
  user_agent   TEXT,
  PRIMARY KEY (organization, id),
  CHECK ((console_user IS NULL) <> (setup_link IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (organization, console_user);
