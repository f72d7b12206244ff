"""The people of a simulation: the same from the same seed, and nobody's."""

import pytest

from muster.simulator.options import Options, faults, target
from muster.simulator.people import cast, changed


def test_a_seed_makes_the_same_people() -> None:
    """The same seed is the same cast, another one shares no name with it."""
    one, two, other = cast(1, 50, 4), cast(1, 50, 4), cast(2, 50, 4)
    assert one == two
    assert not {p.profile.user_name for p in one.everybody} & {p.profile.user_name for p in other.everybody}
    assert not {group.name for group in one.groups} & {group.name for group in other.groups}


def test_people_are_unique_and_can_be_nobody() -> None:
    """No userName or id occurs twice, each address ends in .example, names come in many scripts."""
    people = cast(3, 500, 20).everybody
    assert len({person.profile.user_name for person in people}) == len(people)
    assert len({person.profile.guid for person in people}) == len(people)
    assert all(person.profile.user_name.isascii() for person in people)
    assert all(person.profile.user_name.endswith(".example") for person in people)
    assert len({person.profile.locale for person in people}) >= 10


def test_groups_are_unique_and_have_members() -> None:
    """However many: no name twice, no member twice, nobody from outside."""
    made = cast(4, 9, 30)
    assert len({group.name for group in made.groups}) == 30
    for group in made.groups:
        assert group.places
        assert len(set(group.places)) == len(group.places)
        assert set(group.places) <= set(range(9))


def test_managers_are_people_of_the_cast() -> None:
    """Everybody but one has a manager who is there."""
    people = cast(5, 40, 0).people
    managers = [person.profile.manager for person in people]
    assert managers.count(None) == 1
    assert all(place is None or place < 40 for place in managers)


def test_a_change_keeps_who_it_is() -> None:
    """The name, title and department change; user name and ids do not."""
    before = cast(6, 1, 0).people[0].profile
    after = changed(before)
    assert (after.user_name, after.guid, after.number) == (before.user_name, before.guid, before.number)
    assert after.family != before.family
    assert after.family in after.display


@pytest.mark.parametrize(
    "url",
    ["", "scim.example", "ftp://scim.example/v2", "http://", "https://a:b@scim.example/v2", "http://h:x/"],
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError):
        target(url, key="k")


def test_a_base_url_is_taken_as_people_paste_it() -> None:
    """With a slash at the end, Entra's flag behind it, or blanks around it; the key with its scheme."""
    pasted = target(" https://scim.example/scim/c/v2/?aadOptscim062020 ", key=" Bearer mst_x\n")
    assert (pasted.base, pasted.authorization) == ("https://scim.example/scim/c/v2", "Bearer mst_x")
    assert "mst_x" not in repr(pasted)


@pytest.mark.parametrize(
    "given",
    [{}, {"key": "k", "basic": "i:s"}, {"key": " "}, {"key": "a\nb"}, {"basic": "id"}, {"basic": ":secret"}],
)
def test_a_key_that_is_none_is_refused(given: dict[str, str]) -> None:
    """Neither, both, an empty one, one that would break the header."""
    with pytest.raises(ValueError):
        target("http://h/v2", **given)


@pytest.mark.parametrize(
    "given", [{"users": 0}, {"users": 100_001}, {"groups": -1}, {"groups": 1001}, {"rate": 0}]
)
def test_a_size_that_is_none_is_refused(given: dict[str, int]) -> None:
    """With a line that says what may be."""
    with pytest.raises(ValueError, match=r"from|more than"):
        Options(**given)  # type: ignore[arg-type]


def test_faults_are_read_from_a_list() -> None:
    """With blanks and empty parts; an unknown one is named with those that are."""
    assert faults(" duplicate, ,timeout") == {"duplicate", "timeout"}
    assert faults("") == frozenset()
    with pytest.raises(ValueError, match=r"'flood'.*duplicate, timeout, wrong-key, out-of-order"):
        faults("duplicate,flood")
