"""Conversations that real identity providers hold with a SCIM server, and the pitfalls that broke others."""
