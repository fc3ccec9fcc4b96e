"""The answer of an inzage in a real browser: the officer's desk, and what who asked reads and takes along."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from gateway.rights import redaction
from tests import builders, inzages, personas
from tests.browser.test_review_page import clean

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gateway.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def running(visitors) -> tuple[str, str]:
    """A request that the officer works on, with a document that is to be looked at."""
    services: Services = visitors.services
    dossier_id, document_id = inzages.demo(services)
    request_id = inzages.begun(services, dossier_id)
    inzages.redacted(services, request_id, document_id)
    return request_id, document_id


@pytest.fixture(scope="module")
def answered(visitors, running) -> str:
    """Another request of the same parent, granted with a redacted document."""
    services: Services = visitors.services
    dossier_id, document_id = inzages.demo(services)
    request_id = inzages.begun(services, dossier_id)
    inzages.redacted(services, request_id, document_id)
    officer = builders.context(services, personas.OFFICER)
    redaction.finish(services, officer, request_id, document_id)
    for other in inzages.documents(services, request_id):
        if other != document_id:
            redaction.choose(services, officer, request_id, other, "whole")
    inzages.decided(services, request_id)
    return request_id


def fits(page: Page) -> None:
    """At both widths axe finds nothing, and nothing sticks out."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 850})
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        assert clean(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_desk_of_the_officer_is_clean_and_says_what_is_left_to_decide(visitors, running):
    request_id, document_id = running
    page = visitors.page(personas.OFFICER, bypass_csp=True)
    page.goto(f"/verzoeken/{request_id}/inzage")
    assert "stukken beslist." in page.inner_text("main")
    fits(page)
    page.goto(f"/verzoeken/{request_id}/inzage/stukken/{document_id}")
    fits(page)
    page.get_by_role("button", name=re.compile("Laat staan")).click()
    page.get_by_role("button", name="Opnieuw maken").wait_for()
    page.goto(f"/verzoeken/{request_id}/inzage/stukken/{document_id}")
    assert page.get_by_role("button", name="Dit klopt").count() == 0


def test_who_asked_reads_it_on_a_phone_and_takes_everything_along(visitors, answered):
    page = visitors.page(personas.GUARDIAN, bypass_csp=True)
    page.goto(f"/rechten/verzoek/{answered}/antwoord")
    fits(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Alles ophalen (zip)").click()
    with zipfile.ZipFile(waiting.value.path()) as taken:
        assert taken.namelist()[:2] == ["overzicht.pdf", "gegevens.json"]
        assert inzages.PDF in [taken.read(name) for name in taken.namelist()[2:]]
        assert taken.read("overzicht.pdf").startswith(b"%PDF-")
