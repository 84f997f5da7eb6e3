"""Paths of PATCH operations: their grammar, and what they may point at (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.changes import FULL
from tests.conformance.changes import add
from tests.conformance.changes import changed
from tests.conformance.changes import refused
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conformance.changes import unchanged
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import without_meta

EMAILS = [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}]

# Paths that follow no rule, and the scimType of the refusal.
NO_PATHS: dict[str, str] = {
    ".": "invalidPath",
    "..": "invalidPath",
    "name.": "invalidPath",
    ".givenName": "invalidPath",
    "name..givenName": "invalidPath",
    "name.givenName.": "invalidPath",
    "name.givenName.first": "invalidPath",
    "name givenName": "invalidPath",
    "name/givenName": "invalidPath",
    "/name/givenName": "invalidPath",
    "$.name": "invalidPath",
    "emails[0]": "invalidPath",
    "emails/0": "invalidPath",
    "emails[": "invalidPath",
    "emails]": "invalidPath",
    "emails[]": "invalidPath",
    "emails[ ]": "invalidPath",
    '[type eq "work"]': "invalidPath",
    'emails[type eq "work"': "invalidPath",
    'emails[type eq "work"]]': "invalidPath",
    'emails[type eq "work"].': "invalidPath",
    'emails[type eq "work"]value': "invalidPath",
    'emails[type eq "work"].value.x': "invalidPath",
    'emails[type eq "work"][value eq "a"]': "invalidPath",
    'emails[type eq "work"] and title pr': "invalidPath",
    'emails[type eq "work].value': "invalidPath",
    'emails[type "work"]': "invalidPath",
    "emails[type eq]": "invalidPath",
    'emails[type is "work"]': "invalidPath",
    "emails[not type pr]": "invalidPath",
    "emails[(type pr]": "invalidPath",
    "emails[type pr and]": "invalidPath",
    'emails[type eq "work" value eq "a"]': "invalidPath",
    'emails.value[type eq "work"]': "invalidPath",
    'title[value eq "x"]': "invalidPath",
    'name[givenName eq "Ada"]': "invalidPath",
    '"title"': "invalidPath",
    "title eq": "invalidPath",
    'title eq "x"': "invalidPath",
    "title,nickName": "invalidPath",
    "1title": "invalidPath",
    "é": "invalidPath",
    ":title": "invalidPath",
    f"{USER}:": "invalidPath",
    f"{USER}.title": "invalidPath",
    f"{ENTERPRISE}.": "invalidPath",
    # What is wrong with a filter that can be read is the filter's.
    'emails[nonsense eq "x"]': "invalidFilter",
    'emails[emails[type eq "x"]]': "invalidFilter",
    'emails[name.givenName eq "x"]': "invalidFilter",
    "emails[primary gt true]": "invalidFilter",
}


@pytest.mark.requirement("R169")
def test_a_path_with_a_fault_is_refused(idp: ScimClient, storage: Storage) -> None:
    url = f"/Users/{idp.user('ada', emails=EMAILS, title='x')['id']}"
    for path, scim_type in NO_PATHS.items():
        for step in (add(path, "x"), replace(path, "x"), remove(path)):
            refused(idp, storage, url, add("nickName", "x"), step, scim_type=scim_type)


@pytest.mark.requirement("R169")
@pytest.mark.parametrize("path", [5, True, ["title"], {"value": "title"}], ids=repr)
def test_a_path_is_text(idp: ScimClient, storage: Storage, path: Any) -> None:
    url = f"/Users/{idp.user('ada', title='x')['id']}"
    step: dict[str, Any] = {"op": "replace", "path": path, "value": "y"}
    refused(idp, storage, url, step, scim_type="invalidSyntax", naming="path")


@pytest.mark.requirement("R169")
@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("emails.display", "ab"),
        ('emails[type eq "work"].display', "a"),
        ('emails[type eq "work" and value ew "x"].display', "a"),
        ('emails[type eq "work" or type eq "home"].display', "ab"),
        ('emails[not (type eq "work")].display', "b"),
        ('emails[(type eq "home")].display', "b"),
        ("emails[type pr].display", "ab"),
        ('emails[ type  eq  "work" ].display', "a"),
        (f'{USER}:emails[type eq "work"].display', "a"),
        ('emails[value eq "a@x"].display', "a"),
        ('emails[value co "@" and not (value sw "a")].display', "b"),
    ],
)
def test_a_path_selects_what_its_filter_says(idp: ScimClient, path: str, touched: str) -> None:
    url = f"/Users/{idp.user('ada', emails=EMAILS)['id']}"
    after = changed(idp, url, replace(path, "D"))["emails"]
    assert [email["value"][0] for email in after if email.get("display") == "D"] == [*touched]
    assert [{**email, "display": "D"} for email in EMAILS] == [
        {**email, "display": "D"} for email in after
    ]


NOWHERE: dict[str, str] = {
    "nonsense": "nonsense",
    "nonsense.value": "nonsense",
    'nonsense[type eq "x"]': "nonsense",
    "name.nonsense": "nonsense",
    "emails.nonsense": "nonsense",
    'emails[type eq "work"].nonsense': "nonsense",
    "title.value": "title",
    "members": "members",
    f"{ENTERPRISE}:title": "title",
    f"{ENTERPRISE}:manager.nonsense": "nonsense",
    f"{USER}:department": "department",
    f"{GROUP}:displayName": "Group",
    "urn:example:other": "other",
    "urn:example:other:title": "title",
}


@pytest.mark.requirement("R170")
def test_a_path_to_no_attribute_is_refused(idp: ScimClient, storage: Storage) -> None:
    url = f"/Users/{idp.user('ada', emails=EMAILS)['id']}"
    for path, word in NOWHERE.items():
        for step in (add(path, "x"), replace(path, "x"), remove(path)):
            refused(idp, storage, url, step, scim_type="invalidPath", naming=word)


@pytest.mark.requirement("R170")
def test_a_groups_paths_are_not_a_users(idp: ScimClient, storage: Storage) -> None:
    url = f"/Groups/{idp.team('Blue')['id']}"
    for path in ("userName", "active", "emails.value", f"{ENTERPRISE}:department", "groups"):
        for step in (add(path, "x"), remove(path)):
            refused(idp, storage, url, step, scim_type="invalidPath")


def _read_only(attributes: list[dict[str, Any]], prefix: str = "") -> list[str]:
    """Return the paths of what is readOnly, sub-attributes with their own."""
    found = []
    for one in attributes:
        path = prefix + one["name"]
        if one["mutability"] == "readOnly":
            found.append(path)
        found += _read_only(one.get("subAttributes", []), f"{path}.")
    return found


@pytest.mark.requirement("R171")
def test_what_is_read_only_cannot_be_written(idp: ScimClient, storage: Storage) -> None:
    schemas = {one["id"]: one["attributes"] for one in idp.get("/Schemas").get_json()["Resources"]}
    common = ["id", "meta", *(f"meta.{name}" for name in ("created", "lastModified", "version"))]
    common += ["meta.resourceType", "meta.location"]
    of_users = _read_only(schemas[USER]) + _read_only(schemas[ENTERPRISE], f"{ENTERPRISE}:")
    of_groups = _read_only(schemas[GROUP])
    # The list is made of what is published; these have to be in it.
    assert {"groups", "groups.value", f"{ENTERPRISE}:manager.displayName"} <= {*of_users}
    assert of_groups == ["members.display"]

    boss = idp.user("boss", displayName="Boss")["id"]
    user = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss}}})
    team = idp.team("Blue", user["id"])
    for resource, paths, kind in (
        (user, common + of_users, "Users"),
        (team, common + of_groups, "Groups"),
    ):
        url = f"/{kind}/{resource['id']}"
        for path in paths:
            for step in (add(path, "x"), replace(path, "x"), remove(path)):
                # Even behind a step that is good, and in front of one.
                steps = (add("externalId", "x"), step, add("externalId", "y"))
                refused(idp, storage, url, *steps, scim_type="mutability")


@pytest.mark.requirement("R171")
def test_without_path_what_is_read_only_cannot_be_written_either(
    idp: ScimClient, storage: Storage
) -> None:
    user = idp.user("ada")
    team = idp.team("Blue")
    url = f"/Users/{user['id']}"
    for op in (add, replace):
        for value in ({"id": "other"}, {"groups": [{"value": team["id"]}]}, {"groups.value": "x"}):
            step = op(None, {"title": "x", **value})
            refused(idp, storage, url, step, scim_type="mutability")
        # A whole resource, as it was read, is no attempt to write any of it.
        unchanged(idp, storage, url, op(None, idp.get(url).get_json()))
        read = idp.get(f"/Groups/{team['id']}").get_json()
        unchanged(idp, storage, f"/Groups/{team['id']}", op(None, read))


@pytest.mark.requirement("R172")
@pytest.mark.parametrize("sub", ["value", "$ref", "type"])
def test_what_a_member_is_cannot_be_changed(idp: ScimClient, storage: Storage, sub: str) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    url = f"/Groups/{idp.team('Blue', ada)['id']}"
    for path in (f"members.{sub}", f'members[value eq "{ada}"].{sub}'):
        for step in (add(path, bob), replace(path, bob), remove(path)):
            refused(idp, storage, url, step, scim_type="mutability", naming="members")
    other = {"value": bob}
    for op in (add, replace):
        step = op(f'members[value eq "{ada}"]', other)
        refused(idp, storage, url, step, scim_type="mutability", naming="members")
    # Where there is no such member, one is added.
    assert changed(idp, url, add("members", [other]))["members"][-1]["type"] == "User"


@pytest.mark.requirement("R173")
@pytest.mark.parametrize("op", [add, replace])
def test_a_value_of_another_type_is_refused(idp: ScimClient, storage: Storage, op: Any) -> None:
    url = f"/Users/{idp.user('ada', emails=EMAILS, name={'givenName': 'Ada'})['id']}"
    wrong: dict[str, list[Any]] = {
        "title": [5, True, 1.5, {"a": 1}, ["a", "b"], [["a"]]],
        "active": [0, 1, "yes", "no", "1", {"a": 1}, [True, False]],
        "profileUrl": [5, "not a uri", {"a": "x"}],
        "name": ["Ada King", 5, True, [{"givenName": "A"}, {"givenName": "B"}]],
        "name.givenName": [5, {"a": 1}, ["a", "b"]],
        "emails": [5, True, [5], [[]], [{"value": 5}], [{"value": "x", "primary": "perhaps"}]],
        'emails[type eq "work"]': [5, [5], {"value": 5}],
        'emails[type eq "work"].value': [5, {"a": 1}, ["a", "b"]],
        'emails[type eq "work"].primary': ["perhaps", 1],
        "photos": [[{"value": "not a uri"}], [{"value": 5}]],
        "x509Certificates": [[{"value": "no base64!"}], [{"value": 5}]],
        f"{ENTERPRISE}:department": [5, {"a": 1}],
        f"{ENTERPRISE}:manager": [5, True, {"value": 5}],
        f"{ENTERPRISE}:manager.value": [5, {"a": 1}],
        ENTERPRISE: [5, "x", [{"department": "d"}], {"department": 5}],
        "externalId": [5, {"a": 1}],
        "userName": [5, {"a": 1}, ["a", "b"]],
    }
    for path, values in wrong.items():
        name = path.partition("[")[0]
        for value in values:
            steps = (add("nickName", "x"), op(path, value))
            refused(idp, storage, url, *steps, scim_type="invalidValue", naming=name)
            step = op(None, {"nickName": "x", path: value})
            refused(idp, storage, url, step, scim_type="invalidValue", naming=name)


@pytest.mark.requirement("R173")
@pytest.mark.parametrize("op", [add, replace])
def test_a_value_of_the_right_type_is_taken_as_it_is(idp: ScimClient, op: Any) -> None:
    user = idp.user("ada@example.com")
    url = f"/Users/{user['id']}"
    for name, value in FULL.items():
        assert without_meta(changed(idp, url, op(name, value)))[name] == value
    assert without_meta(idp.get(url).get_json()) == FULL


@pytest.mark.requirement("R174")
@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_a_required_attribute_cannot_be_unset(idp: ScimClient, storage: Storage, kind: str) -> None:
    made = idp.user("ada") if kind == "Users" else idp.team("Blue", idp.user("ada")["id"])
    url, name = f"/{kind}/{made['id']}", "userName" if kind == "Users" else "displayName"
    urn = USER if kind == "Users" else GROUP
    for path in (name, name.upper(), f"{urn}:{name}"):
        step = remove(path)
        refused(idp, storage, url, step, scim_type="mutability", naming=name)
        for op in (add, replace):
            for value in (None, "", "  ", [], [None], {"value": None}):
                step = op(path, value)
                refused(idp, storage, url, step, scim_type="invalidValue", naming=name)
                step = op(None, {"externalId": "x", path: value})
                refused(idp, storage, url, step, scim_type="invalidValue", naming=name)
    # Not for a moment: what comes later in the request does not make up for it.
    steps = (remove(name), add(name, "new"))
    refused(idp, storage, url, *steps, scim_type="mutability", naming=name)


@pytest.mark.requirement("R174")
@pytest.mark.parametrize("op", [{"op": "remove"}, {"op": "replace", "value": []}])
def test_schemas_cannot_be_unset(idp: ScimClient, storage: Storage, op: dict[str, Any]) -> None:
    # It follows from what the resource holds, and nothing that is written to it takes that away.
    for url in (
        f"/Users/{idp.user('ada', **{ENTERPRISE: {'department': 'd'}})['id']}",
        f"/Groups/{idp.team('Blue')['id']}",
    ):
        unchanged(idp, storage, url, {**op, "path": "schemas"})
        assert idp.get(url).get_json()["schemas"]


@pytest.mark.requirement("R199")
def test_names_in_a_path_are_read_in_any_letter_case(idp: ScimClient) -> None:
    url = f"/Users/{idp.user('ada', emails=EMAILS)['id']}"
    for spell in (str.upper, str.lower, str.swapcase):
        value = spell("Ada")
        after = changed(
            idp,
            url,
            replace(spell("title"), value),
            replace(spell("name.givenName"), value),
            replace(
                f'{spell("emails")}[{spell("type")} {spell("eq")} "work"].{spell("display")}', value
            ),
            replace(spell(f"{ENTERPRISE}:manager.value"), value),
            replace(spell(f"{USER}:nickName"), value),
            replace(
                None, {spell("displayName"): value, spell(ENTERPRISE): {spell("Division"): value}}
            ),
        )
        assert (after["title"], after["nickName"], after["displayName"]) == (value,) * 3
        assert after["name"] == {"givenName": value}
        assert after["emails"] == [{**EMAILS[0], "display": value}, EMAILS[1]]
        assert after[ENTERPRISE] == {"manager": {"value": value}, "division": value}


@pytest.mark.requirement("R199")
def test_values_in_a_path_are_compared_as_the_attribute_says(
    idp: ScimClient, storage: Storage
) -> None:
    user = idp.user(
        "ada",
        emails=EMAILS,
        photos=[{"value": "https://example.com/A"}],
        x509Certificates=[{"value": "MIIB"}],
    )
    url = f"/Users/{user['id']}"
    # In any letter case where that does not count, composed or not,
    for path in ('emails[type eq "WORK"]', 'emails[value eq "A@X"]', 'emails[type eq "ｗork"]'):
        assert changed(idp, url, add(f"{path}.display", path))["emails"][0]["display"] == path
    # and to the letter where it does: URIs, base64 and ids.
    for path in ('photos[value eq "https://example.com/a"]', 'x509Certificates[value eq "miib"]'):
        unchanged(idp, storage, url, remove(path))
    assert "photos" not in changed(idp, url, remove('photos[value eq "https://example.com/A"]'))
    group = f"/Groups/{idp.team('Blue', user['id'])['id']}"
    assert user["id"].upper() != user["id"]
    for path in (f'value eq "{user["id"].upper()}"', f'value sw "{user["id"].upper()}"'):
        unchanged(idp, storage, group, remove(f"members[{path}]"))
    unchanged(idp, storage, group, {**remove("members"), "value": [{"value": user["id"].upper()}]})
    assert "members" not in changed(idp, group, remove(f'members[value eq "{user["id"]}"]'))
