"""The main job on real files, as its users do it: school, samenwerkingsverband, municipality and privacy officer.

Each fixture is one act of the story and rests on the one before it; the tests say what must be true after it. While the
story runs, every disk-backed path is searched for readable data.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pytest

from gateway import demo
from tests import builders, personas
from tests.browser.conftest import sign_in
from tests.browser.papers import Child, Paper, papers
from tests.browser.plaintext import Sampler, needles, spellings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Visitors
    from tests.browser.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

REAL = ("pdf", "scan", "docx", "odt", "foto")
DESCRIBED = (*REAL, "tekst")
HEALTH = "docx"
TO_RECIPIENT = ("pdf", "odt")
CHECK_SECONDS = 90
SLOW_BYTES = 400_000  # a second: slow enough to see bars move
DROP = """([area, files]) => {
    const transfer = new DataTransfer();
    for (const [name, type, content] of files)
        transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, {type}));
    for (const kind of ["dragenter", "dragover", "drop"])
        area.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""
WATCH_BARS = """() => {
    window.seenBars = {};
    const look = () => {
        for (const bar of document.querySelectorAll(".dp-file--sending progress"))
            if (bar.offsetHeight > 0) (window.seenBars[bar.getAttribute("aria-label")] ??= []).push(bar.value);
    };
    new MutationObserver(look).observe(document.querySelector("[data-upload]"), {subtree: true, attributes: true, childList: true});
}"""


@dataclass
class Story:
    """What the acts leave for the acts after them."""

    portal: Portal
    visitors: Visitors
    sampler: Sampler
    child: Child
    papers: dict[str, Paper]
    school: Page
    dossier: str = ""
    verstrekking: str = ""
    bars: dict[str, list[float]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refusal: str = ""
    wrong_bsn: str = ""

    def say(self, phase: str) -> None:
        if phase != self.sampler.phase:
            self.sampler.wait_for(5)
        self.sampler.phase = phase

    def note_token(self, page: Page) -> None:
        self.tokens.add(page.locator("input[name=csrf_token]").first.input_value())


@pytest.fixture(scope="module")
def story(portal: Portal, visitors: Visitors) -> Iterator[Story]:
    """The school's intern begeleider has signed in, the files are ready, and the search runs."""
    child = Child()
    files = papers(child)
    wanted = needles(child.texts, {name: paper.content for name, paper in files.items() if name != "program"})
    sampler = Sampler(portal.on_disk, wanted, _processes(portal), lambda: any(portal.scratch.iterdir())).start()
    try:
        page = visitors.page()
        sign_in(page, personas.OWNER)
        yield Story(portal, visitors, sampler, child, files, page)
    finally:
        sampler.stop()


def _processes(portal: Portal):
    known: list[int] = []
    until = 0.0

    def pids() -> list[int]:
        nonlocal known, until
        if time.monotonic() > until:
            known, until = [process.pid for process in portal.tree()], time.monotonic() + 0.2
        return known

    return pids


@pytest.fixture(scope="module")
def opened(story: Story) -> Story:
    """A dossier for the pupil, after a first try with a mistyped BSN."""
    story.say("opening")
    page, child = story.school, story.child
    page.get_by_role("link", name="Nieuw dossier").click()
    values = {
        "first_name": child.first_name,
        "infix": "van",
        "last_name": child.last_name,
        "born": child.born.isoformat(),
        "bsn": child.bsn[:-1] + str((int(child.bsn[-1]) + 1) % 10),
        "street": child.street,
        "postcode": "0000 BB",
        "town": "Verzinstad",
        "enrolled_from": "2020-08-17",
        "guardian1_name": child.guardian,
        "guardian1_relation": "moeder",
        "guardian1_contact": "06-00000000",
        "reason": f"Meer hulp nodig bij lezen. {child.sentence('reden')}",
    }
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Dossier maken").click()
    page.locator("[data-error-summary]").wait_for()
    story.wrong_bsn = page.locator("[data-error-summary]").inner_text()
    assert page.locator("[name=last_name]").input_value() == child.last_name
    page.locator("[name=bsn]").fill(child.bsn)
    page.get_by_role("button", name="Dossier maken").click()
    page.wait_for_url("**/toevoegen")
    story.dossier = page.url.split("/")[-2]
    return story


@pytest.fixture(scope="module")
def uploaded(opened: Story) -> Story:
    """Six files dropped at once, two more by the file picker; all but two arrive and pass their check."""
    story, page = opened, opened.school
    story.say("uploading")
    story.note_token(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW_BYTES},
    )
    page.evaluate(WATCH_BARS)
    dropped = [story.papers[name] for name in (*REAL[:2], "program", *REAL[2:])]
    packed = [[paper.name, paper.media_type, base64.b64encode(paper.content).decode()] for paper in dropped]
    page.evaluate(DROP, [page.locator("[data-drop]").element_handle(), packed])
    page.get_by_text("5 van 6 bestanden ontvangen").wait_for(timeout=60_000)
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    story.bars = page.evaluate("window.seenBars")
    refused = page.locator(".dp-file--failed", has_text=story.papers["program"].name)
    assert "Dit soort bestand nemen wij niet aan" in refused.inner_text()
    page.set_input_files("input[type=file]", [_payload(story.papers[name]) for name in ("tekst", "broken")])
    page.get_by_text("7 van 8 bestanden ontvangen").wait_for()
    story.say("checking")
    _wait_for_checks(page, f"/dossiers/{story.dossier}/stukken")
    return story


