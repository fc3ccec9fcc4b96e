"""Every page of every role at two widths: axe finds nothing, nothing sticks out, the keyboard reaches the main act."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from gateway.accounts import people, totp
from gateway.accounts.tables import SignedIn
from gateway.consent.usecases import NewConsent
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.judging import Request
from gateway.dossiers import usecases as dossiers
from gateway.dossiers.tables import DocumentVersion
from gateway.keeping import usecases as keeping
from gateway.matters.rules import NewHold
from gateway.services import utc_now
from tests import builders, personas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from gateway.services import Services
    from tests.browser.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WIDTHS = (1280, 390)
ROLES = (
    personas.OWNER,
    personas.SWV,
    personas.CONTACT_PERSON,
    personas.PARTNER,
    personas.MUNICIPALITY,
    personas.EXPERT,
    personas.GUARDIAN,
    personas.PUPIL,
    personas.OFFICER,
    personas.ADMINISTRATOR,
)
SAMPLES = Path(__file__).resolve().parents[1] / "data" / "files"
SHOTS = os.environ.get("DOSSIERPOORT_TEST_SHOTS")  # a directory: then a picture of each page is left there
IDS = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then((found) => found.violations)"
NO_PAGES = (".csv", ".json", "/healthz", "/readyz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What the portal holds: paths by name."""

    draft: str
    submitted: str
    health: str
    plain: str
    withdrawn: str
    recipient: str
    consent: str


@pytest.fixture(scope="module")
def seeded(portal: Portal) -> Iterator[Seeded]:
    """A draft with a rejected document, and a submitted dossier with a verstrekking that was received."""
    services = portal.services()
    yield _seed(services)
    services.db.dispose()


