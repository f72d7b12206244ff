"""The error catalogue: each way in which something is refused, why, what shows it, and what mends it."""
