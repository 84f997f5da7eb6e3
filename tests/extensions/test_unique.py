"""Of two resources of a host's own type, one has the name."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import room
from tests.http.messages import assert_error

AT_ONCE = 8


@pytest.mark.requirement("R069")
@pytest.mark.parametrize("taken", ["Printer", "PRINTER", "\uff30rinter"])
def test_a_name_is_unique_in_any_letter_case(idp: ScimClient, taken: str) -> None:
    first = made(idp, "/Devices", device("Printer"))
    other = made(idp, "/Devices", device("Other"))
    url = f"/Devices/{other['id']}"
    for response in (
        idp.post("/Devices", device(taken)),
        idp.put(url, device(taken)),
        idp.patch(url, {"op": "replace", "path": "name", "value": taken}),
    ):
        assert_error(response, 409, "uniqueness", "name")
    assert shown(idp, url) == other
    assert found(idp, f'name eq "{taken}"', "/Devices") == {first["id"]}
    assert idp.put(f"/Devices/{first['id']}", device(taken)).status_code == 200
    # Of users and of teams it is another matter.
    idp.user("Printer")
    idp.team("Printer")


@pytest.mark.requirement("R068")
def test_a_name_that_is_case_exact_is_unique_by_its_letters(idp: ScimClient) -> None:
    ids = {code: made(idp, "/Rooms", room(code=code))["id"] for code in ("Ab", "AB", "ab")}
    for code, id in ids.items():
        assert found(idp, f'code eq "{code}"', "/Rooms") == {id}
        assert_error(idp.post("/Rooms", room(code=code)), 409, "uniqueness", "code")
    assert found(idp, 'code sw "A"', "/Rooms") == {ids["Ab"], ids["AB"]}
    listed = shown(idp, "/Rooms", sortBy="code")["Resources"]
    assert [one["code"] for one in listed] == ["AB", "Ab", "ab"]


def test_a_name_that_is_not_required_may_be_absent(idp: ScimClient) -> None:
    nameless = {made(idp, "/Rooms", room(capacity=number))["id"] for number in range(3)}
    named = made(idp, "/Rooms", room(code="A"))["id"]
    assert found(idp, "not (code pr)", "/Rooms") == nameless
    assert found(idp, 'code ne "A"', "/Rooms") == nameless
    assert idp.patch(f"/Rooms/{named}", {"op": "remove", "path": "code"}).status_code == 200
    made(idp, "/Rooms", room(code="A"))


@pytest.mark.parametrize("name", ["", " ", "\u3000", None, "x" * 256])
def test_names_that_nobody_could_have(idp: ScimClient, name: Any) -> None:
    assert_error(idp.post("/Devices", device(name)), 400, "invalidValue", "name")


def test_one_of_several_at_once_gets_the_name(idp: ScimClient) -> None:
    together = Barrier(AT_ONCE)

    def create(number: int) -> int:
        together.wait()
        return idp.post("/Devices", device("Printer", ports=number)).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = Counter(pool.map(create, range(AT_ONCE)))
    assert statuses == {201: 1, 409: AT_ONCE - 1}
    assert len(found(idp, "name pr", "/Devices")) == 1


def test_one_of_several_at_once_is_renamed(idp: ScimClient) -> None:
    ids = [made(idp, "/Devices", device(f"D{number}"))["id"] for number in range(AT_ONCE)]
    together = Barrier(AT_ONCE)

    def rename(id: str) -> int:
        together.wait()
        step = {"op": "replace", "path": "name", "value": "Printer"}
        return idp.patch(f"/Devices/{id}", step).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = Counter(pool.map(rename, ids))
    assert statuses == {200: 1, 409: AT_ONCE - 1}
