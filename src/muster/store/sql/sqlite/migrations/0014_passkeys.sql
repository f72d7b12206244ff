-- compatible: 5
-- What console users sign in with beside name and passphrase.

CREATE TABLE passkey_names (                        -- which organization a passkey belongs to: no data, only names
  name         TEXT    PRIMARY KEY,                 -- its credential id, in base64url
  organization INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
  organization INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  console_user TEXT    NOT NULL,
  credential   TEXT    NOT NULL,                    -- the credential id, as authenticators know it
  attested     BLOB    NOT NULL,                    -- attested credential data (WebAuthn §6.5.2): the public key is in it
  counter      INTEGER NOT NULL,                    -- the signature counter of the last time
  name         TEXT    NOT NULL,
  created      INTEGER NOT NULL,
  used         INTEGER,                             -- the last time
  PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX passkeys_credential ON passkeys (organization, credential);
CREATE INDEX passkeys_of_user ON passkeys (organization, console_user);

-- The platform's alone: what challenges are known again by, and those that were used. Both matter for five minutes.
CREATE TABLE challenge_keys (
  organization INTEGER NOT NULL PRIMARY KEY,
  key          BLOB    NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_challenges (
  organization INTEGER NOT NULL,
  challenge    BLOB    NOT NULL CHECK (length(challenge) = 32),
  expires      INTEGER NOT NULL,
  PRIMARY KEY (organization, challenge)
) STRICT, WITHOUT ROWID;
