"""What Schemathesis cannot know from the description: ids that exist, filters that can be read.

Left to itself it would ask for resources that are not there, with filters that are noise, and
never get past the door. Half of the time it is left to itself.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from schemathesis import BaseSchema
from schemathesis import Case
from schemathesis import HookContext

from flask_scim_teams.core.definitions import USER_SCHEMA
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.testing.samples import ENTERPRISE
from flask_scim_teams.wire.messages import PATCH_OP
from tests.hosts import Storage
from tests.storage import filters
from tests.storage.people import PEOPLE
from tests.storage.people import TEAMS

USERS = PEOPLE[4:9]
GROUPS = TEAMS[:2]
#: Who is in the first team.
SEATED = [user.id for user in USERS[:3]]

_USER_IDS = st.sampled_from([user.id for user in USERS])
_GROUP_IDS = st.sampled_from([team.id for team in GROUPS])
_FILTERS = {
    "Users": filters.USER_FILTERS,
    "Groups": filters.TEAM_FILTERS,
    "": filters.USER_FILTERS | filters.TEAM_FILTERS,
}
_NAMES = st.sampled_from([*filters.ALL_PATHS, "members", "members.display", "meta", "password"])
_TAGS = st.lists(st.sampled_from(['W/"1"', '"2"', 'W/"3"', "*", '"x"']), min_size=1, max_size=3)
_CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "If-Match": _TAGS.map(", ".join),
        "If-None-Match": _TAGS.map(", ".join),
    },
)
_TEXTS = st.text(max_size=20)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), _TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | _TEXTS, inner, max_size=3),
    max_leaves=6,
)
_MEMBERS = st.lists(st.fixed_dictionaries({"value": _USER_IDS}), max_size=3)
_PATHS = st.one_of(
    _NAMES,
    filters.VALUE_PATHS.map(lambda text: text.partition("]")[0] + "]"),
    _USER_IDS.map('members[value eq "{}"]'.format),
    st.sampled_from([ENTERPRISE, f"{ENTERPRISE}:manager", 'emails[type eq "work"].value']),
)
_NOISE = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Add", "replace", "remove"])},
    optional={"path": _PATHS, "value": _VALUES | _MEMBERS},
)


def _operation(path: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    verbs = st.sampled_from(["add", "replace"])
    return st.fixed_dictionaries({"op": verbs, "path": st.just(path), "value": values})


#: Of users and teams alike; and of each kind those that the other knows nothing of.
_SHARED = _operation("displayName", _TEXTS.map("x{}".format)) | _operation("externalId", _TEXTS)
_USERS = st.one_of(
    _SHARED,
    _operation("active", st.booleans()),
    _operation("name.familyName", _TEXTS),
    _operation('emails[type eq "work"].value', _TEXTS),
    _operation("roles", st.lists(st.fixed_dictionaries({"value": _TEXTS}), max_size=3)),
    _operation(f"{ENTERPRISE}:manager", _USER_IDS),
)
_TEAMS = st.one_of(
    _SHARED,
    _operation("members", _MEMBERS),
    _USER_IDS.map(lambda id: {"op": "remove", "path": f'members[value eq "{id}"]'}),
)


def _operations(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=1, max_size=3) | st.lists(one | _NOISE, min_size=1, max_size=3)


_OPERATIONS = {"Users": _operations(_USERS), "Groups": _operations(_TEAMS)}


def furnish(storage: Storage, token: TokenRecord) -> None:
    """Make the storage what it is at the start of every case: a few users, two teams, one token."""
    storage.clear()
    with storage.backend.begin(HOST, write=True) as work:
        work.tokens.add(token)
        for user in USERS:
            work.users.add(user)
        for team in GROUPS:
            work.teams.add(team)
        work.memberships.add(GROUPS[0].id, SEATED)
        work.commit()


def teach(schema: BaseSchema) -> None:
    """Make what the schema generates meet, half of the time, what :func:`furnish` stores."""

    @schema.hook
    def flatmap_path_parameters(context: HookContext, path_parameters: Any) -> Any:
        known = _GROUP_IDS if _endpoint(context) == "Groups" else _USER_IDS
        if _endpoint(context) not in ("Users", "Groups"):
            return st.just(path_parameters)
        return st.just(path_parameters) | st.fixed_dictionaries({"id": known})

    @schema.hook
    def flatmap_query(context: HookContext, query: Any) -> Any:
        return _asking(context, query, ",".join)

    @schema.hook
    def flatmap_headers(context: HookContext, headers: Any) -> Any:
        return st.just(headers) | _CONDITIONS.map(lambda found: {**(headers or {}), **found})

    @schema.hook
    def flatmap_body(context: HookContext, body: Any) -> Any:
        if not isinstance(body, dict):
            return st.just(body)
        match context.operation.method:
            case "patch":
                found = _OPERATIONS[_endpoint(context)]
                return st.just(body) | found.map(_patch)
            case "post" if context.operation.path.endswith("/.search"):
                return _asking(context, body, list)
            case _ if _endpoint(context) == "Groups":
                return st.just(body) | _MEMBERS.map(lambda found: {**body, "members": found})
        return st.just(body)


def aim(case: Case) -> None:
    """Point a case that Schemathesis worked out, rather than drew, at what exists.

    The edges of a body are no edges of anything where there is no resource.
    """
    if case.path_parameters == {"id": "0"}:
        known = {"Users": USERS[0].id, "Groups": GROUPS[0].id, "ResourceTypes": "User"}
        case.path_parameters["id"] = known.get(_endpoint(case), USER_SCHEMA.id)


def _patch(operations: list[Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": operations}


def _endpoint(context: HookContext | Case) -> str:
    return str(context.operation.path.split("/")[1])


def _asking(context: HookContext, given: Any, names: Any) -> Any:
    """Return the parameters of a list request, or others that mean something."""
    if not isinstance(given, dict):
        return st.just(given)
    known = st.fixed_dictionaries(
        {},
        optional={
            "filter": _FILTERS.get(_endpoint(context), _FILTERS[""]),
            "sortBy": st.sampled_from(filters.ORDERS),
            "startIndex": st.integers(-1, 9),
            "count": st.integers(-1, 9),
        },
    )
    shown = st.sampled_from(["attributes", "excludedAttributes"]).flatmap(
        lambda name: st.fixed_dictionaries(
            {}, optional={name: st.lists(_NAMES, min_size=1, max_size=4).map(names)}
        )
    )
    rest = {name: value for name, value in given.items() if not name.endswith("ttributes")}
    return st.just(given) | st.builds(lambda a, b: {**rest, **a, **b}, known, shown)
