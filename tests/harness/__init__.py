"""What the tests that talk HTTP stand on: the real program as a subprocess, and a client that hides nothing."""
