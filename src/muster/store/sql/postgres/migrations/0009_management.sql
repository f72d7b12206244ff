-- compatible: 1
-- What connections, credentials and organizations are managed with: switches and states, kinds and lives of credentials,
-- management keys, setup links, domains, permissions of roles, the guard's memory, and when what was last used.
-- JSON is text. Organization 0 is the platform itself: its only rows are management keys and what belongs to them.

ALTER TABLE organizations ADD COLUMN disabled bigint;  -- since when; NULL: it is not
ALTER TABLE organizations ADD COLUMN enforced boolean NOT NULL DEFAULT false;  -- accounts come from a connection only
ALTER TABLE organizations ADD COLUMN log_days bigint NOT NULL DEFAULT 30;  -- how long the request log is kept
ALTER TABLE organizations ADD COLUMN redacted text NOT NULL DEFAULT '[]';  -- attributes that the log does not keep
ALTER TABLE organizations ADD COLUMN administrators text;  -- the permission that administrators have

ALTER TABLE connections ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled'));
ALTER TABLE connections ADD COLUMN switches text NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN mapping text;  -- NULL: the one of its provider
ALTER TABLE connections ADD COLUMN deleted bigint;  -- its row is kept: owners are never reused

CREATE TABLE service_accounts (
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  connection   text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  description  text NOT NULL,
  role         text COLLATE "C" NOT NULL,
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  deleted      bigint,
  PRIMARY KEY (organization, id)
);

-- A credential lives from an hour to 365 days; one that was replaced with an overlap is dead from `overlap` on.
ALTER TABLE credentials DROP CONSTRAINT credentials_kind_check;
ALTER TABLE credentials ADD CONSTRAINT credentials_kind_check CHECK (kind IN ('api_key', 'service_account_key'));
ALTER TABLE credentials ADD CONSTRAINT credentials_life CHECK (expires >= created + 3600000000) NOT VALID;
ALTER TABLE credentials ADD COLUMN service_account text COLLATE "C"
  CHECK ((service_account IS NULL) = (kind = 'api_key'));
ALTER TABLE credentials ADD COLUMN created_by text NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN overlap bigint;
ALTER TABLE credentials ADD COLUMN warned bigint;  -- days before the end that the latest warning was of

-- What was last used, and how: beside the credential, so that using it does not change it.
CREATE TABLE credential_uses (
  organization bigint NOT NULL,
  credential   text COLLATE "C" NOT NULL,  -- or a management key
  time         bigint NOT NULL,
  address      text,
  user_agent   text,
  PRIMARY KEY (organization, credential)
);

CREATE TABLE connection_activity (
  organization  bigint NOT NULL,
  connection    text COLLATE "C" NOT NULL,
  first_request bigint NOT NULL,
  last_request  bigint NOT NULL,
  first_success bigint,
  last_success  bigint,
  requests      bigint NOT NULL,
  refused       bigint NOT NULL,
  PRIMARY KEY (organization, connection)
);

CREATE TABLE api_keys (
  organization bigint NOT NULL,  -- 0: the platform
  id           text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  hash         bytea NOT NULL CHECK (length(hash) = 32),
  last_four    text NOT NULL,
  scopes       text NOT NULL,                    -- JSON
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  expires      bigint NOT NULL CHECK (expires >= created + 3600000000 AND expires <= created + 31536000000000),
  revoked      bigint,
  PRIMARY KEY (organization, id)
);

-- Answers to creating requests that may come again; `answer` is sealed under what only the caller has.
CREATE TABLE idempotency (
  organization bigint NOT NULL,
  api_key      text COLLATE "C" NOT NULL,
  digest       text COLLATE "C" NOT NULL,  -- of the Idempotency-Key
  request      bytea NOT NULL,  -- digest of method, path and body
  created      bigint NOT NULL,
  status       bigint,  -- NULL: it is being answered
  answer       bytea,
  PRIMARY KEY (organization, api_key, digest)
);

CREATE TABLE setup_links (
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  connection   text COLLATE "C" NOT NULL,
  hash         bytea NOT NULL CHECK (length(hash) = 32),
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  expires      bigint NOT NULL,
  once         boolean NOT NULL,
  used         bigint,
  revoked      bigint,
  PRIMARY KEY (organization, id)
);

CREATE TABLE domains (
  organization bigint NOT NULL,
  name         text COLLATE "C" NOT NULL,  -- in A-labels
  challenge    text NOT NULL,
  created      bigint NOT NULL,
  verified     bigint,
  checked      bigint,
  failing      bigint,  -- since when the challenge is not found any more
  problem      text,  -- what the last check found wrong
  PRIMARY KEY (organization, name)
);

CREATE TABLE domain_owners (  -- a verified domain is one organization's at a time
  name         text COLLATE "C" PRIMARY KEY,
  organization bigint NOT NULL
);

