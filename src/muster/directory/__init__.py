"""What the service does: the use cases, and the ports they need. No SQL, no HTTP."""
