"""Schemathesis holds the server to its description: whatever is sent, the answer is described."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import unsupported_method

from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.openapi.description import description
from tests.openapi.generating import aim
from tests.openapi.generating import teach
from tests.openapi.hosts import Door
from tests.openapi.hosts import Host
from tests.openapi.hosts import open_host

pytestmark = pytest.mark.fuzz

#: Random examples an operation. The edges of every schema, some hundreds, are tried besides.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))

FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
#: Of its checks, the two that take a description for the whole truth. The server takes more than
#: it describes, because identity providers send it; and it refuses what no JSON schema can rule
#: out: a filter that cannot be read, a member nobody knows.
LEFT_OUT = ["negative_data_rejection", "positive_data_acceptance"]

DOOR = Door()
SCHEMA = schemathesis.openapi.from_dict(
    description(
        ResourceTypes(),
        url="http://localhost/scim/v2",
        max_results=200,
        version="1",
    ),
    # The same examples every time: a failure is then a change's own.
    config=schemathesis.Config(seed=2026),
)
SCHEMA.app = DOOR
SCHEMA.config.checks.update(excluded_check_names=LEFT_OUT)
teach(SCHEMA)
OFFERED = SCHEMA.exclude(path="/Me")
NOT_OFFERED = SCHEMA.include(path="/Me")


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    with open_host(request.param, tmp_path_factory.mktemp(request.param)) as host:
        DOOR.host = host
        yield host


@OFFERED.parametrize()
@FUZZ
def test_every_answer_is_described(case: schemathesis.Case, host: Host) -> None:
    host.renew()
    aim(case)
    case.call_and_validate(headers=host.headers)


@NOT_OFFERED.parametrize()
@FUZZ
def test_what_is_not_offered_says_so(case: schemathesis.Case, host: Host) -> None:
    # 501 is what the description says; every method has it, described or not.
    without = [not_a_server_error, unsupported_method]
    host.renew()
    case.call_and_validate(headers=host.headers, excluded_checks=without)


def test_one_thing_leads_to_another(host: Host) -> None:
    class Machine(OFFERED.as_state_machine()):  # type: ignore[misc]  # a class made at run time
        def setup(self) -> None:
            host.renew()

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": host.headers}

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            case.validate_response(response, headers=host.headers, recorder=self.recorder)

    steps = settings(FUZZ, stateful_step_count=8, derandomize=True)
    run_state_machine_as_test(Machine, settings=steps)


def test_the_examples_got_past_the_door(host: Host) -> None:
    """Left to itself, Schemathesis asks for what is not there, and is content with 404."""
    asked: Counter[tuple[str, str]] = Counter()
    for (method, rule, status), times in host.met.items():
        if status not in (401, 405, 501):
            asked[method, rule] += times
    done = {(method, rule) for method, rule, status in host.met if status < 300}
    # Run by itself, this test has little to look at.
    assert {one for one, times in asked.items() if times >= EXAMPLES} <= done
