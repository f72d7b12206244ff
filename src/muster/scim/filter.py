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

from functools import lru_cache
from typing import Final

from muster.scim.binding import OPERATOR_WANTED, Binder, Bound
from muster.scim.characteristics import Type
from muster.scim.dialect import Dialect, Notes
from muster.scim.errors import InvalidFilter
from muster.scim.expression import And, Compare, Constant, Filter, Not, Operator, Or, ValuePath
from muster.scim.grammar import Kind, Malformed, Token, Tokens, check_length, simple_comparison
from muster.scim.limits import MAX_FILTER_DEPTH, MAX_FILTER_NODES
from muster.scim.names import Names
from muster.scim.schema import Attribute, ResourceType
from muster.scim.value import key

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
        simple = simple_comparison(text)
        if simple:
            known = _look_up(simple[0].text, simple[1].text, resource_type, dialect)
            if known is not None:
                literal = simple[2].text[1:-1]
                return Compare(*known, literal, key(known[0], literal))
        binder = Binder(Names(resource_type, dialect, notes), all_types=all_types)
        if simple:
            name, operator, value = simple
            return binder.comparison(name, binder.name(name), operator, value)
        return FilterParser(Tokens(text), binder).whole()
    except Malformed as error:
        raise InvalidFilter(f"The filter cannot be used. {error}") from None


@lru_cache(maxsize=1024)
def _look_up(
    name: str, operator: str, resource_type: ResourceType, dialect: Dialect
) -> tuple[Attribute, Operator] | None:
    """Return what a comparison with a string is bound to where any string will do and nothing is noted; else None.

    Kept, because an IdP asks for one person after another in the same words.
    """
    notes = Notes()
    binder = Binder(Names(resource_type, dialect, notes))
    word = Token(Kind.WORD, name, 1, spaced=False)
    middle = Token(Kind.WORD, operator, 2, spaced=True)
    try:
        leaf = binder.comparison(word, binder.name(word), middle, Token(Kind.STRING, '"x"', 3, spaced=True))
    except Malformed:
        return None
    if not isinstance(leaf, Compare) or leaf.attribute.type is not Type.STRING or notes.items:
        return None
    return leaf.attribute, leaf.operator


class FilterParser:
    """The recursive descent over one text; a path uses it for the filter between its brackets."""

    __slots__ = ("_binder", "_depth", "_nodes", "_tokens")

    def __init__(self, tokens: Tokens, binder: Binder) -> None:
        self._tokens = tokens
        self._binder = binder
        self._depth = 0
        self._nodes = 0

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
        self._binder.enter(attribute)
        node = self._disjunction()
        self._binder.leave()
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
        for token in (tokens.take(), tokens.head):
            if not token.spaced:
                token.expected(f'a space on either side of "{word}"')
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
        return self._expression(token, self._binder.name(token))

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

    def _value_path(self, name: Token) -> Filter:
        if self._binder.inside:
            self._tokens.head.expected("a comparison: brackets cannot stand inside brackets")
        attribute = self._binder.list_name(name)
        inner = self.bracketed(attribute)
        sub = self._tokens.head
        if sub.kind is Kind.WORD and not sub.spaced and sub.text.startswith("."):
            last = self._expression(self._tokens.take(), self._binder.sub_name(attribute, sub))
            operands = inner.operands if isinstance(inner, And) else (inner,)
            inner = self._counted(And((*operands, last)))
        return self._counted(Constant(value=False) if attribute is None else ValuePath(attribute, inner))

    def _expression(self, name: Token, bound: Bound) -> Filter:
        word = self._tokens.take()
        if word.is_word("pr"):
            return self._counted(self._binder.presence(name, bound))
        if word.kind is not Kind.WORD:
            word.expected(OPERATOR_WANTED)
        return self._counted(self._binder.comparison(name, bound, word, self._tokens.take()))
