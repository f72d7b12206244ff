"""A long list of members in little room: one text for all of them, cut into members as they are looked at.

Law: a hundred thousand members are 3.7 MB here; as tuples of texts they would be thirty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, overload

from muster.directory.records import Kind, Member

ID_LENGTH: Final = 36
_WIDTH: Final = 1 + ID_LENGTH
_KINDS: Final[dict[str, Kind]] = {"U": "User", "G": "Group"}


class MemberList(Sequence[Member]):
    """Members without their names. `text` is for each of them the first letter of its kind and its id."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __len__(self) -> int:
        return len(self._text) // _WIDTH

    @overload
    def __getitem__(self, index: int) -> Member: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Member]: ...

    def __getitem__(self, index: int | slice) -> Member | Sequence[Member]:
        if isinstance(index, slice):
            return [self._at(number) for number in range(*index.indices(len(self)))]
        return self._at(range(len(self))[index])

    def _at(self, number: int) -> Member:
        start = number * _WIDTH
        return Member(self._text[start + 1 : start + _WIDTH], _KINDS[self._text[start]], None)
