"""An anonymised document on its way: the worker makes it, the SWV sends it, a partner fetches it and finds no name."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.anonymisation import asking
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from tests import builders, personas
from tests.integration.test_disclosure_forms import convenant

NAMES = ("Jip", "Zwollebol", "Mies", "Bedachte Kade", "123456782", "Verzonnen Linde")
TEXT = """Gespreksverslag over Jip van Zwollebol, geboren 9 maart 2016, BSN 123456782.
Aanwezig was Mies van Zwollebol (moeder). Jip woont op de Bedachte Kade 7.
Jip leest graag en werkt goed samen in de klas van basisschool De Verzonnen Linde.
"""
SHOTS = os.environ.get("FLOW_SHOTS")


@pytest.fixture(scope="module")
def document(portal):
    """A document of a submitted dossier whose rendition the portal's own worker made and a person finished."""
    services = portal.services()
    dossier = builders.draft(services)
    got = builders.upload(services, personas.OWNER, dossier, "verslag Jip.txt", TEXT.encode())
    builders.describe(services, personas.OWNER, dossier, got.document_id, categories=("a", "b", "g"))
    _until(lambda: _checked(services, got.document_id))
    builders.usecases.submit(services, builders.context(services, personas.OWNER), dossier)
    convenant(services)
    made = asking.ask(services, builders.context(services, personas.SWV), dossier, got.document_id)
    _until(lambda: _state(services, made) not in {"asked", "working"})
    assert _state(services, made) == "review"
    with services.db.writing() as session:  # the review itself is walked in its own test
        row = session.get_one(AnonymisedRendition, made)
        row.state, row.categories = "done", "g"
    yield dossier, got.document_id
    services.db.dispose()


def _checked(services, document_id):
    from gateway.dossiers.tables import DocumentVersion

    with services.db.reading() as session:
        states = session.scalars(select(DocumentVersion.state).where(DocumentVersion.document_id == document_id)).all()
    return list(states) == ["ready"]


def _state(services, rendition_id):
    with services.db.reading() as session:
        return session.get_one(AnonymisedRendition, rendition_id).state


def _until(true, seconds=240):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "the worker did not do it"
        time.sleep(0.3)


def _shot(page, name):
    if SHOTS:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def test_a_partner_fetches_an_anonymised_document_and_finds_no_name(document, visitors):
    dossier, _ = document
    swv = visitors.page(personas.SWV)
    swv.goto(f"/dossiers/{dossier}/verstrekken")
    swv.get_by_label("verslag Jip.txt").check()
    partner_id = swv.locator("[name=recipient_id] option", has_text="Buurtland").get_attribute("value")
    swv.locator("[name=recipient_id]").select_option(partner_id)
    swv.locator("[name=purpose]").select_option("second_opinion")
    swv.locator("[name=basis][value=public_task]").check()
    assert swv.locator("[name=identifiable][value='0']").is_checked(), "anonymised is what is offered"
    _shot(swv, "1-choose")
    swv.get_by_role("button", name="Verder", exact=True).click()
    swv.get_by_text("De stukken gaan geanonimiseerd weg.").wait_for()
    assert swv.locator("[name=why_identifiable]:visible").count() == 0
    swv.locator("[name=evidence]").fill("Het verzoek van 3 november 2026 (verzonnen).")
    swv.locator("[name=statement]").fill("Alles wat over Jip is opgeschreven klopt.")
    swv.get_by_role("button", name="Verder naar de controle").click()
    swv.get_by_text("Hierin staat een naam").first.wait_for()
    _shot(swv, "2-named")
    swv.locator("[name=statement]").fill("Juist, volledig en actueel.")
    swv.get_by_role("button", name="Verder naar de controle").click()
    swv.get_by_role("heading", name="Controleer en bevestig").wait_for()
    _shot(swv, "3-confirm")
    swv.get_by_role("button", name="Verstrekken").click()
    swv.get_by_text("De stukken staan klaar").wait_for()
    _shot(swv, "4-sent")
    number = swv.url.rsplit("/", 1)[-1]

    partner = visitors.page(personas.PARTNER)
    partner.goto("/ontvangen")
    shown = partner.inner_text("body")
    partner.goto(f"/ontvangen/{number}")
    shown += partner.inner_text("body")
    _shot(partner, "5-received")
    with partner.expect_download() as waiting:
        partner.get_by_role("button", name="Downloaden").click()
    got = waiting.value
    assert got.suggested_filename == "stuk-01-geanonimiseerd.pdf"
    words = subprocess.run(["pdftotext", got.path(), "-"], capture_output=True, text=True, check=True).stdout
    assert "leest graag" in words
    assert not [name for name in NAMES if name.lower() in (shown + words).lower()]

    swv.get_by_role("link", name="Een advies met namen lezen").click()
    swv.locator("[name=text]").fill("Wij raden aan dat [leerling] in de klas blijft.")
    swv.get_by_role("button", name="Lezen met namen").click()
    assert "Zwollebol" in swv.locator("main mark").first.inner_text()
    _shot(swv, "6-names")