def _seed(services: Services) -> Seeded:
    owner, swv = personas.OWNER, personas.SWV
    draft = builders.draft(services, owner)
    pdf = (SAMPLES / "verslag.pdf").read_bytes()
    builders.upload(services, owner, draft, "afgebroken verslag.pdf", pdf[: len(pdf) // 2])
    builders.upload(services, owner, draft, "scan.png", (SAMPLES / "scan.png").read_bytes())
    submitted = builders.draft(
        services, owner, first_name="Noor", infix="", last_name="van-der-Zeer-Lange-Verzonnen-Naam", bsn="111222333"
    )
    documents = {}
    for name, file_name in (("plain", "verslag.pdf"), ("health", "verslag.docx"), ("withdrawn", "verslag.txt")):
        got = builders.upload(services, owner, submitted, file_name, (SAMPLES / file_name).read_bytes())
        documents[name] = got.document_id or ""
        changes = {"categories": ("e", "n"), "necessity": "Nodig voor de plaatsing."} if name == "health" else {}
        builders.describe(services, owner, submitted, documents[name], **changes)
    _wait_for_checks(services)
    dossiers.submit(services, builders.context(services, owner), submitted)
    dossiers.withdraw(
        services, builders.context(services, owner), submitted, documents["withdrawn"], "Hoort bij een ander."
    )
    recipient = builders.account(services, personas.MUNICIPALITY).organisation_id
    staff = builders.context(services, swv)
    consent = disclosure.add_consent(services, staff, submitted, _consent())
    request = _request(submitted, documents["plain"], recipient, consent)
    made = disclosure.disclose(services, staff, request)
    disclosure.confirm(services, builders.context(services, personas.MUNICIPALITY), made)
    disclosure.disclose(services, staff, request)
    builders.tlv(services, submitted, builders.matter(services, submitted))
    builders.matter(services, submitted, kind="allocation")
    hold = NewHold(
        kind="bezwaar",
        started_on=staff.today,
        review_on=staff.today + timedelta(days=30),
        reason="Verzonnen bezwaar.",
        owner_id=staff.person.account_id,
    )
    keeping.add_hold(services, staff, submitted, hold)
    return Seeded(draft=draft, submitted=submitted, recipient=recipient, consent=consent, **documents)


def _wait_for_checks(services: Services) -> None:
    """The portal's own worker does them."""
    for _ in range(900):
        with services.db.reading() as session:
            if session.scalar(select(func.count()).where(DocumentVersion.state == "in_check")) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the checks did not end")


def _consent() -> NewConsent:
    return NewConsent(
        given_by="guardian",
        giver_name="Iemand van Verzonnen",
        has_authority=True,
        given_on=date.today(),
        purposes=("second_opinion",),
        recipients=("municipality",),
        evidence="Getekend formulier.",
    )


def _request(dossier: str, document: str, recipient: str, consent: str) -> Request:
    return Request(
        dossier_id=dossier,
        document_ids=(document,),
        recipient_id=recipient,
        purpose="second_opinion",
        basis="consent",
        law=None,
        consent_id=consent,
        statement="Juist, volledig en actueel.",
        recipient_person="Petra Fictief",
        identifiable=True,
        why_identifiable="De deskundige spreekt het kind zelf.",
    )


@pytest.mark.parametrize("who", ROLES)
def test_axe_finds_nothing_on_any_page_of_a_role(seeded, visitors, who):
    page = visitors.page(who)
    seen = _crawl(page, who.partition("@")[0])
    assert len(seen) >= 3, seen
    assert visitors.complaints == []


def test_axe_finds_nothing_on_the_pages_for_everyone(seeded, visitors):
    page = visitors.page()
    page.goto("/aanmelden")
    seen = _crawl(page, "anoniem", start="/aanmelden")
    assert {"/aanmelden", "/over", "/wachtwoord-vergeten"} <= set(seen)
    page.goto("/aanmelden")
    page.locator("main button[type=submit]").click()
    _look(page, "anoniem-fout-aanmelden")


def test_axe_finds_nothing_on_the_road_through_the_second_step(portal, visitors):
    """The second step, setting one up, the codes on paper, and proving it again: no link leads there."""
    services = portal.services()
    with services.db.writing() as session:
        account = people.by_email(session, services.vault, personas.COLLEAGUE)
        totp.remove(session, account.id)
    page, other = visitors.page(), visitors.page()
    visitors.let_in(page.context, personas.SWV, factor=None)
    page.goto("/aanmelden/tweede-stap")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Verder").click()
    _look(page, "tweede-stap-fout")
    visitors.let_in(other.context, personas.COLLEAGUE, factor=None)
    other.goto("/dossiers")
    assert other.url.endswith("/mijn-account/app?next=/dossiers")
    _look(other, "tweede-stap-instellen")
    secret = other.locator("main code").inner_text().replace(" ", "")
    other.get_by_label("Code").fill(totp.code_for(secret, totp.counter_at(utc_now())))
    other.get_by_role("button", name="App instellen").click()
    _look(other, "herstelcodes")
    other.goto("/mijn-account")
    with services.db.writing() as session:
        session.execute(update(SignedIn).values(factor_at=None))
    other.get_by_role("button", name="Nieuwe herstelcodes maken").click()
    _look(other, "bevestig-verstuurd")
    other.goto("/mijn-account/app")
    _look(other, "bevestig")
    services.db.dispose()


FORMS = {
    personas.OWNER: ("/dossiers/nieuw", "/dossiers/{draft}/wijzigen", "/dossiers/{draft}/weggooien"),
    personas.SWV: ("/dossiers/{submitted}/verstrekken", "/dossiers/{submitted}/toestemming"),
    personas.ADMINISTRATOR: ("/inrichting/uitnodigen", "/inrichting/organisatie", "/toegangslijst/nieuw"),
}


@pytest.mark.parametrize(("who", "path"), [(who, path) for who, paths in FORMS.items() for path in paths])
def test_a_form_with_errors_is_as_good_as_one_without(seeded, visitors, who, path):
    page = visitors.page(who)
    page.goto(path.format(draft=seeded.draft, submitted=seeded.submitted))
    page.evaluate(
        "for (const field of document.querySelectorAll('main form input[type=text], main form textarea')) field.value = ''"
    )
    page.evaluate(
        "for (const field of document.querySelectorAll('main form [aria-disabled]')) field.removeAttribute('aria-disabled')"
    )
    page.locator("main form button[type=submit]").first.click()
    page.locator("[data-error-summary], .utrecht-form-field-error-message").first.wait_for()
    _look(page, f"fout-{path.rsplit('/', 1)[-1]}")


def test_the_pages_that_say_no(seeded, visitors):
    page = visitors.page(personas.SWV)
    page.goto("/dossiers/bestaat-niet")
    _look(page, "404")
    page.goto(f"/dossiers/{seeded.submitted}/stukken/{seeded.withdrawn}/lezen")
    assert "ingetrokken" in page.inner_text("main")
    _look(page, "409")
    _ask(page, seeded, "Verslag", document=seeded.plain)
    page.get_by_role("heading", name="Controleer en bevestig").wait_for()
    _look(page, "bevestigen")
    page.get_by_role("button", name="Terug en wijzigen").click()
    page.get_by_text("Stap 2 van 3").wait_for()
    _look(page, "tweede-stap")
    _ask(page, seeded, "Verslag", document=seeded.health)
    page.get_by_role("heading", name="Dit mag niet volgens het privacyreglement").wait_for()
    _look(page, "403-geweigerd")
    page.goto(f"/dossiers/{seeded.submitted}/toestemming")
    page.evaluate("document.querySelector('main [name=evidence]').value = 'x'.repeat(1200000)")
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/toestemming")
    page.locator(".dp-problem").wait_for()
    assert "te groot" in page.inner_text("main"), page.inner_text("main")
    _look(page, "413")
    page.goto(f"/dossiers/{seeded.submitted}/toestemming")
    page.evaluate("document.querySelector('main [name=csrf_token]').value = 'anders'")
    page.get_by_role("button", name="Vastleggen").click()
    page.get_by_text("te lang open").wait_for()
    _look(page, "400")


def _ask(page: Page, seeded: Seeded, statement: str, *, document: str) -> None:
    page.goto(f"/dossiers/{seeded.submitted}/verstrekken")
    page.locator(f"[name=document_ids][value='{document}']").check()
    page.locator("[name=recipient_id]").select_option(seeded.recipient)
    page.locator("[name=purpose]").select_option("second_opinion")
    page.locator("[name=identifiable][value='1']").check()
    page.locator("[name=basis][value=consent]").check()
    page.get_by_role("button", name="Verder", exact=True).click()
    page.locator("[name=consent_id]").select_option(seeded.consent)
    page.locator("[name=why_identifiable]").fill("De deskundige spreekt het kind zelf.")
    page.locator("[name=statement]").fill(statement)
    page.get_by_role("button", name="Verder naar de controle").click()


@pytest.mark.parametrize(
    ("who", "path", "act"),
    [
        (personas.OWNER, "/dossiers", "Nieuw dossier"),
        (personas.OWNER, "/dossiers/nieuw", "Dossier maken"),
        (personas.SWV, "/dossiers/{submitted}/verstrekkingen", "Gegevens verstrekken"),
        (personas.ADMINISTRATOR, "/inrichting/uitnodigen", "Uitnodigen"),
    ],
)
def test_the_keyboard_skips_to_the_content_and_reaches_the_main_act(seeded, visitors, who, path, act):
    page = visitors.page(who)
    page.goto(path.format(submitted=seeded.submitted))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#inhoud"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhoud"
    for _ in range(40):
        page.keyboard.press("Tab")
        if act in page.evaluate("document.activeElement.innerText || ''"):
            break
    else:
        pytest.fail(f"{act} was not reached")
    outline = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow; })()"
    )
    assert outline != "nonenone"  # one can see where one is


