"""How each provider is set up: what is read from `guides/*.toml`, one file for each.

Law: a guide is data, and the same for everybody; `{base_url}` in it stands for what one connection is given. A key is
never in a guide: an input of the kind `key` is where it goes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from muster.directory.records import Provider

InputKind = Literal["text", "choice", "on", "off", "key"]
Tick = Literal["request", "key", "probe", "user", "group", "deactivation"]

PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)
BASE_URL: Final = "{base_url}"
_WHOLE: Final = "="  # an agent that is one word only, and has to be all there is


@dataclass(frozen=True, slots=True)
class Input:
    """Something to fill in: how it is labelled there, and what goes in.

    `choice` is chosen from a list, `on` and `off` are boxes to tick; `key` takes the key, behind its value if it has
    one.
    """

    label: str
    value: str = ""
    kind: InputKind = "text"


@dataclass(frozen=True, slots=True)
class Picture:
    """A form as it looks in the provider: its title, its inputs from above, and the button to press."""

    title: str
    inputs: Sequence[Input] = ()
    button: str = ""

    @property
    def copied(self) -> Sequence[Input]:
        """Return the inputs whose values are to be copied there."""
        return [one for one in self.inputs if one.kind == "text"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action: where (`menu`), what, what is often done wrong there, and whether the key is needed for it."""

    title: str
    menu: str
    text: str
    warning: str = ""
    key: bool = False
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways in which a provider can be set up."""

    id: str
    title: str
    text: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Guide:
    """How a provider is set up.

    `agents`: what its User-Agent has in it; `ticks`: what to do there for each step of the list that ticks itself;
    `missing`: the steps of it that never come; `test_user`: the userName of a user that the provider tests with.
    """

    provider: Provider
    name: str
    minutes: int
    agents: Sequence[str]
    needs: Sequence[str]
    expect: Sequence[str]
    ticks: Mapping[Tick, str]
    ways: Sequence[Way]
    missing: Sequence[Tick] = ()
    test_user: str = ""

    def way(self, id: str) -> Way:
        """Return the way of that name, or the first."""
        return next((way for way in self.ways if way.id == id), self.ways[0])


@cache
def guide_for(provider: Provider) -> Guide:
    """Return the guide of a provider."""
    text = (files("muster.console") / "guides" / f"{provider}.toml").read_text("utf-8")
    read = tomllib.loads(text)
    return Guide(provider, **{**read, "ways": [_way(way) for way in read["ways"]]})


def filled(way: Way, base_url: str) -> Way:
    """Return a way with what this connection is given in its place."""
    return replace(way, steps=[_filled(step, base_url) for step in way.steps])


def looks_like(user_agent: str | None) -> Guide | None:
    """Return the guide of the provider whose software calls itself so, or None: that is not known."""
    told = (user_agent or "").casefold()
    for guide in map(guide_for, PROVIDERS):
        if any(told == agent[1:] if agent.startswith(_WHOLE) else agent in told for agent in guide.agents):
            return guide
    return None


def _way(read: Mapping[str, Any]) -> Way:
    return Way(**{**read, "steps": [_step(step) for step in read["steps"]]})


def _step(read: Mapping[str, Any]) -> Step:
    picture = read.get("picture")
    return Step(**{**read, "picture": None if picture is None else _picture(picture)})


def _picture(read: Mapping[str, Any]) -> Picture:
    return Picture(**{**read, "inputs": [Input(**one) for one in read.get("inputs", ())]})


def _filled(step: Step, base_url: str) -> Step:
    if step.picture is None:
        return step
    inputs = [replace(one, value=one.value.replace(BASE_URL, base_url)) for one in step.picture.inputs]
    return replace(step, picture=replace(step.picture, inputs=inputs))