CREATE TABLE permissions (  -- of roles, which are groups: given here, never by SCIM
  organization bigint NOT NULL,
  role         text COLLATE "C" NOT NULL,
  permission   text COLLATE "C" NOT NULL,
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  PRIMARY KEY (organization, role, permission)
);
CREATE INDEX roles_with_permission ON permissions (organization, permission, role);

-- What the guard remembers of each connection: who was deactivated lately, and what came of too many.
CREATE TABLE deactivations (
  organization bigint NOT NULL,
  owner        bigint NOT NULL,
  time         bigint NOT NULL,
  "user"       text COLLATE "C" NOT NULL,
  PRIMARY KEY (organization, owner, time, "user")
);

CREATE TABLE alerts (
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  connection   text COLLATE "C" NOT NULL,
  kind         text NOT NULL,
  opened       bigint NOT NULL,
  latest       bigint NOT NULL,
  count        bigint NOT NULL,
  closed       bigint,
  closed_by    text,
  outcome      text,
  PRIMARY KEY (organization, id)
);
CREATE INDEX alerts_of_connection ON alerts (organization, connection, opened);

CREATE INDEX accounts_held ON accounts (organization, owner, "user") WHERE status = 'held';
CREATE INDEX changes_of_resource ON changes (organization, resource, sequence);

ALTER TABLE request_log ADD COLUMN resource text;  -- the user or group that the request is about
ALTER TABLE request_log ADD COLUMN sequence bigint;  -- of its change
ALTER TABLE request_log ADD COLUMN code text;  -- of the error catalogue
ALTER TABLE request_log ADD COLUMN user_agent text;

-- A grant is made of more now: the triggers of 0005 with the columns of today.
DROP TRIGGER moves_access ON connections;
CREATE TRIGGER moves_access AFTER UPDATE OF id, owner, provider, strict, name, state, switches, mapping, deleted OR DELETE
  ON connections FOR EACH ROW EXECUTE FUNCTION move_access_epoch();

DROP TRIGGER moves_access ON credentials;
CREATE TRIGGER moves_access
  AFTER UPDATE OF id, connection, kind, hash, expires, revoked, overlap, service_account OR DELETE
  ON credentials FOR EACH ROW EXECUTE FUNCTION move_access_epoch();

DROP TRIGGER moves_access ON organizations;
CREATE TRIGGER moves_access BEFORE UPDATE ON organizations FOR EACH ROW
  WHEN (OLD.schema_version <> NEW.schema_version
    OR OLD.cursor_key IS DISTINCT FROM NEW.cursor_key OR OLD.cursor_key_sealed IS DISTINCT FROM NEW.cursor_key_sealed
    OR (OLD.nested_members > 0) <> (NEW.nested_members > 0)
    OR OLD.disabled IS DISTINCT FROM NEW.disabled OR OLD.enforced <> NEW.enforced
    OR OLD.redacted <> NEW.redacted OR OLD.administrators IS DISTINCT FROM NEW.administrators)
  EXECUTE FUNCTION move_own_access_epoch();

CREATE FUNCTION grant_now(bigint, text) RETURNS SETOF record LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  PERFORM enter($1);
  RETURN QUERY SELECT c.organization, c.id, c.connection, c.hash, c.last_four, c.created, c.expires, c.revoked,
      c.kind, c.service_account, c.created_by, c.overlap,
      n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups,
      n.name, n.state, n.switches, n.mapping, n.deleted,
      g.organization, g.name, g.created, g.schema_version, g.nested_members > 0,
      g.disabled, g.enforced, g.log_days, g.redacted, g.administrators,
      g.access_epoch, g.cursor_key, g.cursor_key_sealed
    FROM credentials c
    JOIN connections n ON n.organization = $1 AND n.id = c.connection
    JOIN organizations g ON g.organization = $1
    WHERE c.organization = $1 AND c.id = $2;
END $$;

CREATE FUNCTION organizations_now() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT g.organization, g.name, g.created, g.schema_version, g.nested_members > 0,
        g.disabled, g.enforced, g.log_days, g.redacted, g.administrators
      FROM organizations g WHERE g.organization = known.organization;
  END LOOP;
END $$;

CREATE FUNCTION connections_now() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups,
        n.name, n.state, n.switches, n.mapping, n.deleted
      FROM connections n WHERE n.organization = known.organization;
  END LOOP;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['service_accounts', 'credential_uses', 'connection_activity', 'api_keys', 'idempotency',
    'setup_links', 'domains', 'permissions', 'deactivations', 'alerts']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY of_organization ON %I USING (organization ='
      ' nullif(current_setting(''muster.organization'', true), '''')::bigint)', name);
  END LOOP;
END $$;
