"""Filters: text in, a tree bound to a resource type's attributes out (RFC 7644 §3.4.2.2).

Law: what is accepted can be evaluated; what is not is `InvalidFilter` with the place and what was expected. Length,
depth and number of nodes are bounded before they cost anything (R168).

    FILTER    = AND *(SP "or" SP AND)
    AND       = TERM *(SP "and" SP TERM)
    TERM      = ["not" *SP] "(" FILTER ")" / name "[" FILTER "]" ["." sub SP op SP value] / name SP ("pr" / op SP value)

Between brackets names are those of sub-attributes and brackets do not nest (erratum 4690). More spaces than the
grammar's are accepted; `not` may stand apart from its parenthesis (erratum 7319).
"""

from __future__ import annotations

from typing import Final

from muster.scim import comparison
from muster.scim.characteristics import Type
from muster.scim.dialect import Dialect, Notes
from muster.scim.errors import InvalidFilter
from muster.scim.expression import And, Constant, Filter, Literal, Not, Operator, Or, Present, ValuePath
from muster.scim.grammar import Kind, Malformed, Token, Tokens, check_length, literal, shown
from muster.scim.limits import MAX_FILTER_DEPTH, MAX_FILTER_NODES
from muster.scim.names import Names
from muster.scim.schema import Attribute, ResourceType, Schema

_OPERATORS: Final = {str(operator): operator for operator in Operator}
_OPERATOR_WANTED: Final = f"one of the operators {', '.join(_OPERATORS)} and pr"
_TERM_WANTED: Final = 'an attribute, "not" or "("'


def parse_filter(
    text: str,
    resource_type: ResourceType,
    dialect: Dialect,
    *,
    all_types: bool = False,
    notes: Notes | None = None,
) -> Filter:
    """Return the filter `text` bound to the attributes of `resource_type`.

    With `all_types`, for a query over all resource types, an attribute unknown to this one has no value (R140, R154)
    and its comparison becomes a `Constant`; otherwise it is an error. Tolerances used are added to `notes`.
    Raises InvalidFilter.
    """
    try:
        check_length(text)
        parser = FilterParser(Tokens(text), Names(resource_type, dialect, notes), all_types=all_types)
        return parser.whole()
    except Malformed as error:
        raise InvalidFilter(f"The filter cannot be used. {error}") from None


