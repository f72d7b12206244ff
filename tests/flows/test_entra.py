"""Entra ID in both dialects, without and with `aadOptscim062020`: a bearer key, Test Connection, a late deletion."""

from __future__ import annotations

import pytest

from muster.simulator.entra import Entra, EntraFlag
from muster.simulator.people import Group, Person, cast
from tests.flows.flow import Flow, flow
from tests.flows.groups import may, push, rename, take_out
from tests.flows.lives import arrive, change, come_back, create_again, delete, leave, refuse_a_second, restore
from tests.flows.management import DEADLINE_SECONDS, Management
from tests.flows.rotation import rotate_under_traffic

APP = "In Entra ID: **Entra ID** → **Enterprise apps** → your app"
SETTINGS = f"{APP} → **Provisioning** → **Admin Credentials**"
MAPPING = f"{APP} → **Provisioning** → **Attribute mapping**"
TOLERANCES = {
    Entra: {"string_booleans", "remove_listed_values", "unknown_schemas"},
    EntraFlag: {"unknown_schemas"},
}


@pytest.mark.parametrize("dialect", [Entra, EntraFlag])
def test_entra_from_its_set_up_to_its_end(platform: Management, dialect: type[Entra]) -> None:
    """All of a connection's life; who is deleted and comes back is a new person until externalIds are said to be safe."""
    entra = dialect(cast(seed=62, users=4, groups=1))
    (ada, ben, cleo, dan), (team,) = entra.cast.people, entra.cast.groups
    with flow(platform, entra, {"provider": "entra"}) as it, it.follow() as told:
        it.test_connection()
        fail_test_connection(it)
        for person in entra.cast.people:
            arrive(it, person)
        name_manager(it, entra, ben, ada)
        change(it, ada)
        push(it, entra, team, [ada, ben, cleo])
        rename(it, entra, team)
        take_out(it, entra, team, cleo)
        leave(it, ben)
        come_back(it, ben)
        assert may(it, ben)
        refuse_a_second(it, dan, MAPPING)
        gone = return_as_somebody_else(it, cleo)
        make_external_ids_safe(it)
        delete(it, cleo)
        restore(it, cleo)
        rotate_under_traffic(it, [ada, ben, cleo], SETTINGS)
        check_tolerances(it, entra, [*entra.cast.people, team])
        it.check_log()
        it.end(entra.cast.people, groups=1, credentials=1, setup_links=0)
        assert it.management.access(gone)["reason"] == "removed"
        it.check_told(told.result(DEADLINE_SECONDS), {team.id, *(each.id for each in entra.cast.people)})


def fail_test_connection(it: Flow) -> None:
    """A key with a letter more fails Test Connection with a SCIM Error, and the log says that it is not whole."""
    idp = it.idp.twin(f"{it.idp.authorization}x")
    answer = idp.exchange(it.provider.probes()[0].request)
    idp.close()
    assert (answer.status, answer.body["status"]) == (401, "401")
    it.refused("key-malformed", 401, SETTINGS)


def name_manager(it: Flow, entra: Entra, person: Person, manager: Person) -> None:
    """The manager comes as a string, and is answered as an object."""
    it.idp.send(entra.manager(person, manager))
    it.tell("modify", "User", person.id)
    person.manager_id = manager.id
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    assert it.idp.read(person)[enterprise]["manager"]["value"] == manager.id


def return_as_somebody_else(it: Flow, person: Person) -> str:
    """While mailNickname may be somebody else's, a deleted person comes back as a new one; the change names the earlier."""
    delete(it, person)
    gone, person.id = person.id, create_again(it, person)
    it.tell("create", "User", person.id)
    assert person.id != gone
    (change,) = it.management.get("/changes", resource=person.id)["items"]
    assert change["after"]["candidate"] == gone
    assert it.management.access(gone)["reason"] == "removed"
    return gone


def make_external_ids_safe(it: Flow) -> None:
    """Once externalId is mapped to objectId, the switch says that the same externalId is the same person."""
    where = f"/connections/{it.connection['id']}"
    changed = it.management.ask("PATCH", where, {"switches": {"external_id_immutable": True}})
    assert changed["switches"]["external_id_immutable"] is True
    it.tell("modify", "Connection", it.connection["id"])


def check_tolerances(it: Flow, entra: Entra, touched: list[Person | Group]) -> None:
    """The log names what had to be tolerated: another list for each dialect, so that both were really spoken."""
    found = {
        note["rule"]
        for one in touched
        for entry in it.management.get("/requests", resource=one.id, limit=200)["items"]
        for note in entry["notes"]
    }
    dialects = {rule for rules in TOLERANCES.values() for rule in rules}
    assert found & dialects == TOLERANCES[type(entra)]
