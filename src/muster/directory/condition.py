"""Conditions on a version: `If-Match` and `If-None-Match` as values (RFC 7644 §3.14, RFC 9110 §13).

Law: SCIM's examples send weak tags in `If-Match`, which RFC 9110 would never match; so the opaque part is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from muster.scim.errors import PreconditionFailed


def etag(version: int) -> str:
    """Return the entity tag of a version: `W/"3"`."""
    return f'W/"{version}"'


@dataclass(frozen=True, slots=True)
class Condition:
    """The tags of an `If-Match` or `If-None-Match` header, without `W/`; `any` for `*`."""

    tags: frozenset[str] = frozenset()
    any: bool = False

    @classmethod
    def parse(cls, header: str) -> Condition:
        """Read the header's value; what is not a tag matches nothing."""
        parts = [part.strip() for part in header.split(",")]
        return cls(frozenset(part.removeprefix("W/") for part in parts), "*" in parts)

    def holds(self, version: int) -> bool:
        """Whether the version is among the tags."""
        return self.any or f'"{version}"' in self.tags


def require(condition: Condition | None, version: int) -> None:
    """Raise PreconditionFailed when there is a condition and it does not hold."""
    if condition is not None and not condition.holds(version):
        raise PreconditionFailed(
            f"The resource is at version {etag(version)} now; read it again and repeat the change on that."
        )
