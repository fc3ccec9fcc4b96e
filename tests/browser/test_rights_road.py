"""A parent asks inzage in two clicks and the officer treats it, at a screen (PR11.1, PR11.5; issue 9)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import personas

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOTS = os.environ.get("DOSSIERPOORT_TEST_SHOTS")


def shot(page, name):
    if not SHOTS:
        return
    Path(SHOTS).mkdir(parents=True, exist_ok=True)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_inzage_is_two_clicks_and_the_officer_refuses_with_reasons_that_the_parent_reads(portal, visitors):
    parent = visitors.page(personas.GUARDIAN)
    parent.goto("/wat-is-bekend")
    shot(parent, "01-wat-is-bekend")
    parent.goto("/rechten")
    shot(parent, "02-rechten")
    parent.goto("/wat-is-bekend")
    parent.get_by_role("link", name="Zien wat er is vastgelegd").first.click()
    shot(parent, "03-inzage-vragen")
    parent.get_by_role("button", name="Versturen").click()
    assert parent.get_by_text("nog 28 dagen").or_(parent.get_by_text("nog 29 dagen")).first.is_visible()
    shot(parent, "04-volgen")
    follow = parent.url
    for kind in ("verzet", "correctie", "klacht"):
        parent.goto("/rechten")
        parent.get_by_role(
            "link",
            name={"verzet": "Verzet aantekenen", "correctie": "Iets laten verbeteren"}.get(kind, "Een klacht indienen"),
        ).first.click()
        shot(parent, f"05-{kind}")
    officer = visitors.page(personas.OFFICER)
    officer.goto("/verzoeken")
    shot(officer, "06-werklijst")
    officer.goto("/verzoeken/" + follow.rpartition("/")[2])
    shot(officer, "07-verzoek")
    officer.get_by_role("link", name="Om bewijs vragen").click()
    shot(officer, "08-bewijs-vragen")
    officer.get_by_label("Welk bewijs vraagt u").fill("Kom langs op school en laat zien wie u bent (verzonnen).")
    officer.get_by_role("button", name="Om bewijs vragen").click()
    parent.goto(follow)
    shot(parent, "09-bewijs-gevraagd")
    parent.get_by_label("Uw antwoord").fill("Ik was vandaag op school (verzonnen).")
    parent.get_by_role("button", name="Antwoord versturen").click()
    officer.reload()
    officer.get_by_role("link", name="Beslissen").click()
    shot(officer, "10-beslissen")
    officer.get_by_label("afgewezen", exact=True).check()
    officer.get_by_label("Waarom?").fill("Wij weten niet zeker wie u bent (verzonnen).")
    officer.get_by_role("button", name="Beslissen en brief maken").click()
    officer.get_by_role("link", name="Afronden").click()
    shot(officer, "11-afronden")
    officer.get_by_role("button", name="Verzoek afronden").click()
    shot(officer, "12-afgerond")
    parent.goto(follow)
    assert parent.get_by_text("Wij weten niet zeker wie u bent").first.is_visible()
    assert parent.get_by_text("Dit verzoek is afgerond").is_visible()
    shot(parent, "13-afgerond")
    officer.goto("/verzoeken/termijnen")
    shot(officer, "14-termijnen")
    officer.goto("/verzoeken/nieuw")
    shot(officer, "15-zoeken")
    officer.goto("/aandacht")
    shot(officer, "16-aandacht")
