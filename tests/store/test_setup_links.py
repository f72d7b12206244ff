"""Setup links on both stores: what an address opens, how often, and until when."""

from __future__ import annotations

import pytest

from muster.directory.identifiers import key_id
from muster.directory.organizations import Conflict, Missing, Refused, Settling, settle_organization
from muster.directory.revoke import revoke_everything
from muster.directory.setup_links import (
    address,
    create_setup_link,
    follow_setup_link,
    link_status,
    list_setup_links,
    revoke_setup_link,
    setup_link_by_id,
)
from tests.store.managed import DAY, HOUR, Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection."""
    return Managed(scene)


def made(managed: Managed, *, once: bool = False, life: int = DAY) -> tuple[str, str]:
    """Make a setup link; its id, and what stands at the end of its address."""
    link, key = managed.run(
        create_setup_link(managed.database, managed.world, managed.connection, life, once=once)
    )
    assert address("https://x", key) == f"https://x/setup/{key.api_key}"
    return link.id, key.api_key


def opens(managed: Managed, secret: str) -> bool:
    """Whether the address opens the connection."""
    link = managed.run(follow_setup_link(managed.database, managed.world, secret))
    assert link is None or link.connection == managed.connection.id
    return link is not None


def state(managed: Managed, id: str) -> str:
    """What has become of a setup link."""
    return link_status(managed.run(setup_link_by_id(managed.database, managed.organization, id)), managed.now)


def test_a_link_opens_until_its_end(managed: Managed) -> None:
    """As often as one likes; when it was first used is kept."""
    id, secret = made(managed)
    started = managed.now
    for _ in range(2):
        assert opens(managed, secret)
        managed.now += DAY - 1 if managed.now == started else 1
    assert not opens(managed, secret)
    link = managed.run(setup_link_by_id(managed.database, managed.organization, id))
    assert (link.used, state(managed, id)) == (started, "expired")


def test_a_link_for_once_opens_once(managed: Managed) -> None:
    """The second time it is not there."""
    id, secret = made(managed, once=True)
    assert [opens(managed, secret) for _ in range(2)] == [True, False]
    assert state(managed, id) == "used"


def test_a_revoked_link_opens_nothing(managed: Managed) -> None:
    """It is revoked once, by its own organization."""
    id, secret = made(managed)
    other = Managed(managed._scene)
    with pytest.raises(Missing):
        managed.run(revoke_setup_link(other.database, other.world, other.organization, id))
    assert opens(managed, secret)
    managed.run(revoke_setup_link(managed.database, managed.world, managed.organization, id))
    assert (opens(managed, secret), state(managed, id)) == (False, "revoked")
    with pytest.raises(Conflict):
        managed.run(revoke_setup_link(managed.database, managed.world, managed.organization, id))
    assert len(managed.run(list_setup_links(managed.database, managed.organization, None, None, 9))) == 1
    assert managed.run(list_setup_links(managed.database, other.organization, None, None, 9)) == []


def test_the_links_of_a_disabled_organization_open_nothing(managed: Managed) -> None:
    """Until it is enabled again."""
    _, secret = made(managed, once=True)
    for disabled in (True, False):
        settling = Settling(disabled=disabled)
        managed.run(settle_organization(managed.database, managed.world, managed.organization, settling))
        assert opens(managed, secret) is not disabled


def test_what_comes_back_from_a_copy_may_be_revoked_with_all_credentials(managed: Managed) -> None:
    """So that no link is good again that was revoked after the copy was made."""
    _, secret = made(managed)
    managed.run(revoke_everything(managed.database, managed.world, credentials=False))
    assert opens(managed, secret)
    managed.run(revoke_everything(managed.database, managed.world, credentials=True))
    assert not opens(managed, secret)


def test_nothing_else_opens(managed: Managed) -> None:
    """Neither an API key, nor a link with another secret, nor any text; a wrong one uses nothing up."""
    id, secret = made(managed, once=True)
    _, another = made(managed)
    assert key_id(secret) is None
    for wrong in (
        "",
        "msl_",
        managed.key.api_key,
        secret[:-1],
        "msl_" + another[4:26] + secret[26:],
        "\0" * 68,
    ):
        assert not opens(managed, wrong)
    assert state(managed, id) == "live"


@pytest.mark.parametrize("life", [0, HOUR - 1, 30 * DAY + 1])
def test_a_link_lives_at_most_thirty_days(managed: Managed, life: int) -> None:
    """Beyond it is refused in words."""
    with pytest.raises(Refused, match="from one hour to 30 days"):
        made(managed, life=life)
