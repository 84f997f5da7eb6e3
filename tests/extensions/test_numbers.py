"""Integers and decimals over HTTP: what is taken, what comes back, what is found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conftest import ScimClient
from tests.extensions.bodies import made
from tests.extensions.bodies import user
from tests.extensions.declarations import SURVEY
from tests.extensions.host import ExtendedStorage
from tests.http.messages import assert_error

#: Kept in the document, and in a column where there are columns.
INTEGERS = ("level", "visits")
DECIMALS = ("share", "height")


def sent(idp: ScimClient, method: str, path: str, body: dict[str, Any], literal: str) -> Any:
    """Send a body in which a number stands exactly as it is written."""
    text = json.dumps(body).replace('"NUMBER"', literal)
    headers = {"Content-Type": "application/scim+json"}
    return idp.request(method, path, headers=headers, data=text)


def survey_of(response: Any) -> str:
    """Return the text of the survey in an answer."""
    assert response.status_code in (200, 201), response.text
    _, _, rest = response.text.partition(f'"{SURVEY.id}":{{')
    return str(rest.partition("}")[0])


@pytest.mark.requirement("R008")
@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("literal", ["0", "5", "-5", "-0", "2147483647", "-2147483648"])
def test_an_integer_comes_back_as_it_was_sent(idp: ScimClient, name: str, literal: str) -> None:
    created = sent(idp, "POST", "/Users", user(survey={name: "NUMBER"}), literal)
    told = "0" if literal == "-0" else literal
    assert survey_of(created) == f'"{name}":{told}'
    url = f"/Users/{created.get_json()['id']}"
    assert survey_of(idp.get(url)) == f'"{name}":{told}'
    for filter in (f"eq {literal}", f"ge {literal}", f"eq {told}.0"):
        assert found(idp, f"{SURVEY.id}:{name} {filter}") == {created.get_json()["id"]}
    assert found(idp, f"{SURVEY.id}:{name} gt {literal}") == set()


@pytest.mark.requirement("R008")
@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("literal", ["1.0", "1.5", "1e2", "10E-1", "-0.0", '"5"', "true", "{}"])
def test_a_fraction_an_exponent_or_a_string_is_no_integer(
    idp: ScimClient, name: str, literal: str
) -> None:
    response = sent(idp, "POST", "/Users", user(survey={name: "NUMBER"}), literal)
    assert_error(response, 400, "invalidValue", name)
    created = made(idp, "/Users", user(survey={name: 7}))
    url = f"/Users/{created['id']}"
    response = sent(idp, "PUT", url, user(survey={name: "NUMBER"}), literal)
    assert_error(response, 400, "invalidValue", name)
    operation = {"op": "replace", "path": f"{SURVEY.id}:{name}", "value": "NUMBER"}
    schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    response = sent(idp, "PATCH", url, {"schemas": schemas, "Operations": [operation]}, literal)
    assert_error(response, 400, "invalidValue", name)
    assert idp.get(url).get_json() == created


@pytest.mark.requirement("R008")
@pytest.mark.parametrize("literal", ["2147483648", "-2147483649", "9" * 19, "9" * 400])
def test_an_integer_of_any_size_is_stored_or_refused(
    idp: ScimClient, storage: ExtendedStorage, literal: str
) -> None:
    kept = sent(idp, "POST", "/Users", user(survey={"level": "NUMBER"}), literal)
    assert survey_of(kept) == f'"level":{literal}'
    id = kept.get_json()["id"]
    # A literal in a filter is read in the same way.
    assert found(idp, f"{SURVEY.id}:level eq {literal}") == {id}
    tight = sent(idp, "PUT", f"/Users/{id}", user(survey={"visits": "NUMBER"}), literal)
    if storage.columns:
        assert_error(tight, 400, "invalidValue", "visits", "range")
        assert survey_of(idp.get(f"/Users/{id}")) == f'"level":{literal}'
    else:
        assert survey_of(tight) == f'"visits":{literal}'


@pytest.mark.requirement("R007")
@pytest.mark.parametrize("name", DECIMALS)
@pytest.mark.parametrize(
    "literal", ["0.1", "-0.5", "1.75", "3.14159", "123456.789", "0.30000000000000004", "1e-7"]
)
def test_a_decimal_comes_back_without_noise(idp: ScimClient, name: str, literal: str) -> None:
    created = sent(idp, "POST", "/Users", user(survey={name: "NUMBER"}), literal)
    id = created.get_json()["id"]
    for response in (created, idp.get(f"/Users/{id}")):
        assert json.loads(f"{{{survey_of(response)}}}") == {name: float(literal)}
        assert repr(float(literal)) in survey_of(response)
    path = f"{SURVEY.id}:{name}"
    assert found(idp, f"{path} eq {literal}") == found(idp, f"{path} ge {literal}") == {id}
    assert found(idp, f"{path} lt {literal}") == set()
    assert found(idp, f"{path} gt -1 and {path} lt 200000") == {id}


@pytest.mark.requirement("R007")
@pytest.mark.parametrize("name", DECIMALS)
@pytest.mark.parametrize("literal", ['"1.5"', "true", "[1.5,2.5]", "NaN", "Infinity", "1e999"])
def test_a_decimal_is_nothing_but_a_number(idp: ScimClient, name: str, literal: str) -> None:
    response = sent(idp, "POST", "/Users", user(survey={name: "NUMBER"}), literal)
    assert response.status_code == 400, response.text
    assert response.get_json()["scimType"] in ("invalidValue", "invalidSyntax")


@pytest.mark.requirement("R007")
def test_a_whole_decimal_is_no_string(idp: ScimClient) -> None:
    created = made(idp, "/Users", user(survey={"share": 5, "height": 2, "hourly": 3}))
    assert created[SURVEY.id] == {"share": 5, "height": 2, "hourly": 3}
    path = f"{SURVEY.id}:height"
    answer = idp.patch(
        f"/Users/{created['id']}", {"op": "replace", "path": path, "value": 2.0}
    ).get_json()
    assert answer["meta"]["version"] == created["meta"]["version"]


def test_numbers_are_sorted_as_numbers(idp: ScimClient) -> None:
    numbers = [10, -2, 9, 0, -10, 100, 1]
    for number in numbers:
        survey = {"level": number, "height": number / 4}
        made(idp, "/Users", user(f"u{number}", survey=survey))
    made(idp, "/Users", user("none"))
    for name in ("level", "height"):
        asked = {"sortBy": f"{SURVEY.id}:{name}"}
        listed = idp.get("/Users", query_string=asked).get_json()["Resources"]
        expected = [f"u{number}" for number in sorted(numbers)]
        assert [one["userName"] for one in listed] == [*expected, "none"]


def test_numbers_of_a_list_are_found_and_taken_away(idp: ScimClient) -> None:
    path = f"{SURVEY.id}:scores"
    created = made(idp, "/Users", user(survey={"scores": [3, 1, 3, 10]}))
    url = f"/Users/{created['id']}"
    assert created[SURVEY.id]["scores"] == [3, 1, 10]
    assert found(idp, f"{path} eq 10") == found(idp, f"{path} lt 2") == {created["id"]}
    assert found(idp, f"{path} eq 2") == set()
    answer = idp.patch(url, {"op": "add", "path": path, "value": [10, 2]}).get_json()
    assert answer[SURVEY.id]["scores"] == [3, 1, 10, 2]
    answer = idp.patch(url, {"op": "remove", "path": path, "value": [3, 99]}).get_json()
    assert answer[SURVEY.id]["scores"] == [1, 10, 2]
    wrong = idp.patch(url, {"op": "add", "path": path, "value": [1.5]})
    assert_error(wrong, 400, "invalidValue", path)
