"""A connection with a guard, its IdP, and the platform that looks at accounts: over HTTP on either store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from muster.bootstrap import world
from muster.directory.alerts import decide, held_accounts, list_alerts
from muster.directory.ports import Administration
from muster.directory.registers.alerts import Alert
from muster.directory.registers.held import Decision, Held
from muster.directory.registers.registers import Registers
from muster.store.session import Session
from tests.conformance.bodies import PATCH_OP, group, operation, user
from tests.endpoint.asgi import Endpoint, Response
from tests.harness.server import Place, url_of
from tests.store.consistency import violations
from tests.store.postgres.agreement import disagreements

ADMINISTER = "platform.administer"


class Account(NamedTuple):
    """What the platform goes by."""

    status: str
    revoked_before: int


class Guarded:
    """One organization with one connection."""

    def __init__(self, folder: Path, place: Place) -> None:
        self._place = place
        self.endpoint = Endpoint(folder, database=url_of(place))
        self.database, self.run = self.endpoint.database, self.endpoint.run
        self.organization = self.endpoint.organization

    def close(self) -> None:
        """Close the database; whatever was done left no table saying half of what another says."""
        self.endpoint.close()
        found = violations(self._place) if isinstance(self._place, Path) else disagreements(self._place)
        assert found == []

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement of both databases in the organization, which is its first value."""

        async def work(administration: Administration) -> list[tuple[Any, ...]]:
            return await _session(administration.registers).fetch(statement, self.organization, *values)

        return self.run(self.database.administer(self.organization, work))

    def _do(self, statement: str, value: str) -> None:
        async def work(administration: Administration) -> None:
            session = _session(administration.registers)
            await session.execute(statement, value, self.organization)

        self.run(self.database.administer(self.organization, work))

    def guard(self, **chosen: Any) -> None:
        """Choose the guard of every connection."""
        switches = json.dumps({"guard": chosen})

        self._do("UPDATE connections SET switches = ? WHERE organization = ?", switches)

    def protect(self, permission: str = ADMINISTER) -> None:
        """Watch over the organization's last administrator."""
        self._do("UPDATE organizations SET administrators = ? WHERE organization = ?", permission)

    def give(self, role: str, permission: str = ADMINISTER) -> None:
        """Give a role a permission."""
        self.sql(
            "INSERT INTO permissions (organization, role, permission, created, created_by)"
            " VALUES (?, ?, ?, 0, 'test') RETURNING role",
            role,
            permission,
        )

    def send(self, method: str, path: str, body: Any = None) -> Response:
        """Send a SCIM request."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = ((b"content-type", b"application/scim+json"),)
        return self.endpoint.request(method, path.encode(), content, headers=headers)

    def new(self, path: str, body: Any) -> str:
        """Create a resource; its id."""
        answer = self.send("POST", path, body)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def people(self, number: int) -> list[str]:
        """Create users; their ids."""
        return [self.new("/Users", user()) for _ in range(number)]

    def team(self, *members: str) -> str:
        """Create a group; its id."""
        return self.new("/Groups", group(*members))

    def patch(self, path: str, *operations: dict[str, Any]) -> Response:
        """PATCH a resource, which succeeds."""
        answer = self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})
        assert answer.status in (200, 204), answer
        return answer

    def set_active(self, user: str, *, active: bool) -> None:
        """Switch a user on or off; the answer says so at once, whatever becomes of the account."""
        answer = self.patch(f"/Users/{user}", operation("replace", "active", active))
        assert answer.json["active"] is active
        assert self.send("GET", f"/Users/{user}").json["active"] is active

    def deactivate(self, *users: str) -> list[str]:
        """Switch users off one after the other; what their accounts are then."""
        for one in users:
            self.set_active(one, active=False)
        return [self.status(one) for one in users]

    def delete(self, *users: str) -> list[str]:
        """Delete users, who are gone for SCIM; what their accounts are then."""
        for one in users:
            assert self.send("DELETE", f"/Users/{one}").status == 204
            assert self.send("GET", f"/Users/{one}").status == 404
        return [self.status(one) for one in users]

    def account(self, user: str) -> Account:
        """The account of a user."""
        ((status, before),) = self.sql(
            'SELECT status, revoked_before FROM accounts WHERE organization = ? AND "user" = ?', user
        )
        return Account(status, before)

    def status(self, user: str) -> str:
        """The status of a user's account."""
        return self.account(user).status

    def alerts(self, *, open_only: bool = False) -> list[Alert]:
        """The alerts, oldest first."""
        return [*self.run(list_alerts(self.database, self.organization, None, 100, open_only=open_only))]

    def held(self, alert: str, *, waiting: bool = True) -> list[Held]:
        """The accounts of an alert."""
        found = held_accounts(self.database, self.organization, alert, "", 1000, waiting=waiting)
        return [*self.run(found)]

    def decide(self, alert: str, decision: Decision, *users: str) -> Alert:
        """Decide on the accounts of these users, or on all that wait."""
        accounts = [one.account for one in self.held(alert, waiting=False) if one.user in users]
        done = decide(self.database, world(), self.organization, alert, decision, accounts or None)
        return self.run(done).alert

    def changes(self, *operations: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The changes of these operations in their order: operation, resource, what it was changed to."""
        found = self.sql(
            "SELECT operation, resource, after FROM changes WHERE organization = ? ORDER BY sequence"
        )
        return [(done, what, json.loads(after or b"{}")) for done, what, after in found if done in operations]


def _session(registers: Registers) -> Session:
    found: Session = registers.held._session  # type: ignore[attr-defined]
    return found
