"""Each of the two walls between organizations on PostgreSQL holds alone: the code's predicate, and row-level security."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.postgres import Cluster
from tests.isolation.attempt import Attempt
from tests.isolation.attempts import ATTEMPTS
from tests.isolation.questions import filters
from tests.isolation.scene import Scene, differs, judge, settle
from tests.isolation.walls import Left, Walls, without
from tests.isolation.writes import paths

NAME = "another organization"  # row-level security does not tell connections of one organization apart
SAMPLED = 5


@pytest.fixture(scope="module", params=["policies", "code"])
def left(request: pytest.FixtureRequest) -> Left:
    """The wall that is left."""
    found: Left = request.param
    return found


@pytest.fixture(scope="module")
def walls(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, left: Left
) -> Iterator[tuple[Walls, Scene]]:
    """A world with one wall, and what stands in it."""
    with without(cluster, tmp_path_factory.mktemp("walls")) as walls:
        scene = settle(walls.world)
        walls.leave(left)
        yield walls, scene


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_one_wall_is_enough(walls: tuple[Walls, Scene], attempt: Attempt) -> None:
    """Another organization's ids are nobody's, whichever of the two walls is left."""
    judge(walls[1], attempt, NAME, deleted=False)


@pytest.mark.parametrize("attempt", ATTEMPTS[::SAMPLED], ids=str)
def test_one_wall_is_enough_for_what_is_deleted(walls: tuple[Walls, Scene], attempt: Attempt) -> None:
    """The same for what another organization has had; of the attempts a sample, for time."""
    judge(walls[1], attempt, NAME, deleted=True)


def test_the_other_wall_was_gone(walls: tuple[Walls, Scene], left: Left) -> None:
    """Not one statement that was sent, and no function, named an organization; or no table had its policy on."""
    known, scene = walls
    for attempt in ATTEMPTS[:: 2 * SAMPLED]:
        judge(scene, attempt, NAME, deleted=False)
    assert len(known.ear.said) > 100
    assert (known.bound() == []) == (left == "policies")


def test_without_both_the_suite_finds_leaks(cluster: Cluster, tmp_path: Path) -> None:
    """It can fail: with neither wall each question is answered with another organization's data.

    Not one for an id of the other kind, nor with what no filter may compare.
    """
    questions = [*filters(), *(attempt for attempt in paths() if attempt.reads)]
    with without(cluster, tmp_path) as walls:
        scene = settle(walls.world)
        walls.leave("nothing")
        missed = {attempt.place for attempt in questions if not differs(scene, attempt, NAME)}
    assert {place for place in missed if "other kind" not in place and "meta.location" not in place} == set()
