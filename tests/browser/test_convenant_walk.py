"""Two SWVs conclude a convenant by the screen: written, offered, signed by both with a second step, taken along as PDF."""

from __future__ import annotations

import pikepdf
import pytest

from tests import personas
from tests.browser.test_axe_pages import _look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def sign(page, authority):
    page.get_by_role("link", name="Lezen en ondertekenen").click()
    _look(page, f"ondertekenen-{authority.split()[-1]}")
    page.get_by_label(authority).check()
    page.get_by_role("button", name="Ik heb het gelezen en onderteken").click()


def test_two_swvs_conclude_a_convenant_on_screen(visitors, tmp_path):
    us, them = visitors.page(personas.CONTACT_PERSON), visitors.page(personas.PARTNER)
    us.goto("/convenanten/nieuw")
    _look(us, "convenant-nieuw")
    us.get_by_label("Hoe heet het convenant?").fill("Convenant van de wandeling (verzonnen)")
    us.get_by_label("Samenwerkingsverband Buurtland").check()
    us.get_by_role("button", name="Verder").click()
    us.get_by_role("link", name="Tekst schrijven").click()
    us.get_by_label("Of typ de tekst hier").fill("Wij helpen elkaar.\nWij vragen er geen geld voor.")
    us.get_by_role("button", name="Bewaren").click()
    them.goto(us.url)
    assert "bestaat niet" in them.inner_text("main"), "nothing is shown before it is offered"
    us.get_by_role("button", name="Aanbieden om te ondertekenen").click()
    sign(us, "als directeur")
    us.get_by_text("tekende nog niet").wait_for()
    them.goto("/")
    them.get_by_role("link", name="Convenant van de wandeling (verzonnen)").first.click()
    sign(them, "als voorzitter of lid van het bestuur")
    them.locator("main .dp-card--header").get_by_text("geldt", exact=True).wait_for()
    _look(them, "convenant-geldt")
    them.get_by_role("link", name="Versie 1", exact=True).click()
    _look(them, "convenant-versie")
    with them.expect_download() as taken:
        them.get_by_role("button", name="Downloaden als PDF, met handtekeningen").click()
    taken.value.save_as(tmp_path / "convenant.pdf")
    with pikepdf.open(tmp_path / "convenant.pdf") as made, made.open_metadata() as said:
        assert said.pdfa_status == "3U"
    us.reload()
    us.get_by_role("link", name="Opzeggen").click()
    _look(us, "convenant-opzeggen")
    assert visitors.complaints == []
