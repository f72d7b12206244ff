"""The vectors, replayed against the running server in both modes.

Law: every case passes, or stands in tests/vectors/wrong.json with the reason why the case is wrong; a case that
stands there must fail, so that the list cannot grow stale.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from tests.conftest import new_connection
from tests.harness.client import Answer, ScimClient
from tests.harness.server import RunningServer, muster
from tests.oracles.cases import (
    Case,
    difference,
    extension_schema,
    is_error,
    load,
    outcomes,
    renamed,
    same_resource,
    storable,
    view,
)

FILTERS, PATCHES, WRONG = load("filters"), load("patch"), load("wrong")
OVER_HTTP = [case for case in FILTERS["cases"] if case.get("level") != "unit"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
OTHERS = ("manager", "manager2", "member1", "member2", "member3", "member4")


@dataclass(frozen=True)
class Population:
    """What the filters are asked of: a connection, and the name of each resource by its id on the server."""

    client: ScimClient
    names: dict[str, str]
    mapping: dict[str, str]

    @property
    def mode(self) -> str:
        """The connection's mode, as wrong.json names it."""
        return "strict" if self.client.strict else "default"


@pytest.fixture(scope="module", params=["default", "strict"])
def extended(
    request: pytest.FixtureRequest, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScimClient]:
    """A connection, once in each mode, of an organization that has the vectors' extension."""
    client = new_connection(server, strict=request.param == "strict")
    schema = Path(tmp_path_factory.mktemp("schema")) / "vectors.json"
    schema.write_text(json.dumps(extension_schema()), encoding="utf-8")
    muster(server.database, "schema", "add", "--organization", client.organization, str(schema))
    yield client
    client.close()


@pytest.fixture(scope="module")
def population(extended: ScimClient) -> Iterator[Population]:
    """The six users and four groups of the filters."""
    ids: dict[str, str] = {}
    for endpoint, kind in (("/Users", "User"), ("/Groups", "Group")):
        for name, resource in FILTERS["resources"][kind].items():
            known = {FILTERS["ids"][other]: identifier for other, identifier in ids.items()}
            ids[name] = created(extended, endpoint, renamed(storable(resource), known))
    mapping = {FILTERS["ids"][name]: identifier for name, identifier in ids.items()}
    # One case asks for an id in the other letter case: the server's id is then asked for so, too.
    mapping |= {here.upper(): there.swapcase() for here, there in mapping.items()}
    # Alice names resources that came after her.
    alice = renamed(storable(FILTERS["resources"]["User"]["alice"]), mapping)
    assert extended.put(f"/Users/{ids['alice']}", alice).status == 200
    yield Population(extended, {identifier: name for name, identifier in ids.items()}, mapping)
    for name, identifier in reversed(ids.items()):
        kind = "Users" if name in FILTERS["resources"]["User"] else "Groups"
        extended.delete(f"/{kind}/{identifier}")


@pytest.fixture(scope="module")
def referenced(extended: ScimClient) -> dict[str, str]:
    """The users that PATCH requests name as members or managers: id in the data -> id on the server."""
    return {
        PATCHES["ids"][name]: created(
            extended, "/Users", {"schemas": [USER], "userName": f"referenced-{name}"}
        )
        for name in OTHERS
    }


def created(client: ScimClient, endpoint: str, body: dict[str, Any]) -> str:
    """The id of a new resource."""
    answer = client.post(endpoint, body)
    assert answer.status == 201, answer.raw
    return str(answer.body["id"])


def judge(case: Case, mode: str, problem: Callable[[dict[str, Any]], str]) -> None:
    """Fail when a good case has a problem, or when what wrong.json says of a case is not so."""
    wrong = WRONG[mode].get(case["id"])
    if wrong is None:
        assert not problem({}), f"{case['id']} ({case['rfc']}): {problem({})}"
        return
    assert problem({}), f"{case['id']} passes and is listed as wrong: {wrong['reason']}"
    if "adds" in wrong:
        assert not problem(wrong["adds"]), f"{case['id']} with {wrong['adds']}: {problem(wrong['adds'])}"


