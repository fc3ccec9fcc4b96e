"""The page that checks a receipt, in Chromium: the vectors of the command, offline from disk, without Ed25519."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from gateway.app import create_app
from tests import builders, personas
from tests.personas import visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "audit"
GOOD = (VECTORS / "receipts" / "valid-opened.json").read_bytes()
NO_ED25519 = """
const whole = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (form, key, kind, ...rest) =>
  (kind.name ?? kind) === "Ed25519" ? Promise.reject(new DOMException("no", "NotSupportedError")) : whole(form, key, kind, ...rest);
"""


def expected(name: str) -> dict[str, str]:
    return dict(json.loads((VECTORS / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The page as the portal sends it, saved to disk; and a receipt of that portal with its keys."""
    root = tmp_path_factory.mktemp("check")
    with builders.demo_installation(root / "portal") as services:
        app = create_app(services)
        dossier, _ = builders.submitted(services, bsn="100000009")
        builders.work(services)
        officer = visitor(app, personas.OFFICER)
        events = officer.get(f"/logboek?dossier={dossier}&wat=submit").get_data(as_text=True)
        (event,) = re.findall(r'href="/logboek/([0-9a-f]{32})"', events)  # the one submission of this dossier
        pdf = officer.post(f"/bewijs/{event}/pdf")
        assert pdf.status_code == 200
        leaf = json.loads(officer.post(f"/bewijs/{event}/json").get_data())
        shown = officer.get(f"/bewijs/{event}").get_data(as_text=True)
        (scanned,) = re.findall(rf'href="(?:http://localhost)?/controle(\?[^"]*bewijs={event}[^"]*)"', shown)
        scanned = scanned.replace("&amp;", "&")
        answer = visitor(app).get(f"/controle{scanned}", headers={"Accept-Language": "nl"})
        page = root / "controle.html"
        page.write_bytes(answer.get_data())
        yield {"page": page, "pdf": pdf.get_data(), "event": event, "receipt": leaf}


@pytest.fixture(scope="module")
def disk(chromium: Browser, saved: dict[str, Any]) -> Iterator[Page]:
    """The saved page, opened from disk in a browser without network."""
    context = chromium.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam", offline=True)
    page = context.new_page()
    page.goto(saved["page"].as_uri())
    yield page
    context.close()


def give(page: Page, name: str, content: bytes) -> str:
    """Choose this file and wait for what the page says of it."""
    page.locator("#result").evaluate("element => { delete element.dataset.outcome; }")
    page.locator("#file").set_input_files([])
    page.locator("#file").set_input_files([{"name": name, "mimeType": "application/octet-stream", "buffer": content}])
    page.locator("#result[data-outcome]:not([data-outcome=reading])").wait_for()  # evaluating a text breaks the policy
    return str(page.locator("#result").get_attribute("data-outcome"))


def use_keys(page: Page, name: str) -> None:
    page.locator("#keys").evaluate("(element, text) => { element.value = text; }", (VECTORS / name).read_text("utf-8"))


def test_the_page_and_the_command_say_the_same_of_every_vector(disk):
    use_keys(disk, "keys.txt")
    wanted = expected("expected.json")
    found = {name: give(disk, name, (VECTORS / "receipts" / f"{name}.json").read_bytes()) for name in wanted}
    assert found == wanted
    wanted = expected("expected-pdf.json")
    found = {name: give(disk, name, (VECTORS / "pdf" / f"{name}.pdf").read_bytes()) for name in wanted}
    assert found == wanted


def test_the_page_says_whether_a_witness_confirmed(disk):
    use_keys(disk, "keys.json")
    assert give(disk, "a", (VECTORS / "receipts" / "valid-witnessed.json").read_bytes()) == "valid"
    assert "Bevestigd: ook door een getuige" in disk.locator("#result").inner_text()
    assert give(disk, "a", (VECTORS / "receipts" / "valid-witness-broken.json").read_bytes()) == "checkpoint"
    assert give(disk, "a", GOOD) == "valid"
    assert "Niet bevestigd" in disk.locator("#result").inner_text()


def test_a_receipt_of_a_portal_is_checked_from_disk_and_compared_with_the_scanned_code(chromium, saved):
    context = chromium.new_context(locale="nl-NL", offline=True)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(saved["page"].as_uri())
    assert saved["event"] in page.locator(".scanned").inner_text()
    assert give(page, "bewijs.pdf", saved["pdf"]) == "valid"
    text = page.locator("#result").inner_text()
    assert "Dit is het bewijs waarvan u de code scande." in text
    assert '"action":"submit"' in saved["receipt"]["event"]
    assert "Ingediend" in text  # a value begins with a capital
    changed = json.dumps({**saved["receipt"], "event": saved["receipt"]["event"].replace("submit", "consult")})
    assert give(page, "bewijs.json", changed.encode()) == "proof"
    page.get_by_text("Of plak de tekst van het bewijs").click()
    page.locator("#pasted").fill(json.dumps(saved["receipt"]))
    page.get_by_role("button", name="Controleer").click()
    page.locator("#result[data-outcome=valid]").wait_for()
    assert asked == [saved["page"].as_uri()]
    assert complaints == []
    context.close()


@pytest.mark.parametrize(
    "script", [NO_ED25519, "delete Crypto.prototype.subtle;", "delete globalThis.DecompressionStream;"]
)
def test_a_browser_that_lacks_something_cannot_check_and_never_says_invalid(chromium, saved, script):
    context = chromium.new_context(locale="nl-NL", offline=True)
    context.add_init_script(script)
    page = context.new_page()
    page.goto(saved["page"].as_uri())
    for content in (saved["pdf"], saved["pdf"][:200] + b"x" + saved["pdf"][201:]):
        assert give(page, "bewijs.pdf", content) == "cannot"
        assert "kan hier niet worden gecontroleerd" in page.locator("#result").inner_text()
    context.close()


def test_what_is_no_text_or_no_key_is_not_called_invalid(disk):
    use_keys(disk, "keys.txt")
    assert give(disk, "a", b"\xff\xfe\x00") == "cannot"
    assert give(disk, "a", b"x" * 4_000_001) == "cannot"
    disk.locator("#keys").evaluate("element => { element.value = 'naam+id+sleutel'; }")
    assert give(disk, "a", GOOD) == "cannot"


def test_a_dropped_file_of_keys_becomes_the_keys(disk):
    disk.locator("#file").set_input_files(VECTORS / "keys.json")
    expect(disk.locator("#keys")).to_have_value(re.compile("witness.example"))
    assert give(disk, "a", GOOD) == "valid"
