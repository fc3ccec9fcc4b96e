"""What people type is text on every page, never markup, template or order of reading (issue 2, stored XSS)."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from tests import builders, personas
from tests.personas import search, visitor

NASTY = {
    "script": "<script>alert('x')</script>",
    "template": "{{7*7}}{% raw %}${7*7}#{7*7}",
    "quotes": "\"'><img src=x onerror=alert(1)>\"'",
    "rtl": "\u202egnelieZ\u202c \u05e9\u05dc\u05d5\u05dd",
    "emoji": "👩🏽‍🏫 José Ñandú",
    "long": "Zeer" + "lang" * 74,
}
BSNS = dict(zip(NASTY, ("100000009", "100000010", "100000022", "100000034", "100000046", "100000058"), strict=True))


class Alive(HTMLParser):
    """Finds what a browser would run in a page: scripts not of the build, handlers, and addresses that are code."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if (
                name.startswith("on")
                or (value or "").strip().lower().startswith(("javascript:", "data:"))
                or name == "style"
            ):
                self.found.append((tag, name, value))
        source = dict(attrs).get("src") or ""
        if (tag == "script" and not source.startswith("/static/build/")) or (
            tag == "img" and not source.startswith("/lezing/")
        ):
            self.found.append((tag, source))


@pytest.fixture(scope="module")
def people(app):
    names = (
        personas.OWNER,
        personas.SWV,
        personas.MUNICIPALITY,
        personas.GUARDIAN,
        personas.OFFICER,
        personas.ADMINISTRATOR,
    )
    return {name: visitor(app, name) for name in names}


def pupil_form(text, bsn):
    short = text[:30]
    return {
        "first_name": text, "infix": short, "last_name": text, "born": "2016-03-09", "bsn": bsn,
        "street": text[:200], "postcode": text[:8], "town": text[:100], "enrolled_from": "2020-08-17",
        "guardian1_name": text, "guardian1_relation": text[:60], "guardian1_contact": text[:200],
        "guardian1_authority": "y", "guardian2_name": text, "guardian2_relation": text[:60], "reason": text,
    }  # fmt: skip


def assert_text(answer, needle, where):
    """The page came, shows the text as text, and holds nothing alive of it."""
    page = answer.get_data(as_text=True)
    assert answer.status_code in {200, 400, 403, 409}, (where, answer.status_code)
    assert Alive(page).found == [], where
    assert "49{% raw" not in page, where
    assert "#49" not in page, where
    if needle is not None:
        assert " ".join(needle.split())[:20] in " ".join(html.unescape(page).split()), where


@pytest.mark.parametrize("kind", NASTY)
def test_what_a_school_types_is_text_for_everyone_who_reads_it(app, services, people, kind):
    text, owner, swv = NASTY[kind], people[personas.OWNER], people[personas.SWV]
    made = owner.post("/dossiers/nieuw", pupil_form(text, BSNS[kind]))
    assert made.status_code == 303, made.get_data(as_text=True)[-2000:]
    base = made.location.removesuffix("/toevoegen")
    dossier = base.rpartition("/")[2]
    received = builders.upload(services, personas.OWNER, dossier, f"{text}.txt", f"Verslag {kind}.\n".encode())
    assert received.document_id, received.problem
    document = f"{base}/stukken/{received.document_id}"
    described = owner.post(
        f"{document}/beschrijven",
        {
            "kind": "conversation",
            "categories": ["e", "g"],
            "origin": "school",
            "purpose": "support_allocation",
            "necessity": text,
        },
    )
    assert described.status_code == 303
    builders.work(services)
    for path in (base, f"{base}/stukken", f"{base}/wijzigen", f"{base}/weggooien", f"{base}/toevoegen", f"{document}/beschrijven",
                 f"{document}/intrekken", f"{document}/nieuwe-versie", f"{document}/lezen", "/dossiers"):  # fmt: skip
        assert_text(owner.get(path), text if path != f"{document}/lezen" else None, path)
    assert_text(search(owner, text[:50]), None, "search")
    assert owner.post(f"{base}/indienen").status_code == 303
    for path in (
        base,
        f"{base}/stukken",
        f"{document}/lezen",
        f"{base}/verstrekken",
        f"{base}/toestemming",
        "/dossiers",
    ):
        assert_text(swv.get(path), text if path in {base, "/dossiers"} else None, path)
    assert_text(people[personas.OFFICER].get(f"/logboek?dossier={dossier}"), text, "log")
    assert_text(owner.post(f"{document}/intrekken", {"reason": text}, follow_redirects=True), None, "withdraw")


