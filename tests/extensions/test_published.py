"""What is published of a host's own schemas is what is enforced."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.schemas import Schema
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.extensions.bodies import ANSWERS
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import user
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import TYPES
from tests.http.messages import assert_error

OWN = [schema for one in TYPES for schema in one.schemas() if schema.id.startswith("urn:example:")]
#: What is of the type, and what is not.
SAMPLES: dict[str, tuple[Any, Any]] = {
    "string": ("text", 5),
    "boolean": (True, "maybe"),
    "integer": (5, 5.5),
    "decimal": (5.5, "5.5"),
    "dateTime": ("2024-01-01T00:00:00Z", "yesterday"),
    "binary": ("QUJD", "?"),
    "reference": ("https://x.example/y", "no reference"),
}


def published(idp: ScimClient, schema: Schema) -> dict[str, dict[str, Any]]:
    """Return the attributes that a schema says it has, by name."""
    attributes = shown(idp, f"/Schemas/{schema.id}")["attributes"]
    return {one["name"]: one for one in attributes}


def declared(attribute: Attribute) -> dict[str, Any]:
    """Return what is to be published, written out once more."""
    expected: dict[str, Any] = {
        "name": attribute.name,
        "type": str(attribute.type),
        "description": attribute.description,
        "multiValued": attribute.multi_valued,
        "required": attribute.required,
        "mutability": str(attribute.mutability),
        "returned": str(attribute.returned),
        "uniqueness": str(attribute.uniqueness),
    }
    if attribute.sub_attributes:
        expected["subAttributes"] = [declared(sub) for sub in attribute.sub_attributes]
    elif expected["type"] != "boolean":
        exact = attribute.case_exact or expected["type"] in ("binary", "reference")
        expected["caseExact"] = exact
    if attribute.canonical_values:
        expected["canonicalValues"] = list(attribute.canonical_values)
    if expected["type"] == "reference":
        expected["referenceTypes"] = list(attribute.reference_types)
    return expected


@pytest.mark.requirement("R068")
@pytest.mark.parametrize("schema", OWN, ids=lambda schema: schema.name)
def test_declarations_are_published_whole(idp: ScimClient, schema: Schema) -> None:
    document = shown(idp, f"/Schemas/{schema.id}")
    listed = [one for one in shown(idp, "/Schemas")["Resources"] if one["id"] == schema.id]
    assert listed == [document]
    assert (document["name"], document["description"]) == (schema.name, schema.description)
    assert document["attributes"] == [declared(one) for one in schema.attributes]


@pytest.mark.requirement("R004")
def test_what_is_not_stated_has_the_rfcs_defaults(idp: ScimClient) -> None:
    motto = published(idp, SURVEY)["motto"]
    assert motto == {
        "name": "motto",
        "type": "string",
        "description": "",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    ada = made(idp, "/Users", user("ada", survey={"motto": "Carpe"}))
    bob = made(idp, "/Users", user("bob", survey={"motto": "cARPE"}))
    assert ada[SURVEY.id] == {"motto": "Carpe"}
    assert found(idp, f'{SURVEY.id}:motto eq "CARPE"') == {ada["id"], bob["id"]}
    step = {"op": "replace", "path": f"{SURVEY.id}:motto", "value": "anything"}
    assert idp.patch(f"/Users/{ada['id']}", step).status_code == 200


@pytest.mark.requirement("R068")
@pytest.mark.parametrize("schema", [SURVEY, DEVICE.schema], ids=lambda schema: schema.name)
def test_published_types_are_enforced(idp: ScimClient, schema: Schema) -> None:
    for name, attribute in published(idp, schema).items():
        if attribute["type"] == "complex" or attribute["mutability"] == "readOnly":
            continue
        good, bad = SAMPLES[attribute["type"]]
        for value, status in ((good, 201), (bad, 400)):
            given = [value] if attribute["multiValued"] else value
            if schema is SURVEY:
                response = idp.post("/Users", user(f"{name}{status}", survey={name: given}))
            else:
                response = idp.post("/Devices", device(**{"name": name, name: given}))
            assert response.status_code == status, response.text
            if status == 400:
                assert_error(response, 400, "invalidValue", name)
        if not attribute["multiValued"]:
            several = user(survey={name: [good, good]})
            if schema is SURVEY:
                assert_error(idp.post("/Users", several), 400, "invalidValue", name)


@pytest.mark.requirement("R068")
def test_published_case_is_what_filters_go_by(idp: ScimClient) -> None:
    id = made(idp, "/Users", user(survey=ANSWERS))["id"]
    for name, attribute in published(idp, SURVEY).items():
        value = ANSWERS.get(name)
        if attribute["type"] not in ("string", "reference", "binary") or value is None:
            continue
        text = value[0] if attribute["multiValued"] else value
        assert found(idp, f'{SURVEY.id}:{name} eq "{text}"') == {id}
        other = found(idp, f'{SURVEY.id}:{name} eq "{text.swapcase()}"')
        assert other == (set() if attribute["caseExact"] else {id})


@pytest.mark.requirement("R068")
def test_canonical_values_are_suggestions(idp: ScimClient) -> None:
    """RFC 7643 section 7 lets a service provider take others; this one does."""
    assert published(idp, SURVEY)["skills"]["canonicalValues"] == ["python", "sql"]
    created = made(idp, "/Users", user(survey={"skills": ["cobol"]}))
    assert created[SURVEY.id] == {"skills": ["cobol"]}


@pytest.mark.requirement("R068")
def test_what_is_not_published_is_left_out(idp: ScimClient) -> None:
    unknown = "urn:example:params:scim:schemas:extension:nothing:2.0:User"
    body = user(survey={"code": "X", "colour": "red"}) | {unknown: {"a": 1}, "floor": 2}
    created = made(idp, "/Users", body)
    assert created[SURVEY.id] == {"code": "X"}
    assert not {unknown, "floor"} & {*created, *created["schemas"]}
    # An extension's attribute has its URN in front, everywhere.
    step = {"op": "add", "path": "code", "value": "Y"}
    assert_error(idp.patch(f"/Users/{created['id']}", step), 400, "invalidPath", "code")
    response = idp.get("/Users", query_string={"filter": 'code eq "X"'})
    assert_error(response, 400, "invalidFilter", "code")
