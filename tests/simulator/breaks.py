"""What servers do wrong, each as a function between a request and its answer."""

import json
from typing import Any

from tests.simulator.between import Asked, Forward, Told

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def nothing(asked: Asked, forward: Forward) -> Told:
    """Break nothing."""
    return forward(asked)


def silent_patch(asked: Asked, forward: Forward) -> Told:
    """Acknowledge a change of a user, and do not make it."""
    return Told(204) if asked.method == "PATCH" and "/Users/" in asked.path else forward(asked)


def silent_put(asked: Asked, forward: Forward) -> Told:
    """Answer a PUT with what was sent, and keep what was there."""
    if asked.method != "PUT":
        return forward(asked)
    return Told(200).having({"id": asked.path.rpartition("/")[2], **asked.body})


def silent_delete(asked: Asked, forward: Forward) -> Told:
    """Acknowledge a deletion, and keep the resource."""
    return Told(204) if asked.method == "DELETE" else forward(asked)


def loses_an_attribute(asked: Asked, forward: Forward) -> Told:
    """Take a new user without its title."""
    if asked.method == "POST" and "title" in asked.body:
        return forward(asked.having({name: value for name, value in asked.body.items() if name != "title"}))
    return forward(asked)


def loses_members(asked: Asked, forward: Forward) -> Told:
    """Take only the first of the members that are added."""
    if asked.method == "PATCH" and "/Groups/" in asked.path:
        body = asked.body
        for operation in body["Operations"]:
            if operation.get("path") == "members" and operation["op"].lower() == "add":
                operation["value"] = operation["value"][:1]
        return forward(asked.having(body))
    return forward(asked)


def empties_the_group(asked: Asked, forward: Forward) -> Told:
    """Read the path of a removal alone: everybody leaves."""
    if asked.method == "PATCH" and "/Groups/" in asked.path:
        body = asked.body
        for operation in body["Operations"]:
            if operation["op"].lower() == "remove":
                operation.pop("value", None)
                operation["path"] = "members"
        return forward(asked.having(body))
    return forward(asked)


def ignores_filtered_removal(asked: Asked, forward: Forward) -> Told:
    """Acknowledge a removal by a filter in the path, and do nothing."""
    if asked.method == "PATCH" and b"members[" in asked.raw:
        return Told(204)
    return forward(asked)


def hides_inactive_users(asked: Asked, forward: Forward) -> Told:
    """Find nobody who is inactive."""
    told = forward(asked)
    if asked.method == "GET" and "filter=" in asked.path and told.status == 200:
        body = told.body
        kept = [each for each in body["Resources"] if each.get("active", True)]
        return told.having(body | {"Resources": kept, "totalResults": len(kept)})
    return told


def tells_strings(asked: Asked, forward: Forward) -> Told:
    """Write the numbers of a list as strings."""
    told = forward(asked)
    if told.status == 200 and "totalResults" in told.body:
        return told.having(told.body | {"totalResults": str(told.body["totalResults"])})
    return told


def tells_the_manager_as_a_string(asked: Asked, forward: Forward) -> Told:
    """Answer the manager's id where an object has to be."""
    told = forward(asked)
    if told.status == 200 and "manager" in (told.body.get(ENTERPRISE) or {}):
        body: Any = told.body
        body[ENTERPRISE]["manager"] = body[ENTERPRISE]["manager"]["value"]
        return told.having(body)
    return told


def finds_nobody_with_404(asked: Asked, forward: Forward) -> Told:
    """Answer 404 where a filter finds nobody."""
    told = forward(asked)
    if "filter=" in asked.path and told.status == 200 and not told.body["Resources"]:
        return Told(404).having(
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "Nobody."}
        )
    return told


def makes_the_conflict_an_error(asked: Asked, forward: Forward) -> Told:
    """Answer 500 where a name is taken."""
    told = forward(asked)
    return (
        Told(500, b"<h1>duplicate key value violates unique constraint</h1>") if told.status == 409 else told
    )


