"""People in a flow: they arrive, change, leave, come back and are deleted. Law: every step is looked at from both sides."""

from __future__ import annotations

from muster.simulator.line import Request
from muster.simulator.people import Person, changed
from tests.flows.flow import OPERATIONS, TAKEN, Flow


def arrive(flow: Flow, person: Person) -> None:
    """Somebody is looked for, created, and has an account: the profile is filled, access is good, without roles."""
    assert flow.idp.listed(flow.provider.match(person)) == []
    person.id = flow.idp.send(flow.provider.create(person), 201)["id"]
    flow.tell("create", "User", person.id)
    account = flow.management.account(person.id)
    assert (account["status"], account["source"]) == ("active", flow.connection["id"])
    check_profile(flow, person)
    access = flow.management.access(person.id, account["created"])
    assert (access["good"], access["reason"], access["roles"]) == (True, "active", [])


def change(flow: Flow, person: Person) -> None:
    """Somebody marries and is promoted; the profile follows."""
    person.sent, person.profile = person.profile, changed(person.profile)
    flow.idp.update(person)
    flow.tell(OPERATIONS[flow.provider.update(person).method], "User", person.id)
    check_profile(flow, person)


def check_profile(flow: Flow, person: Person) -> None:
    """Each field of the profile has what the IdP sent for it."""
    fields = flow.management.account(person.id)["profile"]["fields"]
    assert {name: value for name, value in fields.items() if value} == profile_of(flow, person)


def profile_of(flow: Flow, person: Person) -> dict[str, str]:
    """What the default mapping makes of what the provider sends of a person."""
    profile, sent = person.profile, flow.provider.document(person)
    fields = {
        "username": profile.user_name,
        "first_name": profile.given,
        "last_name": profile.family,
        "email": profile.user_name,
        "mobile_number": profile.mobile,
        "work_number": profile.work_phone,
        "position": sent.get("title", ""),
        "street_address": profile.street,
        "city": profile.city,
        "state": profile.region,
        "postal_code": profile.postal,
        "country": profile.country,
    }
    return {name: value for name, value in fields.items() if value}


def leave(flow: Flow, person: Person) -> None:
    """Somebody is deactivated: access ends with that request, and what was issued before is dead."""
    before = flow.management.account(person.id)
    switch(flow, person, active=False)
    access = flow.management.access(person.id, before["created"])
    assert (access["good"], access["reason"]) == (False, "inactive")
    assert access["roles"] == access["permissions"] == []
    assert access["revoked_before"] > before["created"]


def come_back(flow: Flow, person: Person) -> None:
    """Somebody is reactivated: the account is the same, and what was issued before stays dead."""
    before = flow.management.account(person.id)
    switch(flow, person, active=True)
    assert flow.management.access(person.id, before["created"])["reason"] == "revoked"
    assert flow.management.access(person.id)["good"] is True
    assert flow.management.account(person.id)["id"] == before["id"]


def switch(flow: Flow, person: Person, *, active: bool) -> None:
    """Make a person active or inactive."""
    flow.idp.switch(person, active=active)
    flow.tell(OPERATIONS[flow.provider.switch(person).method], "User", person.id)


def delete(flow: Flow, person: Person) -> None:
    """Somebody is deleted: gone for the IdP, ended and remembered for the platform."""
    request = flow.provider.delete(person)
    flow.idp.send(request, 204)
    flow.idp.send(request, 404)
    flow.tell("delete", "User", person.id)
    assert flow.idp.listed(flow.provider.match(person)) == []
    assert flow.management.access(person.id)["reason"] == "removed"
    assert flow.management.account(person.id)["status"] == "removed"


def create_again(flow: Flow, person: Person) -> str:
    """Somebody who was deleted is created once more; the id."""
    return str(flow.idp.send(flow.provider.create(person), 201)["id"])


def restore(flow: Flow, person: Person) -> None:
    """Somebody who was deleted is the same person again: no group and no session of before, but the account."""
    before = flow.management.account(person.id)
    assert create_again(flow, person) == person.id
    flow.tell("restore", "User", person.id)
    account = flow.management.account(person.id)
    assert (account["id"], account["status"]) == (before["id"], "active")
    access = flow.management.access(person.id, before["created"])
    assert (access["reason"], access["roles"]) == ("revoked", [])
    assert flow.management.access(person.id)["good"] is True


def refuse_a_second(flow: Flow, person: Person, menu: str) -> None:
    """Somebody else with the same userName is refused, in words that lead to the log."""
    request = flow.provider.create(person)
    body = request.body | {"externalId": "somebody-else"}
    answer = flow.idp.send(Request("POST", request.target, body), TAKEN)
    assert (answer["scimType"], "user-name-taken" in answer["detail"]) == ("uniqueness", True)
    flow.refused("user-name-taken", TAKEN, menu, user=person.profile.user_name)