@pytest.fixture(scope="module")
def described(uploaded: Story) -> Story:
    """Each document described; the broken one taken away, as its sentence asks."""
    story, page = uploaded, uploaded.school
    story.say("describing")
    row = _row(page, story.papers["broken"].name)
    assert "afgekeurd" in row.inner_text()
    assert "beschadigd" in row.inner_text() or "niet openen" in row.inner_text(), row.inner_text()
    page.goto(f"/dossiers/{story.dossier}")
    # In words, not by its colour alone.
    assert f"Stuk afgekeurd: {story.papers['broken'].name}" in page.inner_text("main")
    page.goto(f"/dossiers/{story.dossier}/stukken")
    row.get_by_role("link", name="Verwijderen").click()
    page.locator("[name=reason]").fill("Dit bestand is stuk.")
    page.get_by_role("button", name="Verwijderen").click()
    page.get_by_text("Het stuk is verwijderd.").wait_for()
    page.get_by_role("link", name="Stukken beschrijven").click()
    kinds = {story.papers[name].name: name for name in DESCRIBED}
    for _ in DESCRIBED:
        _describe(story, page, kinds.pop(page.locator("h1").inner_text()))
    assert not kinds
    return story


@pytest.fixture(scope="module")
def submitted(described: Story) -> Story:
    """Submitted; until that moment the SWV saw nothing."""
    story, page = described, described.school
    story.say("submitting")
    swv = story.visitors.page(personas.SWV)
    assert story.child.last_name not in swv.inner_text("main")
    for path in ("", "/stukken", "/verstrekkingen"):
        assert swv.goto(f"/dossiers/{story.dossier}{path}").status == 404
    page.get_by_role("button", name="Dossier indienen").click()
    page.get_by_text("Het dossier is ingediend.").wait_for()
    return story


@pytest.fixture(scope="module")
def swv(submitted: Story) -> Page:
    """The SWV's staff, in the dossier that they found in the work list."""
    page = submitted.visitors.page(personas.SWV)
    page.goto("/dossiers")
    page.get_by_role("link", name=submitted.child.name).click()
    page.locator(".dp-tabs").get_by_role("link", name="Stukken").click()
    return page


