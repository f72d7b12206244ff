"""The registers of management, written once for both databases over a `Session`."""
