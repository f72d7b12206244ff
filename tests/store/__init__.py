"""The contract of a store. What stands here holds for each; what only SQLite has is in `sqlite/`."""
