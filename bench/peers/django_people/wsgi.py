# mypy: ignore-errors
"""The application for a WSGI server; DJANGO_SETTINGS_MODULE is in its environment."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
