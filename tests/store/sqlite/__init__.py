"""What only the SQLite store has: one file, one writer, its plans and statements."""
