"""Enforced provisioning: no local account any more; those that are there are listed and stay."""

import pytest

from muster.directory.enforcement import every_local_account, require_unenforced, set_enforced
from muster.directory.organizations import Missing, Refused
from muster.directory.records import LOCAL_OWNER, Scope
from muster.scim.catalog import builtin
from tests.domains.conftest import Realm
from tests.store.scene import Scene, Side


def local(realm: Realm, organization: int) -> Side:
    """The organization's own source of users."""
    scope = Scope(organization, LOCAL_OWNER)
    scene = Scene(realm.database, realm.runner)  # type: ignore[arg-type]
    return Side(scene, scope, realm.database.store(scope, nested=False), builtin())


def test_local_accounts_that_are_there_are_listed_and_stay(realm: Realm) -> None:
    """Those of connections and of other organizations are not among them."""
    acme, other = realm.organization("acme"), realm.organization("other")
    ada = local(realm, acme).user("ada")
    bob = local(realm, acme).user("bob", active=False)
    local(realm, other).user("eve")
    scene = Scene(realm.database, realm.runner)  # type: ignore[arg-type]
    scene.side(acme).user("provisioned")
    settled, listed = realm.run(set_enforced(realm.database, realm.world, acme, enforced=True))
    assert settled.enforced
    assert {(one.user, one.user_name, one.status) for one in listed} == {
        (ada, "ada", "active"),
        (bob, "bob", "inactive"),
    }
    assert realm.run(every_local_account(realm.database, acme)) == listed
    assert [one.user_name for one in realm.run(every_local_account(realm.database, other))] == ["eve"]


def test_where_it_is_enforced_no_account_may_appear_otherwise(realm: Realm) -> None:
    """The refusal says what to do; it is again allowed once it is enforced no more."""
    acme, other = realm.organization("acme"), realm.organization("other")
    realm.run(require_unenforced(realm.database, acme))
    realm.run(set_enforced(realm.database, realm.world, acme, enforced=True))
    with pytest.raises(Refused, match="enforces provisioning"):
        realm.run(require_unenforced(realm.database, acme))
    realm.run(require_unenforced(realm.database, other))
    realm.run(set_enforced(realm.database, realm.world, acme, enforced=False))
    realm.run(require_unenforced(realm.database, acme))


def test_an_organization_that_is_not_there_is_missing(realm: Realm) -> None:
    """For the switch as for the question."""
    for work in (
        set_enforced(realm.database, realm.world, 5, enforced=True),
        require_unenforced(realm.database, 5),
    ):
        with pytest.raises(Missing):
            realm.run(work)
