"""Receipts on the screen: who gets one, of what, what is in it, and that a link of another is worth nothing (issue 5)."""

from __future__ import annotations

import io
import json
import re
import subprocess

import pikepdf
import pytest

from audit.carrier import parse_keys, receipt_text
from audit.log import events
from audit.verify import main, verify_receipt
from gateway.disclosure import noting
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import pages, reading
from gateway.recording import Action, Outcome, record
from tests import builders, personas
from tests.personas import visitor
from tests.web.matrix_people import consent, disclose

ENTITLED = (personas.GUARDIAN, personas.OFFICER, personas.SWV, personas.CONTACT_PERSON, personas.MUNICIPALITY)


@pytest.fixture(scope="module")
def world(services, app):
    """A dossier of the guardian with a look and a verstrekking, signed; and one of another family."""
    dossier, document = builders.submitted(services, bsn="100000009")
    other, _ = builders.submitted(services, personas.OTHER_SCHOOL, bsn="100000010", first_name="Ander")
    account = builders.account(services, personas.GUARDIAN).id
    with services.db.writing() as session:
        pages.link_family(session, dossier_id=dossier, account_id=account, capacity="guardian", has_authority=True)
    reading.open_reading(services, builders.context(services, personas.SWV), dossier, document)
    disclose(services, {"dossier_id": dossier, "document_id": document}, consent(services, dossier))
    builders.work(services)
    return {"dossier": dossier, "document": document, "other": other}


def event_of(services, dossier, action, place=0):
    with services.db.reading() as session:
        return events(session.connection(), dossier=dossier, action=action, limit=50).rows[place].event_id


def look_of(services, dossier):
    """The event of reading a document."""
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier, action=Action.CONSULT, limit=50).rows
    return next(row.event_id for row in rows if row.object_type == "document_version")


def published(app):
    return parse_keys(visitor(app).get("/.well-known/dossierpoort-keys.json").get_data(as_text=True))


@pytest.mark.parametrize("who", ENTITLED)
def test_all_parties_to_a_verstrekking_get_its_receipt_with_the_recipient_opened(app, services, world, who):
    event = event_of(services, world["dossier"], Action.DISCLOSE)
    someone = visitor(app, who)
    assert "Bewijs als PDF" in someone.get(f"/bewijs/{event}").get_data(as_text=True)
    answer = someone.post(f"/bewijs/{event}/json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=ontvangstbewijs.json"
    proven = verify_receipt(answer.get_data(as_text=True), published(app))
    assert proven.event.event_id == event
    assert proven.payload["recipient_name"] == "Gemeente Voorbeeldstad (demo)"
    assert "verslag.txt" not in answer.get_data(as_text=True)


def test_the_pages_offer_the_receipt(app, services, world):
    event = event_of(services, world["dossier"], Action.DISCLOSE)
    for who, path in (
        (personas.SWV, "/verstrekkingen/"),
        (personas.MUNICIPALITY, "/ontvangen/"),
        (personas.OFFICER, "/register/"),
    ):
        found = re.search(rf"{path}(\w{{32}})", visitor(app, who).get(path.rstrip("/")).get_data(as_text=True)).group(0)
        assert f"/bewijs/{event}" in visitor(app, who).get(found).get_data(as_text=True), who
    assert f"/bewijs/{event}" in visitor(app, personas.OFFICER).get(f"/logboek/{event}").get_data(as_text=True)
    seen = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world['dossier']}").get_data(as_text=True)
    assert f"/bewijs/{event}" in seen
    assert f"/bewijs/{look_of(services, world['dossier'])}" in seen


@pytest.mark.parametrize("who", [personas.OFFICER, personas.GUARDIAN])
def test_a_look_at_a_document_is_opened_and_names_no_file(app, services, world, who):
    event = look_of(services, world["dossier"])
    text = visitor(app, who).post(f"/bewijs/{event}/json").get_data(as_text=True)
    assert verify_receipt(text, published(app)).payload == {"document": world["document"], "version": 1}
    assert "verslag.txt" not in text


@pytest.mark.parametrize(
    "payload", [{"file": "verslag moeder.pdf"}, {"reason": "wat iemand typte"}, {"documents": ["a"]}]
)
def test_particulars_that_may_be_anothers_are_opened_for_the_officer_only(app, services, world, payload):
    swv = builders.context(services, personas.SWV)
    with services.db.writing() as session:
        event = record(
            session, services.vault, swv, Action.CONSULT, dossier_id=world["dossier"], object_type="document_version",
            payload=payload,
        )  # fmt: skip
    builders.work(services)
    officer = visitor(app, personas.OFFICER).post(f"/bewijs/{event}/json").get_data(as_text=True)
    assert verify_receipt(officer, published(app)).payload == payload
    guardian = visitor(app, personas.GUARDIAN).post(f"/bewijs/{event}/json").get_data(as_text=True)
    assert verify_receipt(guardian, published(app)).payload is None


