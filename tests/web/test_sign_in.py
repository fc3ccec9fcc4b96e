"""Signing in and out, with CSRF on."""

from __future__ import annotations

import structlog

from tests import personas
from tests.personas import visitor


def test_every_demo_account_reaches_its_own_first_page(app):
    for email in personas.EVERYONE:
        answer = visitor(app, email).get("/", follow_redirects=True)
        assert answer.status_code == 200, email
        assert "<h1" in answer.get_data(as_text=True), email


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(app):
    someone = visitor(app)
    wrong = someone.post("/aanmelden", {"email": personas.OWNER, "password": "dit is het niet"})
    unknown = someone.post("/aanmelden", {"email": "niemand@demo.example", "password": "dit is het niet"})
    assert wrong.status_code == unknown.status_code == 400
    assert "klopt niet" in wrong.get_data(as_text=True)
    assert "klopt niet" in unknown.get_data(as_text=True)


def test_a_post_without_csrf_token_is_refused(app):
    answer = visitor(app).client.post("/aanmelden", data={"email": personas.OWNER, "password": "x"})
    assert answer.status_code == 400


def test_signing_out_ends_the_session_on_the_server(app):
    someone = visitor(app, personas.OWNER)
    cookie = someone.client.get_cookie("dossierpoort").value
    assert someone.post("/afmelden").status_code == 303
    thief = app.test_client()
    thief.set_cookie("dossierpoort", cookie)
    assert thief.get("/dossiers").status_code == 303


def test_a_refused_post_has_a_name_in_the_log(app):
    someone = visitor(app, personas.OWNER)
    with structlog.testing.capture_logs() as lines:
        assert someone.client.post("/aanmelden", data={"email": "x"}).status_code == 400
    assert next(line["request_id"] for line in lines if line["event"] == "request")
