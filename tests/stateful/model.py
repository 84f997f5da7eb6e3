"""What a service provider holds, as plain dictionaries: the other side of the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from dataclasses import field
from typing import Any

Content = dict[str, Any]

#: An operation of a PATCH: op, path or None, value or None.
Edit = tuple[str, str | None, Any]

#: What has to be unique, by endpoint.
NAMED = {"/Users": "userName", "/Groups": "displayName"}


def folded(text: str) -> str:
    return text.casefold()


@dataclass
class Model:
    """Contents by endpoint and id. A group's members are a set of ids."""

    resources: dict[str, dict[str, Content]] = field(
        default_factory=lambda: {"/Users": {}, "/Groups": {}}
    )
    gone: list[str] = field(default_factory=list)

    def all(self) -> Iterator[tuple[str, str, Content]]:
        """Yield endpoint, id and content of everything."""
        for endpoint, found in self.resources.items():
            for id, content in found.items():
                yield endpoint, id, content

    def taken(self, endpoint: str, name: str, *, but: str | None = None) -> bool:
        """Whether another resource has the name, in whatever case."""
        return any(
            folded(content[NAMED[endpoint]]) == folded(name)
            for id, content in self.resources[endpoint].items()
            if id != but
        )

    def groups_of(self, user: str) -> set[str]:
        return {
            id for id, content in self.resources["/Groups"].items() if user in content["members"]
        }

    def delete(self, endpoint: str, id: str) -> None:
        """Forget a resource, and that it was a member."""
        del self.resources[endpoint][id]
        for content in self.resources["/Groups"].values():
            content["members"].discard(id)
        self.gone.append(id)


def stored(endpoint: str, body: Content, former: Content | None = None) -> Content:
    """Return what a POST stores, or a PUT in place of the former content."""
    content = deepcopy(body)
    if endpoint == "/Users":
        content.setdefault("active", former["active"] if former else True)
    else:
        content["members"] = set(content.get("members", ()))
    return content


def patched(content: Content, edits: Iterable[Edit]) -> Content:
    """Return what the operations of a PATCH make of the content."""
    content = deepcopy(content)
    for op, path, value in edits:
        if path is None:
            for name, inner in value.items():
                _edit(content, op.lower(), name, inner)
        else:
            _edit(content, op.lower(), path, value)
    return content


def _edit(content: Content, op: str, path: str, value: Any) -> None:
    name, _, selector = path.partition("[")
    if name == "members":
        _edit_members(content["members"], op, selector, value)
    elif name == "emails":
        _edit_emails(content, op, selector, value)
    elif "." in name:
        name, _, part = name.partition(".")
        _merge(content, name, {part: None if op == "remove" else value})
    elif op == "remove":
        content.pop(name, None)
    elif isinstance(value, dict):
        _merge(content, name, value)
    elif name == "active":
        content[name] = value in (True, "True")
    else:
        content[name] = value


def _merge(content: Content, name: str, parts: Content) -> None:
    merged = {**content.get(name, {}), **parts}
    content[name] = {part: value for part, value in merged.items() if value is not None}
    if not content[name]:
        del content[name]


def _edit_members(members: set[str], op: str, selector: str, value: Any) -> None:
    listed = {one["value"] for one in value or ()}
    if selector:
        # value eq "ID"]
        listed = {selector.split('"')[1]}
    if op == "add":
        members |= listed
    elif op == "replace":
        members.clear()
        members |= listed
    elif listed:
        members -= listed
    else:
        members.clear()


def _edit_emails(content: Content, op: str, selector: str, value: Any) -> None:
    emails = [] if op == "replace" and not selector else content.get("emails", [])
    if selector:
        # type eq "TYPE"] or type eq "TYPE"].value
        kind = selector.split('"')[1]
        chosen = [email for email in emails if email["type"] == kind]
        if op == "remove":
            emails = [email for email in emails if email not in chosen]
        elif not chosen:
            emails = [*emails, {"type": kind, "value": value}]
        for email in chosen:
            email["value"] = value
    elif op == "remove":
        emails = []
    else:
        for added in deepcopy(value):
            _add_email(emails, added)
    content["emails"] = emails
    if not emails:
        del content["emails"]


def _add_email(emails: list[Content], added: Content) -> None:
    if added.get("primary"):
        for email in emails:
            if email.get("primary"):
                email["primary"] = False
    for email in emails:
        if (email["type"], email["value"]) == (added["type"], added["value"]):
            email.update(added)
            return
    emails.append(added)