def test_a_family_reads_what_was_printed_packed_or_refused_and_no_name_of_a_file(app, services, world):
    dossier = world["dossier"]
    context = builders.context(services, personas.SWV)
    asked = consent(services, dossier)
    made = disclose(services, {"dossier_id": dossier, "document_id": world["document"]}, asked)
    assert visitor(app, personas.SWV).post(f"/verstrekkingen/{made}/afdrukken").status_code == 200
    with services.db.writing() as session:
        row = session.get_one(Verstrekking, made)
        told = {"form": "openpgp", "document_ids": [world["document"]], "keys": ["AB12"]}
        noting.record_whole(services, session, context, row, Action.DOWNLOAD, told)
        payload = {
            "recipient_name": "Ander",
            "document_ids": [world["document"]],
            "reason": "Volgens GR1 mag dit niet.",
        }
        record(
            session, services.vault, context, Action.REFUSE, outcome=Outcome.REFUSED, dossier_id=dossier,
            object_type="verstrekking", payload=payload,
        )  # fmt: skip
    builders.work(services)
    for action, key in ((Action.PRINT, "pages"), (Action.DOWNLOAD, "keys"), (Action.REFUSE, "reason")):
        event = event_of(services, dossier, action)
        text = visitor(app, personas.GUARDIAN).post(f"/bewijs/{event}/json").get_data(as_text=True)
        proven = verify_receipt(text, published(app))
        assert proven.payload["document_ids"] == [world["document"]], action
        assert key in proven.payload
        assert "verslag" not in text


def test_a_receipt_of_another_cannot_be_had_by_its_id(app, services, world):
    mine = [event_of(services, world["dossier"], Action.DISCLOSE), look_of(services, world["dossier"])]
    theirs = event_of(services, world["other"], Action.SUBMIT)
    tries = [
        (personas.GUARDIAN, theirs),
        (personas.SWV, mine[1]),
        (personas.MUNICIPALITY, mine[1]),
        (personas.MUNICIPALITY, theirs),
    ]
    tries += [
        (who, event)
        for who in (personas.PUPIL, personas.OWNER, personas.EXPERT, personas.ADMINISTRATOR)
        for event in mine
    ]
    with services.db.reading() as session:
        before = len(events(session.connection(), action=Action.EXPORT, limit=500).rows)
    for who, event in tries:
        someone = visitor(app, who)
        nothing = someone.get("/bewijs/" + "0" * 32)
        assert someone.get(f"/bewijs/{event}").status_code == nothing.status_code == 404, (who, event)
        for what in ("json", "pdf", "exe"):
            assert someone.post(f"/bewijs/{event}/{what}").status_code == 404, (who, event)
    assert visitor(app).get(f"/bewijs/{mine[0]}").status_code == 303
    with services.db.reading() as session:
        assert len(events(session.connection(), action=Action.EXPORT, limit=500).rows) == before


def test_events_that_are_nothing_of_the_familys_have_no_receipt_for_them(app, services, world):
    event = event_of(services, world["dossier"], Action.CHECK)
    assert visitor(app, personas.GUARDIAN).get(f"/bewijs/{event}").status_code == 404
    assert visitor(app, personas.OFFICER).get(f"/bewijs/{event}").status_code == 200


def test_making_a_receipt_is_logged_before_it_leaves_and_the_family_sees_it(app, services, world):
    event = event_of(services, world["dossier"], Action.DISCLOSE)
    visitor(app, personas.OFFICER).post(f"/bewijs/{event}/pdf")
    with services.db.reading() as session:
        row = events(session.connection(), dossier=world["dossier"], action=Action.EXPORT, limit=1).rows[0]
    assert (row.object_type, row.object_id, row.actor) == (
        "receipt",
        event,
        builders.account(services, personas.OFFICER).id,
    )
    seen = visitor(app, personas.GUARDIAN).get(f"/wat-is-bekend/{world['dossier']}").get_data(as_text=True)
    assert "Maakte een bewijs uit het logboek" in seen


def test_before_the_checkpoint_the_page_says_over_a_minute_and_no_error(app, services, world):
    reading.open_reading(services, builders.context(services, personas.SWV), world["dossier"], world["document"])
    event = look_of(services, world["dossier"])
    guardian = visitor(app, personas.GUARDIAN)
    page = guardian.get(f"/bewijs/{event}")
    assert page.status_code == 200
    assert "Over een minuut is dit bewijs klaar" in page.get_data(as_text=True)
    assert "Bewijs als PDF" not in page.get_data(as_text=True)
    answer = guardian.post(f"/bewijs/{event}/pdf")
    assert (answer.status_code, answer.location) == (303, f"/bewijs/{event}")
    builders.work(services)
    assert "Bewijs als PDF" in guardian.get(f"/bewijs/{event}").get_data(as_text=True)
    assert guardian.post(f"/bewijs/{event}/json").status_code == 200


