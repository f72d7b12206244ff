# mypy: ignore-errors
"""Django as one would run it in production, less what a SCIM endpoint does not need.

BENCH_DATABASE is a file for SQLite, or the address of a PostgreSQL; connections are kept. Both sync their commits.
"""

import os
from typing import Any
from urllib.parse import urlsplit

SECRET_KEY = API_KEY = os.environ["BENCH_API_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "django_people.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "django_people"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
MIGRATION_MODULES = {
    "auth": None,
    "contenttypes": None,
}  # the tables are made in one go, ours refer to Django's
AUTH_USER_MODEL = "django_people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_I18N = False
LOGGING_CONFIG = None


def _database(place: str) -> dict[str, Any]:
    """Django's settings for a place."""
    parts = urlsplit(place)
    if parts.scheme != "postgresql":
        # Without the immediate mode a transaction that reads before it writes fails instead of waiting.
        journal = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        options = {"init_command": journal, "transaction_mode": "IMMEDIATE", "timeout": 30}
        engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": place, "OPTIONS": options}
    else:
        where = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "NAME": parts.path[1:]}
        engine = {"ENGINE": "django.db.backends.postgresql", **where}
    return {**engine, "CONN_MAX_AGE": None}


DATABASES = {"default": _database(os.environ["BENCH_DATABASE"])}

SCIM_SERVICE_PROVIDER = {
    "SCHEME": "http",
    "NETLOC": "127.0.0.1",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "API key", "description": "Bearer"}],
    "USER_ADAPTER": "django_people.adapters.UserAdapter",
    "GROUP_MODEL": "django_people.models.Group",
    "GROUP_ADAPTER": "django_people.adapters.GroupAdapter",
    "USER_FILTER_PARSER": "django_people.filters.UserFilter",
    "GROUP_FILTER_PARSER": "django_people.filters.GroupFilter",
    "AUTH_CHECK_MIDDLEWARE": "django_people.bearer.Bearer",
}
