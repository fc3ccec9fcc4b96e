"""The people of the tests: one demo account for each kind of person, and a browser-like client signed in as them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests import doors

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

OWNER = "school@demo.example"
COLLEAGUE = "collega@demo.example"
OTHER_SCHOOL = "andere.school@demo.example"
SWV = "swv@demo.example"
CONTACT_PERSON = "contactpersoon@demo.example"
PARTNER = "partner@demo.example"
MUNICIPALITY = "gemeente@demo.example"
EXPERT = "deskundige@demo.example"
GUARDIAN = "ouder@demo.example"
PUPIL = "leerling@demo.example"
OFFICER = "privacy@demo.example"
ADMINISTRATOR = "beheer@demo.example"
EVERYONE = (
    OWNER,
    COLLEAGUE,
    OTHER_SCHOOL,
    SWV,
    CONTACT_PERSON,
    PARTNER,
    MUNICIPALITY,
    EXPERT,
    GUARDIAN,
    PUPIL,
    OFFICER,
    ADMINISTRATOR,
)

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """Someone at a browser without JavaScript: CSRF is on, and each POST carries the token of a page seen before."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def token(self, path: str = "/over") -> str:
        """A CSRF token from a page of this session."""
        found = _TOKEN.search(self.client.get(path).get_data(as_text=True))
        assert found, f"no form on {path}"
        return found.group(1)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Submit a form, with a valid token unless the data brings its own."""
        fields = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(path, data=fields, **options)


def search(someone: Visitor, text: str) -> TestResponse:
    """Search the list of dossiers and look at what was found."""
    answer = someone.post("/dossiers", {"zoek": text})
    assert answer.status_code == 303, answer.status_code
    return someone.get(answer.headers["Location"])


def visitor(app: Flask, email: str | None = None) -> Visitor:
    """A visitor, signed in as this account with a second factor of just now, or anonymous."""
    someone = Visitor(app.test_client())
    if email is not None:
        doors.let_in(someone.client, app.extensions["dossierpoort"], email)
    return someone
