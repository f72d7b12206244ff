"""The guides of the providers: complete, fit to be drawn, and with this connection's own values in them."""

from __future__ import annotations

import re

import pytest

from muster.console.guides.drawing import drawn, shortened
from muster.console.guides.guide import PROVIDERS, Input, Picture, Way, filled, guide_for, looks_like
from muster.console.templates import environment, marked
from muster.directory.records import Provider

BASE = "https://scim.example.com/scim/0123456789abcdefghjkm/v2"
WAYS = [(provider, way) for provider in PROVIDERS for way in guide_for(provider).ways]
_LETTERS = 60  # of a label, at its size in a drawing


def sentences(way: Way) -> list[str]:
    """What of a way is translated."""
    steps = [text for step in way.steps for text in (step.title, step.menu, step.text, step.warning)]
    return [way.title, way.text, *steps]


@pytest.mark.parametrize("provider, way", WAYS)
def test_a_way_leads_to_the_end(provider: Provider, way: Way) -> None:
    """Each has one step for the key and one place for the base URL, says where every action is, and can be translated."""
    values = [one.value for step in filled(way, BASE).steps if step.picture for one in step.picture.inputs]
    assert sum(BASE in value for value in values) == 1
    assert sum(step.key for step in way.steps) == 1
    assert sum(one.kind == "key" for step in way.steps if step.picture for one in step.picture.inputs) == 1
    assert all(step.menu and step.text for step in way.steps)
    copied = [one.label for step in way.steps if step.picture for one in step.picture.copied]
    assert len(set(copied)) == len(copied)  # the pages tell them apart by their labels
    assert not [text for text in sentences(way) if re.search(r"[%<>{&]", text)]
    assert "**" not in "".join(marked(text) for text in sentences(way))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_guide_says_what_makes_each_step_tick(provider: Provider) -> None:
    """Also what is needed before, and what is to be expected after."""
    guide = guide_for(provider)
    assert {"request", "user", "group", "deactivation"} <= set(guide.ticks)
    assert guide.needs
    assert guide.expect
    assert len({way.id for way in guide.ways}) == len(guide.ways)
    assert guide.way("no such way") is guide.ways[0]


@pytest.mark.parametrize("provider, way", WAYS)
def test_a_drawing_holds_what_it_shows(provider: Provider, way: Way) -> None:
    """No label or value is wider than its box, nothing is drawn below the sheet, and all of it is said in words."""
    for step in filled(way, BASE).steps:
        if step.picture is None:
            continue
        drawing = drawn(step.picture)
        assert all(len(shape.label) <= _LETTERS and len(shape.value) <= 50 for shape in drawing.shapes)
        assert max([shape.y for shape in drawing.shapes], default=0) < drawing.height
        assert all(one.label in drawing.told for one in step.picture.inputs)
        html = environment().from_string("{% from 'picture.html' import picture %}{{ picture(drawing) }}")
        assert html.render(drawing=drawing).count("<rect") == 1 + len(drawing.shapes) + bool(drawing.button)


def test_a_long_value_is_shortened_in_the_drawing_alone() -> None:
    """Its beginning and its end are left; what is copied is whole."""
    address = "https://" + "a" * 100 + ".example.com/scim/v2"
    picture = Picture("x", [Input("URL", address)])
    (shape,) = drawn(picture).shapes
    assert (len(shape.value), shape.value[:8], shape.value[-3:]) == (50, "https://", "/v2")
    assert picture.copied[0].value == address
    assert shortened("short") == "short"


@pytest.mark.parametrize(
    "agent, name",
    [
        ("Okta SCIM Client 1.0.0", "Okta"),
        ("OKTA SCIM Integration", "Okta"),
        ("application/json", "OneLogin"),
        ("curl/8", None),
        ("application/json, curl", None),
        (None, None),
    ],
)
def test_who_sends_is_told_by_its_user_agent(agent: str | None, name: str | None) -> None:
    """Where that is known; nothing is claimed of others."""
    guide = looks_like(agent)
    assert (guide.name if guide else None) == name


def test_a_marked_sentence_is_escaped() -> None:
    """Whatever came from outside stays text."""
    assert marked("**a** `b` <i>") == "<strong>a</strong> <code>b</code> &lt;i&gt;"
