"""Passkeys by Chromium's virtual authenticator: made, used alone, as a second step and once more, named, removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from gateway.accounts.tables import Passkey
from tests import personas

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

    from tests.browser.conftest import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


class Device:
    """An authenticator that lives in the browser of this page, and unlocks by itself."""

    def __init__(self, page: Page) -> None:
        self.line: CDPSession = page.context.new_cdp_session(page)
        self.line.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verified(self, *, yes: bool) -> None:
        """Whether the finger fits."""
        self.line.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})

    def keys(self) -> list[dict[str, object]]:
        """What it holds."""
        return list(self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])


@pytest.fixture(scope="module")
def keyed(visitors: Visitors) -> tuple[Page, Device]:
    """Someone of the SWV at a browser with an authenticator, who made a passkey there."""
    page = visitors.page(personas.SWV)
    device = Device(page)
    page.goto("/mijn-account")
    page.get_by_label("Hoe noemt u de nieuwe passkey?").fill("Mijn laptop")
    page.get_by_role("button", name="Passkey toevoegen").click()
    page.get_by_text("De passkey is ingesteld.").wait_for()
    return page, device


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Afmelden").first.click()
    page.wait_for_url("**/aanmelden")


def by_passkey(page: Page) -> None:
    page.goto("/aanmelden?next=/verstrekkingen")
    page.get_by_role("button", name="Aanmelden met een passkey").click()


def test_a_passkey_is_listed_by_its_name_and_signs_in_alone(keyed, visitors):
    page, device = keyed
    assert page.get_by_role("rowheader", name="Mijn laptop").is_visible()
    assert len(device.keys()) == 1
    sign_out(page)
    by_passkey(page)
    page.wait_for_url(lambda url: url.endswith("/verstrekkingen") and "/aanmelden" not in url)
    page.goto("/aangemeld")
    assert "passkey" in page.inner_text("main")
    assert "Chrome op Linux" in page.inner_text("main")
    assert not [each for each in visitors.complaints if "Permissions-Policy" not in each]


def test_a_finger_that_does_not_fit_lets_nobody_in(keyed):
    page, device = keyed
    sign_out(page)
    device.verified(yes=False)
    by_passkey(page)
    page.locator("[data-passkey-problem]:visible").wait_for()
    assert "Er is geen passkey gebruikt" in page.inner_text("main")
    device.verified(yes=True)
    page.get_by_role("button", name="Aanmelden met een passkey").click()
    page.wait_for_url(lambda url: url.endswith("/verstrekkingen") and "/aanmelden" not in url)


def test_an_answer_counts_once(keyed):
    """What was sent once is refused the second time: the challenge is spent, and the counter went on."""
    page, _ = keyed
    sign_out(page)
    page.goto("/aanmelden")
    with page.expect_request("**/aanmelden/passkey") as sent:
        page.get_by_role("button", name="Aanmelden met een passkey").click()
    page.wait_for_url("**/dossiers")
    form = dict(pair.split("=", 1) for pair in (sent.value.post_data or "").split("&"))
    assert "clientDataJSON" in form["passkey"]
    sign_out(page)
    page.goto("/aanmelden")
    again = page.evaluate(
        """async ([body]) => {
          const token = document.querySelector('input[name=csrf_token]').value;
          const fields = new URLSearchParams(body); fields.set('csrf_token', token);
          return (await fetch('/aanmelden/passkey', {method: 'POST', body: fields})).status;
        }""",
        [sent.value.post_data],
    )
    assert again == 400
    by_passkey(page)
    page.wait_for_url(lambda url: url.endswith("/verstrekkingen") and "/aanmelden" not in url)


def test_a_counter_that_went_back_is_refused_and_its_owner_is_told(keyed, portal):
    page, _ = keyed
    services = portal.services()
    with services.db.writing() as session:
        session.execute(update(Passkey).values(sign_count=1_000_000))
    sign_out(page)
    by_passkey(page)
    page.get_by_text("Dit is niet gelukt met deze passkey").first.wait_for()
    with services.db.writing() as session:
        session.execute(update(Passkey).values(sign_count=0))
    services.db.dispose()
    by_passkey(page)
    page.wait_for_url(lambda url: url.endswith("/verstrekkingen") and "/aanmelden" not in url)
    page.goto("/berichten")
    assert "foute code" in page.inner_text("main")


def test_a_passkey_is_the_second_step_and_proves_it_again_with_what_was_typed(keyed, visitors):
    from gateway.accounts.tables import SignedIn
    from gateway.demo import PASSWORD

    page, _ = keyed
    sign_out(page)
    page.get_by_label("E-mailadres").fill(personas.SWV)
    page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden", exact=True).click()
    page.wait_for_url("**/aanmelden/tweede-stap*")
    page.get_by_role("button", name="Gebruik een passkey").click()
    page.wait_for_url("**/dossiers")
    page.goto("/noodtoegang")
    page.locator("main textarea").first.fill("Getypt en niet verloren")
    with visitors.services.db.writing() as session:
        session.execute(update(SignedIn).values(factor_at=None))
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("heading", name="Bevestig dat u het bent").wait_for()
    page.get_by_role("button", name="Gebruik een passkey").click()
    page.get_by_role("heading", name="Bevestig dat u het bent").wait_for(state="detached")
    assert "Getypt en niet verloren" in page.locator("main textarea").first.input_value()


def test_a_removed_passkey_opens_nothing(keyed):
    page, _ = keyed
    page.goto("/mijn-account")
    page.get_by_role("button", name="Verwijderen", exact=True).click()
    page.get_by_text("De passkey telt niet meer mee.").wait_for()
    sign_out(page)
    by_passkey(page)
    page.get_by_text("Dit is niet gelukt met deze passkey").first.wait_for()


def test_without_script_no_passkey_is_offered_and_the_options_name_nobody(visitors):
    page = visitors.page(java_script_enabled=False)
    page.goto("/aanmelden")
    assert not page.get_by_role("button", name="Aanmelden met een passkey").is_visible()
    asked = visitors.page()
    asked.goto("/aanmelden")
    token = asked.locator("input[name=csrf_token]").first.input_value()
    answer = asked.request.post("/aanmelden/passkey/begin", headers={"X-CSRFToken": token})
    options = json.loads(answer.text())["options"]
    assert options.get("allowCredentials", []) == []
    assert options["userVerification"] == "required"
