"""A partner's people find the child's name nowhere: a walk over every route with an anonymised verstrekking at hand.

The name stands in the original, its file name, the pupil's data and the reason why it is kept; the rendition lacks it.
Source: CV4.6, issue 7 ("all other screens of the partner show renditions").
"""

from __future__ import annotations

import subprocess

import pytest
from sqlalchemy import select

from audit.log import events
from gateway.disclosure import package
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import DocumentVersion
from gateway.notices.tables import Notice
from gateway.recording import Action
from tests import builders, rendered
from tests.integration.test_disclosure_forms import convenant, wanted
from tests.personas import EXPERT, PARTNER, SWV, visitor

NAME = "Wubbekien"
SURNAME = "Kwikkelaar"
SCHOOL = "Verzonnen Linde"
HIDDEN = (NAME.lower(), SURNAME.lower(), SCHOOL.lower(), "123456782")


@pytest.fixture(scope="module")
def world(services):
    """An anonymised verstrekking to the partner; ids for the arguments of routes."""
    person = {"first_name": NAME, "last_name": SURNAME, "infix": ""}
    dossier = builders.draft(services, **person)
    content = f"Verslag over {NAME} {SURNAME}.\n".encode()
    received = builders.upload(services, "school@demo.example", dossier, f"verslag {NAME}.txt", content)
    document = received.document_id
    builders.describe(
        services, "school@demo.example", dossier, document, categories=("a", "e", "g"),
        necessity=f"Nodig voor {NAME} {SURNAME}.",
    )  # fmt: skip
    builders.work(services)
    builders.usecases.submit(services, builders.context(services, "school@demo.example"), dossier)
    convenant(services)
    rendition = rendered.reviewed(
        services, document, rendered.group(f"{NAME} {SURNAME}", "[leerling]"), categories="e g"
    )
    made = disclosure.disclose(services, builders.context(services, SWV), wanted(services, (dossier, document)))
    builders.work(services)
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == document)).one()
        found = events(session.connection(), object_id=made, action=Action.DISCLOSE)
        notice = session.scalars(
            select(Notice.id).where(Notice.account_id == builders.account(services, PARTNER).id)
        ).first()
    partner = builders.account(services, PARTNER)
    return {
        "dossier_id": dossier, "document_id": document, "verstrekking_id": made, "version_id": version,
        "rendition_id": rendition, "event_id": found.rows[0].event_id, "what": "json", "number": "1", "token": made,
        "account_id": partner.id, "organisation_id": partner.organisation_id, "notice_id": notice or made,
        "tenant_slug": "demo", "slug": "demo",
    }  # fmt: skip


def paths(app, world, method):
    """Every route that takes this method, with what we have in the place of its arguments."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            values = {name: world.get(name, world["verstrekking_id"]) for name in rule.arguments}
            for argument, converter in rule._converters.items():
                if hasattr(converter, "items"):
                    values[argument] = min(converter.items)
            try:
                yield rule.rule, app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            except (TypeError, ValueError):
                continue


def text_of(answer):
    """What a reader sees in an answer: of a PDF its words and its properties."""
    body = answer.get_data()
    if body.startswith(b"%PDF"):
        for tool in (["pdftotext", "-", "-"], ["strings"]):
            body += subprocess.run(tool, input=answer.get_data(), capture_output=True, check=False).stdout
    return (body.decode("utf-8", "replace") + str(answer.headers)).lower()


@pytest.mark.parametrize("who", [PARTNER, EXPERT])
def test_on_no_page_of_a_partner_stands_the_name_of_the_child(app, services, world, who):
    someone, seen = visitor(app, who), 0
    for rule, path in paths(app, world, "GET"):
        if rule.startswith("/afmelden"):
            continue
        answer = someone.get(path)
        seen += answer.status_code == 200
        found = [word for word in HIDDEN if word in text_of(answer)]
        assert not found, (rule, found)
    assert seen > 10, "this walk saw nothing"


def test_nothing_that_a_partner_asks_or_downloads_holds_the_name(app, services, world):
    partner, got = visitor(app, PARTNER), {}
    for rule, path in paths(app, world, "POST"):
        if rule.startswith(("/afmelden", "/sessies", "/account", "/tweede-stap", "/aanmelden")):
            continue
        answer = partner.post(path)
        got[rule] = answer
        found = [word for word in HIDDEN if word in text_of(answer)]
        assert not found, (rule, found)
    fetched = got["/ontvangen/<verstrekking_id>/<version_id>/downloaden"]
    assert fetched.get_data().startswith(b"%PDF")
    assert "stuk-01-geanonimiseerd.pdf" in fetched.headers["Content-Disposition"]
    with services.db.reading() as session:
        assert session.get_one(Verstrekking, world["verstrekking_id"]).confirmed_at is not None


def test_neither_package_nor_paper_holds_the_name(app, services, world, monkeypatch):
    made, sender = world["verstrekking_id"], builders.context(services, SWV)
    monkeypatch.setattr(package, "_keys", lambda *_args: ["a key"])  # what is inside is asked here, not its lock
    with services.db.reading() as session:
        row = session.get_one(Verstrekking, made)
        files, beside = package._opened(services, sender, made)
        files += beside
        listed = [{"file": file.name} for file in files]
        inside = str(package._manifest(services, session, row, listed))
    inside += "".join(b"".join(file.chunks).decode("latin-1") for file in files)
    printed = visitor(app, SWV).post(f"/verstrekkingen/{made}/afdrukken")
    assert printed.status_code == 200
    cover = text_of(printed)
    assert "stuk-01-geanonimiseerd.pdf" in inside
    assert "geanonimiseerd" in cover
    assert not [word for word in HIDDEN if word in inside.lower() or word in cover]


def test_the_sender_still_sees_whom_it_is_about(app, services, world):
    page = visitor(app, SWV).get(f"/verstrekkingen/{world['verstrekking_id']}").get_data(as_text=True)
    assert NAME in page
    answer = visitor(app, SWV).post(
        f"/verstrekkingen/{world['verstrekking_id']}/namen", {"text": "Met [leerling] gaat het goed."}
    )
    assert f"{NAME} {SURNAME}" in answer.get_data(as_text=True)
    assert visitor(app, PARTNER).post(f"/verstrekkingen/{world['verstrekking_id']}/namen").status_code == 404
