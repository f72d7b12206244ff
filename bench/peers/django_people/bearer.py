# mypy: ignore-errors
"""Who may ask, and that a write is one transaction with one commit."""

from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

EXPECTED = f"Bearer {settings.API_KEY}"


class Bearer:
    """Takes the place of the library's check, which wants a signed-in user and writes each body to the log."""

    def __init__(self, get_response: Callable[..., HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a request that does not carry the key."""
        if not compare_digest(request.headers.get("Authorization", ""), EXPECTED):
            return HttpResponse(status=401)
        if request.method == "GET":
            return self.get_response(request, *args, **kwargs)
        with transaction.atomic():
            return self.get_response(request, *args, **kwargs)
