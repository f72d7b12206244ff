-- The two roles of docs/how-to/scale-out.md: one owns the tables, one serves. PostgreSQL's image runs this when its volume is new.
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner_password`
\set server_password `cat /run/secrets/server_password`
CREATE ROLE muster_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE muster LOGIN PASSWORD :'server_password';
ALTER DATABASE muster OWNER TO muster_owner;