@pytest.mark.parametrize("kind", ["script", "template", "quotes", "rtl", "emoji"])
def test_what_the_swv_and_the_administrator_type_is_text_too(app, services, people, kind):
    text, swv, boss = NASTY[kind], people[personas.SWV], people[personas.ADMINISTRATOR]
    dossier, document = builders.submitted(services, bsn="111222333", first_name=f"Anders {kind}")
    base = f"/dossiers/{dossier}"
    consent = {
        "given_by": "guardian", "giver_name": text, "has_authority": "y", "given_on": "2026-11-02",
        "purposes": ["support_allocation"], "recipients": ["municipality"], "categories": ["g", "k"], "evidence": text,
    }  # fmt: skip
    assert swv.post(f"{base}/toestemming", consent).status_code == 303
    assert_text(swv.get(f"{base}/toestemmingen"), text, "consents")
    first = {
        "stage": "choose", "identifiable": "1", "document_ids": [document], "purpose": "support_allocation", "basis": "consent",
        "recipient_id": builders.account(services, personas.MUNICIPALITY).organisation_id,
    }  # fmt: skip
    page = swv.post(f"{base}/verstrekken", first).get_data(as_text=True)
    assert ", 2 november 2026: ondersteuning toewijzen (gemeente)</option>" in page
    chosen = re.search(r'name="consent_id".*?<option[^>]*value="([0-9a-f]{32})"', page, re.DOTALL).group(1)
    wanted = {
        "document_ids": [document], "recipient_id": builders.account(services, personas.MUNICIPALITY).organisation_id,
        "purpose": "support_allocation", "basis": "consent", "consent_id": chosen, "statement": text,
        "recipient_person": text, "identifiable": "1", "why_identifiable": text,
    }  # fmt: skip
    assert_text(swv.post(f"{base}/verstrekken", wanted), text, "confirm")
    made = swv.post(f"{base}/verstrekken", wanted | {"confirmed": "1"})
    number = made.location.rpartition("/")[2]
    assert_text(swv.get(made.location), text, "sent")
    assert_text(people[personas.MUNICIPALITY].get(f"/ontvangen/{number}"), text, "received")
    assert_text(people[personas.OFFICER].get(f"/register/{number}"), text, "register")
    assert (
        boss.post(
            "/inrichting/organisatie", {"kind": "municipality", "name": text, "brin": "", "parent_id": ""}
        ).status_code
        == 303
    )
    assert_text(boss.get("/inrichting"), text, "organisations")
    assert_text(boss.get("/inrichting/uitnodigen"), text, "invite")
    assert_text(swv.get(f"{base}/verstrekken"), text, "recipients")


def test_what_stands_in_the_address_is_text(app, people):
    text = NASTY["quotes"]
    for name, path in (
        (personas.OWNER, "/dossiers?staat="),
        (personas.OFFICER, "/logboek?wie="),
        (personas.OFFICER, "/logboek?dossier="),
    ):
        assert_text(people[name].get(path + text), None, path)
    assert_text(visitor(app).get(f"/aanmelden?next={text}"), None, "next")
    assert visitor(app).get(f"/{text}").status_code == 404


def test_a_sheet_of_text_is_read_as_text(app, services, people):
    dossier = builders.draft(services, bsn="100000071")
    received = builders.upload(services, personas.OWNER, dossier, "v.txt", b"Lezen < 5 & rekenen > 3 <b>\n{{7*7}}\n")
    builders.describe(services, personas.OWNER, dossier, received.document_id)
    builders.work(services)
    answer = people[personas.OWNER].get(f"/dossiers/{dossier}/stukken/{received.document_id}/lezen")
    assert_text(answer, None, "reading")
    assert "&lt;b&gt;" in answer.get_data(as_text=True)
    assert "{{7*7}}" in answer.get_data(as_text=True)
