"""A browser that fills in forms as a person does: it sends what the page has in it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PREFIX = "/settings/scim"


class Page(HTMLParser):
    """What is in a page: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def value(self, name: str) -> str:
        """Return the value of the first field of that name or id."""
        for field in self.all("input"):
            if name in (field.get("name"), field.get("id")):
                return field.get("value") or ""
        raise AssertionError(f"There is no field {name!r}.")

    def hidden(self) -> dict[str, str | None]:
        """Return what the page's forms carry unseen."""
        hidden = [one for one in self.all("input") if one.get("type") == "hidden"]
        return {one["name"] or "": one.get("value") for one in hidden}


class Browser:
    """An operator's browser, below the console's prefix."""

    def __init__(self, client: FlaskClient, prefix: str = PREFIX) -> None:
        self.client = client
        self.prefix = prefix

    def get(self, path: str, status: int = 200) -> Page:
        answer = self.client.get(self.prefix + path)
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    def stamp(self) -> str:
        """Return what this browser's forms carry against forgery."""
        return self.get("/connect").value("csrf_token")

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send the form of that page, or of another one where the path shows no page itself."""
        if "csrf_token" not in fields:
            shown = self.client.get(self.prefix + path)
            page = Page(shown.text) if shown.status_code == 200 else self.get("/connect")
            fields = page.hidden() | fields
        return self.client.post(self.prefix + path, data=fields)

    def post(self, path: str, status: int = 200, **fields: Any) -> Page:
        """Send a form, follow where it leads, and return the page."""
        answer = self.send(path, **fields)
        if answer.status_code == 302:
            answer = self.client.get(answer.location)
        assert answer.status_code == status, answer.text
        return Page(answer.text)
