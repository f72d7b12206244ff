"""What providers are called on pages: as their guides call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from muster.console.guides.guide import PROVIDERS as ALL
from muster.console.guides.guide import guide_for
from muster.directory.records import Provider

PROVIDERS: Final[Mapping[Provider, str]] = {provider: guide_for(provider).name for provider in ALL}
