"""Filters: syntax tree, parser and printer (RFC 7644 section 3.4.2.2).

The tree is what was written. What it means for a resource type - attributes resolved, literals
turned into comparison keys, negation at the leaves - is made of it in
:mod:`flask_scim_teams.core.conditions`.
"""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass
from typing import TypeAlias

from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.lexer import Kind
from flask_scim_teams.core.lexer import Token
from flask_scim_teams.core.lexer import excerpt
from flask_scim_teams.core.lexer import tokens

#: Most comparisons in one filter.
MAX_TERMS = 100

_ATTRNAME = r"(?:[A-Za-z][A-Za-z0-9_$-]*|\$ref)"
_NAME = re.compile(
    rf"(?:(?P<urn>urn:[A-Za-z0-9_.:-]*[A-Za-z0-9_-]):)?(?P<attribute>{_ATTRNAME})(?:\.(?P<sub>{_ATTRNAME}))?",
    re.IGNORECASE,
)

Literal: TypeAlias = str | int | float | bool | None

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Operator(enum.StrEnum):
    """Comparison operators; ``pr`` has a node of its own."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class Name:
    """An attribute as it was written: ``[URN ":"] attribute ["." sub-attribute]``."""

    urn: str | None
    attribute: str
    sub_attribute: str | None = None

    def __str__(self) -> str:
        prefix = f"{self.urn}:" if self.urn else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{prefix}{self.attribute}{suffix}"


@dataclass(frozen=True, slots=True)
class Compare:
    """``attrPath op value``."""

    name: Name
    operator: Operator
    value: Literal

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Present:
    """``attrPath pr``."""

    name: Name

    def __str__(self) -> str:
        return f"{self.name} pr"


@dataclass(frozen=True, slots=True)
class ValuePath:
    """``attrPath[filter]``: one and the same element satisfies the filter."""

    name: Name
    filter: Filter

    def __str__(self) -> str:
        return f"{self.name}[{self.filter}]"


@dataclass(frozen=True, slots=True)
class Not:
    """``not (filter)``."""

    filter: Filter

    def __str__(self) -> str:
        return f"not ({self.filter})"


@dataclass(frozen=True, slots=True)
class And:
    """``filter and filter ...``."""

    filters: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(f"({f})" if isinstance(f, And | Or) else str(f) for f in self.filters)


@dataclass(frozen=True, slots=True)
class Or:
    """``filter or filter ...``."""

    filters: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(f"({f})" if isinstance(f, Or) else str(f) for f in self.filters)


Filter: TypeAlias = Compare | Present | ValuePath | Not | And | Or


def parse_filter(text: str) -> Filter:
    """Return the tree of a filter.

    :raises InvalidFilter: if it is empty, malformed, or over the limits of length, depth and
        number of terms.
    """
    parser = Parser(text, InvalidFilter)
    tree = parser.disjunction()
    parser.expect(Kind.END, "'and', 'or' or the end")
    return tree


def parse_name(word: str, error: type[BadRequest] = InvalidFilter) -> Name:
    """attrPath = [URI ":"] ATTRNAME *1subAttr

    A URN ends at its last colon; a dot before that belongs to it (``...:2.0:User:name``).
    """
    match = _NAME.fullmatch(word)
    if match is None:
        raise error(f"{word[:120]!r} is not an attribute path.")
    return Name(match["urn"], match["attribute"], match["sub"])


class Parser:
    """Recursive descent over the tokens; one method a grammar rule, in the grammar's order.

    The lexer has bounded the depth, so that recursion is bounded too.
    """

    def __init__(self, text: str, error: type[BadRequest]) -> None:
        self.text = text
        self.error = error
        self.tokens = tokens(text, error)
        self.index = 0
        self.terms = 0

    @property
    def token(self) -> Token:
        """The token that is next."""
        return self.tokens[self.index]

    def fail(self, expected: str) -> BadRequest:
        """Return the error that says what was expected, and what stands there instead."""
        token = self.token
        if token.kind is Kind.END:
            return self.error(f"Expected {expected}, but the expression ends.")
        return self.error(f"Expected {expected} at {excerpt(self.text, token.position)}.")

    def expect(self, kind: Kind, expected: str) -> Token:
        """Take the next token, which has to be of that kind."""
        token = self.token
        if token.kind is not kind:
            raise self.fail(expected)
        self.index += 1
        return token

    def keyword(self, word: str) -> bool:
        """Take the next token if it is that word, in any letter case."""
        token = self.token
        found = token.kind is Kind.WORD and token.value.lower() == word
        self.index += found
        return found

    def continues(self) -> bool:
        """Whether a sub-attribute follows a bracket: ``emails[...].value``."""
        return self.token.kind is Kind.WORD and self.token.value.startswith(".")

    def disjunction(self) -> Filter:
        """FILTER = conjunction *("or" conjunction)"""
        terms = [self.conjunction()]
        while self.keyword("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def conjunction(self) -> Filter:
        """Conjunction = term *("and" term)"""
        terms = [self.term()]
        while self.keyword("and"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def term(self) -> Filter:
        """Term = attrExp / valuePath / *1"not" "(" FILTER ")" """
        if self.token.kind is Kind.OPEN:
            return self.group()
        if self._is_negation():
            self.index += 1
            return Not(self.group())
        return self.attribute_expression()

    def _is_negation(self) -> bool:
        # "not" is also a legal attribute name: it negates only in front of a parenthesis.
        return (
            self.token.kind is Kind.WORD
            and self.token.value.lower() == "not"
            and self.tokens[self.index + 1].kind is Kind.OPEN
        )

    def group(self) -> Filter:
        """Group = "(" FILTER ")" """
        self.expect(Kind.OPEN, "'('")
        tree = self.disjunction()
        self.expect(Kind.CLOSE, "')'")
        return tree

    def attribute_expression(self) -> Filter:
        """AttrExp = attrPath SP ("pr" / compareOp SP compValue) / valuePath [subAttr ...]"""
        name = self.name()
        if self.token.kind is Kind.BRACKET:
            return self.value_path(name)
        return self.comparison(name)

    def name(self) -> Name:
        """AttrPath, as one word."""
        return parse_name(self.expect(Kind.WORD, "an attribute name").value, self.error)

    def comparison(self, name: Name) -> Filter:
        """Comparison = "pr" / compareOp SP compValue"""
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self.error(f"The expression has more than {MAX_TERMS} comparisons.")
        if self.keyword("pr"):
            return Present(name)
        word = self.expect(Kind.WORD, f"an operator after {name}").value
        try:
            operator = Operator(word.lower())
        except ValueError:
            raise self.error(
                f"{word[:40]!r} is no operator; known are {', '.join(Operator)}, pr."
            ) from None
        return Compare(name, operator, self.literal(operator))

    def literal(self, operator: Operator) -> Literal:
        """CompValue = false / null / true / number / string"""
        token = self.token
        if token.kind in (Kind.STRING, Kind.NUMBER):
            self.index += 1
            value: Literal = token.value
            return value
        if token.kind is Kind.WORD:
            self.index += 1
            word: str = token.value
            return _CONSTANTS[word] if word in _CONSTANTS else self.bare_word(word, operator)
        raise self.fail(f"a value after {operator}")

    def bare_word(self, word: str, operator: Operator) -> Literal:
        """Refuse a word in place of a value: text is in quotes, constants are in small letters."""
        right = word.lower() if word.lower() in _CONSTANTS else f'"{word[:80]}"'
        raise InvalidFilter(f"{word[:80]} is no JSON value: write {operator} {right}.")

    def value_path(self, name: Name) -> Filter:
        """ValuePath = attrPath "[" valFilter "]" """
        inner = self.brackets(name)
        if self.continues():
            sub = parse_name(self.expect(Kind.WORD, "a sub-attribute").value[1:], self.error)
            terms = inner.filters if isinstance(inner, And) else (inner,)
            return self.behind_brackets(ValuePath(name, And((*terms, self.comparison(sub)))))
        return ValuePath(name, inner)

    def behind_brackets(self, meant: ValuePath) -> Filter:
        """Refuse a comparison behind the brackets, saying how to write what seems to be meant."""
        raise InvalidFilter(
            f"Nothing can be compared behind the brackets of {meant.name}: write {meant!s:.200}."
        )

    def brackets(self, name: Name) -> Filter:
        """Brackets = "[" valFilter "]", where value paths do not nest."""
        if name.sub_attribute is not None:
            raise self.error(f"{name} is a sub-attribute: no filter in brackets can follow it.")
        self.expect(Kind.BRACKET, "'['")
        inner = self.disjunction()
        self.expect(Kind.UNBRACKET, "']'")
        return inner