@pytest.mark.parametrize("case", OVER_HTTP, ids=[case["id"] for case in OVER_HTTP])
def test_filter_vector(population: Population, case: Case) -> None:
    """The filter finds the expected resources, or is refused as expected."""
    condition = case["filter"]
    for here, there in population.mapping.items():
        condition = condition.replace(here, there)
    endpoint = "/Users" if case["resourceType"] == "User" else "/Groups"
    answer = population.client.get(endpoint, query={"filter": condition, "count": "1000"})
    judge(case, population.mode, lambda _added: filter_problem(case, population, answer))


def filter_problem(case: Case, population: Population, answer: Answer) -> str:
    """Why the answer is none of the outcomes, or nothing."""
    allowed = list(outcomes(case, lenient=not population.client.strict))
    if answer.status == 200:
        found = [resource["id"] for resource in answer.body.get("Resources", [])]
        names = sorted(population.names[identifier] for identifier in found if identifier in population.names)
        right = any("match" in outcome and sorted(outcome["match"]) == names for outcome in allowed)
        return "" if right else f"found {names}, expected {case['expect']}"
    right = any(is_error(outcome, answer.status, answer.body) for outcome in allowed)
    return "" if right else f"{answer.status} {answer.raw[:200]!r}, expected {case['expect']}"


@pytest.mark.parametrize("case", PATCHES["cases"], ids=[case["id"] for case in PATCHES["cases"]])
def test_patch_vector(extended: ScimClient, referenced: dict[str, str], case: Case) -> None:
    """The PATCH leads to the expected resource, or is refused as expected and changes nothing."""
    endpoint = "/Users" if case["resourceType"] == "User" else "/Groups"
    base = renamed(storable(PATCHES["bases"][case["base"]]), referenced)
    others = [created(extended, "/Users", other) for other in case.get("others", [])]
    target = f"{endpoint}/{created(extended, endpoint, base)}"
    try:
        patched = Patched.of(extended, target, case, referenced)
    finally:
        for made in (target, *(f"/Users/{other}" for other in others)):
            extended.delete(made)
    judge(case, "strict" if extended.strict else "default", patched.problem)


@dataclass(frozen=True)
class Patched:
    """One PATCH with what was read before and after it, and the outcomes that pass."""

    before: Answer
    answer: Answer
    after: Answer
    note: str
    allowed: list[Any]

    @classmethod
    def of(cls, client: ScimClient, target: str, case: Case, referenced: dict[str, str]) -> Self:
        """Send the case's request."""
        own = PATCHES["ids"]["user" if target.startswith("/Users") else "group"]
        names = {**referenced, own: target.rpartition("/")[2]}
        before = client.get(target)
        answer = client.request("PATCH", target, renamed(case["request"], names))
        allowed = renamed(list(outcomes(case, lenient=not client.strict)), names)
        return cls(before, answer, client.get(target), case.get("note", ""), allowed)

    def problem(self, added: dict[str, Any]) -> str:
        """Why this is none of the outcomes, whose resources have also the `added` attributes; or nothing."""
        if self.answer.status not in {200, 204}:
            return self._refusal_problem()
        if self.answer.status == 200 and view(self.answer.body) != view(self.after.body):
            return "the answer is not what is read afterwards"
        if "password" in self.after.body:
            return "the password is answered"
        if "no change" in self.note and self.before.body["meta"] != self.after.body["meta"]:
            return "meta has moved although nothing changed"
        resources = [outcome["resource"] | added for outcome in self.allowed if "resource" in outcome]
        if any(same_resource(resource, self.after.body) for resource in resources):
            return ""
        if not resources:
            return f"done ({self.answer.status}), expected {self.allowed}"
        return f"differs from what is expected in {difference(resources[0], self.after.body)}"

    def _refusal_problem(self) -> str:
        """Why the refusal is none of the outcomes, or has changed something; or nothing."""
        if not any(is_error(outcome, self.answer.status, self.answer.body) for outcome in self.allowed):
            return (
                f"{self.answer.status} {self.answer.raw[:300]!r}, expected {json.dumps(self.allowed)[:300]}"
            )
        return "" if self.before.body == self.after.body else "refused, and yet changed"
