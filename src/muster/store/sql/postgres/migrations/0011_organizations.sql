-- compatible: 1
-- A part of the list of organizations, by name: what it costs depends on the part, not on how many organizations there are.

CREATE FUNCTION organizations_behind(text, bigint) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE known record;
BEGIN
  FOR known IN SELECT n.organization FROM organization_names n WHERE n.name > $1 ORDER BY n.name LIMIT $2 LOOP
    PERFORM enter(known.organization);
    RETURN QUERY SELECT g.organization, g.name, g.created, g.schema_version, g.nested_members > 0,
        g.disabled, g.enforced, g.log_days, g.redacted, g.administrators
      FROM organizations g WHERE g.organization = known.organization;
  END LOOP;
END $$;
