"""Okta, both families of its applications: a bearer key, `userName` as the unique identifier, never a deletion."""

from __future__ import annotations

import pytest

from muster.simulator.okta import Okta, OktaCustom
from muster.simulator.people import cast
from tests.flows.flow import flow
from tests.flows.groups import may, push, rename, take_out
from tests.flows.lives import arrive, change, come_back, delete, leave, refuse_a_second, restore
from tests.flows.management import DEADLINE_SECONDS, Management
from tests.flows.rotation import rotate_under_traffic, rotate_until_the_overlap_is_over

SETTINGS = "In Okta: **Applications** → your app → **Provisioning** → **Integration** → **Edit**"
MAPPINGS = "In Okta: **Applications** → your app → **Provisioning** → **To App** → **Attribute Mappings**"


@pytest.mark.parametrize("family", [Okta, OktaCustom])
def test_okta_from_its_set_up_to_its_end(platform: Management, family: type[Okta]) -> None:
    """All of a connection's life; every deactivation ends access, and the platform is told of everything in order."""
    okta = family(cast(seed=41, users=4, groups=1))
    (ada, ben, cleo, dan), (team,) = okta.cast.people, okta.cast.groups
    chosen = {"provider": "okta", "name": "Okta of the head office"}
    with flow(platform, okta, chosen) as it, it.follow() as told:
        it.use_another_key()
        it.make_setup_link()
        it.test_connection()
        for person in okta.cast.people:
            arrive(it, person)
        change(it, ada)
        push(it, okta, team, [ada, ben, cleo])
        rename(it, okta, team)
        take_out(it, okta, team, cleo)
        leave(it, ben)
        come_back(it, ben)
        assert may(it, ben)
        refuse_a_second(it, dan, MAPPINGS)
        delete(it, ada)  # which Okta never does: somebody with the key has
        restore(it, ada)  # when Okta is told to provision her once more
        rotate_under_traffic(it, [ada, ben, cleo], SETTINGS)
        rotate_until_the_overlap_is_over(it, SETTINGS)
        leave(it, dan)
        it.check_log()
        it.end(okta.cast.people, groups=1, credentials=2, setup_links=1)
        it.check_told(told.result(DEADLINE_SECONDS), {team.id, *(each.id for each in okta.cast.people)})
