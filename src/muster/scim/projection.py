"""Which attributes are part of an answer: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9).

Law: what is `never` returned, or only written, leaves no projection; what is `always` returned is in each. A
projection is worked out once for a request and then applied to any number of resources.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from muster.scim.characteristics import Mutability, Returned
from muster.scim.dialect import STRICT, Dialect, Notes
from muster.scim.errors import InvalidSyntax
from muster.scim.names import Found, Names
from muster.scim.schema import Attribute, ResourceType

# What is kept of a value: True is all of it, a mapping the named parts of it. What is dropped has no rule.
_Rule = bool | Mapping[str, "_Rule"]
_Rules = Mapping[str, _Rule]

# Accepted and never stored, so that no stored resource has it to be removed.
_NEVER_STORED = frozenset({"password"})


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is kept of each attribute.

    `only` are the canonical paths that `attributes` names, or None when it was not given; `without` those
    that `excludedAttributes` names; `sent` the lower-case paths of what the client wrote. The URN of an
    extension is in `only` or `without` where the whole of it is named.
    """

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    sent: frozenset[str] = frozenset()

    def rule(self, attribute: Attribute) -> _Rule | None:
        """Return what is kept of a top-level attribute; None when nothing is."""
        if _hidden(attribute):
            return None
        return self._unless_excluded(attribute) if self.only is None else self._if_named(attribute, self.only)

    def _if_named(self, attribute: Attribute, only: frozenset[str]) -> _Rule | None:
        in_extension = attribute.extension in only and self._usual(attribute)
        if attribute.path in only or in_extension or attribute.returned is Returned.ALWAYS:
            return _parts(attribute, lambda sub: sub.path in only or self._usual(sub))
        if any(sub.path in only and not _hidden(sub) for sub in attribute.sub_attributes.values()):
            return _parts(attribute, lambda sub: sub.path in only or sub.returned is Returned.ALWAYS)
        return None

    def _unless_excluded(self, attribute: Attribute) -> _Rule | None:
        excluded = attribute.path in self.without or attribute.extension in self.without
        if not self._usual(attribute) or (excluded and attribute.returned is not Returned.ALWAYS):
            return None
        return _parts(attribute, self._sub_unless_excluded)

    def _sub_unless_excluded(self, sub: Attribute) -> bool:
        return self._usual(sub) and (sub.returned is Returned.ALWAYS or sub.path not in self.without)

    def _usual(self, attribute: Attribute) -> bool:
        """Say whether the attribute is returned without being named: always, by default, or on request and sent."""
        return attribute.returned is not Returned.REQUEST or self._was_sent(attribute.parent or attribute)

    def _was_sent(self, top: Attribute) -> bool:
        return top.path.lower() in self.sent


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What a request wants of each resource of one type.

    `is_default`: the answer is the stored resource as it stands; there is nothing to choose or remove.
    """

    resource_type: ResourceType
    is_default: bool
    _choice: _Choice
    _rules: _Rules

    @classmethod
    def parse(
        cls,
        attributes: Collection[str] | None,
        excluded: Collection[str] | None,
        resource_type: ResourceType,
        dialect: Dialect = STRICT,
        notes: Notes | None = None,
    ) -> Projection:
        """Return the projection that a request names; None and no names at all are the same (R183 to R187).

        Names may be of any letter case, with a sub-attribute, qualified by a URN, or the URN of an
        extension; those that name nothing are ignored. Raises InvalidSyntax when both are given.
        """
        if attributes and excluded:
            raise InvalidSyntax("attributes and excludedAttributes exclude each other; give one of them")
        names = Names(resource_type, dialect, notes)
        if attributes:
            choice = _Choice(only=_paths(attributes, names))
        elif excluded and (without := _paths(excluded, names)):
            choice = _Choice(without=without)
        else:
            return _default(resource_type)
        return cls(resource_type, is_default=False, _choice=choice, _rules=_rules(resource_type, choice))

    def wants(self, path: str) -> bool:
        """Say whether the answer may have the attribute, sub-attribute or extension with this canonical path.

        Where it may not, a store need not load the value: `members`, `members.display`, `groups`.
        """
        if path in self._rules:
            return True
        found = Names(self.resource_type, STRICT).find(path)
        return found is not None and _has(self._rules, _steps(found))

    def apply(self, resource: dict[str, Any], *, sent: Collection[str] = ()) -> dict[str, Any]:
        """Return what is answered of `resource`, in its order; a complex value left without parts is left out.

        `sent` are the lower-case paths of the top-level attributes that the client sent in a write, those of
        extensions with their URN; other names do no harm. What is returned on request is then returned by
        default (R051).
        """
        if self.is_default:
            return resource
        promoted = _on_request(self.resource_type).intersection(sent)
        if not promoted:
            return _kept(resource, self._rules)
        choice = replace(self._choice, sent=promoted)
        return _kept(resource, _rules(self.resource_type, choice))


@lru_cache(maxsize=256)
def _default(resource_type: ResourceType) -> Projection:
    """Return the projection of a request that names nothing."""
    choice = _Choice()
    whole = all(
        choice.rule(attribute) is True or attribute.path in _NEVER_STORED
        for attribute in resource_type.every_attribute()
    )
    return Projection(resource_type, is_default=whole, _choice=choice, _rules=_rules(resource_type, choice))


@lru_cache(maxsize=256)
def _on_request(resource_type: ResourceType) -> frozenset[str]:
    """Return the lower-case paths of the attributes that are, or have parts that are, returned on request."""
    tops = [
        attribute
        for attribute in resource_type.every_attribute()
        if any(part.returned is Returned.REQUEST for part in (attribute, *attribute.sub_attributes.values()))
    ]
    return frozenset(top.path.lower() for top in tops)


def _hidden(attribute: Attribute) -> bool:
    return attribute.returned is Returned.NEVER or attribute.mutability is Mutability.WRITE_ONLY


def _parts(attribute: Attribute, keeps: Callable[[Attribute], bool]) -> _Rule | None:
    """Return the rule that keeps the sub-attributes for which `keeps` holds; a simple attribute is kept whole."""
    subs = attribute.sub_attributes.values()
    return _all_or_some({sub.name: True for sub in subs if keeps(sub) and not _hidden(sub)}, len(subs))


def _all_or_some(rules: _Rules, of: int) -> _Rule | None:
    if len(rules) == of and all(rule is True for rule in rules.values()):
        return True
    return rules or None


@lru_cache(maxsize=256)
def _rules(resource_type: ResourceType, choice: _Choice) -> _Rules:
    """Return what is kept of each attribute and extension; remembered, since a client asks the same again and again."""
    rules = dict(_each(resource_type.attributes.values(), choice))
    for extension in resource_type.extensions.values():
        rule = _all_or_some(_each(extension.attributes.values(), choice), len(extension.attributes))
        if rule is not None:
            rules[extension.id] = rule
    return rules


def _each(attributes: Iterable[Attribute], choice: _Choice) -> _Rules:
    return {attribute.name: rule for attribute in attributes if (rule := choice.rule(attribute)) is not None}


def _paths(given: Iterable[str], names: Names) -> frozenset[str]:
    """Return the canonical paths of the names that name something."""
    found = (names.find(name) for name in given)
    return frozenset(_path(named) for named in found if named is not None)


def _path(found: Found) -> str:
    attribute = found.sub or found.attribute
    if attribute is not None:
        return attribute.path
    return found.extension.id if found.extension is not None else ""


def _steps(found: Found) -> list[str]:
    """Return the names that lead from a resource to what was found."""
    attribute = found.attribute
    start = attribute.extension if attribute is not None else found.extension and found.extension.id
    steps = (start, attribute and attribute.name, found.sub and found.sub.name)
    return [step for step in steps if step]


def _has(rule: _Rule, steps: list[str]) -> bool:
    for step in steps:
        if not isinstance(rule, Mapping):
            return rule
        if step not in rule:
            return False
        rule = rule[step]
    return True


def _kept(value: Mapping[str, Any], rules: _Rules) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, part in value.items():
        rule = rules.get(name)
        if rule is True:
            kept[name] = part
        elif isinstance(rule, Mapping):
            left = _of_complex(part, rule)
            if left:
                kept[name] = left
    return kept


def _of_complex(value: Any, rules: _Rules) -> Any:
    """Return what is left of a complex value, or of each in a list of them; what is left empty is dropped."""
    if isinstance(value, list):
        return [left for element in value if (left := _of_complex(element, rules))]
    return _kept(value, rules) if isinstance(value, Mapping) else None
