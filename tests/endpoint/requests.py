"""One request of every kind that the routes have, each made anew for a population before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.conformance.bodies import ENTERPRISE, SEARCH, enterprise_user, fresh, group, operation, user
from tests.endpoint.population import Ask, Population

Make = Callable[[Population], Ask]


class Case(NamedTuple):
    """A request: the route that it takes, as `inventory` names it, what it is answered with, and how it is made.

    Making it leaves the population as the request needs it.
    """

    route: str
    status: int
    make: Make


def _find(kind: str, text: str = "", **more: str) -> Make:
    """A query of users or groups whose filter may name what the population has."""

    def make(population: Population) -> Ask:
        names = vars(population)
        query = {name: value.format(**names) for name, value in more.items()}
        return Ask("GET", f"/{kind}", query=query | ({"filter": text.format(**names)} if text else {}))

    return make


def _get(path: str, **query: str) -> Make:
    return lambda population: Ask("GET", path.format(**vars(population)), query=query)


def _post(path: str, body: Callable[[Population], Any]) -> Make:
    return lambda population: Ask("POST", path, body(population))


def _search(kind: str, text: str) -> Make:
    return _post(f"{kind}/.search", lambda _: {"schemas": [SEARCH], "filter": text})


def _patch_user(*operations: Callable[[], dict[str, Any]]) -> Make:
    """A PATCH of a new user."""
    return lambda population: population.patch(
        f"/Users/{population.new('/Users', user(active=True))}", *(one() for one in operations)
    )


def _following_cursor(population: Population) -> Ask:
    first = Ask("GET", "/Users", query={"cursor": "", "count": population.page})
    return first._replace(
        query={"cursor": population.send(first).json["nextCursor"], "count": population.page}
    )


def _replace_user(population: Population, **changed: Any) -> Ask:
    body = user(title="Dr")
    return Ask("PUT", f"/Users/{population.new('/Users', body)}", body | changed)


def _replace_group(population: Population) -> Ask:
    """The staff without all but a few."""
    path = f"/Groups/{population.staff}"
    whole, few = (group(*ids, displayName="Staff") for ids in (population.members, population.members[:5]))
    population.send(Ask("PUT", path, whole))
    return Ask("PUT", path, few)


def _rename(population: Population) -> Ask:
    return population.patch(
        f"/Groups/{population.staff}", operation("replace", "displayName", fresh("Staff"))
    )


def _add(population: Population) -> Ask:
    population.send(population.remove())
    return population.add()


def _add_again(population: Population) -> Ask:
    population.send(population.add())
    return population.add()


def _remove(population: Population) -> Ask:
    population.send(population.add())
    return population.remove()


def _delete_group(population: Population) -> Ask:
    return Ask("DELETE", f"/Groups/{population.new('/Groups', group(*population.others))}")


def _bulk_of_users(population: Population) -> Ask:
    return population.bulk(
        *({"method": "POST", "path": "/Users", "bulkId": str(number), "data": user()} for number in range(10))
    )


def _managed(population: Population) -> dict[str, Any]:
    return enterprise_user(manager={"value": population.boss})


def _new_email() -> dict[str, Any]:
    return operation("add", "emails", [{"value": f"{fresh()}@example.com", "type": "work"}])


READS: Final[dict[str, Case]] = {
    "retrieve a user": Case("GET /users/{id}", 200, _get("/Users/{ada}")),
    "retrieve a user without groups": Case(
        "GET /users/{id}", 200, _get("/Users/{ada}", excludedAttributes="groups")
    ),
    "retrieve a group": Case("GET /groups/{id}", 200, _get("/Groups/{staff}")),
    "retrieve a group without members": Case(
        "GET /groups/{id}", 200, _get("/Groups/{staff}", excludedAttributes="members")
    ),
    "userName eq": Case("GET /users", 200, _find("Users", 'userName eq "ada"')),
    "externalId eq": Case("GET /users", 200, _find("Users", 'externalId eq "ada-1"')),
    "id eq": Case("GET /users", 200, _find("Users", 'id eq "{ada}"')),
    "emails value path": Case(
        "GET /users", 200, _find("Users", 'emails[type eq "work" and value eq "ada@example.com"]')
    ),
    "userName sw": Case("GET /users", 200, _find("Users", 'userName sw "u"', count="{page}")),
    "userName co": Case("GET /users", 200, _find("Users", 'userName co "u"', count="{page}")),
    "page of users": Case("GET /users", 200, _find("Users", count="{page}")),
    "page by index, sorted": Case(
        "GET /users", 200, _find("Users", sortBy="userName", startIndex="{middle}", count="{page}")
    ),
    "first page by cursor": Case("GET /users", 200, _find("Users", cursor="", count="{page}")),
    "following page by cursor": Case("GET /users", 200, _following_cursor),
    "users of a group": Case("GET /users", 200, _find("Users", 'groups.value eq "{staff}"', count="{page}")),
    "page of groups": Case("GET /groups", 200, _find("Groups")),
    "displayName eq": Case("GET /groups", 200, _find("Groups", 'displayName eq "team 0"')),
    "displayName eq without members": Case(
        "GET /groups", 200, _find("Groups", 'displayName eq "team 0"', excludedAttributes="members")
    ),
    "members value path": Case("GET /groups", 200, _find("Groups", 'members[value eq "{ada}"]')),
    "groups of a user without members": Case(
        "GET /groups", 200, _find("Groups", 'members.value eq "{ada}"', excludedAttributes="members")
    ),
    "query everything": Case("GET /", 200, _get("/", filter='displayName eq "team 0"')),
    "search users": Case("POST /users/.search", 200, _search("/Users", 'userName eq "ada"')),
    "search groups": Case("POST /groups/.search", 200, _search("/Groups", 'displayName eq "team 0"')),
    "search everything": Case("POST /.search", 200, _search("", 'displayName eq "team 0"')),
}

WRITES: Final[dict[str, Case]] = {
    "create a user": Case("POST /users", 201, _post("/Users", lambda _: user())),
    "create a user with a manager": Case("POST /users", 201, _post("/Users", _managed)),
    "create a group": Case("POST /groups", 201, _post("/Groups", lambda _: group())),
    "create a group with members": Case(
        "POST /groups", 201, _post("/Groups", lambda population: group(*population.others))
    ),
    "replace a user": Case(
        "PUT /users/{id}", 200, lambda population: _replace_user(population, title="Prof")
    ),
    "replace a user by the same": Case("PUT /users/{id}", 200, _replace_user),
    "replace a group": Case("PUT /groups/{id}", 200, _replace_group),
    "change a user": Case("PATCH /users/{id}", 200, _patch_user(lambda: operation("replace", "title", "Dr"))),
    "change what a user is found by": Case("PATCH /users/{id}", 200, _patch_user(_new_email)),
    "deactivate a user": Case(
        "PATCH /users/{id}", 200, _patch_user(lambda: operation("replace", "active", value=False))
    ),
    "change nothing of a user": Case(
        "PATCH /users/{id}", 200, _patch_user(lambda: operation("replace", "active", value=True))
    ),
    "give a user a manager": Case(
        "PATCH /users/{id}",
        200,
        lambda population: _patch_user(
            lambda: operation("replace", f"{ENTERPRISE}:manager", {"value": population.boss})
        )(population),
    ),
    "rename a group": Case("PATCH /groups/{id}", 204, _rename),
    "add members": Case("PATCH /groups/{id}", 204, _add),
    "add members who are there": Case("PATCH /groups/{id}", 204, _add_again),
    "remove members": Case("PATCH /groups/{id}", 204, _remove),
    "delete a user": Case(
        "DELETE /users/{id}", 204, lambda population: Ask("DELETE", f"/Users/{population.team_member()}")
    ),
    "delete a group": Case("DELETE /groups/{id}", 204, _delete_group),
    "bulk of ten": Case("POST /bulk", 200, _bulk_of_users),
}

DISCOVERY: Final[dict[str, Case]] = {
    "discovery": Case("GET /serviceproviderconfig", 200, _get("/ServiceProviderConfig")),
    "resource types": Case("GET /resourcetypes", 200, _get("/ResourceTypes")),
    "resource type": Case("GET /resourcetypes/{id}", 200, _get("/ResourceTypes/User")),
    "schemas": Case("GET /schemas", 200, _get("/Schemas")),
    "schema": Case("GET /schemas/{id}", 200, _get(f"/Schemas/{ENTERPRISE}")),
}


def _me(method: str) -> Case:
    return Case(f"{method} /me", 501, lambda _: Ask(method, "/Me", {}))


REFUSALS: Final[dict[str, Case]] = {
    "400 for a filter": Case("GET /users", 400, _find("Users", "userName eq")),
    "400 for a body": Case("POST /users", 400, _post("/Users", lambda _: {"schemas": []})),
    "400 for a member": Case(
        "PATCH /groups/{id}",
        400,
        lambda population: population.patch(
            f"/Groups/{population.staff}", operation("add", "members", [{"value": fresh()}])
        ),
    ),
    "401 for a key": Case("GET /users", 401, lambda _: Ask("GET", "/Users", api_key="nothing")),
    "404 for a retrieved user": Case("GET /users/{id}", 404, _get("/Users/nobody")),
    "404 for a changed user": Case(
        "PATCH /users/{id}",
        404,
        lambda population: population.patch("/Users/nobody", operation("replace", "title", "Dr")),
    ),
    "404 for a deleted group": Case("DELETE /groups/{id}", 404, lambda _: Ask("DELETE", "/Groups/none")),
    "409 for a name": Case("POST /users", 409, _post("/Users", lambda _: user(userName="ADA"))),
    "412 for a version": Case(
        "DELETE /users/{id}",
        412,
        lambda population: Ask("DELETE", f"/Users/{population.ada}", headers=((b"if-match", b'W/"9"'),)),
    ),
} | {f"501 for {method} /Me": _me(method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}

CASES: Final = READS | WRITES | DISCOVERY | REFUSALS
