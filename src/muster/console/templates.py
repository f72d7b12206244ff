"""The templates, and what each of them may call.

Law: what is shown is escaped unless the template itself wrote it; addresses become links only if they are http(s).
Every sentence goes through `_`, so that it can be translated.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from muster.console.labels import called, done, ended, kind, known_as
from muster.console.static import address_of
from muster.directory.makers import is_platforms
from muster.scim.value import moment

_MICROSECONDS: Final = 1_000_000
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_CODE: Final = re.compile(r"`(.+?)`")
_BASE: Final = re.compile(r"^/scim/[^/]+/v2(?=/)")
_STEPS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_NEARLY: Final = 0.99  # of a unit is one of it
_LONG_AGO: Final = 60 * 86_400 * _MICROSECONDS


def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=PackageLoader("muster.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = address_of
    made.filters["moment"] = _moment
    made.filters["ago"] = _ago
    made.filters["called"] = called
    made.filters["done"] = done
    made.filters["kind"] = kind
    made.filters["known_as"] = known_as
    made.filters["ended"] = ended
    made.tests["platforms"] = is_platforms
    made.filters["readable"] = readable
    made.filters["below"] = below
    made.filters["web"] = _web
    made.filters["span"] = span
    made.filters["marked"] = marked
    return made


def _moment(microseconds: int | None) -> str:
    """Return a time as it is shown: UTC, to the second, and never broken over two lines."""
    if microseconds is None:
        return "-"
    return Markup("<time datetime='{}'>{}</time>").format(moment(microseconds), _exactly(microseconds))


@pass_context
def _ago(context: Context, microseconds: int | None) -> str:
    """Return a time as how long ago it was, or when it will be; the exact one stands in its title.

    A script goes on counting while the page stays open.
    """
    if microseconds is None:
        return "-"
    words = distance(microseconds - context["now"])
    exact = _exactly(microseconds)
    return Markup("<time class='ago' datetime='{}' title='{}'>{}</time>").format(
        moment(microseconds), exact, words or exact[:10]
    )


def distance(microseconds: int) -> str | None:
    """Return how far ahead, or how long ago, a time is; None: so long ago that its date says more."""
    if microseconds > 0:
        return f"in {_nearly(microseconds)}"
    return f"{span(-microseconds)} ago" if -microseconds < _LONG_AGO else None


def _nearly(microseconds: int) -> str:
    """Return how long something will be, rounded: what was made for a week is good for `7 d` also a moment later."""
    seconds = microseconds / _MICROSECONDS
    size, unit = next(((size, unit) for size, unit in _STEPS if seconds >= _NEARLY * size), (1, "s"))
    return f"{round(seconds / size)} {unit}"


def _exactly(microseconds: int) -> str:
    return f"{moment(microseconds)[:19].replace('T', ' ')} UTC"


def below(target: str) -> str:
    """Return the path of a SCIM request without what all paths of its connection begin with."""
    return _BASE.sub("", target) or target


def readable(target: str) -> str:
    """Return the path of a SCIM request as people read it: without what all begin with, and not percent-encoded.

    It stays encoded where something in it would not be seen, or would turn what is around it.
    """
    short = below(target)
    plain = unquote(short)
    return plain if plain.isprintable() else short


def span(microseconds: int) -> str:
    """Return how long something is, roughly: `3 d`, `2 h`, `40 s`."""
    seconds = max(0, microseconds // _MICROSECONDS)
    size, unit = next(((size, unit) for size, unit in _STEPS if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit}"


def marked(text: str) -> Markup:
    """Return a sentence with its `**bold**` and its code spans marked up; all else in it is escaped."""
    html = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", html))  # noqa: S704 - escaped two lines above


def _web(value: Any) -> str | None:
    """Return an address that a link may go to, or None."""
    text = str(value)
    return text if text.startswith(("https://", "http://")) else None
