"""How each provider is set up: one file of data for each, and what reads and draws it."""
