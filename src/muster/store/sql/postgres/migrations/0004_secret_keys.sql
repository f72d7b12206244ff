-- compatible: 1
-- An organization's cursor key may be sealed under a secret key (muster.directory.seal): it is in one of the two columns.
-- A program that does not know the second one works as long as nothing is sealed.

ALTER TABLE organizations ADD COLUMN cursor_key_sealed bytea;
ALTER TABLE organizations ALTER COLUMN cursor_key DROP NOT NULL;
ALTER TABLE organizations ADD CONSTRAINT one_cursor_key CHECK ((cursor_key IS NULL) <> (cursor_key_sealed IS NULL));

CREATE TABLE secret_keys (                            -- ids of keys that something may be sealed under; no organization's
  id text COLLATE "C" PRIMARY KEY
);

-- The first $1 bytes of each sealed secret: under which key it is. Each organization is entered by itself.
CREATE FUNCTION sealed_heads(integer) RETURNS SETOF bytea LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT substr(g.cursor_key_sealed, 1, $1)
      FROM organizations g WHERE g.organization = known.organization AND g.cursor_key_sealed IS NOT NULL;
  END LOOP;
END $$;
