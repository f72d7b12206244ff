"""Take the tour: `python -m tests.browser.tour` writes a picture of each page, in light and dark, to docs/tour.

Law: what is pictured is what the program serves; nothing is drawn by hand, and each page that has a name is there.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final, Literal

from PIL import Image

from tests.browser.chromium import chromium
from tests.browser.examples import Example, pictured
from tests.browser.reached import Surrounded, surrounded
from tests.harness.inside import rows
from tests.harness.server import RunningServer

FOLDER: Final = Path(__file__).parents[2] / "docs" / "tour"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_WIDE, _HIGH = 1280, 1000  # pixels at most of a picture; the page below it is left out
_COLOURS: Final = 48
_REQUESTS: Final = (9, 14, 31, 44, 52, 47, 60, 58, 71, 49, 22, 8, 3, 2, 4, 2, 1, 3, 5, 12, 28, 41, 55)
"""In the hours before this one, backwards."""
_HOUR: Final = 3600 * 1_000_000  # microseconds


def main(folder: Path = FOLDER) -> None:
    """Fill a temporary server, and picture its pages."""
    folder.mkdir(parents=True, exist_ok=True)
    server = RunningServer("localhost")  # where browsers have passkeys
    with tempfile.TemporaryDirectory() as place:
        server.start(Path(place) / "muster.db")
        try:
            with (
                chromium() as browser,
                surrounded(
                    browser, server, "Acme", operator="olivia@example.com", browsing="Firefox/145.0"
                ) as acme,
            ):
                spread(server, acme)
                for example in pictured():
                    picture(acme, example, folder)
        finally:
            server.stop()


def picture(acme: Surrounded, example: Example, folder: Path) -> None:
    """Write the two pictures of a page."""
    visitor = acme.open(example, unfold=False)
    for scheme in SCHEMES:
        visitor.page.emulate_media(color_scheme=scheme)
        high = int(visitor.page.evaluate("document.documentElement.getBoundingClientRect().height"))
        clip = {"x": 0, "y": 0, "width": _WIDE, "height": min(max(high, 400), _HIGH)}
        data = visitor.page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type] # it is one
        (folder / f"{example.shot}-{scheme}.png").write_bytes(small(data))


def small(data: bytes) -> bytes:
    """The same picture with a palette of few colours."""
    with Image.open(io.BytesIO(data)) as image:
        few = image.convert("RGB").quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


def spread(server: RunningServer, acme: Surrounded) -> None:
    """Let it look as if requests had come for a day, which no tour waits for."""
    sql = """INSERT INTO connection_hours (organization, connection, hour, requests, errors)
      SELECT organization, connection, hour - ?, ?, ? FROM connection_hours WHERE connection = ? AND hour = ?"""
    ((latest,),) = rows(server.database, "SELECT max(hour) FROM connection_hours")
    for back, requests in enumerate(_REQUESTS, 1):
        rows(server.database, sql, back * _HOUR, requests, requests // 40, acme.filled.connection, latest)


if __name__ == "__main__":
    main()
