"""The review page in a real browser: by keyboard, a box drawn by keys and by mouse, undo, and without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.anonymisation.sealed import decisions_of
from tests import builders, personas
from tests.browser.test_axe_pages import VIOLATIONS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gateway.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def rendition(visitors) -> str:
    """A rendition that waits for review, in the running portal."""
    services: Services = visitors.services
    dossier, document = builders.submitted(services)
    return builders.reviewable(services, dossier, document)


def decided(visitors, rendition):
    services = visitors.services
    with services.db.reading() as session:
        return decisions_of(services.vault, session, session.get_one(AnonymisedRendition, rendition))


def find(page: Page, text: str):
    return page.locator("[data-find]").filter(has_text=text)


def clean(page: Page) -> list[str]:
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in page.evaluate(VIOLATIONS)]


def test_axe_finds_nothing_and_nothing_sticks_out(visitors, rendition):
    page = visitors.page(personas.SWV, bypass_csp=True)
    page.goto(f"/anonimiseren/{rendition}")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 850})
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        assert clean(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_review_by_keyboard_alone(visitors, rendition):
    page = visitors.page(personas.SWV)
    page.goto(f"/anonimiseren/{rendition}")
    find(page, "Storm").focus()
    page.keyboard.press("l")
    page.locator("[data-said]").filter(has_text="blijft staan").wait_for(state="attached")
    assert decided(visitors, rendition).rejected == ("storm",)
    assert page.locator("[data-make-first]").get_by_role("button", name="Opnieuw maken").is_visible()
    find(page, "Storm").focus()
    page.keyboard.press("o")
    page.wait_for_load_state()
    page.get_by_role("button", name="Nakijken klaar").wait_for()
    assert decided(visitors, rendition).rejected == ()
    page.locator("[data-paper]").focus()
    page.keyboard.press("v")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    (area,) = decided(visitors, rendition).areas
    assert area.page == 1
    assert 0.2 < area.left < area.right < 0.9
    with page.expect_navigation():
        page.get_by_role("button", name="Laatste keuze ongedaan maken").click()
    assert decided(visitors, rendition).areas == ()
    assert visitors.complaints == []


def test_a_review_by_mouse(visitors, rendition):
    page = visitors.page(personas.SWV)
    page.goto(f"/anonimiseren/{rendition}")
    page.get_by_role("button", name="Vak tekenen").click()
    paper = page.locator("[data-paper]")
    paper.scroll_into_view_if_needed()
    frame = paper.bounding_box()
    page.mouse.move(frame["x"] + 40, frame["y"] + 60)
    page.mouse.down()
    page.mouse.move(frame["x"] + 140, frame["y"] + 100)
    with page.expect_navigation():
        page.mouse.up()
    (area,) = decided(visitors, rendition).areas
    assert area.left == pytest.approx(40 / frame["width"], abs=0.02)
    assert area.bottom == pytest.approx(100 / frame["height"], abs=0.02)
    page.evaluate("""() => {
        const sheet = document.querySelector('[data-sheet]'), range = document.createRange();
        const last = sheet.lastChild;
        range.setStart(last, 1); range.setEnd(last, 8);
        const chosen = window.getSelection(); chosen.removeAllRanges(); chosen.addRange(range);
    }""")
    with page.expect_navigation():
        page.get_by_role("button", name="Weghalen: ").click()
    (added,) = decided(visitors, rendition).added
    assert added.text == "was er"
    assert visitors.complaints == []


def test_a_review_without_script_on_a_phone(visitors, rendition):
    page = visitors.page(personas.CONTACT_PERSON, width=390, java_script_enabled=False)
    page.goto(f"/anonimiseren/{rendition}")
    find(page, "Storm").get_by_role("button", name="Laat staan").click()
    assert "storm" in decided(visitors, rendition).rejected
    page.get_by_label("Welke tekst moet weg?").fill("Kapper Bert")
    page.get_by_role("button", name="Ook weghalen").click()
    assert decided(visitors, rendition).added[-1].text == "Kapper Bert"
    assert page.get_by_role("button", name="Opnieuw maken").is_visible()
