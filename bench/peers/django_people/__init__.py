"""django-scim2 over Django's own users, as the WSGI application that is measured.

Runs in the peer's own environment, never in ours: it imports nothing of this repository. The library leaves models,
the attributes that they do not have and value paths in PATCH to the application; what is here of them is as little
and as quick as the library lets it be.
"""
