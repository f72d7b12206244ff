"""Hold every conversation of the catalogue with a running server."""

import json
from pathlib import Path

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.harness.inside import places_of, rows
from tests.harness.server import RunningServer, muster
from tests.idp.conversation import Conversation, conversations
from tests.idp.replay import replay

NOTES = """SELECT notes FROM request_log
            WHERE connection = ? AND method <> 'GET' AND status < 300 AND notes IS NOT NULL"""


@pytest.mark.parametrize("conversation", conversations(), ids=lambda conversation: conversation.name)
def test_conversation(
    conversation: Conversation, connect: Connect, server: RunningServer, tmp_path: Path
) -> None:
    """A provider sends its shape exactly as in the wild; the effect is there when read back, tolerances are in the log."""
    line = connect(conversation.document["provider"], strict=conversation.strict)
    _register_extension(conversation, line, server, tmp_path)

    replay(conversation, line)

    assert noted_rules(server, line) >= set(conversation.document.get("noted", []))
    assert places_of(server, conversation.document.get("unstored", [])) == {}


def _register_extension(
    conversation: Conversation, line: ScimClient, server: RunningServer, folder: Path
) -> None:
    if "extension" in conversation.document:
        file = folder / "extension.json"
        file.write_text(json.dumps(conversation.document["extension"]), encoding="utf-8")
        muster(server.database, "schema", "add", "--organization", line.organization, str(file))


def noted_rules(server: RunningServer, line: ScimClient) -> set[str]:
    """Read from the request log which of the dialect's rules the writes of a connection needed."""
    found = rows(server.database, NOTES, line.connection_id)
    return {rule for (notes,) in found for rule, _ in json.loads(notes)}