def test_no_page_asked_anything_of_another_host_or_broke_its_policy(seeded, visitors):
    assert visitors.complaints == []


def _crawl(page: Page, name: str, *, start: str = "/") -> list[str]:
    """Follow every link of this person's pages and look at each page; returns the kinds of pages."""
    todo, queued, kinds = [start], {start}, Counter[str]()
    while todo:
        path = todo.pop(0)
        answer = page.goto(path)
        assert answer.status == 200, (path, answer.status)
        kind = _kind(urlsplit(page.url).path)
        kinds[kind] += 1
        _look(page, f"{name}{kind.replace('/', '-').rstrip('-')}-{kinds[kind]}")
        for link in _links(page):
            known = sum(_kind(urlsplit(other).path) == _kind(urlsplit(link).path) for other in queued)
            # Of pages that differ only in their ids one will do, but of dossiers a full one and an empty one.
            if link not in queued and known < (2 if link.startswith("/dossiers/") else 1):
                queued.add(link)
                todo.append(link)
    return list(kinds)


def _links(page: Page) -> list[str]:
    """Where the links of this page lead within the portal, without its anchors and lists to save."""
    found = page.eval_on_selector_all("a[href]", "all => all.map((a) => a.href)")
    own = [
        urlsplit(url) for url in found if url.startswith(page.url.split("/", 3)[0] + "//" + urlsplit(page.url).netloc)
    ]
    paths = [url.path + (f"?{url.query}" if url.query else "") for url in own]
    return [path for path in dict.fromkeys(paths) if not path.partition("?")[0].endswith(NO_PAGES)]


def _kind(path: str) -> str:
    return IDS.sub("id", path)


def _look(page: Page, name: str) -> None:
    """Axe at both widths, with everything unfolded; nothing may stick out."""
    from axe_playwright_python.base import AXE_SCRIPT, AxeResults

    page.evaluate(AXE_SCRIPT)  # once for both widths: its half a megabyte takes longer than the look itself
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 850})
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        results = AxeResults({"violations": page.evaluate(VIOLATIONS)})
        assert results.violations_count == 0, f"{name} at {width}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} sticks out at {width}"
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = false")
    page.set_viewport_size({"width": WIDTHS[0], "height": 850})
    if page.locator("h1").count() != 1:
        pytest.fail(f"{name} has {page.locator('h1').count()} main headings")
