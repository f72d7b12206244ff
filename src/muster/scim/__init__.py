"""The protocol core: SCIM 2.0 (RFC 7643, RFC 7644) as values in, values out.

Law: nothing here awaits, reads a clock, draws randomness, logs, reads the environment, or knows SQL or HTTP.
"""
