"""From a user's document to the profile that the platform sees: which attribute fills which field.

Law: pure. A profile is computed from the stored document whenever it is read, so that a changed mapping holds for every
user at once, those that are gone included; nothing of it is stored. What a mapping names has to be there when it is
made; where an attribute is gone later, its field is empty and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

import orjson

from muster.scim.characteristics import Returned, Type
from muster.scim.dialect import STRICT
from muster.scim.errors import ScimError
from muster.scim.evaluate import element_matches
from muster.scim.expression import Path
from muster.scim.path import parse_path
from muster.scim.schema import ENTERPRISE_USER, Attribute, ResourceType

Transform = Literal["none", "lower", "trim"]
TRANSFORMS: Final[tuple[Transform, ...]] = get_args(Transform)

_NOT_OF_THE_DOCUMENT: Final = ("id", "meta", "groups", "schemas", "active")
_CHANGED: Final[Mapping[str, Callable[[str], str]]] = {"none": str, "lower": str.lower, "trim": str.strip}


class Source(NamedTuple):
    """Where a field of the profile comes from: a SCIM path, and what is done to the value on the way."""

    field: str
    source: str
    transform: Transform = "none"
    warn_when_missing: bool = False


class Profile(NamedTuple):
    """A user as the platform sees it: each mapped field with its value, and what is missing though it was asked for."""

    fields: Mapping[str, str | None]
    warnings: Sequence[str]


class MappingError(ValueError):
    """A mapping that cannot be used; `place` is the number of the entry that is at fault."""

    def __init__(self, detail: str, place: int) -> None:
        super().__init__(detail)
        self.place = place


_WORK_ADDRESS: Final = 'addresses[type eq "work"]'

DEFAULT_MAPPING: Final = (
    Source("username", "userName", warn_when_missing=True),
    Source("first_name", "name.givenName"),
    Source("last_name", "name.familyName"),
    Source("email", 'emails[type eq "work"].value', warn_when_missing=True),
    Source("mobile_number", 'phoneNumbers[type eq "mobile"].value'),
    Source("work_number", 'phoneNumbers[type eq "work"].value'),
    Source("position", "title"),
    Source("street_address", f"{_WORK_ADDRESS}.streetAddress"),
    Source("city", f"{_WORK_ADDRESS}.locality"),
    Source("state", f"{_WORK_ADDRESS}.region"),
    Source("postal_code", f"{_WORK_ADDRESS}.postalCode"),
    Source("country", f"{_WORK_ADDRESS}.country"),
)
"""What every provider's attributes come in as, and so what a connection begins with, whichever it is."""

_MORE: Final = (
    Source("display_name", "displayName"),
    Source("language", "preferredLanguage"),
    Source("time_zone", "timezone"),
    Source("employee_number", f"{ENTERPRISE_USER}:employeeNumber"),
    Source("department", f"{ENTERPRISE_USER}:department"),
    Source("division", f"{ENTERPRISE_USER}:division"),
    Source("cost_center", f"{ENTERPRISE_USER}:costCenter"),
    Source("company", f"{ENTERPRISE_USER}:organization"),
    Source("manager", f"{ENTERPRISE_USER}:manager.value"),
)

FIELDS: Final = tuple(one.field for one in (*DEFAULT_MAPPING, *_MORE))
"""Every field that a profile may have; those behind the default ones are filled only where a mapping says from what."""


def dumped(sources: Sequence[Source]) -> str:
    """Return a mapping as it is stored."""
    return orjson.dumps([one._asdict() for one in sources]).decode()


def loaded(stored: str | None) -> tuple[Source, ...]:
    """Return a mapping from how it is stored; None is the default one."""
    if stored is None:
        return DEFAULT_MAPPING
    return tuple(Source(**one) for one in orjson.loads(stored))


def checked(sources: Sequence[Source], resource_type: ResourceType) -> tuple[Source, ...]:
    """Return a mapping that can be used with the organization's users.

    Raises `MappingError` naming the field or path that is not known, cannot be mapped, or stands twice.
    """
    seen: set[str] = set()
    for place, one in enumerate(sources):
        if one.field not in FIELDS:
            raise MappingError(f"There is no field {one.field[:64]!r}; there are {', '.join(FIELDS)}.", place)
        if one.field in seen:
            raise MappingError(f"{one.field}: a field has one source.", place)
        if one.transform not in TRANSFORMS:
            raise MappingError(f"{one.field}: a transform is one of {', '.join(TRANSFORMS)}.", place)
        seen.add(one.field)
        _check_path(one, resource_type, place)
    return tuple(sources)


def _check_path(one: Source, resource_type: ResourceType, place: int) -> None:
    try:
        path = parse_path(one.source, resource_type, STRICT)
    except ScimError as error:
        raise MappingError(f"{one.field}: {error.detail}", place) from None
    attribute = path.sub or path.attribute
    if attribute is None or attribute.type is Type.COMPLEX:
        raise MappingError(f"{one.field}: {one.source} holds several values; name one of them.", place)
    top = path.attribute
    if top is None or top.path in _NOT_OF_THE_DOCUMENT or attribute.returned is Returned.NEVER:
        raise MappingError(f"{one.field}: {attribute.path} cannot be mapped.", place)


class Mapped:
    """A mapping understood once, for as many users as there are."""

    def __init__(self, sources: Sequence[Source], resource_type: ResourceType) -> None:
        self._sources = [(one, _understood(one, resource_type)) for one in sources]

    def profile(self, document: Mapping[str, Any]) -> Profile:
        """Return the profile that the mapping makes of a user's document."""
        fields: dict[str, str | None] = {}
        warnings: list[str] = []
        for one, path in self._sources:
            value = None if path is None else _value(path, document)
            fields[one.field] = (_CHANGED[one.transform](value) or None) if value else None
            if path is None:
                warnings.append(f"{one.field}: {one.source} is not known any more")
            elif fields[one.field] is None and one.warn_when_missing:
                warnings.append(f"{one.field}: {one.source} is missing")
        return Profile(fields, warnings)


def _understood(one: Source, resource_type: ResourceType) -> Path | None:
    try:
        return parse_path(one.source, resource_type, STRICT)
    except ScimError:
        return None


def _value(path: Path, document: Mapping[str, Any]) -> str | None:
    """Return the first value at a path: that of the primary element, else of the first one that there is."""
    attribute = path.attribute
    if attribute is None:
        return None
    for element in _elements(attribute, document):
        if path.filter is not None and not element_matches(path.filter, element):
            continue
        value = element
        if path.sub is not None:
            value = element.get(path.sub.name) if isinstance(element, dict) else None
        if isinstance(value, list):
            value = value[0] if value else None
        if value not in (None, ""):
            return _text(value)
    return None


def _elements(attribute: Attribute, document: Mapping[str, Any]) -> Sequence[Any]:
    """Return the values of an attribute, the primary one first."""
    holder = document if attribute.extension is None else document.get(attribute.extension, {})
    value = holder.get(attribute.name)
    if not isinstance(value, list):
        return [] if value is None else [value]
    return sorted(value, key=lambda one: not (isinstance(one, dict) and one.get("primary") is True))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
