"""Muster: a SCIM 2.0 service for platforms with many customer organizations."""

__version__ = "0.1.0"
