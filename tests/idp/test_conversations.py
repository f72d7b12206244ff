"""Hold every conversation of the catalogue with a running server."""

import json
from pathlib import Path

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster
from tests.idp.conversation import Conversation, conversations
from tests.idp.replay import replay


@pytest.mark.parametrize("conversation", conversations(), ids=lambda conversation: conversation.name)
def test_conversation(
    conversation: Conversation, connect: Connect, server: RunningServer, tmp_path: Path
) -> None:
    """A provider sends its shape exactly as it does in the wild, and the effect is there when it is read back."""
    line = connect(conversation.document["provider"], strict=conversation.strict)
    _register_extension(conversation, line, server, tmp_path)

    replay(conversation, line)


def _register_extension(
    conversation: Conversation, line: ScimClient, server: RunningServer, folder: Path
) -> None:
    if "extension" in conversation.document:
        file = folder / "extension.json"
        file.write_text(json.dumps(conversation.document["extension"]), encoding="utf-8")
        muster(server.database, "schema", "add", "--organization", line.organization, str(file))
