"""From the words of a comparison to the leaf of a filter: names looked up, operators and literals checked.

Law: a binder is for one text. It knows between which brackets it stands, so that a name there means a sub-attribute;
an attribute that the resource type does not have is an error, or has no value where all types are asked (R140).
"""

from __future__ import annotations

from typing import Final

from muster.scim import comparison
from muster.scim.characteristics import Type
from muster.scim.expression import Constant, Filter, Operator, Present
from muster.scim.grammar import Kind, Malformed, Token, literal, shown
from muster.scim.names import Names
from muster.scim.schema import Attribute, Schema

OPERATORS: Final = {str(operator): operator for operator in Operator}
OPERATOR_WANTED: Final = f"one of the operators {', '.join(OPERATORS)} and pr"

# What a name is bound to: an attribute, a whole extension, or nothing that this resource type has.
Bound = Attribute | Schema | None


class Binder:
    """Binds the names and values of one filter or path. Every method raises `Malformed` for what cannot be bound."""

    __slots__ = ("_all_types", "_element_of", "inside", "names")

    def __init__(self, names: Names, *, all_types: bool = False) -> None:
        self.names = names
        self.inside = False
        self._all_types = all_types
        self._element_of: Attribute | None = None

    def enter(self, attribute: Attribute | None) -> None:
        """From here on names are those of `attribute`'s elements; None when no resource of the type has it."""
        self.inside, self._element_of = True, attribute

    def leave(self) -> None:
        """From here on names are those of the resource again."""
        self.inside, self._element_of = False, None

    def name(self, name: Token) -> Bound:
        """Return what the name stands for here; None, where that is allowed, when for nothing."""
        found = self._element_name(name.text) if self.inside else self._resource_name(name.text)
        return self._checked(name, found)

    def list_name(self, name: Token) -> Attribute | None:
        """Return the multi-valued attribute that may have brackets."""
        found = self.name(name)
        if isinstance(found, Schema) or not (found is None or is_list(found)):
            raise Malformed(name.position, "only a multi-valued attribute can have brackets")
        return found

    def sub_name(self, attribute: Attribute | None, name: Token) -> Bound:
        """Return the sub-attribute of `.value` after brackets, where the dialect takes it in a filter (R166)."""
        if not self.names.dialect.value_path_sub_filter:
            name.expected('"and", "or" or the end')
        self.names.note("value_path_sub_filter", attribute.path if attribute else name.text)
        return self._checked(name, attribute and attribute.sub(name.text[1:]))

    def presence(self, name: Token, bound: Bound) -> Filter:
        """Return the leaf `name pr`."""
        if bound is None:
            return Constant(value=False)
        if isinstance(bound, Schema):
            return comparison.extension_presence(bound, name.position)
        return Present(bound)

    def comparison(self, name: Token, bound: Bound, word: Token, value: Token) -> Filter:
        """Return the leaf `name op value`."""
        operator = _operator(word)
        wanted = literal(value)
        if not value.spaced:
            value.expected("a space before the value")
        if bound is None:
            return Constant(comparison.absent(operator, wanted))
        if isinstance(bound, Schema):
            raise Malformed(word.position, "expected pr: an extension as a whole can only be present")
        if wanted is None:
            return comparison.null_comparison(bound, operator, word.position)
        if bound.type is Type.COMPLEX:
            bound = comparison.value_of(bound, name.position)
            comparison.check_filterable(bound, name.position)
        comparison.check_operator(bound, operator, word.position)
        return comparison.comparison(bound, operator, wanted, value.position, self.names)

    def _checked(self, name: Token, found: Bound) -> Bound:
        if isinstance(found, Attribute):
            comparison.check_filterable(found, name.position)
        elif found is None and not self._all_types:
            of = self._element_of
            what = f"a sub-attribute of {of.path}" if of else "an attribute"
            raise Malformed(name.position, f"{shown(name.text)} is not {what} that this resource type has")
        return found

    def _resource_name(self, name: str) -> Bound:
        found = self.names.find(name)
        return found and (found.sub or found.attribute or found.extension)

    def _element_name(self, name: str) -> Attribute | None:
        attribute = self._element_of
        if attribute is None or attribute.type is Type.COMPLEX:
            return attribute and attribute.sub(name)
        return attribute if name.lower() == "value" else None


def is_list(attribute: Attribute) -> bool:
    """Whether brackets may follow the attribute: it is multi-valued, and not itself a sub-attribute."""
    return attribute.multi_valued and attribute.parent is None


def _operator(word: Token) -> Operator:
    operator = OPERATORS.get(word.text.lower()) if word.kind is Kind.WORD else None
    if operator is None:
        word.expected(OPERATOR_WANTED + (f", not {shown(word.text)}" if word.kind is Kind.WORD else ""))
    return operator
