-- compatible: 1
-- Who uses the console, and what they are signed in with. Organization 0 is the platform itself: its users are operators.

CREATE TABLE console_names (  -- which organization a name that signs in belongs to: no data, only names
  name         text COLLATE "C" PRIMARY KEY,  -- as it is compared
  organization bigint NOT NULL
);

CREATE TABLE console_users (
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  folded     text COLLATE "C" NOT NULL,
  role         text COLLATE "C" NOT NULL CHECK (role IN ('operator', 'admin', 'auditor')),
  passphrase   text NOT NULL,  -- its argon2id hash
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  disabled     bigint,
  signed_in    bigint,  -- the last time
  PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX console_users_name ON console_users (organization, folded);

CREATE TABLE invitations (  -- links that make a console user
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  hash         bytea NOT NULL CHECK (length(hash) = 32),
  role         text COLLATE "C" NOT NULL CHECK (role IN ('operator', 'admin', 'auditor')),
  created      bigint NOT NULL,
  created_by   text NOT NULL,
  expires      bigint NOT NULL,
  used         bigint,
  revoked      bigint,
  PRIMARY KEY (organization, id)
);

CREATE TABLE sessions (  -- of a console user, or of who came with a setup link
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  hash         bytea NOT NULL CHECK (length(hash) = 32),
  console_user text COLLATE "C",
  setup_link   text COLLATE "C",
  created      bigint NOT NULL,
  seen         bigint NOT NULL,
  expires      bigint NOT NULL,
  ended        bigint,
  address      text,
  user_agent   text,
  PRIMARY KEY (organization, id),
  CHECK ((console_user IS NULL) <> (setup_link IS NULL))
);
CREATE INDEX sessions_of_user ON sessions (organization, console_user);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['console_users', 'invitations', 'sessions']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY of_organization ON %I USING (organization ='
      ' nullif(current_setting(''muster.organization'', true), '''')::bigint)', name);
  END LOOP;
END $$;
