"""The grammar of filters and paths (RFC 7644 figures 1 and 7), by generated expressions."""

from __future__ import annotations

import json
import random
import string
from dataclasses import replace

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.conditions import bind
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.errors import InvalidPath
from flask_scim_teams.core.filters import And
from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Not
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.filters import Or
from flask_scim_teams.core.filters import Present
from flask_scim_teams.core.filters import ValuePath
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.patch import Target
from flask_scim_teams.core.patch import parse_path
from flask_scim_teams.core.schemas import AttrPath
from flask_scim_teams.core.schemas import ResourceType

EXAMPLES = settings(max_examples=150, deadline=None)

# attrPath = [URI ":"] ATTRNAME *1subAttr; words of the language are names too
urns = st.none() | st.sampled_from(
    ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:x:1.0:Y", "URN:example:a.b_c"]
)
ALPHA = string.ascii_letters
attribute_names = st.builds(
    str.__add__, st.sampled_from(ALPHA), st.text(f"{ALPHA}{string.digits}_-", max_size=6)
) | st.sampled_from(["not", "and", "or", "pr", "eq", "true", "null", "userName", "emails"])
sub_attributes = st.none() | attribute_names | st.just("$ref")
names = st.builds(Name, urns, attribute_names, sub_attributes)

# compValue = false / null / true / number / string
strings = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8
) | st.sampled_from(['"', "\\", 'a") or (b pr', "]", "x\u2028y", "\ud7ff\ue000", "🧑"])
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
literals = strings | numbers | st.booleans() | st.none()


def expressions(of: st.SearchStrategy[Name]) -> st.SearchStrategy[Filter]:
    """AttrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue)"""
    return st.builds(Present, of) | st.builds(Compare, of, st.sampled_from(Operator), literals)


