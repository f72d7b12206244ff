"""The replay, on a fake server of a few lines: what it sends, what it refuses to pass, and how it says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.harness.client import Answer
from tests.idp.conversation import Conversation
from tests.idp.matching import MISSING, differences, find, matches
from tests.idp.replay import ERROR, ConversationError, replay
from tests.idp.template import UnknownVariableError, fill

SCIM = {"content-type": "application/scim+json"}


@dataclass
class FakeLine:
    """Answers from a list and writes down what it was sent."""

    answers: list[Answer]
    base_url: str = "http://muster.example/scim/c1/v2"
    api_key: str | None = "mst_example"
    sent: list[tuple[str, str, bytes | None, dict[str, str | None]]] = field(default_factory=list)

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        absolute: bool = False,
    ) -> Answer:
        """Take the next answer."""
        assert body is None, "the replay encodes bodies itself"
        assert not absolute
        self.sent.append((method, target, raw, dict(headers or {})))
        return self.answers[len(self.sent) - 1]


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """Make an answer with a JSON body."""
    raw = b"" if body is None else json.dumps(body).encode()
    return Answer(status, SCIM | headers, raw)


def conversation(tmp_path: Path, *steps: Mapping[str, Any]) -> Conversation:
    """Write a conversation of Entra's into a file."""
    path = tmp_path / "entra" / "001-example.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"client": "entra", "steps": steps}))
    return Conversation(path)


def test_sends_the_bytes_of_the_file(tmp_path: Path) -> None:
    """The target, the compact body and the client's headers go out as written; a null header goes out as removed."""
    send = {
        "method": "POST",
        "path": "/Users?a=+%22&",
        "body": {"userName": "ü"},
        "headers": {"Accept": None},
    }
    line = FakeLine([answer(201, {})])

    replay(conversation(tmp_path, {"send": send, "expect": {"status": [201]}}), line)

    method, target, raw, headers = line.sent[0]
    assert (method, target, raw) == ("POST", "/Users?a=+%22&", '{"userName":"ü"}'.encode())
    assert headers["Content-Type"] == "application/scim+json; charset=utf-8"
    assert headers["Accept"] is None


def test_captured_values_fill_later_steps(tmp_path: Path) -> None:
    """An id that one answer gave is in the path and, whole, in the body of the next request."""
    create = {
        "send": {"method": "POST", "path": "/Users", "raw": "{}"},
        "expect": {"status": [201]},
        "capture": {"U": "/id", "READ": ""},
    }
    put = {
        "send": {
            "method": "PUT",
            "path": "/Users/{U}",
            "body": "{READ}",
            "with": {"title": "x"},
            "without": ["meta"],
        },
        "expect": {"status": [200], "body": {"id": "{U}"}},
    }
    line = FakeLine([answer(201, {"id": "u1", "meta": {}}), answer(200, {"id": "u1"})])

    replay(conversation(tmp_path, create, put), line)

    assert line.sent[1][1] == "/Users/u1"
    assert json.loads(line.sent[1][2] or b"") == {"id": "u1", "title": "x"}


def test_repeat_counts_and_collects(tmp_path: Path) -> None:
    """A repeated step sees its number and collects one value from each answer."""
    create = {
        "repeat": {"times": 2, "as": "i"},
        "send": {"method": "POST", "path": "/Users", "body": {"userName": "u{i}"}},
        "expect": {"status": [201]},
        "collect": {"ALL": "/id"},
    }
    members = {"$each": "{ALL}", "as": "M", "item": {"value": "{M}"}}
    add = {"send": {"method": "PUT", "path": "/Groups/g", "body": members}, "expect": {"status": [200]}}
    line = FakeLine([answer(201, {"id": "a"}), answer(201, {"id": "b"}), answer(200, {})])

    replay(conversation(tmp_path, create, add), line)

    assert line.sent[1][2] == b'{"userName":"u2"}'
    assert line.sent[2][2] == b'[{"value":"a"},{"value":"b"}]'