@pytest.fixture(scope="module")
def consented(submitted: Story, swv: Page) -> Story:
    """A consent on paper, recorded."""
    story = submitted
    story.say("consent")
    swv.goto(f"/dossiers/{story.dossier}")
    swv.locator(".dp-tabs").get_by_role("link", name="Toestemming").click()
    swv.get_by_role("link", name="Toestemming op papier vastleggen").click()
    swv.locator("[name=given_by][value=guardian]").check()
    swv.locator("[name=guardian]").select_option(label=story.child.guardian)
    swv.locator("[name=given_on]").fill(date.today().isoformat())
    swv.locator("[name=purposes][value=second_opinion]").check()
    swv.locator("[name=recipients][value=municipality]").check()
    # No box for health: what is refused below is refused although all that a consent can cover is covered.
    assert swv.locator("[name=categories][value=e]").count() == 0
    for covered in swv.locator("[name=categories]").all():
        covered.check()
    swv.locator("[name=evidence]").fill(f"Getekend formulier. {story.child.sentence('bewijs')}")
    swv.get_by_role("button", name="Vastleggen").click()
    swv.get_by_text("De toestemming is vastgelegd.").wait_for()
    return story


@pytest.fixture(scope="module")
def disclosed(consented: Story, swv: Page) -> Story:
    """First all documents, which is refused; then two without health data, which go."""
    story = consented
    story.say("disclosing")
    _ask(story, swv, (*TO_RECIPIENT, HEALTH))
    swv.get_by_role("heading", name="Dit mag niet volgens het privacyreglement").wait_for()
    story.refusal = swv.inner_text("main")
    _ask(story, swv, TO_RECIPIENT)
    swv.get_by_role("heading", name="Controleer en bevestig").wait_for()
    assert "zonder gezondheidsgegevens" in swv.inner_text("main")
    swv.get_by_role("button", name="Verstrekken").click()
    swv.get_by_text("De stukken staan klaar").wait_for()
    story.verstrekking = swv.url.rsplit("/", 1)[-1]
    return story


@pytest.fixture(scope="module")
def received(disclosed: Story) -> Story:
    """The municipality's contact person finds it, downloads both documents and confirms."""
    story = disclosed
    story.say("receiving")
    page = story.visitors.page(personas.MUNICIPALITY)
    page.goto("/ontvangen")
    page.get_by_role("link", name=re.compile(r"\d{4}|Samenwerkingsverband")).first.click()
    for name in TO_RECIPIENT:
        assert _download(page, _row(page, story.papers[name].name)) == story.papers[name].content
    page.get_by_role("button", name="Ontvangst bevestigen").click()
    page.get_by_text("De ontvangst is bevestigd.").wait_for()
    return story


def test_a_mistyped_bsn_is_told_and_nothing_typed_is_lost(opened):
    assert "Dit burgerservicenummer klopt niet" in opened.wrong_bsn


def test_each_file_shows_how_far_it_is(uploaded):
    photo = uploaded.bars[uploaded.papers["foto"].name]
    assert any(0 < value < 100 for value in photo), photo
    assert set(uploaded.bars) >= {uploaded.papers[name].name for name in REAL}


def test_the_swv_finds_the_dossier_and_reads_a_document_in_the_browser(submitted, swv):
    submitted.say("reading")
    for kind in ("pdf", "docx", "odt"):
        page = swv.context.new_page()
        page.goto(f"/dossiers/{submitted.dossier}/stukken")
        page.get_by_role("link", name=submitted.papers[kind].name, exact=True).click()
        assert _widths(page), kind
        page.locator("summary", has_text="Tekst van bladzijde 1").click()
        assert submitted.child.sentence(kind) in page.locator(".dp-page-text").first.inner_text()
        page.close()


def test_a_scan_and_a_photo_are_shown_and_said_to_be_pictures(submitted, swv):
    for kind in ("scan", "foto"):
        page = swv.context.new_page()
        page.goto(f"/dossiers/{submitted.dossier}/stukken")
        page.get_by_role("link", name=submitted.papers[kind].name, exact=True).click()
        assert _widths(page), kind
        page.locator("summary", has_text="Tekst van bladzijde 1").click()
        assert "geen leesbare tekst" in page.locator(".dp-page-text").first.inner_text()
        page.close()


