"""Bulk requests as a rule of the machine: operations in any order that refer to one another."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from werkzeug.test import TestResponse

from tests.stateful import asking
from tests.stateful.model import NAMED
from tests.stateful.model import Content
from tests.stateful.model import Model
from tests.stateful.model import stored

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
URNS = {
    "/Users": "urn:ietf:params:scim:schemas:core:2.0:User",
    "/Groups": "urn:ietf:params:scim:schemas:core:2.0:Group",
}


class Creation:
    """A POST of a bulk request."""

    def __init__(self, name: str, endpoint: str, content: Content, needs: Sequence[str]) -> None:
        self.name = name
        self.endpoint = endpoint
        self.content = content
        self.needs = needs

    def operation(self) -> Content:
        """Return it as it is sent."""
        data = {"schemas": [URNS[self.endpoint]], **self.content}
        if self.endpoint == "/Groups":
            data["members"] = [{"value": f"bulkId:{name}"} for name in self.needs]
        return {"method": "POST", "path": self.endpoint, "bulkId": self.name, "data": data}


class Deletion:
    """A DELETE of a bulk request."""

    needs = ()

    def __init__(self, id: str) -> None:
        self.name = id
        self.id = id

    def operation(self) -> Content:
        """Return it as it is sent."""
        return {"method": "DELETE", "path": f"/Users/{self.id}"}


class BulkRules:
    """Rules of a machine that has a model and a server to send to."""

    model: Model
    send: Callable[..., TestResponse]

    @rule(
        users=st.lists(asking.USERS, min_size=1, max_size=3),
        team=asking.TEAMS,
        leaving=st.lists(st.integers(0, 11), max_size=2),
        limit=st.sampled_from([None, 1, 2]),
        data=st.data(),
    )
    def bulk(
        self,
        users: list[Content],
        team: Content,
        leaving: list[int],
        limit: int | None,
        data: st.DataObject,
    ) -> None:
        """Make users and a team of them, and let others go, all in one request."""
        steps: list[Creation | Deletion] = [
            Creation(f"u{number}", "/Users", user, ()) for number, user in enumerate(users)
        ]
        steps.append(Creation("team", "/Groups", team, [step.name for step in steps]))
        there = list(self.model.resources["/Users"])
        ids = {there[place % len(there)] for place in leaving if there}
        steps += [Deletion(id) for id in sorted(ids)]
        steps = data.draw(st.permutations(steps))
        body: dict[str, Any] = {
            "schemas": [BULK],
            "Operations": [step.operation() for step in steps],
        }
        if limit is not None:
            body["failOnErrors"] = limit
        response = self.send("POST", "/Bulk", body)
        assert response.status_code == 200, response.text
        results = response.get_json()["Operations"]
        self._follow(steps, results, limit)

    def _follow(
        self, steps: Sequence[Creation | Deletion], results: list[Content], limit: int | None
    ) -> None:
        """Do in the model what was asked, in the order it is done in; hold the results to it."""
        answers = {
            result.get("bulkId") or result["location"].rpartition("/")[2]: result
            for result in results
        }
        order = [step for step in steps if not isinstance(step, Creation) or not step.needs]
        for step in steps:
            if step not in order:
                # The team waits for the last of its members, and then comes as soon as it may.
                last = max(order.index(other) for other in order if other.name in step.needs)
                order.insert(max(last + 1, steps.index(step)), step)
        made: dict[str, str] = {}
        failed = 0
        done = set()
        for step in order:
            if limit is not None and failed >= limit:
                break
            done.add(step.name)
            failed += not self._step(step, answers[step.name], made)
        assert set(answers) == done
        # In the order of the request, whatever order they were done in.
        assert list(answers) == [step.name for step in steps if step.name in done]

    def _step(self, step: Creation | Deletion, answer: Content, made: dict[str, str]) -> bool:
        """Do one step in the model; return whether it went well."""
        if isinstance(step, Deletion):
            assert answer["status"] == "204"
            self.model.delete("/Users", step.id)
            return True
        unmet = any(name not in made for name in step.needs)
        if unmet or self.model.taken(step.endpoint, step.content[NAMED[step.endpoint]], but=None):
            assert answer["status"] == answer["response"]["status"] == "409"
            assert "location" not in answer
            return False
        assert answer["status"] == "201", answer
        made[step.name] = id = answer["location"].rpartition("/")[2]
        content = dict(step.content)
        if step.endpoint == "/Groups":
            content["members"] = [made[name] for name in step.needs]
        self.model.resources[step.endpoint][id] = stored(step.endpoint, content)
        return True
