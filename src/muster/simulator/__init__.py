"""The IdP simulator: what an identity provider would send to any SCIM 2.0 server, and whether the server did it."""
