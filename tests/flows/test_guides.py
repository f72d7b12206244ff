"""The guides say what the program does: attributes, codes of errors, the template for OneLogin."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from muster.directory.catalogue.catalogue import CATALOGUE
from muster.directory.mapping import DEFAULT_MAPPING
from muster.scim.schema import CORE_USER, ENTERPRISE_USER
from tests.architecture.sources import ROOT
from tests.conftest import new_connection
from tests.harness.server import RunningServer, muster

GUIDES = sorted((ROOT / "docs" / "how-to").glob("connect-*.md"))
NAMED = [guide for guide in GUIDES if guide.stem != "connect-another-idp"]
ROW = re.compile(r"^\|[^|]+\| `([^|]+)` \| `([a-z_, `]+)` \|$", re.MULTILINE)
CODE = re.compile(r"`([a-z]+(?:-[a-z0-9]+)+)`")
MACRO = re.compile(r"\{\$(?:user|parameters)\.(\w+)\}")


@pytest.mark.parametrize("guide", NAMED, ids=lambda guide: guide.stem)
def test_a_guide_has_the_source_of_each_field(guide: Path) -> None:
    """The row of the table has the attribute that the default mapping fills the field from."""
    text = guide.read_text("utf-8")
    sources = {
        field: source
        for sources, fields in ROW.findall(text)
        for source, field in zip(sources.split("`, `"), fields.split("`, `"), strict=True)
    }
    assert sources == {one.field: one.source for one in DEFAULT_MAPPING}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_names_codes_that_there_are(guide: Path) -> None:
    """And how to see them."""
    text = guide.read_text("utf-8")
    codes = {
        code for code in CODE.findall(text) if code.split("-")[0] in {one.split("-")[0] for one in CATALOGUE}
    }
    assert codes
    assert codes <= CATALOGUE.keys()
    assert "muster log --connection CONNECTION_ID --refused" in text


def test_the_template_for_onelogin_fills_the_whole_profile(server: RunningServer) -> None:
    """Filled in as OneLogin would."""
    guide = ROOT / "docs" / "how-to" / "connect-onelogin.md"
    (template,) = re.findall(r"```json\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    body = json.loads(MACRO.sub(lambda macro: f"+1-555-{macro[1]}", template))
    assert body["schemas"] == [CORE_USER, ENTERPRISE_USER]
    with new_connection(server, "onelogin") as client:
        assert client.post("/Users", body).status == 201
        (account,) = muster(server.database, "account", "list", "--organization", client.organization)
    filled = {name for name, value in account["profile"].items() if value}
    assert filled == {one.field for one in DEFAULT_MAPPING}
