"""The DNS, as the directory's port asks it."""
