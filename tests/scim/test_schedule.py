"""The order of a bulk request's operations."""

from hypothesis import given
from hypothesis import strategies as st

from muster.scim.schedule import Task, schedule

NONE: frozenset[int] = frozenset()


def user(*wishes: int) -> Task:
    """An operation on users that names others as managers."""
    return Task(NONE, frozenset(wishes), "User")


def group(*needs: int) -> Task:
    """An operation on groups that names others as members."""
    return Task(frozenset(needs), frozenset(needs), "Group")


def order(*tasks: Task) -> list[int]:
    """The order, flat."""
    return [number for unit in schedule(tasks).units for number in unit]


def test_the_order_given_is_kept() -> None:
    """Without references, or with those backward, nothing moves."""
    assert order(user(), group(), user(), group(0, 1, 2)) == [0, 1, 2, 3]


def test_who_refers_forward_waits() -> None:
    """It comes right after what it names, and what follows it in its lane comes after it."""
    assert order(group(3), group(), user(), user(), user()) == [2, 3, 0, 1, 4]


def test_users_do_not_wait_for_groups_that_wait() -> None:
    """A lane that stands still holds up no other."""
    assert order(user(), group(2), user(), group()) == [0, 2, 1, 3]


def test_a_lane_gives_way_when_it_has_to() -> None:
    """A group that names a later one lets it pass."""
    assert order(group(1), group()) == [1, 0]


def test_a_circle_of_wishes_is_a_unit() -> None:
    """Users that lead each other are done together; nothing is impossible."""
    assert schedule([user(1), user(0), user(2)]) == (((0, 1), (2,)), frozenset())


def test_a_circle_of_needs_is_impossible() -> None:
    """Groups inside each other, or in themselves, can never be done."""
    assert schedule([group(1), group(0), group(2)]) == (((0, 1), (2,)), frozenset({0, 1, 2}))


def test_needs_decide_within_a_unit() -> None:
    """A circle of a need and a wish is done in the order of the need."""
    assert schedule([group(1), user(0)]) == (((1, 0),), frozenset())


def test_a_long_chain_is_no_recursion() -> None:
    """A thousand operations, each naming the next, are ordered from the end."""
    chain = [group(number + 1) for number in range(999)] + [group()]
    assert order(*chain) == list(reversed(range(1000)))


@st.composite
def tasks(draw: st.DrawFn) -> list[Task]:
    """Any operations with any references."""
    count = draw(st.integers(1, 12))
    numbers = st.frozensets(st.integers(0, count - 1), max_size=4)
    made = []
    for _ in range(count):
        needs = draw(numbers)
        made.append(Task(needs, needs | draw(numbers), draw(st.sampled_from(["User", "Group", None]))))
    return made


@given(tasks())
def test_laws(drawn: list[Task]) -> None:
    """Each operation stands once; what it needs, and what it wishes from other units, comes before it."""
    result = schedule(drawn)
    flat = [number for unit in result.units for number in unit]
    assert sorted(flat) == list(range(len(drawn)))
    place = {number: position for position, number in enumerate(flat)}
    unit_of = {number: position for position, unit in enumerate(result.units) for number in unit}
    for number, task in enumerate(drawn):
        assert all(unit_of[first] <= unit_of[number] for first in task.wishes)
        if number not in result.circular:
            assert all(place[first] < place[number] for first in task.needs)
