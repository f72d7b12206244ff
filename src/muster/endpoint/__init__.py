"""The SCIM endpoint: plain ASGI, because every answer under it, 404 and 413 included, must be SCIM."""