class FilterParser:
    """The recursive descent over one text; a path uses it for the filter between its brackets."""

    __slots__ = ("_all_types", "_depth", "_element_of", "_inside", "_names", "_nodes", "_tokens")

    def __init__(self, tokens: Tokens, names: Names, *, all_types: bool = False) -> None:
        self._tokens = tokens
        self._names = names
        self._all_types = all_types
        self._depth = 0
        self._nodes = 0
        self._inside = False
        self._element_of: Attribute | None = None

    def whole(self) -> Filter:
        """Return the filter that is the whole text. Raises `Malformed`."""
        node = self._disjunction()
        self._tokens.expect_end('"and", "or"')
        return node

    def bracketed(self, attribute: Attribute | None) -> Filter:
        """Return the filter between brackets on the elements of `attribute`; None when no resource has it.

        Raises `Malformed`.
        """
        self._enter(self._tokens.expect_mark("["))
        self._inside, self._element_of = True, attribute
        node = self._disjunction()
        self._inside, self._element_of = False, None
        self._leave("]")
        return node

    def _disjunction(self) -> Filter:
        operands = [self._conjunction()]
        while self._joined_by("or"):
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else self._counted(Or(tuple(operands)))

    def _conjunction(self) -> Filter:
        operands = [self._term()]
        while self._joined_by("and"):
            operands.append(self._term())
        return operands[0] if len(operands) == 1 else self._counted(And(tuple(operands)))

    def _joined_by(self, word: str) -> bool:
        tokens = self._tokens
        if not tokens.head.is_word(word):
            return False
        if not tokens.take().spaced or not tokens.head.spaced:
            tokens.head.expected(f'a space on either side of "{word}"')
        return True

    def _term(self) -> Filter:
        token = self._tokens.take()
        if token.is_mark("("):
            return self._group(token)
        if token.kind is not Kind.WORD:
            token.expected(_TERM_WANTED)
        if token.text.lower() == "not":
            return self._counted(Not(self._group(self._tokens.expect_mark("("))))
        if self._tokens.head.is_mark("["):
            return self._value_path(token)
        return self._expression(token, self._named(token))

    def _group(self, opening: Token) -> Filter:
        self._enter(opening)
        node = self._disjunction()
        self._leave(")")
        return node

    def _enter(self, opening: Token) -> None:
        self._depth += 1
        if self._depth > MAX_FILTER_DEPTH:
            raise Malformed(opening.position, f"nested deeper than {MAX_FILTER_DEPTH} levels")

    def _leave(self, closing: str) -> None:
        self._tokens.expect_mark(closing)
        self._depth -= 1

    def _counted(self, node: Filter) -> Filter:
        self._nodes += 1
        if self._nodes > MAX_FILTER_NODES:
            raise Malformed(None, f"More than {MAX_FILTER_NODES} comparisons and operators")
        return node

    # --- value paths ---------------------------------------------------------------------------------------------

    def _value_path(self, name: Token) -> Filter:
        if self._inside:
            self._tokens.head.expected("a comparison: brackets cannot stand inside brackets")
        attribute = self._named(name)
        if isinstance(attribute, Schema) or (attribute is not None and not is_list(attribute)):
            raise Malformed(name.position, "only a multi-valued attribute can have brackets")
        inner = self.bracketed(attribute)
        sub = self._tokens.head
        if sub.kind is Kind.WORD and not sub.spaced and sub.text.startswith("."):
            inner = self._and_sub(inner, self._sub_comparison(attribute, self._tokens.take()))
        return self._counted(Constant(value=False) if attribute is None else ValuePath(attribute, inner))

    def _sub_comparison(self, attribute: Attribute | None, sub: Token) -> Filter:
        """Return `.value eq "x"` after the brackets as a comparison of the element (Entra, R166)."""
        if not self._names.dialect.value_path_sub_filter:
            sub.expected('"and", "or" or the end')
        self._names.note("value_path_sub_filter", attribute.path if attribute else sub.text)
        found = None if attribute is None else attribute.sub(sub.text[1:])
        if found is None:
            self._unknown(sub)
        else:
            comparison.check_filterable(found, sub.position)
        return self._expression(sub, found)

    def _and_sub(self, inner: Filter, last: Filter) -> Filter:
        operands = inner.operands if isinstance(inner, And) else (inner,)
        return self._counted(And((*operands, last)))

    # --- attributes and comparisons --------------------------------------------------------------------------------

    def _named(self, name: Token) -> Attribute | Schema | None:
        """Return what the name stands for; None for an attribute that this resource type does not have."""
        found = self._sub(name.text) if self._inside else self._top(name.text)
        if found is None:
            self._unknown(name)
        elif isinstance(found, Attribute):
            comparison.check_filterable(found, name.position)
        return found

    def _top(self, name: str) -> Attribute | Schema | None:
        found = self._names.find(name)
        if found is None:
            return None
        return found.sub or found.attribute or found.extension

    def _sub(self, name: str) -> Attribute | None:
        attribute = self._element_of
        if attribute is None or attribute.type is Type.COMPLEX:
            return attribute and attribute.sub(name)
        return attribute if name.lower() == "value" else None

    def _unknown(self, name: Token) -> None:
        if not self._all_types:
            what = f"a sub-attribute of {self._element_of.path}" if self._element_of else "an attribute"
            raise Malformed(name.position, f"{shown(name.text)} is not {what} that this resource type has")

    def _expression(self, name: Token, attribute: Attribute | Schema | None) -> Filter:
        token = self._tokens.take()
        word = token.text.lower()
        if token.kind is Kind.WORD and word == "pr":
            return self._counted(self._presence(name, attribute))
        operator = _OPERATORS.get(word) if token.kind is Kind.WORD else None
        if operator is None:
            found = f", not {shown(token.text)}" if token.kind is Kind.WORD else ""
            token.expected(_OPERATOR_WANTED + found)
        value = self._tokens.take()
        wanted = literal(value)
        if not value.spaced:
            value.expected("a space before the value")
        if attribute is None:
            return self._counted(Constant(comparison.absent(operator, wanted)))
        return self._counted(self._comparison(attribute, operator, wanted, (name, token, value)))

    def _presence(self, name: Token, attribute: Attribute | Schema | None) -> Filter:
        if attribute is None:
            return Constant(value=False)
        if isinstance(attribute, Schema):
            return comparison.extension_presence(attribute, name.position)
        return Present(attribute)

    def _comparison(
        self,
        attribute: Attribute | Schema,
        operator: Operator,
        wanted: Literal,
        at: tuple[Token, Token, Token],
    ) -> Filter:
        name, operator_token, value = at
        if isinstance(attribute, Schema):
            raise Malformed(
                operator_token.position, "expected pr: an extension as a whole can only be present"
            )
        if wanted is None:
            return comparison.null_comparison(attribute, operator, operator_token.position)
        if attribute.type is Type.COMPLEX:
            attribute = comparison.value_of(attribute, name.position)
            comparison.check_filterable(attribute, name.position)
        comparison.check_operator(attribute, operator, operator_token.position)
        return comparison.comparison(attribute, operator, wanted, value.position, self._names)


def is_list(attribute: Attribute) -> bool:
    """Whether brackets may follow the attribute: it is multi-valued, and not itself a sub-attribute."""
    return attribute.multi_valued and attribute.parent is None
