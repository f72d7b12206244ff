"""Everything that a database holds, taken from one store to the other: `muster copy`, and backups of PostgreSQL."""