def logical(leaf: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    """LogExp, and groups with and without "not"."""

    def wider(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(Not, inner), st.builds(And, several), st.builds(Or, several))

    return st.recursive(leaf, wider, max_leaves=8)


# valFilter holds no valuePath; valuePath stands before brackets without a sub-attribute
value_filters = logical(expressions(names))
heads = st.builds(Name, urns, attribute_names)
filters = logical(expressions(names) | st.builds(ValuePath, heads, value_filters))


class Writer:
    """Writes a tree in one of the many ways in which the grammar lets it be written."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def write(self, tree: Filter) -> str:
        """Return the text of a filter that may stand next to "and" or "or"."""
        match tree:
            case Present(name):
                text = f"{name}{self.space(1)}{self.word('pr')}"
            case Compare(name, operator, value):
                word = self.word(operator)
                text = f"{name}{self.space(1)}{word}{self.space(1)}{self.literal(value)}"
            case ValuePath(name, inner):
                text = f"{name}{self.space()}[{self.space()}{self.write(inner)}{self.space()}]"
            case Not(inner):
                text = f"{self.word('not')}{self.space()}{self.group(self.write(inner))}"
            case And(terms):
                text = self.join("and", [self.term(term, And | Or) for term in terms])
            case Or(terms):
                text = self.join("or", [self.term(term, Or) for term in terms])
        # Parentheses that change nothing may be put around anything.
        return self.group(text) if self.chance.random() < 0.1 else text

    def term(self, tree: Filter, grouped: object) -> str:
        """Return the text of a term: in a group where it would be read otherwise without."""
        text = self.write(tree)
        return self.group(text) if isinstance(tree, grouped) else text  # type: ignore[arg-type]

    def join(self, word: str, terms: list[str]) -> str:
        """LogExp = FILTER SP ("and" / "or") SP FILTER"""
        text = terms[0]
        for term in terms[1:]:
            text = f"{text}{self.space(1)}{self.word(word)}{self.space(1)}{term}"
        return text

    def group(self, text: str) -> str:
        """Group = "(" FILTER ")" """
        return f"({self.space()}{text}{self.space()})"

    def word(self, word: str) -> str:
        """Return the word in some letter case."""
        return "".join(self.chance.choice((char.lower(), char.upper())) for char in word)

    def space(self, least: int = 0) -> str:
        """Return white space: any amount of it, but some where words would run together."""
        return "".join(self.chance.choices(" \t\r\n", k=least + self.chance.choice((0, 0, 0, 1))))

    def literal(self, value: object) -> str:
        """Return the JSON of a literal, with escapes or without."""
        return json.dumps(value, ensure_ascii=self.chance.random() < 0.5)


@EXAMPLES
@given(filters)
def test_what_is_printed_is_parsed_to_the_same(tree: Filter) -> None:
    # R123-R125, R128-R130
    text = str(tree)
    parsed = parse_filter(text)
    assert parsed == tree
    assert str(parsed) == text


@EXAMPLES
@given(filters, st.randoms(use_true_random=False))
def test_one_tree_has_many_spellings(tree: Filter, chance: random.Random) -> None:
    # R122: letter case of the words; R126: white space; R125: escapes; R123: groups
    assert parse_filter(Writer(chance).write(tree)) == tree


def _targets(path: AttrPath) -> st.SearchStrategy[Target]:
    """PATH = attrPath / valuePath [subAttr]"""
    attribute = path.attribute
    subs: tuple[Attribute | None, ...] = (None, *attribute.sub_attributes)
    paths = st.sampled_from([AttrPath(path.urn, attribute, sub) for sub in subs])
    inner: st.SearchStrategy[Filter | None] = st.none()
    if attribute.is_complex and attribute.multi_valued:
        inner |= logical(
            expressions(st.sampled_from([Name(None, sub.name) for sub in attribute.sub_attributes]))
        )
    return st.builds(Target, st.none(), paths, inner)


#: A resource type, and a path of it with what it points at.
targets = st.one_of(
    st.tuples(st.just(resource_type), _targets(path))
    for resource_type in (USER, GROUP)
    for path in resource_type.paths()
)


def _path_text(target: Target) -> str:
    path = target.path
    assert path is not None
    brackets = "" if target.filter is None else f"[{target.filter}]"
    sub = "" if path.sub_attribute is None else f".{path.sub_attribute.name}"
    return f"{path.top}{brackets}{sub}"


@EXAMPLES
@given(targets)
def test_a_path_points_at_what_it_names(case: tuple[ResourceType, Target]) -> None:
    # R128, R169
    resource_type, target = case
    text = _path_text(target)
    parsed = parse_path(text, resource_type)
    assert parsed == target
    assert _path_text(parsed) == text


@EXAMPLES
@given(targets, st.randoms(use_true_random=False))
def test_a_path_in_any_letter_case(
    case: tuple[ResourceType, Target], chance: random.Random
) -> None:
    # R001, R002, R199: names and URNs, but not what stands in brackets
    resource_type, target = case[0], replace(case[1], filter=None)
    text = "".join(chance.choice((c.lower(), c.upper())) for c in _path_text(target))
    assert parse_path(f" {text} ", resource_type) == target


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Return a text with a few faults in it: something lost, doubled, put in or turned about."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 4)))
        piece = text[start:end]
        put = draw(
            st.sampled_from(["", piece * 2, piece[::-1], " ", *"()[]\"\\.:$'=0-", " not ", " or "])
            | st.text(max_size=2)
        )
        text = text[:start] + put + text[end:]
    return text


@EXAMPLES
@given(mutated(filters.map(str)) | st.text(max_size=60) | st.text("()[]\"\\ .:$aeqnotrpd1'"))
def test_faulty_text_is_parsed_or_refused(text: str) -> None:
    # R126
    try:
        tree = parse_filter(text)
    except InvalidFilter:
        return
    assert parse_filter(str(tree)) == tree


known = st.builds(
    Name,
    st.none() | st.just(USER.schema.id),
    st.sampled_from(["userName", "active", "emails", "name", "meta", "x509Certificates"]),
    st.none() | st.sampled_from(["value", "type", "primary", "givenName", "created"]),
)
asked = logical(
    expressions(known)
    | st.builds(
        ValuePath,
        known.map(lambda name: replace(name, sub_attribute=None)),
        logical(expressions(known.map(lambda name: Name(None, name.sub_attribute or "type")))),
    )
)


@EXAMPLES
@given(asked.map(str) | mutated(asked.map(str)))
def test_any_filter_means_something_or_is_refused(text: str) -> None:
    # R134, R138, R139, R146
    for resource_type in (USER, GROUP):
        try:
            bind(parse_filter(text), resource_type)
        except InvalidFilter:
            continue


@EXAMPLES
@given(
    mutated(targets.map(lambda case: _path_text(case[1])))
    | st.text(max_size=40)
    | st.text('emails[]ty.v"eq() :un')
)
def test_a_faulty_path_points_at_something_or_is_refused(text: str) -> None:
    # R169, R170
    for resource_type in (USER, GROUP):
        try:
            target = parse_path(text, resource_type)
        except (InvalidPath, InvalidFilter):
            continue
        assert (target.path is None) is not (target.extension is None)
