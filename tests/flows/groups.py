"""Groups in a flow: pushed by the IdP, roles to the platform. Law: what a role is good for is read from the access answer."""

from __future__ import annotations

from muster.simulator.line import Request
from muster.simulator.people import Group, Person
from muster.simulator.provider import PushesGroups, entering
from tests.flows.flow import OPERATIONS, Flow

PERMISSION = "billing.read"


def push(flow: Flow, provider: PushesGroups, group: Group, people: list[Person]) -> None:
    """A group is created empty, gets a permission on the platform's side, and is filled; then it is known why."""
    assert flow.idp.listed(provider.find_group(group)) == []
    group.id = flow.idp.send(Request("POST", "/Groups", provider.new_group(group)), 201)["id"]
    flow.tell("create", "Group", group.id)
    role = flow.management.post(f"/roles/{group.id}/permissions", {"permissions": [PERMISSION]})
    assert (role["name"], role["members"], role["source"]) == (group.name, 0, flow.connection["id"])
    flow.tell("modify", "Role", group.id)
    for request in provider.enter(group, people):
        flow.idp.send(request)
        if entering(request):
            flow.tell(OPERATIONS[request.method], "Group", group.id)
    group.inside = {person.id for person in people}
    for person in people:
        assert may(flow, person)
        explain(flow, group, person)


def explain(flow: Flow, group: Group, person: Person) -> None:
    """The access answer leads to the change and to the very request that brought the role."""
    (role,) = flow.management.access(person.id)["roles"]
    assert (role["id"], role["name"]) == (group.id, group.name)
    ((step,),) = [way["path"] for way in role["why"]]
    change = flow.management.get(f"/changes/{step['change']}")
    assert (change["resource"], person.id in change["after"]["members"]) == (group.id, True)
    assert change["actor"] == {
        "connection": flow.connection["id"], "credential": flow.credential["id"], "request": step["request"],
    }  # fmt: skip
    (entry,) = flow.management.get(f"/requests/{step['request']}")["items"]
    assert (entry["resource"], entry["sequence"]) == (group.id, step["change"])


def rename(flow: Flow, provider: PushesGroups, group: Group) -> None:
    """A group with another name is the same role with the same permissions."""
    group.name = f"{group.name} (renamed)"
    request = provider.rename(group)
    flow.idp.send(request)
    flow.tell(OPERATIONS[request.method], "Group", group.id)
    role = flow.management.get(f"/roles/{group.id}")
    assert (role["name"], role["permissions"]) == (group.name, [PERMISSION])
    assert role["members"] == len(group.inside)


def take_out(flow: Flow, provider: PushesGroups, group: Group, person: Person) -> None:
    """Who leaves a group loses its permission, and nothing else; the others keep it."""
    *_, request = requests = provider.leave(group, [person])
    for each in requests:
        flow.idp.send(each)
    flow.tell(OPERATIONS[request.method], "Group", group.id)
    group.inside.remove(person.id)
    assert not may(flow, person)
    assert flow.management.access(person.id)["good"] is True
    assert flow.management.get(f"/roles/{group.id}")["members"] == len(group.inside)


def may(flow: Flow, person: Person) -> bool:
    """Whether somebody has the permission now, and access to use it."""
    access = flow.management.access(person.id)
    return access["good"] and PERMISSION in {one["name"] for one in access["permissions"]}