@pytest.fixture(scope="module")
def originals(submitted, swv):
    """What the SWV downloaded, by kind: the officer's log tells of it, whichever test comes first."""
    submitted.say("downloading")
    swv.goto(f"/dossiers/{submitted.dossier}/stukken")
    return {kind: _download(swv, _row(swv, submitted.papers[kind].name)) for kind in DESCRIBED}


def test_the_original_comes_out_byte_for_byte(submitted, originals):
    for kind in DESCRIBED:
        assert originals[kind] == submitted.papers[kind].content, kind


def test_health_data_are_not_disclosed_to_another(disclosed):
    assert "PR9.2" in disclosed.refusal
    assert "Er is niets verstuurd" in disclosed.refusal


def test_the_recipient_gets_the_chosen_documents_and_no_other(received):
    page = received.visitors.page(personas.MUNICIPALITY)
    page.goto(f"/ontvangen/{received.verstrekking}")
    shown = page.inner_text("main")
    for name in DESCRIBED:
        assert (received.papers[name].name in shown) == (name in TO_RECIPIENT), name
    assert page.goto(f"/dossiers/{received.dossier}").status == 404


def test_the_sender_sees_the_confirmation(received, swv):
    swv.goto(f"/verstrekkingen/{received.verstrekking}")
    assert "Ontvangst bevestigd op" in swv.inner_text("main")


def test_the_privacy_officer_sees_who_what_when_to_whom_and_on_which_basis(originals, received):
    received.say("oversight")
    page = received.visitors.page(personas.OFFICER)
    lines = []
    for kind in ("", "&wat=download", "&wat=submit", "&wat=disclose", "&wat=refuse"):  # one page does not hold it all
        page.goto(f"/logboek?dossier={received.dossier}{kind}")
        lines += [" ".join(row.inner_text().split()) for row in page.locator("tbody tr").all()]
    swv_name, recipient_name, partner = "Samira Voorbeeldi", "Gerda Gemeentema", "Gemeente Voorbeeldstad (demo)"
    school_name, today = "Ilse van der Verzonnen", str(date.today().year)
    for who, what in (
        (school_name, "ingediend"),
        (swv_name, "geraadpleegd"),
        (swv_name, "gedownload"),
        (swv_name, "toestemming vastgelegd"),
        (swv_name, "verstrekt"),
        (swv_name, "geweigerd"),
        (recipient_name, "gedownload"),
        (recipient_name, "ontvangst bevestigd"),
    ):
        assert any(who in line and what in line and today in line for line in lines), (who, what, lines)
    assert any("geweigerd" in line and "PR9.2" in line for line in lines)
    disclosure = next(line for line in lines if "verstrekt" in line and swv_name in line)
    for word in (partner, "toestemming", "second opinion", "PR9.1b", received.child.name):
        assert word in disclosure, (word, disclosure)
    page.goto(f"/register/{received.verstrekking}")
    register = page.inner_text("main")
    for word in (partner, swv_name, received.child.guardian, *(received.papers[name].name for name in TO_RECIPIENT)):
        assert word in register, word


def test_the_privacy_officer_cannot_open_a_document(received):
    page = received.visitors.page(personas.OFFICER)
    assert page.goto(f"/dossiers/{received.dossier}/stukken").status == 404
    assert page.locator("text=Downloaden").count() == 0


@pytest.mark.parametrize(
    "who",
    [
        personas.OTHER_SCHOOL,
        personas.EXPERT,
        personas.GUARDIAN,
        personas.PUPIL,
        personas.OFFICER,
        personas.ADMINISTRATOR,
    ],
)
def test_someone_outside_sees_what_does_not_exist(received, who):
    page = received.visitors.page(who)
    for path in _paths(received):
        assert page.goto(path).status == 404, path


def test_someone_who_is_not_signed_in_is_asked_to_sign_in(received):
    page = received.visitors.page()
    for path in _paths(received):
        page.goto(path)
        assert "/aanmelden" in page.url, path


