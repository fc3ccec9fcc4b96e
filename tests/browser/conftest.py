"""What the browser tests share: Chromium, and pages that fail when they break the policy or ask anything of another host."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.demo import PASSWORD
from gateway.services import utc_now
from tests import doors
from tests.browser import portal as portals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Response

    from gateway.services import Services

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-quic",
)
BUILD = Path(__file__).resolve().parents[2] / "gateway" / "static" / "build"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not shutil.which(CHROMIUM):
        pytest.skip("Chromium is not installed")
    if not (BUILD / "dossierpoort.css").exists():
        pytest.skip("script/assets has not run")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[portals.Portal]:
    with portals.running(tmp_path_factory.mktemp("portal") / "installation") as started:
        yield started


@dataclass
class Visitors:
    """People at their browsers: one context each, and what their browsers complained about."""

    browser: Browser
    address: str
    services: Services
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: int = 0

    def page(self, email: str | None = None, *, width: int = 1280, height: int = 850, **options: Any) -> Page:
        """A new browser, signed in as this demo account or anonymous."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale="nl-NL", timezone_id="Europe/Amsterdam",
            base_url=self.address, **options,
        )  # fmt: skip
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        context.on("request", lambda request: self._asked(request.url))
        context.on("response", self._answered)
        context.on("console", lambda message: self._said(message.type, message.text))
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        page = context.new_page()
        if email is not None:
            self.let_in(context, email)
            page.goto("/")
        return page

    def let_in(self, context: BrowserContext, email: str, **more: Any) -> None:
        """Sign in without the road through the door, which one test walks for all (`test_main_road`)."""
        value = doors.cookie_for(self.services, email, **more)
        context.add_cookies([{"name": "dossierpoort", "value": value, "url": self.address}])

    def cookies(self) -> list[str]:
        """The values of all session cookies: no log may hold one."""
        return [str(cookie["value"]) for context in self.contexts for cookie in context.cookies()]

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _asked(self, url: str) -> None:
        self.requests += 1
        if not url.startswith((self.address + "/", "data:,", "blob:" + self.address)):
            self.complaints.append(f"asked of another host: {url}")

    def _answered(self, response: Response) -> None:
        part = not response.request.is_navigation_request()
        if part and response.status >= 400:
            self.complaints.append(f"{response.status} for a part of a page: {response.url}")

    def _said(self, kind: str, text: str) -> None:
        # Chromium says this of an error page itself; parts of pages are looked at by their answers.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource: the server responded"):
            self.complaints.append(f"console {kind}: {text}")


def sign_in(page: Page, email: str) -> None:
    """Sign in by the forms, as people do: the password, then the code of the app."""
    page.goto("/aanmelden")
    page.get_by_label("E-mailadres").fill(email)
    page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden", exact=True).click()
    page.wait_for_url("**/aanmelden/tweede-stap*")
    page.get_by_label("Code").fill(doors.code(email, utc_now()))
    page.get_by_role("button", name="Verder").click()
    page.wait_for_url(lambda url: "/aanmelden" not in url)


@pytest.fixture(scope="module")
def visitors(chromium: Browser, portal: portals.Portal) -> Iterator[Visitors]:
    made = Visitors(chromium, portal.address, portal.services())
    yield made
    made.close()
    made.services.db.dispose()
