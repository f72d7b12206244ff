"""The tour in the documents has all pages, and no other."""

from __future__ import annotations

import re

from tests.browser.examples import pictured
from tests.browser.tour import FOLDER, SCHEMES

MOST = 2_500_000  # bytes of all pictures


def test_the_tour_shows_every_page() -> None:
    """Each page that has a name there is pictured in light and dark, and shown once; after a change run `make tour`."""
    expected = sorted(f"{one.shot}-{scheme}.png" for one in pictured() for scheme in SCHEMES)
    assert sorted(path.name for path in FOLDER.iterdir()) == expected
    told = (FOLDER.parent / "tutorial" / "the-console.md").read_text("utf-8")
    assert sorted(re.findall(r'="\.\./tour/([^"]+)"', told)) == expected
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST
