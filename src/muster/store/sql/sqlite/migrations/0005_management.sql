-- What connections, credentials and organizations are managed with: switches and states, kinds and lives of credentials,
-- management keys, setup links, domains, permissions of roles, the guard's memory, and when what was last used.
-- JSON is text. Organization 0 is the platform itself: its only rows are management keys and what belongs to them.

ALTER TABLE organizations ADD COLUMN disabled INTEGER;                          -- since when; NULL: it is not
ALTER TABLE organizations ADD COLUMN enforced INTEGER NOT NULL DEFAULT 0;       -- accounts come from a connection only
ALTER TABLE organizations ADD COLUMN log_days INTEGER NOT NULL DEFAULT 30;      -- how long the request log is kept
ALTER TABLE organizations ADD COLUMN redacted TEXT NOT NULL DEFAULT '[]';       -- attributes that the log does not keep
ALTER TABLE organizations ADD COLUMN administrators TEXT;                       -- the permission that administrators have

ALTER TABLE connections ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled'));
ALTER TABLE connections ADD COLUMN switches TEXT NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN mapping TEXT;                                -- NULL: the one of its provider
ALTER TABLE connections ADD COLUMN deleted INTEGER;                             -- its row is kept: owners are never reused

CREATE TABLE service_accounts (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  connection   TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  description  TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  deleted      INTEGER,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

-- A credential lives from an hour to 365 days; one that was replaced with an overlap is dead from `overlap` on.
DROP INDEX credentials_of_connection;
ALTER TABLE credentials RENAME TO credentials_before;
CREATE TABLE credentials (
  organization    INTEGER NOT NULL,
  id              TEXT    NOT NULL,
  connection      TEXT    NOT NULL,
  kind            TEXT    NOT NULL CHECK (kind IN ('api_key', 'service_account_key')),
  hash            BLOB    NOT NULL CHECK (length(hash) = 32),
  last_four       TEXT    NOT NULL,
  created         INTEGER NOT NULL,
  expires         INTEGER NOT NULL CHECK (expires >= created + 3600000000 AND expires <= created + 31536000000000),
  revoked         INTEGER,
  service_account TEXT    CHECK ((service_account IS NULL) = (kind = 'api_key')),
  created_by      TEXT    NOT NULL DEFAULT '',
  overlap         INTEGER,
  warned          INTEGER,                          -- days before the end that the latest warning was of
  PRIMARY KEY (organization, id),
  FOREIGN KEY (organization, connection) REFERENCES connections (organization, id)
) STRICT, WITHOUT ROWID;
INSERT INTO credentials (organization, id, connection, kind, hash, last_four, created, expires, revoked)
  SELECT organization, id, connection, kind, hash, last_four, created, max(expires, created + 3600000000), revoked
  FROM credentials_before;
DROP TABLE credentials_before;
CREATE INDEX credentials_of_connection ON credentials (organization, connection, created);

-- What was last used, and how: beside the credential, so that using it does not change it.
CREATE TABLE credential_uses (
  organization INTEGER NOT NULL,
  credential   TEXT    NOT NULL,                    -- or a management key
  time         INTEGER NOT NULL,
  address      TEXT,
  user_agent   TEXT,
  PRIMARY KEY (organization, credential)
) STRICT, WITHOUT ROWID;

CREATE TABLE connection_activity (
  organization  INTEGER NOT NULL,
  connection    TEXT    NOT NULL,
  first_request INTEGER NOT NULL,
  last_request  INTEGER NOT NULL,
  first_success INTEGER,
  last_success  INTEGER,
  requests      INTEGER NOT NULL,
  refused       INTEGER NOT NULL,
  PRIMARY KEY (organization, connection)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  organization INTEGER NOT NULL,                    -- 0: the platform
  id           TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  hash         BLOB    NOT NULL CHECK (length(hash) = 32),
  last_four    TEXT    NOT NULL,
  scopes       TEXT    NOT NULL,                    -- JSON
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  expires      INTEGER NOT NULL CHECK (expires >= created + 3600000000 AND expires <= created + 31536000000000),
  revoked      INTEGER,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

-- Answers to creating requests that may come again; `answer` is sealed under what only the caller has.
CREATE TABLE idempotency (
  organization INTEGER NOT NULL,
  api_key      TEXT    NOT NULL,
  digest       TEXT    NOT NULL,                    -- of the Idempotency-Key
  request      BLOB    NOT NULL,                    -- digest of method, path and body
  created      INTEGER NOT NULL,
  status       INTEGER,                             -- NULL: it is being answered
  answer       BLOB,
  PRIMARY KEY (organization, api_key, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_links (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  connection   TEXT    NOT NULL,
  hash         BLOB    NOT NULL CHECK (length(hash) = 32),
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  expires      INTEGER NOT NULL,
  once         INTEGER NOT NULL CHECK (once IN (0, 1)),
  used         INTEGER,
  revoked      INTEGER,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE domains (
  organization INTEGER NOT NULL,
  name         TEXT    NOT NULL,                    -- in A-labels
  challenge    TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  verified     INTEGER,
  checked      INTEGER,
  failing      INTEGER,                             -- since when the challenge is not found any more
  problem      TEXT,                                -- what the last check found wrong
  PRIMARY KEY (organization, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE domain_owners (                        -- a verified domain is one organization's at a time
  name         TEXT    PRIMARY KEY,
  organization INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (                          -- of roles, which are groups: given here, never by SCIM
  organization INTEGER NOT NULL,
  role         TEXT    NOT NULL,
  permission   TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  created_by   TEXT    NOT NULL,
  PRIMARY KEY (organization, role, permission)
) STRICT, WITHOUT ROWID;
CREATE INDEX roles_with_permission ON permissions (organization, permission, role);

-- What the guard remembers of each connection: who was deactivated lately, and what came of too many.
CREATE TABLE deactivations (
  organization INTEGER NOT NULL,
  owner        INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  user         TEXT    NOT NULL,
  PRIMARY KEY (organization, owner, time, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  connection   TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  opened       INTEGER NOT NULL,
  latest       INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  closed       INTEGER,
  closed_by    TEXT,
  outcome      TEXT,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_of_connection ON alerts (organization, connection, opened);

CREATE INDEX accounts_held ON accounts (organization, owner, user) WHERE status = 'held';
CREATE INDEX changes_of_resource ON changes (organization, resource, sequence);

ALTER TABLE request_log ADD COLUMN resource TEXT;   -- the user or group that the request is about
ALTER TABLE request_log ADD COLUMN sequence INTEGER; -- of its change
ALTER TABLE request_log ADD COLUMN code TEXT;       -- of the error catalogue
ALTER TABLE request_log ADD COLUMN user_agent TEXT;
