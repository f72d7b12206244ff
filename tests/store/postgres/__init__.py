"""What only the PostgreSQL store has: policies, roles, round trips, and a server that may go away."""
