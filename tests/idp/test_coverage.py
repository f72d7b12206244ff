"""The conversation files themselves: complete, well formed, and still the shapes they are named after."""

import ast
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.idp.conversation import CLIENTS, FOLDER, Conversation, conversations
from tests.idp.matching import MATCHERS

SHAPES: Final = {*range(1, 131), "35b"}
MEMBERS: Final = {
    "shape",
    "client",
    "title",
    "evidence",
    "provider",
    "mode",
    "extension",
    "wire",
    "noted",
    "unstored",
    "given",
    "steps",
    "then",
}
OPTIONAL: Final = {"extension", "noted", "unstored"}
STEP_MEMBERS: Final = {"note", "repeat", "send", "expect", "capture", "collect"}
SEND_MEMBERS: Final = {"method", "path", "absolute", "headers", "body", "raw", "with", "without"}
EXPECT_MEMBERS: Final = {"status", "headers", "body", "absent", "contains", "lacks", "medium"}
PROVIDERS: Final = {"okta", "entra", "jumpcloud", "onelogin", "ping", "google", "generic"}

each_conversation = pytest.mark.parametrize(
    "conversation", conversations(), ids=lambda conversation: conversation.name
)


def test_every_shape_has_one_file() -> None:
    """Each of the 131 numbered request shapes is a file, and none is there twice."""
    numbers = Counter(conversation.document["shape"] for conversation in conversations())

    assert set(numbers) == SHAPES
    assert set(numbers.values()) == {1}


def test_no_conversation_repeats_another() -> None:
    """No two files send the same requests."""
    sent = Counter(wire_text(conversation) for conversation in conversations())

    assert [text for text, count in sent.items() if count > 1] == []


@each_conversation
def test_the_file_is_named_after_its_shape(conversation: Conversation) -> None:
    """The folder is the client, the file name begins with the number."""
    document = conversation.document
    number = str(document["shape"])

    assert conversation.path.relative_to(FOLDER).parts[0] == document["client"]
    assert conversation.path.name.startswith(f"{number.rstrip('b').zfill(3)}{'b' * number.endswith('b')}-")
    assert document["client"] in json.loads(CLIENTS.read_text(encoding="utf-8"))


@each_conversation
def test_the_file_is_well_formed(conversation: Conversation) -> None:
    """Only known members, a known provider and mode, an evidence tag, and a step that reads the effect back."""
    document = conversation.document

    assert MEMBERS - OPTIONAL <= document.keys() <= MEMBERS
    assert document["provider"] in PROVIDERS
    assert document["mode"] in {"default", "strict"}
    assert document["title"]
    assert document["evidence"]
    assert any(step["send"]["method"] in {"GET", "POST"} for step in document["then"]), "nothing is read back"
    for place, step in conversation.steps():
        assert step_problems(step) == [], place


@each_conversation
def test_the_shape_is_still_on_the_wire(conversation: Conversation) -> None:
    """What makes the shape itself (its encoding, its odd members) is literally among what is sent."""
    text = wire_text(conversation)

    assert conversation.document["wire"], "the file does not say what marks its shape"
    assert [mark for mark in conversation.document["wire"] if mark not in text] == []


def step_problems(step: Mapping[str, Any]) -> list[str]:
    """Name the members of a step that the replay would not read, and the questions that it does not know."""
    problems = sorted(step.keys() - STEP_MEMBERS)
    problems += sorted(step["send"].keys() - SEND_MEMBERS)
    problems += sorted(step["expect"].keys() - EXPECT_MEMBERS)
    return problems + unknown_questions(step["expect"].get("body"))


def unknown_questions(expected: Any) -> list[str]:
    """Find keys that look like a question of the matcher and are none (`$ref` is an attribute)."""
    if isinstance(expected, list):
        return [name for element in expected for name in unknown_questions(element)]
    if not isinstance(expected, dict):
        return []
    known = {*MATCHERS, "$ref", "$each"}
    here = [key for key in expected if key.startswith("$") and key not in known]
    return here + [name for value in expected.values() for name in unknown_questions(value)]


def wire_text(conversation: Conversation) -> str:
    """Write down everything that a conversation sends, in one text."""
    headers = json.loads(CLIENTS.read_text(encoding="utf-8"))[conversation.document["client"]]["headers"]
    lines = [header_lines(headers)]
    for _, step in conversation.steps():
        send = step["send"]
        lines += [f"{send['method']} {send['path']}", header_lines(send.get("headers", {}))]
        lines += [send.get("raw", ""), json.dumps(send.get("with", {}), separators=(",", ":"))]
        lines.append(
            '{"body":' + json.dumps(send.get("body"), ensure_ascii=False, separators=(",", ":")) + "}"
        )
    return "\n".join(lines)


def header_lines(headers: Mapping[str, str | None]) -> str:
    """Write headers as they look on the wire."""
    return "\n".join(f"{name}: {value}" for name, value in headers.items() if value is not None)


def test_every_pitfall_has_one_test() -> None:
    """The 55 pitfalls are 55 test functions, each with a text that says what is proven."""
    functions = [
        node
        for path in sorted(Path(__file__).parent.glob("test_pitfalls_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_pitfall_")
    ]

    assert [int(node.name.split("_")[2]) for node in functions] == list(range(1, 56))
    assert [node.name for node in functions if not ast.get_docstring(node)] == []
