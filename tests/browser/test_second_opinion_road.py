"""A whole second opinion by the screen, from both sides: what the requester must click, and what every role then sees.

With DOSSIERPOORT_FILM=directory the road leaves its pictures there: the film strip of the handleiding.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from gateway.second_opinion import views
from gateway.second_opinion_words import ADVICE, CHECKS
from gateway.services import utc_now
from tests import builders, personas, second_opinions
from tests.browser.test_axe_pages import _look

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILM = os.environ.get("DOSSIERPOORT_FILM")
MOST_CLICKS = 45
"""What the requester may need at most for a whole case, typing apart: a road that grows longer fails here."""


@dataclass
class Hands:
    """Someone at a page; every click counts."""

    page: Page
    clicks: int = 0

    def press(self, name: str) -> None:
        """Press a button or follow a link of the page's main part."""
        main = self.page.locator("main")
        found = main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))
        found.first.click()
        self.clicks += 1
        self.page.wait_for_load_state()

    def tick(self, *names: str) -> None:
        """Choose these boxes or choices, each by the name and value of its field."""
        for each in names:
            self.page.locator(
                f"main [name='{each.partition('=')[0]}']"
                + (f"[value='{each.partition('=')[2]}']" if "=" in each else "")
            ).check()
            self.clicks += 1

    def fill(self, **texts: str) -> None:
        """Type into fields."""
        for name, text in texts.items():
            self.page.locator(f"main [name='{name}']").fill(text)

    def open(self, path: str) -> None:
        """Go to a page that stands in the menu or in a notice."""
        self.page.goto(path)
        self.clicks += 1


def film(page: Page, name: str) -> None:
    """Leave a small picture of this moment."""
    if FILM:
        picture = Image.open(BytesIO(page.screenshot()))
        small = picture.convert("RGB").resize((picture.width * 5 // 8, picture.height * 5 // 8))
        small.quantize(64).save(Path(FILM) / f"second-opinion-{name}.png", optimize=True)


def test_a_whole_second_opinion_by_the_screen(portal, visitors, record_property):
    services = visitors.services
    second_opinions.convenant(services)
    second_opinions.expert(services)
    dossier = views.children(services, builders.context(services, personas.GUARDIAN))[0][0]
    us, them = Hands(visitors.page(personas.CONTACT_PERSON)), Hands(visitors.page(personas.PARTNER))
    expert = Hands(visitors.page(second_opinions.EXPERT))

    us.open(f"/dossiers/{dossier}")
    us.press("Second opinion vragen")
    us.tick("about=opp", "parents=told")
    written = second_opinions.written()
    us.fill(
        question=written.question, task=written.task, necessity=written.necessity,
        proportionality=written.proportionality, parents_how=written.parents_how,
    )  # fmt: skip
    film(us.page, "1-verzoek")
    _look(us.page, "verzoek")
    us.press("Bewaren")
    case = us.page.url.rsplit("/", 1)[-1]
    us.press("Controleren en versturen")
    us.tick(*CHECKS)
    _look(us.page, "controle")
    us.press("Bevestigen")
    assert "verzonden" in us.page.inner_text("main")

    them.open("/second-opinions")
    assert "Voorbeeld" not in them.page.locator("main table").first.inner_text().replace("Voorbeeldstreek", "")
    them.page.locator(f"main table a[href$='{case}']").click()
    them.press("Verzoek aannemen")
    them.press("Afspraken voorstellen")
    them.fill(deliver_by=(utc_now().date() + timedelta(days=7)).isoformat())
    _look(them.page, "afspraken")
    them.press("Voorstellen")
    them.press("Deskundige aanwijzen")
    them.page.locator("[name=account_id]").select_option(label="Eef Deskundig")
    them.fill(number="NVO-000001", valid_from="2020-01-01")
    _look(them.page, "deskundige")
    them.press("Aanwijzen")

    us.open(f"/second-opinions/{case}")
    us.press("Instemmen met de afspraken")
    us.press("Toelaten tot deze zaak")

    expert.open("/mijn-zaken")
    expert.page.locator(f"main table a[href$='{case}']").click()
    expert.press("Geheimhouding beloven")
    expert.tick("involved=no", "confidential")
    _look(expert.page, "geheimhouding")
    expert.press("Vastleggen")

    us.open(f"/second-opinions/{case}")
    us.press("Stukken leveren")
    us.tick("form=expert", "sure")
    us.fill(
        why_identifiable="De deskundige spreekt het kind zelf (verzonnen).",
        **{f"missing_{part}": "Is er niet (verzonnen)." for part in "acd"},
    )
    film(us.page, "2-leveren")
    _look(us.page, "leveren")
    us.press("Leveren")
    assert "Geleverde stukken" in us.page.inner_text("main")

    them.open(f"/second-opinions/{case}")
    them.press("Ontvangst van de stukken bevestigen")
    assert "nog 1" in them.page.inner_text("main")

    expert.open(f"/second-opinions/{case}")
    expert.press("Naar de geleverde stukken")
    assert expert.page.locator("main table a").count() == 1
    expert.open(f"/second-opinions/{case}")
    expert.press("Vraag stellen")
    expert.fill(text="Is er een toets van dit schooljaar?")
    expert.press("Versturen")
    us.open(f"/second-opinions/{case}")
    us.fill(**{"antwoord-text": "Nee, die komt in januari."})
    us.press("Antwoord versturen")

    expert.open(f"/second-opinions/{case}")
    expert.press("Advies schrijven")
    expert.fill(**dict.fromkeys(ADVICE, "Verzonnen tekst."))
    film(expert.page, "3-advies-schrijven")
    _look(expert.page, "schrijven")
    expert.press("Concept bewaren")
    _look(expert.page, "zaak-deskundige")
    film(expert.page, "4-deskundige")
    expert.press("Advies ondertekenen")

    them.open(f"/second-opinions/{case}")
    film(them.page, "5-partner")
    _look(them.page, "zaak-partner")
    them.press("Advies leveren")

    us.open(f"/second-opinions/{case}")
    us.press("Ontvangst van het advies bevestigen")
    us.press("Advies aan de ouders geven")
    us.press("Advies lezen")
    film(us.page, "6-advies")
    _look(us.page, "advies")
    us.open(f"/second-opinions/{case}")
    us.press("Zaak afronden")
    us.page.get_by_role("heading", name="Wat er is gebeurd").evaluate("each => each.scrollIntoView()")
    film(us.page, "7-tijdlijn")
    _look(us.page, "zaak-klaar")

    parent = visitors.page(personas.GUARDIAN, width=390)
    parent.goto("/second-opinions")
    _look(parent, "ouder-lijst")
    parent.locator(f"main a[href$='{case}']").click()
    assert "Gaf u het advies van de second opinion" in parent.inner_text("main")
    parent.set_viewport_size({"width": 390, "height": 850})
    film(parent, "8-ouder")
    _look(parent, "ouder-zaak")
    officer = visitors.page(personas.OFFICER)
    officer.goto(f"/second-opinions/{case}")
    assert "Zaak afgerond" in officer.inner_text("main")
    assert "Verzonnen" not in officer.inner_text("main")
    record_property("requester_clicks", us.clicks)
    record_property("partner_clicks", them.clicks)
    record_property("expert_clicks", expert.clicks)
    assert us.clicks <= MOST_CLICKS
    assert visitors.complaints == []
