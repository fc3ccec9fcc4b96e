"""Signing in at one's own organisation in Chromium: the walk of a teacher, and of the two who set it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.accounts.sign_on import connections
from tests import builders, personas
from tests.services import oidc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.conftest import Visitors
    from tests.browser.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def school(visitors: Visitors) -> str:
    return builders.account(visitors.services, personas.OWNER).organisation_id


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory, portal: Portal, school: str) -> Iterator[oidc.OidcService]:
    place = f"{portal.address}/aanmelden/organisatie/{school}"
    client = oidc.client(
        f"{place}/terug", post_logout_redirect_uris=[f"{portal.address}/aanmelden"],
        backchannel_logout_uri=f"{place}/afgemeld", backchannel_logout_session_required=True,
    )  # fmt: skip
    with oidc.running(tmp_path_factory.mktemp("provider") / "oidc", [client]) as started:
        yield started


def at_the_school(page: Page, name: str) -> None:
    """The way there, and what people do there."""
    page.get_by_role("link", name="Verder", exact=True).click()
    page.get_by_label("Naam").fill(name)
    page.get_by_role("button", name="Aanmelden").click()


def test_it_is_proposed_approved_joined_used_and_left_by_the_pages_alone(visitors, portal, provider, school):
    admin = visitors.page(personas.ADMINISTRATOR)
    admin.goto(f"/inrichting/organisatie/{school}/aanmelden")
    admin.get_by_role("link", name="Aanmelddienst instellen").click()
    admin.get_by_label("Adres van de aanmelddienst (issuer)").fill(provider.issuer)
    admin.get_by_label("Client-id").fill("poort")
    admin.get_by_label("Geheim (client secret)").fill(oidc.SECRET)
    admin.get_by_label("Domeinen van uw e-mailadressen").fill("school.example")
    admin.get_by_role("button", name="Voorstellen").click()
    admin.get_by_role("button", name="Voorstel proberen").click()
    admin.get_by_text("De aanmelddienst kent de client-id, en het geheim klopt.").wait_for()

    officer = visitors.page(personas.OFFICER)
    officer.goto(connections.DESK)
    assert provider.issuer in officer.inner_text("main")
    officer.get_by_role("button", name="Goedkeuren").click()
    officer.get_by_text("Het voorstel is goedgekeurd en geldt nu.").wait_for()

    teacher = visitors.page(personas.OWNER)
    teacher.goto("/mijn-account")
    teacher.get_by_role("button", name="Koppelen aan uw organisatie").click()
    assert f"localhost:{provider.port}" in teacher.inner_text("main")
    at_the_school(teacher, "jan")
    teacher.get_by_text("Uw account is gekoppeld.").first.wait_for()

    elsewhere = visitors.page(java_script_enabled=False)  # none of it needs a script
    elsewhere.goto("/aanmelden?next=/berichten")
    elsewhere.get_by_role("link", name="Aanmelden met uw organisatie").click()
    elsewhere.get_by_label("Uw e-mailadres bij uw organisatie").fill("jan@school.example")
    elsewhere.get_by_role("button", name="Verder").click()
    at_the_school(elsewhere, "jan")
    elsewhere.wait_for_url("**/aanmelden/tweede-stap*")
    assert "code=" not in elsewhere.url

    elsewhere.get_by_role("button", name="Afmelden").first.click()
    elsewhere.get_by_role("link", name="Ook afmelden bij uw organisatie").click()
    elsewhere.get_by_role("button", name="Ja, afmelden").click()
    elsewhere.wait_for_url(f"{portal.address}/aanmelden")
    ours = [each for each in visitors.complaints if f"localhost:{provider.port}" not in each]
    assert not ours, ours
    logs = "".join(portal.log_texts().values())
    assert oidc.SECRET not in logs
    assert "school.example" not in logs
    assert "code=" not in logs
