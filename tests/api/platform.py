"""The platform's side of one organization: the management API with a key of that organization."""

from __future__ import annotations

from typing import Any

from tests.api.asgi import Answer, Api


class Platform:
    """Asks about one organization."""

    def __init__(self, api: Api, organization: str) -> None:
        self.api = api
        self.organization = organization
        self.key = api.new_key(organization)

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request."""
        return self.api.request(method, path, body, key=self.key)

    def get(self, path: str) -> Any:
        """The JSON of what is there."""
        answer = self.send("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """The JSON of what was done."""
        answer = self.send(method, path, body)
        assert answer.status in (200, 201, 204), answer.body
        return answer.json if answer.body else None

    def items(self, path: str, limit: int = 200) -> list[Any]:
        """Everything in a list, read part by part."""
        found: list[Any] = []
        asked = f"{path}{'&' if '?' in path else '?'}limit={limit}"
        page = self.get(asked)
        found += page["items"]
        while page["next"] is not None:
            page = self.get(f"{asked}&cursor={page['next']}")
            found += page["items"]
        return found

    def account(self, user: str) -> Any:
        """The account of a user."""
        (found,) = self.get(f"/accounts?user={user}")["items"]
        return found

    def access(self, user: str, issued_at: str | None = None) -> Any:
        """The access answer for a user."""
        asked = f"?issued_at={issued_at}" if issued_at else ""
        return self.get(f"/users/{user}/access{asked}")

    def changes(self, after: int = 0) -> list[Any]:
        """The changes behind a number."""
        found: list[Any] = self.get(f"/changes?after={after}&limit=1000")["items"]
        return found
