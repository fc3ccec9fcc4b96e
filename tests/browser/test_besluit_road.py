"""From a matter to its besluit and back to the parent, as people do it at a screen (TL7, TL8, PR12.1, OB2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.rights.tables import RightRequest
from tests import builders, personas

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOTS = os.environ.get("DOSSIERPOORT_TEST_SHOTS")


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_besluit_is_registered_and_the_parent_reads_until_when_the_dossier_is_kept(portal, visitors):
    services = portal.services()
    with services.db.reading() as session:
        query = select(Dossier.id).join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        guardian = builders.account(services, personas.GUARDIAN).id
        # The demo's requests hold the first dossier already.
        quiet = Dossier.id.not_in(select(RightRequest.dossier_id))
        dossier_id = session.scalars(query.where(DossierPerson.account_id == guardian, quiet)).one()
    today = builders.context(services, personas.SWV).today
    page = visitors.page(personas.SWV)
    page.goto(f"/dossiers/{dossier_id}/zaken")
    page.get_by_role("link", name="Nieuwe zaak").click()
    shot(page, "1-nieuwe-zaak")
    page.get_by_label("Waar gaat deze zaak over?").select_option("admissibility")
    page.get_by_label("Wanneer begon de zaak?").fill(today.isoformat())
    page.get_by_role("button", name="Zaak beginnen").click()
    page.get_by_role("link", name="Besluit vastleggen").click()
    page.get_by_label("Wat is het besluit?").select_option("tlv")
    page.get_by_label("Geldt vanaf").fill(today.isoformat())
    page.get_by_label("Geldt tot en met").fill(f"{today.year + 2}-07-31")
    page.get_by_label("Soort school").select_option("so")
    page.get_by_label("Bekostigingscategorie").select_option("licht")
    page.get_by_label("Geslacht van de leerling").select_option("V")
    page.get_by_label("Nummer van het samenwerkingsverband").fill("PO2203")
    page.get_by_role("button", name="Vastleggen en melden").click()
    assert page.get_by_text("hoort niet bij deze soort school").first.is_visible()  # and nothing typed was lost
    shot(page, "2-besluit-fout")
    page.get_by_label("Bekostigingscategorie").select_option("laag")
    page.get_by_role("button", name="Vastleggen en melden").click()
    assert page.get_by_text(f"PO2203-{today.year}-00001").first.is_visible()
    assert page.get_by_text("wordt vernietigd na").first.is_visible()
    shot(page, "3-zaken")
    with page.expect_download() as paper:
        page.get_by_role("button", name="Besluit als PDF").click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Uitstel vastleggen").click()
    page.get_by_label("Waarom mag dit dossier niet vernietigd worden?").select_option("bezwaar")
    page.get_by_label("Wat is er aan de hand?").fill("De ouder maakt bezwaar (verzonnen).")
    page.get_by_label("Wanneer kijkt deze persoon opnieuw?").fill(f"{today.year + 1}-12-31")
    page.get_by_role("button", name="Vastleggen").click()
    assert page.get_by_text("wordt nu niet vernietigd (OB2)").first.is_visible()
    shot(page, "4-uitstel")
    page.goto("/bewaren")
    shot(page, "5-bewaren")
    parent = visitors.page(personas.GUARDIAN, width=390)
    parent.goto("/wat-is-bekend")
    assert parent.get_by_text("Wordt nu niet vernietigd (OB2)").first.is_visible()
    shot(parent, "6-bekend")
    parent.locator(f"a[href='/wat-is-bekend/{dossier_id}/besluiten']").click()
    assert parent.get_by_text("bezwaar maken").first.is_visible()
    shot(parent, "7-ouder")
    assert visitors.complaints == []
    services.db.dispose()
