"""The management API: what the platform's engineers do with Muster over HTTP, as JSON, described by OpenAPI 3.1."""
