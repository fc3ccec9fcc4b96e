"""A text of a letter is adapted with a preview and taken into use, and a parent objects and reads the letter (PR11.10, OB1)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.dossiers.tables import Dossier, DossierPerson
from tests import builders, personas

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_text_is_adapted_with_a_preview_and_a_parent_gets_the_letter(portal, visitors):
    services = portal.services()
    with services.db.reading() as session:
        query = select(Dossier.id).join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        guardian = builders.account(services, personas.GUARDIAN).id
        dossier_id = session.scalars(query.where(DossierPerson.account_id == guardian)).first()
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    officer = visitors.page(personas.OFFICER)
    officer.goto("/aandacht")
    officer.get_by_role("link", name="Brieven en huisstijl").click()
    officer.get_by_role("link", name="Ontvangst van een bezwaar").click()
    officer.get_by_role("link", name="Tekst aanpassen").click()
    body = officer.get_by_label("Tekst van de brief", exact=True)
    body.fill("Dank voor uw bezwaar over {leerling}.\n\nU hoort het op {uiterlijk_op}, {onbekend}.")
    officer.get_by_role("button", name="Eerst bekijken").click()
    assert officer.get_by_text("Het veld {onbekend} bestaat niet").first.is_visible()
    body.fill("Dank voor uw bezwaar over {leerling}.\n\nU hoort het op {uiterlijk_op}.")
    officer.get_by_role("button", name="Eerst bekijken").click()
    assert officer.get_by_text("Dank voor uw bezwaar over Sam de Voorbeeld.").is_visible()
    officer.get_by_role("button", name="Bewaren voor een tweede persoon").click()
    officer.get_by_role("button", name="In gebruik nemen").click()
    parent = visitors.page(personas.GUARDIAN, width=390)
    parent.goto(f"/wat-is-bekend/{dossier_id}/besluiten")
    parent.get_by_role("link", name="Bezwaar maken").click()
    parent.get_by_label("Waarom bent u het niet eens met het besluit?").fill("Het klopt niet (verzonnen).")
    parent.get_by_role("button", name="Bezwaar versturen").click()
    parent.get_by_role("link", name="Wij hebben uw bezwaar ontvangen").click()
    assert parent.get_by_text("Dank voor uw bezwaar over Noa").is_visible()
    with parent.expect_download() as paper:
        parent.get_by_role("button", name="Brief als PDF").click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF")
    assert visitors.complaints == []
    services.db.dispose()