def test_without_script_the_same_form_sends_all_files_at_once(story, portal):
    child, files = Child(), story.papers
    services = portal.services()
    dossier = builders.draft(services, personas.COLLEAGUE, last_name=child.last_name, bsn=child.bsn)
    services.db.dispose()
    page = story.visitors.page(personas.COLLEAGUE, java_script_enabled=False)
    page.goto(f"/dossiers/{dossier}/toevoegen")
    page.set_input_files("input[type=file]", [_payload(files[name]) for name in ("pdf", "program", "odt", "foto")])
    page.get_by_role("button", name="Documenten versturen").click()
    shown = page.inner_text("main")
    assert "3 ontvangen" in shown, shown
    assert f"{files['program'].name}: Dit soort bestand nemen wij niet aan" in shown
    _wait_for_checks(page, f"/dossiers/{dossier}/stukken")
    for name in ("pdf", "odt", "foto"):
        assert "gecontroleerd" in _row(page, files[name].name).inner_text()
        assert _download(page, _row(page, files[name].name)) == files[name].content


def test_no_page_asked_anything_of_another_host_or_broke_its_policy(received):
    assert received.visitors.requests > 100
    assert received.visitors.complaints == []


def test_nothing_readable_lay_on_a_disk_during_or_after_the_story(received):
    sampler = received.sampler
    sampler.stop()
    assert list(sampler.findings.values()) == []
    for phase in ("uploading", "checking", "reading", "downloading", "disclosing", "receiving"):
        assert sampler.rounds[phase] >= 5, sampler.rounds
    assert sampler.busy_rounds >= 5  # it looked while files were being checked and drawn
    assert sampler.open_files > 0


def test_the_scratch_directory_is_empty_afterwards(received):
    end = time.monotonic() + 10
    while (left := list(received.portal.scratch.iterdir())) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def test_the_logs_name_nobody(received):
    known = {spelling for text in received.child.texts.values() for spelling in spellings(text)}
    people = {item.name.encode() for item in demo.ACCOUNTS} | {item.email.encode() for item in demo.ACCOUNTS}
    secret = {*received.visitors.cookies(), *received.tokens, *received.portal.secrets.values(), demo.PASSWORD}
    files = {paper.name.encode() for paper in received.papers.values()}
    for name, text in received.portal.log_texts().items():
        content = text.encode()
        assert b'"event": "request"' in content or name != "web.out"
        found = [word for word in known | people | files | {value.encode() for value in secret} if word in content]
        assert found == [], name
        assert re.findall(rb"[\w.]+@[\w.]+\.\w+", content) == []
        assert re.findall(rb"(?<![\w.:-])\d{9}(?![\w.:-])", content) == []  # no nine digits that stand alone
        assert "Traceback" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_search_finds_a_planted_sentence(tmp_path, encoding):
    sampler = _planted(
        tmp_path, lambda path: path.write_bytes(b"\0" * 5_000_000 + SENTENCE.encode(encoding) + b"\0" * 99)
    )
    assert [finding.where for finding in sampler.findings.values()]


def test_the_search_finds_a_file_that_existed_for_a_moment(tmp_path):
    def moment(path: Path) -> None:
        path.write_text(SENTENCE)
        time.sleep(0.3)
        path.unlink()

    assert _planted(tmp_path, moment).findings


def test_the_search_finds_base64_and_a_packed_file(tmp_path):
    assert _planted(tmp_path, lambda path: path.write_bytes(base64.b64encode(b"xx" + SENTENCE.encode()))).findings
    packed = bytes(range(256)) * 40
    sampler = Sampler([tmp_path], needles({}, {"file": packed})).start()
    (tmp_path / "copy").write_bytes(packed)
    sampler.stop()
    assert sampler.findings


