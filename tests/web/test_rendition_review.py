"""A person reviews a rendition at the screen: decides, undoes, confirms, finishes; a second one where that is asked."""

from __future__ import annotations

import re

import pytest

from audit.log import events, open_payload
from gateway.anonymisation import renditions
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.anonymisation.sealed import decisions_of, finds_of, report_of, seal_report
from gateway.dossiers import usecases
from gateway.dossiers.tables import DocumentVersion
from gateway.recording import Action, LogSealer
from gateway.reglement import versions
from tests import builders, personas
from tests.personas import visitor


@pytest.fixture
def made(services):
    """A dossier of its own with a rendition to review: dossier, document, rendition."""
    dossier, document = builders.submitted(services, categories=("a", "b", "d", "g"), first_name="Jip")
    return dossier, document, builders.reviewable(services, dossier, document)


def row_of(services, rendition_id):
    with services.db.reading() as session:
        return session.get_one(AnonymisedRendition, rendition_id)


def decided(services, rendition_id):
    with services.db.reading() as session:
        return decisions_of(services.vault, session, session.get_one(AnonymisedRendition, rendition_id))


def choose(someone, services, rendition_id, what, **fields):
    turn = row_of(services, rendition_id).turn
    return someone.post(f"/anonimiseren/{rendition_id}/besluit", data={"turn": turn, "what": what, **fields})


def consulted(services, dossier):
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier, action=Action.CONSULT, limit=200).rows
        return [row for row in rows if row.object_type == "document_version"]


def test_the_page_shows_doubts_first_and_opening_it_is_one_consultation(app, services, made):
    dossier, _, rendition = made
    someone = visitor(app, personas.SWV)
    before = len(consulted(services, dossier))
    page = someone.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    assert page.index("Eerst de twijfels") < page.index(">Storm</bdi>") < page.index("Alle andere vondsten")
    assert "Gaat altijd weg" in page
    assert "bijgehouden" not in page
    assert "opmerkingen: 2" in page
    assert someone.get(f"/anonimiseren/{rendition}/bladzijde/1").data[:4] == b"RIFF"
    someone.get(f"/anonimiseren/{rendition}")
    assert len(consulted(services, dossier)) == before + 1
    reading = re.search(r"/lezing/[0-9a-f]{32}/1", page)
    assert someone.get(reading.group()).status_code == 200