def takes_any_key(asked: Asked, forward: Forward) -> Told:
    """Do not look at the key."""
    told = forward(asked)
    if told.status == 401:
        return Told(200 if asked.method == "GET" else 201).having({"schemas": []})
    return told


def tells_the_password(asked: Asked, forward: Forward) -> Told:
    """Answer a new user with its password."""
    told = forward(asked)
    if asked.method == "POST" and told.status == 201 and "password" in asked.body:
        return told.having(told.body | {"password": asked.body["password"]})
    return told


def answers_nothing(asked: Asked, forward: Forward) -> Told:
    """Answer 201 without the user."""
    told = forward(asked)
    return Told(201) if told.status == 201 else told


def tells_the_message(asked: Asked, forward: Forward) -> Told:
    """Answer a PATCH with the schemas of the message."""
    told = forward(asked)
    if asked.method == "PATCH" and told.status == 200:
        return told.having(told.body | {"schemas": asked.body["schemas"]})
    return told


def heeds_no_filter(asked: Asked, forward: Forward) -> Told:
    """List everybody, whatever was asked for."""
    if asked.method == "GET" and "filter=" in asked.path:
        return forward(asked._replace(path=asked.path.partition("?")[0]))
    return forward(asked)


def tells_html(asked: Asked, forward: Forward) -> Told:
    """Answer what is not there with a page for people."""
    told = forward(asked)
    return Told(404, b"<html>Not Found</html>", {"content-type": "text/html"}) if told.status == 404 else told


def includes_excluded_members(asked: Asked, forward: Forward) -> Told:
    """Answer members that were excluded."""
    told = forward(asked)
    if asked.method == "GET" and "/Groups/" in asked.path and "excludedAttributes=members" in asked.path:
        return told.having(told.body | {"members": [{"value": "x"}]})
    return told


def keeps_names_in_letter_case(asked: Asked, forward: Forward) -> Told:
    """Take a userName in capitals for another one."""
    if asked.method == "POST" and asked.body.get("userName", "a").isupper():
        name = f"capital-{asked.body['userName']}"
        return forward(asked.having(asked.body | {"userName": name, "externalId": name}))
    return forward(asked)


def finds_everybody_twice(asked: Asked, forward: Forward) -> Told:
    """Answer a filter as a server does that has made two users out of a retried create."""
    told = forward(asked)
    if asked.method == "GET" and "filter=userName" in asked.path and told.status == 200:
        body = told.body
        return told.having(
            body | {"Resources": body["Resources"] * 2, "totalResults": 2 * body["totalResults"]}
        )
    return told


def loses_what_comes_at_once(asked: Asked, forward: Forward) -> Told:
    """Take the title and lose a department that was changed beside it."""
    if asked.method == "PATCH" and b"Two at Once" in asked.raw:
        return Told(204)
    return forward(asked)


def half_does_what_it_refuses(asked: Asked, forward: Forward) -> Told:
    """Add the known members of a group before refusing the unknown one."""
    told = forward(asked)
    if told.status == 400 and "/Groups/" in asked.path and asked.method == "PATCH":
        body = asked.body
        for operation in body["Operations"]:
            if operation["op"] == "add":
                operation["value"] = operation["value"][:1]
        forward(asked.having(body))
    return told


def drops_members_who_leave(asked: Asked, forward: Forward) -> Told:
    """Take the deactivated out of all groups."""
    told = forward(asked)
    if asked.method == "PATCH" and "/Users/" in asked.path and told.status == 200 and not told.body["active"]:
        for group in told.body.get("groups", []):
            path = f"{asked.path.partition('/Users/')[0]}/Groups/{group['value']}"
            operation = {"op": "remove", "path": f'members[value eq "{told.body["id"]}"]'}
            message = {"schemas": asked.body["schemas"], "Operations": [operation]}
            forward(asked._replace(path=path, raw=json.dumps(message).encode()))
    return told
