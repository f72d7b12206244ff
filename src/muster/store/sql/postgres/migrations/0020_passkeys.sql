-- compatible: 1
-- What console users sign in with beside name and passphrase.

CREATE TABLE passkey_names (  -- which organization a passkey belongs to: no data, only names
  name         text COLLATE "C" PRIMARY KEY,  -- its credential id, in base64url
  organization bigint NOT NULL
);

CREATE TABLE passkeys (
  organization bigint NOT NULL,
  id           text COLLATE "C" NOT NULL,
  console_user text COLLATE "C" NOT NULL,
  credential   text COLLATE "C" NOT NULL,  -- the credential id, as authenticators know it
  attested     bytea NOT NULL,  -- attested credential data (WebAuthn §6.5.2): the public key is in it
  counter      bigint NOT NULL,  -- the signature counter of the last time
  name         text NOT NULL,
  created      bigint NOT NULL,
  used         bigint,  -- the last time
  PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (organization, credential);
CREATE INDEX passkeys_of_user ON passkeys (organization, console_user);

-- The platform's alone: what challenges are known again by, and those that were used. Both matter for five minutes.
CREATE TABLE challenge_keys (
  organization bigint PRIMARY KEY,
  key          bytea NOT NULL CHECK (length(key) = 32)
);

CREATE TABLE spent_challenges (
  organization bigint NOT NULL,
  challenge    bytea NOT NULL CHECK (length(challenge) = 32),
  expires      bigint NOT NULL,
  PRIMARY KEY (organization, challenge)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['passkeys', 'challenge_keys', 'spent_challenges']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY of_organization ON %I USING (organization ='
      ' nullif(current_setting(''muster.organization'', true), '''')::bigint)', name);
  END LOOP;
END $$;
