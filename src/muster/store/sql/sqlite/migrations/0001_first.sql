-- The first schema. Every table of an organization's data leads with `organization`; every index that SCIM reads leads
-- with (organization, owner): what one connection cannot see is not even in its range. Times are microseconds since 1970.

CREATE TABLE organizations (
  organization   INTEGER PRIMARY KEY,               -- random, 40 bits: the routing part of every public id
  name           TEXT    NOT NULL UNIQUE,
  created        INTEGER NOT NULL,
  sequence       INTEGER NOT NULL DEFAULT 0,        -- of the latest change
  owners         INTEGER NOT NULL DEFAULT 0,        -- the latest owner number given out; 0 is the built-in local source
  schema_version INTEGER NOT NULL DEFAULT 0,        -- moves when a custom schema is added
  nested_members INTEGER NOT NULL DEFAULT 0         -- members that are groups: 0 spares the recursion
) STRICT;

CREATE TABLE schemas (
  organization INTEGER NOT NULL REFERENCES organizations,
  id           TEXT    NOT NULL,                    -- the URN in lower case
  document     BLOB    NOT NULL,
  created      INTEGER NOT NULL,
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
  organization INTEGER NOT NULL REFERENCES organizations,
  id           TEXT    NOT NULL,
  owner        INTEGER NOT NULL,
  provider     TEXT    NOT NULL,
  strict       INTEGER NOT NULL CHECK (strict IN (0, 1)),
  created      INTEGER NOT NULL,
  users        INTEGER NOT NULL DEFAULT 0,          -- kept in the transaction: an unfiltered total
  groups       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (organization, id),
  UNIQUE (organization, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  connection   TEXT    NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('api_key')),
  hash         BLOB    NOT NULL CHECK (length(hash) = 32),
  last_four    TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  expires      INTEGER NOT NULL CHECK (expires > created AND expires <= created + 31536000000000),  -- 365 days
  revoked      INTEGER,
  PRIMARY KEY (organization, id),
  FOREIGN KEY (organization, connection) REFERENCES connections (organization, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_of_connection ON credentials (organization, connection, created);

-- `display` follows the document by itself: what member lists, groups and manager show of a resource.
CREATE TABLE users (
  row           INTEGER PRIMARY KEY,
  organization  INTEGER NOT NULL,
  owner         INTEGER NOT NULL,
  id            TEXT    NOT NULL,
  version       INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  last_modified INTEGER NOT NULL,
  active        INTEGER NOT NULL CHECK (active IN (0, 1)),
  name_key      TEXT    NOT NULL,                   -- comparison key of userName
  external_id   TEXT,
  manager       TEXT,                               -- manager.value, to derive manager.displayName
  display       TEXT    GENERATED ALWAYS AS (document ->> '$.displayName') STORED,
  document      BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_id          ON users (organization, owner, id);
CREATE UNIQUE INDEX users_name        ON users (organization, owner, name_key);
CREATE UNIQUE INDEX users_external_id ON users (organization, owner, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_created            ON users (organization, owner, created);
CREATE INDEX users_last_modified      ON users (organization, owner, last_modified);

CREATE TABLE groups (
  row           INTEGER PRIMARY KEY,
  organization  INTEGER NOT NULL,
  owner         INTEGER NOT NULL,
  id            TEXT    NOT NULL,
  version       INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  last_modified INTEGER NOT NULL,
  members       INTEGER NOT NULL DEFAULT 0,         -- how many: decides how a list is read
  name_key      TEXT    NOT NULL,                   -- comparison key of displayName
  external_id   TEXT,
  display       TEXT    GENERATED ALWAYS AS (document ->> '$.displayName') STORED,
  document      BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX groups_id          ON groups (organization, owner, id);
CREATE UNIQUE INDEX groups_name        ON groups (organization, owner, name_key);
CREATE UNIQUE INDEX groups_external_id ON groups (organization, owner, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_created            ON groups (organization, owner, created);
CREATE INDEX groups_last_modified      ON groups (organization, owner, last_modified);

-- One row per member. `row` is the membership's own id, and their order.
CREATE TABLE members (
  row          INTEGER PRIMARY KEY,
  organization INTEGER NOT NULL,
  owner        INTEGER NOT NULL,
  group_id     TEXT    NOT NULL,
  member       TEXT    NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('User', 'Group')),
  created      INTEGER NOT NULL,
  request      TEXT    NOT NULL                     -- the request that brought it
) STRICT;

-- A list of members is read from the first index alone, in order; a single one is found in the second, which keeps it single.
CREATE INDEX members_of_group        ON members (organization, owner, group_id, row, member, kind);
CREATE UNIQUE INDEX groups_of_member ON members (organization, owner, member, group_id);
CREATE INDEX groups_in_groups        ON members (organization, owner, group_id) WHERE kind = 'Group';

-- Members whose user is a tombstone: they grant nothing, and bind when that user is restored.
CREATE TABLE pending_members (
  organization INTEGER NOT NULL,
  owner        INTEGER NOT NULL,
  group_id     TEXT    NOT NULL,
  member       TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  PRIMARY KEY (organization, owner, group_id, member)
) STRICT, WITHOUT ROWID;

-- The comparison keys of every filterable attribute (muster.scim.keys), of a complex one those of its parts. `attribute`
-- is a number derived from the resource type and the attribute's path; `resource` is the row in users or groups.
CREATE TABLE attribute_keys (
  organization INTEGER NOT NULL,
  owner        INTEGER NOT NULL,
  attribute    INTEGER NOT NULL,
  key          ANY     NOT NULL,
  resource     INTEGER NOT NULL,
  element      INTEGER NOT NULL,
  PRIMARY KEY (organization, owner, attribute, key, resource, element)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  organization   INTEGER NOT NULL,
  id             TEXT    NOT NULL,
  user           TEXT    NOT NULL,                  -- the SCIM id; kept when that user is deleted
  owner          INTEGER NOT NULL,
  status         TEXT    NOT NULL CHECK (status IN ('active', 'inactive', 'held', 'removed')),
  revoked_before INTEGER NOT NULL DEFAULT 0,        -- whatever was issued earlier is dead; only ever moves forward
  created        INTEGER NOT NULL,
  changed        INTEGER NOT NULL,
  PRIMARY KEY (organization, id),
  UNIQUE (organization, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstones (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  owner        INTEGER NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('User', 'Group')),
  deleted      INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  name_key     TEXT    NOT NULL,
  external_id  TEXT,
  document     BLOB    NOT NULL,
  PRIMARY KEY (organization, id)
) STRICT;

CREATE INDEX tombstones_name        ON tombstones (organization, owner, name_key);
CREATE INDEX tombstones_external_id ON tombstones (organization, owner, external_id);

CREATE TABLE changes (
  organization  INTEGER NOT NULL,
  sequence      INTEGER NOT NULL,                   -- gap-free within the organization
  time          INTEGER NOT NULL,
  connection    TEXT,
  credential    TEXT,
  request       TEXT    NOT NULL,
  operation     TEXT    NOT NULL,                   -- create, replace, modify, delete, revoke, …
  resource_type TEXT    NOT NULL,
  resource      TEXT    NOT NULL,
  version       INTEGER,
  before        BLOB,                               -- JSON of what changed only
  after         BLOB,
  PRIMARY KEY (organization, sequence)
) STRICT;

CREATE TABLE request_log (
  row          INTEGER PRIMARY KEY,
  organization INTEGER NOT NULL,
  connection   TEXT    NOT NULL,
  credential   TEXT,
  request      TEXT    NOT NULL,
  time         INTEGER NOT NULL,
  duration     INTEGER NOT NULL,                    -- microseconds
  method       TEXT    NOT NULL,
  target       TEXT    NOT NULL,                    -- path and query, redacted
  status       INTEGER NOT NULL,
  scim_type    TEXT,
  detail       TEXT,
  notes        BLOB,                                -- JSON: what a dialect's rule did
  body         BLOB,                                -- redacted
  repeated     INTEGER NOT NULL DEFAULT 1           -- refusals that were counted together
) STRICT;

CREATE INDEX request_log_time ON request_log (organization, connection, time);
