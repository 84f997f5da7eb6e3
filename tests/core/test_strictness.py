"""Strict mode: each liberty that is understood beside the form that the RFCs have for it.

In every table the lenient form is accepted once it is bent, or the rule would have nothing to do.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.conditions import bind
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.expressions import read_filter
from flask_scim_teams.core.dialects.operations import bend_operations
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.patch import parse_path
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.strictness import check_operations
from flask_scim_teams.core.strictness import check_resource
from flask_scim_teams.wire.factory import ResourceReader
from flask_scim_teams.wire.messages import PATCH_OP
from flask_scim_teams.wire.messages import read_patch
from tests.core.conforming import DEVICE
from tests.core.conforming import TYPES
from tests.core.conforming import bodies
from tests.core.conforming import has_elements
from tests.core.conforming import operations
from tests.core.conforming import terms
from tests.core.strict_cases import BODIES
from tests.core.strict_cases import CORE
from tests.core.strict_cases import FILTERS
from tests.core.strict_cases import OPERATIONS
from tests.core.strict_cases import REFUSED_ANYWAY
from tests.core.strict_cases import WORK
from tests.core.strict_cases import Sent
from tests.core.strict_cases import extended
from tests.core.strict_cases import user

READERS = {one.name: ResourceReader(one) for one in (USER, GROUP, DEVICE)}


@pytest.mark.parametrize("case", BODIES)
def test_bodies(case: str) -> None:
    resource_type, exact, lenient, scim_type, named = BODIES[case]
    for body in (exact, Bending(resource_type).resource(lenient)):
        READERS[resource_type.name].read(body)
    check_resource(resource_type, exact)
    with pytest.raises(BadRequest, match=named) as caught:
        check_resource(resource_type, lenient)
    assert caught.value.scim_type == scim_type
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], "x", {"userName": "ada"}, {**user(), "schemas": []}),
        *({**user(), "schemas": CORE}, {**user(), "schemas": [1]}, {**user(), "schemas": None}),
    ],
)
def test_bodies_that_no_mode_takes(body: Any) -> None:
    # R023: whoever looks first, the reader or the guard before it
    for look in (READERS["User"].read, lambda body: check_resource(USER, body)):
        with pytest.raises(BadRequest) as caught:
            look(body)
        assert caught.value.scim_type == "invalidSyntax"


def test_what_is_read_only_is_not_looked_at() -> None:
    # R091, R159: whatever came with a GET may be sent back.
    read_only = {"id": 5, "meta": "x", "groups": {"nonsense": 1}}
    check_resource(USER, user(**read_only))
    check_resource(USER, extended(manager={"value": "1", "displayName": ["B"]}))


def test_no_value_is_repeated_in_an_error() -> None:
    # R041: a detail ends up in somebody's log.
    with pytest.raises(BadRequest) as caught:
        check_resource(USER, user(password={"value": "hunter2"}))
    assert "hunter2" not in caught.value.detail


STORED = Resource(id="1", attributes={"userName": "ada", "emails": [WORK], "title": "t"})


def sent(*operation: Any) -> dict[str, Any]:
    named = zip(("op", "path", "value"), operation, strict=True)
    return {name: value for name, value in named if value is not ...}


def outcome(
    resource_type: ResourceType, *given: dict[str, Any], strict: bool, stored: Resource = STORED
) -> Changes:
    """Return what the operations make of the resource in either mode."""
    read = read_patch({"schemas": [PATCH_OP], "Operations": list(given)})
    if strict:
        check_operations(resource_type, read)
    else:
        read = bend_operations(read, stored.id, Bending(resource_type))
    return plan(resource_type, stored, read)


@pytest.mark.parametrize("case", OPERATIONS)
def test_operations(case: str) -> None:
    resource_type, exact, lenient, scim_type, named = OPERATIONS[case]
    assert outcome(resource_type, sent(*exact), strict=True) == outcome(
        resource_type, sent(*exact), strict=False
    )
    outcome(resource_type, sent(*lenient), strict=False)
    with pytest.raises(BadRequest, match=named) as caught:
        outcome(resource_type, sent("add", "externalId", "e"), sent(*lenient), strict=True)
    assert caught.value.scim_type == scim_type
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize(("operation", "scim_type"), REFUSED_ANYWAY)
@pytest.mark.parametrize("strict", [False, True])
def test_operations_that_no_mode_takes(operation: Sent, scim_type: str, strict: bool) -> None:
    with pytest.raises(BadRequest) as caught:
        outcome(USER, sent(*operation), strict=strict)
    assert caught.value.scim_type == scim_type


@pytest.mark.parametrize(
    "operation",
    [
        ("add", 'emails[type eq "home"].value', "b@x"),
        ("replace", 'emails[type eq "home"]', {"value": "b@x"}),
        ("replace", 'emails[type eq "home"]', None),
        ("remove", 'emails[type eq "home"]', ...),
        ("remove", 'emails[type eq "home"].display', ...),
        ("remove", 'phoneNumbers[type eq "work"]', ...),
    ],
)
def test_a_filter_selects_an_element(operation: Sent) -> None:
    # R183, R188, R195
    outcome(USER, sent(*operation), strict=False)
    with pytest.raises(BadRequest, match="selects no element") as caught:
        outcome(USER, sent(*operation), strict=True)
    assert caught.value.scim_type == "noTarget"


@pytest.mark.parametrize(
    "operation",
    [("remove", "emails.display", ...), ("add", "phoneNumbers.type", "x"), ("remove", "ims", ...)],
)
def test_without_filter_nothing_has_to_be_there(operation: Sent) -> None:
    # R185, R193
    assert outcome(USER, sent(*operation), strict=True) == outcome(
        USER, sent(*operation), strict=False
    )


def test_a_member_that_is_not_there_may_be_removed() -> None:
    # R057, R188: the RFC's own words (section 3.5.2.2)
    team = Resource(id="1", attributes={"displayName": "T"})
    remove = sent("remove", 'members[value eq "nobody"]', ...)
    assert outcome(GROUP, remove, strict=True, stored=team).memberships


@pytest.mark.parametrize("text", FILTERS)
def test_filters(text: str) -> None:
    # R125, R131
    tree = read_filter(text, USER)
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text)
    advice = FILTERS[text]
    assert advice in caught.value.detail
    _, _, better = advice.partition("write ")
    if "emails[" in better:
        assert bind(parse_filter(better), USER) == bind(tree, USER)


@pytest.mark.parametrize("text", ["", "a", "a eq", "a eq 'x'", "a pr b", "a eq x y", "a[b pr] c"])
def test_filters_that_no_mode_takes(text: str) -> None:
    for look in (parse_filter, lambda text: read_filter(text, USER)):
        with pytest.raises(InvalidFilter):
            look(text)


@pytest.mark.parametrize("resource_type", TYPES, ids=lambda one: one.endpoint)
@settings(deadline=None)
@given(data=st.data())
def test_a_body_that_conforms_is_never_refused(resource_type: ResourceType, data: Any) -> None:
    body = json.loads(json.dumps(data.draw(bodies(resource_type))))
    check_resource(resource_type, body)
    ResourceReader(resource_type).read(body)
    bending = Bending(resource_type)
    assert (bending.resource(body), bending.taken) == (body, ())


@pytest.mark.parametrize("resource_type", TYPES, ids=lambda one: one.endpoint)
@settings(deadline=None)
@given(data=st.data())
def test_operations_that_conform_are_never_refused(resource_type: ResourceType, data: Any) -> None:
    given = json.loads(json.dumps(data.draw(operations(resource_type))))
    required = {one.name: "x" for one in resource_type.schema.attributes if one.required}
    stored = Resource(id="1", attributes=required)
    read = read_patch({"schemas": [PATCH_OP], "Operations": given})
    check_operations(resource_type, read)
    changes = plan(resource_type, stored, [replace(one, may_miss=True) for one in read])
    bending = Bending(resource_type)
    assert plan(resource_type, stored, bend_operations(read, "1", bending)) == changes
    assert set(bending.taken) <= {"onelogin.one_for_array", "okta.repeats_the_server"}


@pytest.mark.parametrize("resource_type", TYPES, ids=lambda one: one.endpoint)
@settings(deadline=None)
@given(data=st.data())
def test_a_filter_that_conforms_is_never_refused(resource_type: ResourceType, data: Any) -> None:
    paths = [path for path in resource_type.paths() if has_elements(path)]
    path = data.draw(st.sampled_from([path for path in paths if path.attribute.writable]))
    inner = data.draw(terms(path.attribute))
    text = f"{path.top}[{inner}] and not (id eq null or meta.created pr)"
    tree = parse_filter(text)
    bind(tree, resource_type)
    assert read_filter(text, resource_type) == tree
    parse_path(f"{path.top}[{inner}]", resource_type)