@pytest.mark.parametrize(
    "given, expect, complaint",
    [
        (
            answer(500, {"schemas": [ERROR], "status": "500"}),
            {"status": [200]},
            "wanted one of [200], got 500",
        ),
        (
            answer(200, {"active": "False"}),
            {"status": [200], "body": {"active": False}},
            "/active: wanted False",
        ),
        (answer(200, {"members": []}), {"status": [200], "absent": ["/members"]}, "/members: wanted nothing"),
        (answer(200, {"password": "x"}), {"status": [200], "lacks": ["password"]}, "wanted no 'password'"),
        (answer(404, {"detail": "no"}), {"status": [404]}, "/schemas"),
        (
            answer(404, {"schemas": [ERROR], "status": 404, "detail": "no"}),
            {"status": [404]},
            "/status: wanted '404'",
        ),
        (Answer(200, {"content-type": "text/html"}, b"<p>"), {"status": [200]}, "content-type"),
        (Answer(204, SCIM, b"{}"), {"status": [204]}, "a 204 carries no body"),
        (answer(200, {}), {"status": [200], "headers": {"ETag": {"$like": "W/"}}}, "header ETag"),
    ],
)
def test_a_wrong_answer_is_reported(
    tmp_path: Path, given: Answer, expect: Mapping[str, Any], complaint: str
) -> None:
    """The report names the place, what was sent, got and wanted."""
    step = {"note": "reads it", "send": {"method": "GET", "path": "/Users/1"}, "expect": expect}

    with pytest.raises(ConversationError) as failure:
        replay(conversation(tmp_path, step), FakeLine([given]))

    assert "entra/001-example steps[0] reads it" in str(failure.value)
    assert "GET /Users/1" in str(failure.value)
    assert complaint in str(failure.value)


def test_a_value_that_is_not_there_cannot_be_captured(tmp_path: Path) -> None:
    """A capture that finds nothing is reported at its own step, not as a strange failure later."""
    step = {"send": {"method": "GET", "path": "/"}, "expect": {"status": [200]}, "capture": {"U": "/id"}}

    with pytest.raises(ConversationError, match="nothing to capture at /id"):
        replay(conversation(tmp_path, step), FakeLine([answer(200, {})]))


def test_an_unknown_variable_is_an_error() -> None:
    """A misspelt variable never goes out as text; other braces are left alone."""
    with pytest.raises(UnknownVariableError):
        fill("/Users/{X}", {"U": "1"})

    assert fill("${__UUID} {$user.id} [0-9]{4}", {}) == "${__UUID} {$user.id} [0-9]{4}"
    assert fill({"a": "{N}"}, {"N": 7}) == {"a": 7}


@pytest.mark.parametrize(
    "expected, actual",
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ([{"v": 1}, {"v": 2}], [{"v": 2, "x": 0}, {"v": 1}]),
        ({"$contains": [{"v": 2}]}, [{"v": 1}, {"v": 2}]),
        ({"$type": "integer"}, 3),
        ({"$any": [0, {"$min": 100}]}, 1000),
        ({"$not": {"$contains": 1}}, [2]),
        ({"$length": 2, "$disjoint": [{"id": "c"}]}, [{"id": "a"}, {"id": "b"}]),
        ({"members": {"$unassigned": True}}, {"members": []}),
        ({"members": {"$unassigned": True}}, {}),
        ({"members": {"$absent": True}}, {}),
        ({"$like": "^a"}, "abc"),
    ],
)
def test_what_matches(expected: Any, actual: Any) -> None:
    """Objects match as subsets, arrays in any order, questions by what they ask."""
    assert matches(expected, actual)


@pytest.mark.parametrize(
    "expected, actual",
    [
        (True, 1),
        (False, "False"),
        (1, "1"),
        ({"a": None}, {}),
        ([{"v": 1}], [{"v": 1}, {"v": 2}]),
        ([{"v": 1}, {"v": 1}], [{"v": 1}, {"v": 2}]),
        ({"$type": "integer"}, True),
        ({"$type": "integer"}, "1"),
        ({"$disjoint": [{"id": "a"}]}, [{"id": "a"}]),
        ({"$absent": True}, None),
        ({"$unassigned": True}, [1]),
        ({"$contains": 1}, MISSING),
    ],
)
def test_what_does_not_match(expected: Any, actual: Any) -> None:
    """Types are part of a value, and an array has exactly the expected number of elements."""
    assert list(differences(expected, actual)) != []


def test_find_reads_json_pointers() -> None:
    """A pointer may pass through a URN key, an index and every element."""
    document = {"urn:x:User": {"a": [{"b": 1}, {"b": 2}, {}]}}

    assert find(document, "/urn:x:User/a/*/b") == [1, 2]
    assert find(document, "/urn:x:User/a/1/b") == [2]
    assert find(document, "/urn:x:User/c") == []
    assert find(document, "") == [document]
