"""Dialects: the named tolerances for what real clients send, and the notes they leave.

Law: a tolerance is a field of `Dialect` and nothing else switches it; each time one changes what a request meant, it
adds a `Note`, which the request log keeps. The strict dialect has them all off: RFC 7643 and RFC 7644 to the letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """Which deviations are understood. The catalogue of who sends what is docs/reference/scim.md."""

    name: str
    string_booleans: bool = True  # "False" for false (Entra, Keycloak, OneLogin)
    unknown_attributes: bool = True  # ignored and noted; strict: 400 invalidSyntax
    unknown_schemas: bool = True  # an unknown URN in `schemas` is ignored (Entra's groups)
    missing_schemas: bool = True  # a body without `schemas` (scimgateway)
    unlisted_extensions: bool = True  # an extension object whose URN is not in `schemas` (Entra)
    create_missing_element: bool = (
        True  # add/replace at `emails[type eq "work"].value` with no such element (Entra)
    )
    remove_listed_values: bool = (
        True  # `remove` with a value removes the listed ones (Entra, AWS tools); strict: 400
    )
    bare_values: bool = (
        True  # a string where a complex value is wanted means its `value` (Entra's manager, members)
    )
    single_from_list: bool = True  # a list of one for a single-valued attribute (Entra's manager)
    list_from_single: bool = True  # one value for several in a body; PATCH takes one in any dialect (R216)
    empty_is_unassigned: bool = True  # "" clears an optional attribute (Entra)
    path_keys: bool = True  # a value path as key of a path-less operation (Entra with its flag)
    value_path_sub_filter: bool = True  # `emails[type eq "work"].value eq "x"` in a filter (Entra)
    unqualified_names: bool = (
        True  # `manager` in a filter or path for the extension's, where no other is meant (Entra)
    )
    dot_after_urn: bool = True  # `urn:…:User.manager` in a filter or path (Microsoft's Postman collection)
    formats_unchecked: bool = True  # locale, profileUrl, country, … stored as sent (Microsoft's validator)

    @property
    def strict(self) -> bool:
        """Whether this is the strict dialect."""
        return self.name == "strict"


DEFAULT = Dialect("default")
STRICT = Dialect("strict", *(False for _ in fields(Dialect)[1:]))


@dataclass(frozen=True, slots=True)
class Note:
    """What a rule did, and where: a field of `Dialect`, or `read_only`, `no_change`, `password_discarded`."""

    rule: str
    where: str


@dataclass(slots=True)
class Notes:
    """The notes of one request, in order; collected as the request is understood."""

    items: list[Note] = field(default_factory=list)

    def add(self, rule: str, where: str) -> None:
        """Add a note unless the same one is there already."""
        note = Note(rule, where)
        if note not in self.items:
            self.items.append(note)