def test_the_search_finds_an_unlinked_file_that_a_process_holds_open():
    code = f"import tempfile, sys; f = tempfile.TemporaryFile(dir='/var/tmp'); f.write({SENTENCE.encode()!r}); f.flush(); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        sampler = Sampler([], needles({"sentence": SENTENCE}, {}), lambda: [child.pid])
        sampler.round()
        child.stdin.close()
    assert sampler.findings


SENTENCE = "Een zin die nergens mag staan."


def _planted(root: Path, plant) -> Sampler:
    sampler = Sampler([root], needles({"sentence": SENTENCE}, {})).start()
    plant(root / "planted")
    sampler.stop()
    return sampler


def _payload(paper: Paper) -> dict[str, object]:
    return {"name": paper.name, "mimeType": paper.media_type, "buffer": paper.content}


def _row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr", has_text=text)


def _wait_for_checks(page: Page, path: str) -> None:
    end = time.monotonic() + CHECK_SECONDS
    page.goto(path)
    while page.get_by_text("in controle", exact=True).count():
        assert time.monotonic() < end, "the checks did not end"
        time.sleep(0.5)
        page.reload()


def _describe(story: Story, page: Page, kind: str) -> None:
    heading = page.locator("h1").inner_text()
    page.locator("[name=kind]").select_option(
        {"docx": "research_report", "odt": "view_parents", "tekst": "conversation"}.get(kind, "opp")
    )
    page.locator("[name=categories][value=g]").check()
    if kind in (HEALTH, "tekst"):
        page.locator("[name=categories][value=k]").check()
        page.locator(f"[name=health][value={'yes' if kind == HEALTH else 'no'}]").check()
    if kind == HEALTH:
        page.locator("[name=necessity]").fill(f"Zonder dit geen passende hulp. {story.child.sentence('noodzaak')}")
    page.locator("[name=origin]").select_option("guardian" if kind == "odt" else "school")
    page.locator("[name=purpose]").select_option("support_allocation")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_function("before => document.querySelector('h1')?.innerText !== before", arg=heading)


def _ask(story: Story, page: Page, kinds: tuple[str, ...]) -> None:
    page.goto(f"/dossiers/{story.dossier}/verstrekken")
    for kind in kinds:
        page.get_by_label(story.papers[kind].name).check()
    recipient = page.locator("[name=recipient_id] option", has_text="Gemeente Voorbeeldstad").get_attribute("value")
    page.locator("[name=recipient_id]").select_option(recipient)
    page.locator("[name=purpose]").select_option("second_opinion")
    page.locator("[name=identifiable][value='1']").check()
    page.locator("[name=basis][value=consent]").check()
    page.get_by_role("button", name="Verder", exact=True).click()
    page.locator("[name=consent_id]").select_option(index=1)
    page.locator("[name=why_identifiable]").fill(f"Zij spreekt het kind zelf. {story.child.sentence('waarom')}")
    page.locator("[name=statement]").fill(f"Juist, volledig en actueel. {story.child.sentence('verklaring')}")
    page.get_by_role("button", name="Verder naar de controle").click()


def _download(page: Page, row: Locator) -> bytes:
    with page.expect_download() as waiting:
        row.get_by_role("button", name="Downloaden").click()
    return waiting.value.path().read_bytes()


def _widths(page: Page) -> list[int]:
    """The true widths of all page images, after each was scrolled into view; a broken image would have none."""
    images = page.locator(".dp-page-image img")
    widths = []
    for image in images.all():
        image.scroll_into_view_if_needed()
        widths.append(image.evaluate("async (element) => { await element.decode(); return element.naturalWidth; }"))
    assert all(width > 200 for width in widths), widths
    return widths


def _paths(story: Story) -> tuple[str, ...]:
    dossier, gone = f"/dossiers/{story.dossier}", f"/ontvangen/{story.verstrekking}"
    return (
        dossier,
        f"{dossier}/stukken",
        f"{dossier}/verstrekkingen",
        f"{dossier}/verstrekken",
        f"/verstrekkingen/{story.verstrekking}",
        gone,
    )
