"""What upgrades promise: the release before on the schema of this one, this one on the next, and steps cut short."""
