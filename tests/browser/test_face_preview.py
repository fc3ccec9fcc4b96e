"""The frame and its macros in a real browser: nothing for axe to find, no inline code, everything works without script."""

import gzip
import importlib.util
import os
import re
import shutil
import threading
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from werkzeug.serving import make_server

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "gateway" / "static" / "build"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-quic",
]
WIDTHS = (390, 768, 1280)
PAGES = (
    "/",
    "/?naam=lang",
    "/dossier",
    "/dossier?fout=1&naam=lang",
    "/formulier",
    "/documenten",
    "/fout/404",
    "/fout/500",
)
PRINTED = (
    ("receipts", "paper.html"),
    ("oversight", "seen_paper.html"),
    ("convenant", "paper.html"),
    ("second_opinion", "advice_paper.html"),
    ("letters", "paper.html"),
    ("rights", "inzage_paper.html"),
    ("destruction", "paper.html"),
)
"""Made into a PDF by the gateway itself; no browser ever gets the HTML."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not (BUILD / "dossierpoort.css").exists(), reason="script/assets has not run"),
]


def _preview():
    spec = importlib.util.spec_from_file_location("preview_face", HERE / "preview_face.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def preview():
    return _preview().create_preview()


@pytest.fixture
def arrived(preview):
    """The uploads of this test as they came over the line."""
    preview.extensions["arrived"].clear()
    return preview.extensions["arrived"]


@pytest.fixture(scope="module")
def address(preview):
    server = make_server("127.0.0.1", 0, preview, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, address):
    """Opens a page and fails afterwards when it broke the policy or asked anything of another host."""
    contexts, complaints = [], []

    def open_it(path, *, width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 850}, locale="nl-NL", **options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
        page.goto(address + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def _send_form(page):
    page.get_by_role("button", name="Verder naar documenten").click()
    page.wait_for_selector("[data-error-summary]")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(open_page, path, width):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(path, width=width)
    if path == "/formulier":
        _send_form(page)
    for details in page.query_selector_all("details"):
        details.evaluate("element => { element.open = true }")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_page_at_200_percent_with_large_text_does_not_scroll_sideways(open_page):
    page = open_page("/dossier", width=640)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_error_summary_has_focus_and_leads_to_the_field(open_page):
    page = open_page("/formulier")
    page.get_by_label("Op welk nummer bent u bereikbaar?").fill("030 123 45 67")
    _send_form(page)
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert page.get_by_label("Op welk nummer bent u bereikbaar?").input_value() == "030 123 45 67"
    page.get_by_role("link", name="Waarvoor start u dit dossier?").click()
    assert page.evaluate("document.activeElement.name") == "matter"


def test_skip_link_is_first_for_the_keyboard_and_goes_to_the_content(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Direct naar de inhoud"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhoud"


def test_table_becomes_cards_with_labels_on_a_phone(open_page):
    page = open_page("/", width=390)
    cell = page.locator("td[data-label='School']").first
    assert cell.evaluate("element => getComputedStyle(element, '::before').content") == '"School"'
    boxes = [each.bounding_box() for each in page.locator("tbody tr").first.locator("th, td").all()]
    assert all(upper["y"] + upper["height"] <= lower["y"] + 1 for upper, lower in pairwise(boxes))


def test_sorting_keeps_the_filters_and_leaves_the_page_cursor(open_page):
    page = open_page("/?q=jan&after=x&sort=term")
    address = page.get_by_role("link", name="Termijn").get_attribute("href")
    assert "q=jan" in address
    assert "sort=-term" in address
    assert "after" not in address


def test_upload_sends_each_file_and_one_refusal_stops_no_other(open_page, arrived):
    page = open_page("/documenten")
    bodies = []
    page.on("request", lambda request: bodies.append(request) if request.method == "POST" else None)
    files = [{"name": f"verslag {n}.pdf", "mimeType": "application/pdf", "buffer": b"%%PDF %d" % n} for n in range(4)]
    files.insert(1, {"name": "spel.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"})
    files.append({"name": "groot.pdf", "mimeType": "application/pdf", "buffer": b"0" * 1_000_001})
    page.set_input_files("input[type=file]", files)
    page.get_by_text("4 van 6 bestanden ontvangen").wait_for()
    assert page.locator(".dp-file--done").count() == 4
    assert "Maak er een PDF van" in page.locator(".dp-file--failed", has_text="spel.exe").inner_text()
    assert "te groot" in page.locator(".dp-file--failed", has_text="groot.pdf").inner_text()
    assert len(bodies) == 5  # the file that is too large was never sent
    assert all(request.headers["x-csrftoken"] for request in bodies)
    # Each file arrives whole under its own name.
    assert {(unquote(each.file_name), each.body) for each in arrived} == {
        (file["name"], file["buffer"]) for file in files if file["name"] != "groot.pdf"
    }
    assert "dp-button--primary" in page.get_by_role("link", name="Verder").get_attribute("class")


def test_upload_speaks_of_a_lost_connection_and_tries_again(open_page, arrived):
    page = open_page("/documenten")
    page.route("**/documenten/een", lambda route: route.abort(), times=1)
    page.set_input_files("input[type=file]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    page.get_by_text("De verbinding viel weg").wait_for()
    page.get_by_role("button", name="Opnieuw proberen: a.pdf").click()
    page.get_by_text("alle bestanden zijn ontvangen").wait_for()
    assert [(each.file_name, each.body) for each in arrived] == [("a.pdf", b"%PDF")]


def test_upload_can_be_stopped_for_one_file(open_page):
    page = open_page("/documenten")
    page.route("**/documenten/een", lambda route: None)  # never answers
    page.set_input_files(
        "input[type=file]", [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"} for n in range(3)]
    )
    assert page.locator(".dp-file--sending").count() == 2
    page.get_by_role("button", name="Stoppen: 0.pdf").click()
    page.locator(".dp-file--cancelled", has_text="0.pdf").wait_for()
    page.locator(".dp-file--sending", has_text="2.pdf").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())


def test_upload_sends_the_file_as_the_whole_body_with_its_token_and_name_in_the_head(open_page, arrived):
    page = open_page("/documenten")
    page.evaluate("""() => {
        const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (body) { window.sentFile = body instanceof File; return send.call(this, body); };
    }""")
    name = "verslag é, 100% \U0001f600 & co;.pdf"
    content = b"%PDF\r\n--x\r\n\0" + bytes(range(256)) * 40
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "application/pdf", "buffer": content})
    page.get_by_text("alle bestanden zijn ontvangen").wait_for()
    assert page.evaluate("window.sentFile")  # not read by the script first
    token = page.locator("form[data-upload] input[name=csrf_token]").input_value()
    encoded = "verslag%20%C3%A9%2C%20100%25%20%F0%9F%98%80%20%26%20co%3B.pdf"
    # The name stays out of the address, and so out of logs.
    assert arrived == [("/documenten/een", "application/octet-stream", token, encoded, content)]
    assert unquote(encoded) == name


def test_upload_without_a_good_token_is_refused(open_page):
    page = open_page("/documenten")
    page.evaluate("document.querySelector('form[data-upload] input[name=csrf_token]').value = 'anders'")
    page.set_input_files("input[type=file]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    page.locator(".dp-file--failed", has_text="a.pdf").wait_for()
    assert page.locator(".dp-file--done").count() == 0


def test_upload_without_script_is_a_plain_form_with_the_token_first(open_page, arrived):
    page = open_page("/documenten", java_script_enabled=False)
    token = page.locator("form[data-upload] input[name=csrf_token]").get_attribute("value")
    files = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"} for n in range(3)]
    page.set_input_files("input[type=file]", files)
    page.get_by_role("button", name="Documenten versturen").click()
    assert page.locator("#received").inner_text() == "Ontvangen: 3"
    (sent,) = arrived
    assert sent.content_type.startswith("multipart/form-data; boundary=")
    # The gateway checks the token before it reads the first file.
    assert re.findall(rb'form-data; name="(\w+)"', sent.body) == [b"csrf_token", b"file", b"file", b"file"]
    assert sent.body.index(token.encode()) < sent.body.index(b"%PDF")


def test_dangerous_act_waits_for_the_typed_name(open_page):
    page = open_page("/dossier")
    button = page.get_by_role("button", name="Dossier intrekken")
    assert button.get_attribute("aria-disabled") == "true"
    page.get_by_label("Typ ter bevestiging").fill("noor  de vries ")
    assert button.get_attribute("aria-disabled") == "false"


def test_print_leaves_the_text_and_says_when_and_who(open_page):
    page = open_page("/dossier")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Hoofdmenu").is_visible()
    assert "Afgedrukt door Sanne van den Berg" in page.locator("[data-printed]").inner_text()


def test_reduced_motion_moves_nothing(open_page):
    page = open_page("/", reduced_motion="reduce")
    assert page.locator(".dp-button").first.evaluate("element => getComputedStyle(element).transitionDuration") == "0s"


def test_style_and_script_stay_under_100_kb_and_hold_no_foreign_address():
    sheets, script = (BUILD / "dossierpoort.css").read_bytes(), (BUILD / "dossierpoort.js").read_bytes()
    assert len(gzip.compress(sheets)) + len(gzip.compress(script)) < 100 * 1024
    for content in (sheets, script):
        assert b"http://" not in content
        assert b"https://" not in content
        assert b"data:" not in content


def test_templates_hold_no_inline_style_or_script():
    templates = HERE.parents[1] / "templates"
    for template in templates.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        if template.parts[-2:] == ("receipts", "check.html"):
            # Works saved to disk, without any request: its own script and style are named by digest in its policy.
            for own in ("<script>{{ script }}</script>", "<style>{{ style }}</style>"):
                assert text.count(own) == 1
                text = text.replace(own, "")
        if template.parts[-2:] in PRINTED:
            assert "<script" not in text, template
            text = text.replace("<style>", "", 1)
        assert " style=" not in text, template
        assert " onclick=" not in text, template
        assert "<script>" not in text, template
        assert "<style" not in text, template
