"""What the operator's machines ask of a running server: is it alive, does it take requests, what has it counted."""
