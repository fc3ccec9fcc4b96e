"""Everything that can be typed is typed as script, and then every page that shows it is opened in a browser: nothing ran.

The big form, with --long; tests/web/test_escaping.py reads the same pages without a browser each time.
"""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

import pytest

from tests.attack import forms as forms_of
from tests.attack.conftest import LOOKERS, readable
from tests.browser.conftest import ARGS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(600)]

PAYLOADS = (
    "\"'><script>ran=1</script><img src=x onerror=ran=1>{{7*7}}",
    "<svg onload=ran=1>",
    "<a href=javascript:ran=1>{{7*7}}",
    "</title></textarea><script src=//evil.example/x.js></script>",
)
MARKS = ("ran=1", "evil.example/x.js", "{{7*7}}")
TYPED = {"text", "textarea", "search", "tel", "hidden"}
CONTROL = "/zonder-bescherming"
LISTEN = """
window.ran = 0; window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective + " " + event.sourceFile));
"""


def test_nothing_that_was_typed_runs_on_any_page(app, world, browsers, found):
    if not shutil.which(CHROMIUM):
        pytest.skip("Chromium is not installed")
    sent = type_everywhere(browsers, found)
    pages = shown(app, world, browsers)
    assert sent > 60
    assert len(pages) > 30, "what was typed is not found again: this test no longer looks at anything"
    assert run(app, browsers, pages) == []


def type_everywhere(browsers, found):
    """Send every form with a payload in each field that takes text and is long enough; how many were sent."""
    sent = 0
    for (method, rule, _), (who, form) in found.items():
        if method != "post" or rule in {"/afmelden", "/taal", "/aanmelden"}:
            continue
        for payload in PAYLOADS[:2] if len(form.fields) < 4 else PAYLOADS[:1] + PAYLOADS[2:]:
            values = {
                field.name: [payload]
                for field in forms_of.each_field(form)
                if field.kind in TYPED and field.most >= len(payload) and not (field.kind == "hidden" and field.value)
                if field.name not in {"bsn", "next", "version", "confirm_name"}
            }
            if values:
                sent += 1
                answer = forms_of.send(browsers[who], form, **values)
                assert answer.status_code < 500, (rule, answer.status_code)
                answer.close()
    return sent


def shown(app, world, browsers):
    """The pages on which what was typed comes back, by whoever may see them."""
    pages = []
    for who in LOOKERS:
        todo, seen = list(readable(app, world, who)), set()
        for path in todo:
            if path in seen or len(seen) > 130:
                continue
            seen.add(path)
            answer = browsers[who].client.get(path)
            if answer.mimetype == "text/html":
                html = answer.get_data(as_text=True)
                if any(mark in html for mark in MARKS):
                    assert "49" + "ran" not in html
                    pages.append((who, path))
                    links = forms_of.read(path, html)[1]
                    todo += [link for link in links if link.startswith("/") and "afmelden" not in link][:15]
            answer.close()
    return pages


def run(app, browsers, pages):
    """What ran, broke the policy or asked another host, page by page; the portal answers in this process."""
    from playwright.sync_api import sync_playwright

    complaints = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        current = {"who": ""}

        def answer(route):
            address = urlsplit(route.request.url)
            if address.netloc != "localhost":
                complaints.append((current["who"], "asked of another host", route.request.url))
                route.abort()
                return
            if address.path == CONTROL:
                route.fulfill(status=200, content_type="text/html", body=f"<p>{PAYLOADS[0]}{PAYLOADS[1]}</p>")
                return
            if not current["who"]:  # the picture of the payload on the page without protection
                route.fulfill(status=404, body="")
                return
            path = address.path + (f"?{address.query}" if address.query else "")
            got = browsers[current["who"]].client.get(path)
            headers = {name: value for name, value in got.headers if name not in {"Set-Cookie", "Content-Length"}}
            route.fulfill(status=got.status_code, headers=headers, body=got.get_data())
            got.close()

        page = chromium.new_page(java_script_enabled=True)
        page.add_init_script(LISTEN)
        page.route("**/*", answer)
        page.goto("http://localhost" + CONTROL, wait_until="load")
        assert page.evaluate("window.ran") == 1, "a payload that runs nowhere proves nothing"
        for who, path in pages:
            current["who"] = who
            page.goto("http://localhost" + path, wait_until="load")
            ran, broken, dialogs = page.evaluate(
                "[window.ran, window.broken, document.querySelectorAll('[onerror],[onload]').length]"
            )
            if ran or broken or dialogs:
                complaints.append((who, path, ran, broken, dialogs))
        chromium.close()
    return complaints