def test_the_page_and_the_qr_say_nothing_of_the_pupil(app, services, world):
    event = event_of(services, world["dossier"], Action.DISCLOSE)
    page = visitor(app, personas.OFFICER).get(f"/bewijs/{event}").get_data(as_text=True)
    address = re.search(r"/controle\?bewijs=(\w{32})&amp;afdruk=(\w{64})", page)
    assert address.group(1) == event
    checking = visitor(app).get(address.group(0).replace("&amp;", "&")).get_data(as_text=True)
    assert event in checking
    assert address.group(2) in checking
    for text in (page, checking):
        assert "Zwollebol" not in text
        assert "Gemeente Voorbeeldstad" not in text


@pytest.mark.parametrize(
    "query", ["bewijs=<script>alert(1)</script>", "bewijs=" + "g" * 32, "afdruk=%22%3E", "taal=xx"]
)
def test_what_someone_else_types_behind_the_address_is_not_shown(app, query):
    page = visitor(app).get(f"/controle?{query}")
    assert page.status_code == 200
    assert "alert(1)" not in page.get_data(as_text=True)
    assert "U scande de code" not in page.get_data(as_text=True)


def test_the_checking_page_holds_all_of_itself_and_runs_nothing_else(app):
    page = visitor(app).get("/controle?taal=en")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    text = page.get_data(as_text=True)
    assert "Check a proof" in text
    assert not re.search(r"<(?:link|img|iframe|script[^>]+src)|url\(|@import| on\w+=| style=", text)


# --- the paper -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paper(app, services, world, tmp_path_factory):
    event = event_of(services, world["dossier"], Action.DISCLOSE)
    path = tmp_path_factory.mktemp("paper") / "bewijs.pdf"
    path.write_bytes(visitor(app, personas.GUARDIAN).post(f"/bewijs/{event}/pdf").get_data())
    return path


def test_the_paper_is_a_pdf_a_3_with_the_receipt_attached(app, paper):
    with pikepdf.open(paper) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "U")
        intent = pdf.Root.OutputIntents[0]
        assert (intent.S, intent.DestOutputProfile.N) == ("/GTS_PDFA1", 3)
        files = list(pdf.Root.AF)
        assert [str(each.UF) for each in files] == ["ontvangstbewijs.json"]
        assert files[0].AFRelationship == "/Source"
        assert str(pdf.Root.Lang) == "nl"
        assert "/Encrypt" not in pdf.trailer
        assert "/ID" in pdf.trailer
        assert pdf.Root.MarkInfo.Marked
        embedded = files[0].EF.F.read_bytes()
        assert files[0].EF.F.Subtype == "/application/json"
    assert embedded.decode() == receipt_text(paper.read_bytes())
    assert verify_receipt(embedded.decode(), published(app)).payload["recipient_name"]


def test_other_readers_agree_on_the_paper(paper, tmp_path):
    def run(*words):
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(paper))
    fonts = [line.split() for line in run("pdffonts", str(paper)).splitlines()[2:]]
    assert fonts
    assert all(line[-5:-3] == ["yes", "yes"] for line in fonts), "embedded and subset"
    run("pdfdetach", "-save", "1", "-o", str(tmp_path / "receipt.json"), str(paper))
    assert (tmp_path / "receipt.json").read_text(encoding="utf-8") == receipt_text(paper.read_bytes())
    text = run("pdftotext", "-layout", str(paper), "-")
    assert "Niet bevestigd" in text
    assert "Gemeente Voorbeeldstad" in text
    assert "Zwollebol" not in text


def test_the_command_checks_the_paper_with_the_published_keys(app, paper, tmp_path, capsys):
    keys = tmp_path / "dossierpoort-keys.json"
    keys.write_bytes(visitor(app).get("/.well-known/dossierpoort-keys.json").get_data())
    assert main([str(paper), "--key", str(keys)]) == 0
    told = capsys.readouterr().out
    assert "GELDIG" in told
    assert "NIET BEVESTIGD" in told
    data = paper.read_bytes()
    paper.with_suffix(".cut").write_bytes(data[: data.index(b"/EmbeddedFile") + 300])
    assert main([str(paper.with_suffix(".cut")), "--key", str(keys)]) == 1


def test_a_paper_fetches_and_reads_nothing(services):
    from gateway import paper as papers

    made = papers.pdf(
        '<p>x</p><img src="file:///etc/hostname"><img src="http://localhost:9/x.png">', made_at=services.clock()
    )
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert not [each for page in pdf.pages for each in page.images]


def test_receipts_of_what_is_destroyed_prove_that_it_happened(app, services, world):
    """The keys of a dossier go; the officer still gets a receipt, without what was sealed."""
    with services.db.writing() as session:
        from audit.log import forget_payloads

        forget_payloads(session.connection(), world["other"])
    event = event_of(services, world["other"], Action.SUBMIT)
    text = visitor(app, personas.OFFICER).post(f"/bewijs/{event}/json").get_data(as_text=True)
    assert json.loads(text)["payload"] is None
    assert verify_receipt(text, published(app)).event.event_id == event