def test_decisions_are_kept_undone_and_logged_without_the_text(app, services, made):
    dossier, _, rendition = made
    someone = visitor(app, personas.SWV)
    answer = choose(someone, services, rendition, "reject", key="storm")
    assert answer.status_code == 303
    assert decided(services, rendition).rejected == ("storm",)
    assert "Opnieuw maken" in someone.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    stale = someone.post(f"/anonimiseren/{rendition}/besluit", data={"turn": 1, "what": "reject", "key": "rummikub"})
    assert stale.status_code == 303
    assert decided(services, rendition).rejected == ("storm",), "decided on what someone else had changed"
    locked = choose(someone, services, rendition, "reject", key="jip")
    assert (locked.status_code, "dan is het stuk niet anoniem" in locked.get_data(as_text=True)) == (400, True)
    answer = someone.post(
        f"/anonimiseren/{rendition}/besluit",
        data={"turn": row_of(services, rendition).turn, "what": "add", "text": "Kapper Bert", "kind": ""},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert answer.json == {"turn": row_of(services, rendition).turn}
    area = {"page": 1, "left": "0.1", "top": "0.1", "right": "0.4", "bottom": "0.2"}
    choose(someone, services, rendition, "area", **area)
    assert len(decided(services, rendition).areas) == 1
    wrong = choose(someone, services, rendition, "area", **{**area, "right": "nan"})
    assert wrong.status_code == 400
    for _ in range(3):
        choose(someone, services, rendition, "undo")
    left = decided(services, rendition)
    assert (left.rejected, left.added, left.areas) == ((), (), ())
    with services.db.reading() as session:
        tenant = builders.account(services, personas.SWV).tenant_id
        sealer = LogSealer(session, services.vault, organisation_id=tenant, year=services.clock().year)
        rows = events(session.connection(), dossier=dossier, action=Action.ANONYMISE, limit=50).rows
        told = [dict(open_payload(row, sealer)) for row in rows]
    assert [each["step"] for each in told].count("decided") == 6
    assert not any("Bert" in str(each) or "storm" in str(each).lower() for each in told)
    timeline = someone.get(f"/dossiers/{dossier}").get_data(as_text=True)
    assert "Anonimiseren gevraagd: verslag.txt" in timeline
    assert "Keuze gemaakt" not in timeline


def test_finishing_needs_the_output_to_hold_all_decisions_and_a_clean_proof(app, services, made):
    _, _, rendition = made
    someone = visitor(app, personas.CONTACT_PERSON)
    unseen = someone.post(f"/anonimiseren/{rendition}/klaar")
    assert (unseen.status_code, "Bevestig eerst" in unseen.get_data(as_text=True)) == (400, True)
    choose(someone, services, rendition, "reject", key="storm")
    someone.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"})
    assert row_of(services, rendition).state == "review"
    choose(someone, services, rendition, "undo")
    with services.db.writing() as session:
        row = session.get_one(AnonymisedRendition, rendition)
        report = report_of(services.vault, session, row)
        seal_report(services.vault, session, row, {**report, "proof": {"residue": [{"part": "x"}]}})
    someone.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"})
    assert row_of(services, rendition).state == "review"
    with services.db.writing() as session:
        seal_report(services.vault, session, session.get_one(AnonymisedRendition, rendition), report)
    assert someone.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"}).status_code == 303
    row = row_of(services, rendition)
    assert (row.state, row.category_list) == ("done", ["g"])
    with services.db.reading() as session:
        version = session.get_one(DocumentVersion, row.version_id)
        assert renditions.usable(services, session, version).id == rendition
    page = someone.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    assert "Dirk Denkbeeld" in page
    refused = someone.post(
        f"/anonimiseren/{rendition}/besluit", data={"turn": row.turn, "what": "reject", "key": "storm"}
    )
    assert refused.status_code == 303
    assert decided(services, rendition).rejected == ()
    assert someone.post(f"/anonimiseren/{rendition}/downloaden").data.startswith(b"%PDF")
    someone.post(f"/anonimiseren/{rendition}/terug")
    with services.db.reading() as session:
        assert renditions.usable(services, session, version) is None


def test_where_the_reglement_asks_a_second_person_finishes_and_not_the_first(app, services, made, monkeypatch):
    _, _, rendition = made
    real = versions.in_force

    def asks(*args):
        from dataclasses import replace

        return replace(real(*args), second_reviewer=True)

    monkeypatch.setattr("gateway.anonymisation.reviewing.in_force", asks)
    first, second = visitor(app, personas.SWV), visitor(app, personas.CONTACT_PERSON)
    first.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"})
    assert row_of(services, rendition).state == "second"
    first.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"})
    assert row_of(services, rendition).state == "second", "the first person was their own second"
    assert "Een collega keek" in second.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    second.post(f"/anonimiseren/{rendition}/klaar", data={"confirm": "eyes"})
    row = row_of(services, rendition)
    assert row.state == "done"
    assert row.reviewed_by != row.second_by


def test_someone_elses_rendition_is_as_one_that_does_not_exist(app, services, made):
    _, _, rendition = made
    absent = "0" * 32
    for email in (personas.OWNER, personas.PARTNER, personas.GUARDIAN, personas.OFFICER):
        someone = visitor(app, email)
        for path in ("", "/bladzijde/1"):
            shown = [someone.get(f"/anonimiseren/{each}{path}") for each in (rendition, absent)]
            assert [answer.status_code for answer in shown] == [404, 404]
        for act in ("besluit", "klaar", "terug", "opnieuw", "downloaden"):
            assert someone.post(f"/anonimiseren/{rendition}/{act}").status_code == 404
    swv = visitor(app, personas.SWV)
    assert swv.get(f"/anonimiseren/{rendition}/bladzijde/2").status_code == 404
    assert choose(swv, services, rendition, "reject", key="x").status_code == 404


def test_while_it_is_made_the_page_tells_how_far_and_what_failed_says_what_to_do(app, services, made):
    dossier, document, rendition = made
    someone = visitor(app, personas.SWV)
    assert someone.post(f"/anonimiseren/{rendition}/opnieuw").status_code == 303
    with services.db.writing() as session:
        row = session.get_one(AnonymisedRendition, rendition)
        row.state, row.doing, row.at_page, row.of_pages = "working", "lezen", 3, 12
    page = someone.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    assert "3 van 12" in page
    assert 'http-equiv="refresh"' in page
    with services.db.writing() as session:
        row = session.get_one(AnonymisedRendition, rendition)
        row.state, row.code = "failed", "hidden_password"
    assert "zonder wachtwoord" in someone.get(f"/anonimiseren/{rendition}").get_data(as_text=True)
    assert "mislukt" in someone.get(f"/dossiers/{dossier}/weergaven").get_data(as_text=True)
    answer = someone.post(f"/dossiers/{dossier}/stukken/{document}/anonimiseren")
    assert answer.location == f"/anonimiseren/{rendition}"
    assert row_of(services, rendition).state == "asked"


def test_made_again_the_output_holds_every_decision_and_is_proven_again(app, services):
    import pypdfium2

    text = (
        "Aanwezig waren Mies van Zwollebol (moeder) en juf Anneloes Kwakkelstein van groep zes.\n"
        "Zij spraken over Jip van Zwollebol en een zonnige voorsprong.\n"
    )
    dossier = builders.draft(services)
    document = builders.upload(services, personas.OWNER, dossier, "brief.txt", text.encode()).document_id
    builders.describe(services, personas.OWNER, dossier, document)
    builders.work(services)
    usecases.submit(services, builders.context(services, personas.OWNER), dossier)
    someone = visitor(app, personas.SWV)
    rendition = someone.post(f"/dossiers/{dossier}/stukken/{document}/anonimiseren").location.rpartition("/")[2]
    builders.work(services)
    with services.db.reading() as session:
        row = session.get_one(AnonymisedRendition, rendition)
        groups = finds_of(services.vault, session, row)
        other = next(each for each in groups if "Kwakkelstein" in each.text and not each.locked)
    choose(someone, services, rendition, "reject", key=other.key)
    choose(someone, services, rendition, "add", text="zonnige  Voorsprong", kind="")
    choose(someone, services, rendition, "area", page=1, left="0", top="0.5", right="1", bottom="0.9")
    someone.post(f"/anonimiseren/{rendition}/opnieuw")
    builders.work(services)
    row = row_of(services, rendition)
    assert (row.state, row.run) == ("review", 2)
    assert decided(services, rendition).is_made
    pdf = pypdfium2.PdfDocument(someone.post(f"/anonimiseren/{rendition}/downloaden").data)
    said = pdf[0].get_textpage().get_text_range()
    assert other.text in said
    assert "voorsprong" not in said
    assert "Zwollebol" not in said
    picture = pdf[0].render(scale=0.5).to_pil().convert("L")
    assert picture.getpixel((picture.width // 2, int(picture.height * 0.7))) < 60
    assert picture.getpixel((picture.width // 2, int(picture.height * 0.95))) > 200
    with services.db.reading() as session:
        report = report_of(services.vault, session, row)
        version = session.get_one(DocumentVersion, row.version_id)
        files = [*renditions.pages_of(session, version), renditions.file_of(session, version)]
    assert report["proof"]["residue"] == "none"
    assert {each.number // renditions.PER_RUN for each in files} == {2}, "files of the first run stayed"
