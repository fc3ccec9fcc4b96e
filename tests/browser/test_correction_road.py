"""A correctie at the screens: carried out by the officer, acknowledged by who had the data, seen by who asked (PR11.7)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.accounts.tables import Organisation
from gateway.rights import treating
from tests import builders, corrections, personas
from tests.browser.test_axe_pages import _look as look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOTS = os.environ.get("DOSSIERPOORT_TEST_SHOTS")


def shot(page, name):
    page.evaluate("document.activeElement && document.activeElement.blur()")
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        wide = page.viewport_size
        page.set_viewport_size({"width": 390, "height": 850})
        page.screenshot(path=f"{SHOTS}/{name}-390.png", full_page=True)
        page.set_viewport_size(wide)


def test_a_granted_removal_is_carried_out_acknowledged_and_seen(portal, visitors):
    services = portal.services()
    dossier_id, document_id = corrections.dossier(services, bsn="100000071")
    corrections.given(services, dossier_id, document_id)
    kept = builders.upload(services, personas.OWNER, dossier_id, "observatie.txt", b"Een verzonnen observatie.\n")
    builders.describe(services, personas.OWNER, dossier_id, kept.document_id)
    builders.work(services)
    parent = visitors.page(personas.GUARDIAN, width=390)
    parent.goto(f"/rechten/{dossier_id}/correctie")
    for place, (about, change, wrong, should_be) in enumerate(
        (
            (document_id, "verwijderen", "Dit verslag gaat over een ander kind (verzonnen).", ""),
            (kept.document_id, "verbeteren", "Ik heb dit niet gezegd (verzonnen).", "Ik vroeg om rust (verzonnen)."),
        )
    ):
        if place:
            parent.get_by_role("button", name="Nog een onderdeel toevoegen").click()
        block = parent.get_by_role("group", name=f"Onderdeel {place + 1}")
        block.get_by_label("Waar gaat het om?").select_option(f"document:{about}")
        block.get_by_label(change).check()
        block.get_by_label("Wat klopt er niet?").fill(wrong)
        block.get_by_label("Wat moet er staan?").fill(should_be)
    parent.get_by_role("button", name="Versturen").click()
    parent.wait_for_url("**/rechten/verzoek/*")
    request_id = parent.url.split("?")[0].rsplit("/", 1)[1]
    corrections.step(services, treating.treat, request_id)
    corrections.decide(services, request_id, "granted", "refused")
    with services.db.reading() as session:
        town = session.get_one(Organisation, builders.account(services, personas.MUNICIPALITY).organisation_id).name

    officer = visitors.page(personas.OFFICER)
    officer.goto(f"/verzoeken/{request_id}")
    officer.get_by_role("link", name="Naar uitvoeren en inlichten").click()
    officer.get_by_text(town).first.wait_for()
    shot(officer, "1-uitvoeren")
    officer.get_by_label("Typ ter bevestiging").fill("verwijderen")
    officer.get_by_role("button", name="Stuk verwijderen").click()
    officer.get_by_text("ingelicht, nog geen antwoord").first.wait_for()
    shot(officer, "2-uitgevoerd")

    receiver = visitors.page(personas.MUNICIPALITY)
    receiver.goto("/ontvangen")
    receiver.get_by_role("link", name="Correcties van ontvangen gegevens").click()
    shot(receiver, "3-correcties")
    receiver.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    shot(receiver, "4-correctie")
    receiver.get_by_role("button", name="Antwoord versturen").click()
    receiver.get_by_text("Kies wat u hebt gedaan").first.wait_for()
    receiver.get_by_label("Wij hebben het verwijderd.").check()
    receiver.get_by_label("Toelichting").fill("Ook uit de kopieën (verzonnen).")
    receiver.get_by_role("button", name="Antwoord versturen").click()
    receiver.get_by_text("Uw antwoord").first.wait_for()

    parent.goto(f"/rechten/verzoek/{request_id}")
    parent.get_by_role("link", name="Wat is er gedaan, en wie is ingelicht?").click()
    parent.get_by_text("Wij hebben het verwijderd.").first.wait_for()
    parent.get_by_label("Uw zienswijze").fill("Het gesprek ging anders (verzonnen).")
    shot(parent, "5-gevolg")
    parent.get_by_role("button", name="Zienswijze toevoegen").click()
    parent.get_by_text("Deze tekst staat bij het stuk").first.wait_for()

    reader = visitors.page(personas.SWV)
    reader.goto(f"/dossiers/{dossier_id}/stukken/{kept.document_id}/lezen")
    reader.get_by_text("Het gesprek ging anders (verzonnen).").first.wait_for()
    for name, page in (("uitvoeren", officer), ("antwoord", receiver), ("gevolg", parent)):
        look(page, name)
    assert visitors.complaints == []
    services.db.dispose()
