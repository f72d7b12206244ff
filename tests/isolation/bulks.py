"""Attempts in a bulk request: the id in an operation's path, in its data, beside bulkIds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance import bulking
from tests.conformance.bodies import enterprise_user, group, operation, user
from tests.isolation.attempt import NAME, Attempt
from tests.isolation.world import Call, Identity, Side

RENAMED = operation("replace", "title", NAME)

BULK: dict[str, Callable[[Side, Identity], dict[str, Any]]] = {
    "PUT a user": lambda _, it: bulking.put(f"/Users/{it.user}", user()),
    "PATCH a user": lambda _, it: bulking.patch(f"/Users/{it.user}", RENAMED),
    "DELETE a user": lambda _, it: bulking.delete(f"/Users/{it.user}"),
    "PUT a group": lambda _, it: bulking.put(f"/Groups/{it.group}", group()),
    "PATCH a group": lambda _, it: bulking.rename(f"/Groups/{it.group}", NAME),
    "DELETE a group": lambda _, it: bulking.delete(f"/Groups/{it.group}"),
    "a member": lambda _, it: bulking.post("g", "/Groups", group(it.user)),
    "a group as a member": lambda _, it: bulking.post("g", "/Groups", group(it.group)),
    "a member by $ref": lambda _, it: bulking.post(
        "g", "/Groups", group(members=[{"$ref": f"../Users/{it.user}"}])
    ),
    "add a member": lambda mine, it: bulking.patch(
        f"/Groups/{mine.crowd()}", operation("add", "members", [{"value": it.user}])
    ),
    "remove a member": lambda mine, it: bulking.patch(
        f"/Groups/{mine.crowd()}", operation("remove", f'members[value eq "{it.user}"]')
    ),
    "a manager": lambda _, it: bulking.post("u", "/Users", enterprise_user(manager={"value": it.user})),
    "a userName": lambda _, it: bulking.post("u", "/Users", user(userName=it.user_name)),
    "a bulkId": lambda _, it: bulking.post(it.user, "/Users", user()),
    "a bulkId that is made nowhere": lambda _, it: bulking.patch(f"/Users/bulkId:{it.user}", RENAMED),
    "a member by bulkId": lambda _, it: bulking.post("g", "/Groups", group(f"bulkId:{it.user}")),
    "version, any": lambda _, it: bulking.delete(f"/Users/{it.user}", version="*"),
    "version of a group": lambda _, it: bulking.put(f"/Groups/{it.group}", group(), version='W/"1"'),
    "their connection in the path": lambda _, it: bulking.delete(f"/{it.connection}/v2/Users/{it.user}"),
    "id in the data of a PUT": lambda mine, it: bulking.put(f"/Users/{mine.person()}", user(id=it.user)),
}

# Operations that name what they make beside what is another's.
MIXED: dict[str, Callable[[Side, Identity], list[dict[str, Any]]]] = {
    "a new user and theirs in a group": lambda _, it: [
        bulking.post("u", "/Users", user()),
        bulking.post("g", "/Groups", group("bulkId:u", it.user)),
    ],
    "a new user into their group": lambda _, it: [
        bulking.post("u", "/Users", user()),
        bulking.patch(f"/Groups/{it.group}", operation("add", "members", [{"value": "bulkId:u"}])),
    ],
    "a group before its members": lambda _, it: [
        bulking.post("g", "/Groups", group(it.user, "bulkId:u")),
        bulking.post("u", "/Users", enterprise_user(manager={"value": it.user})),
    ],
    "a bulkId that is their id": lambda _, it: [
        bulking.post(it.user, "/Users", user()),
        bulking.patch(f"/Users/{it.user}", RENAMED),
        bulking.post("g", "/Groups", group(it.user)),
    ],
    "mine, then theirs": lambda mine, it: [
        bulking.patch(f"/Users/{mine.person()}", RENAMED),
        bulking.delete(f"/Users/{it.user}"),
    ],
}


def bulk() -> Iterator[Attempt]:
    """The id in an operation of a bulk request: its path, and its data."""
    for place, one in BULK.items():

        def build(mine: Side, it: Identity, one: Any = one) -> Call:
            return Call("POST", "/Bulk", bulking.request(one(mine, it)))

        yield Attempt(("POST", "/bulk"), place, build)
    for place, several in MIXED.items():
        for until in (0, 1):

            def mixed(mine: Side, it: Identity, several: Any = several, until: int = until) -> Call:
                more = {"failOnErrors": until} if until else {}
                return Call("POST", "/Bulk", bulking.request(*several(mine, it), **more))

            yield Attempt(("POST", "/bulk"), place + ", stopping at the first error" * until, mixed)
