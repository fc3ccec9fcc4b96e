"""A rendition of a document: asked for, made by the worker in bounded processes, bound to its version, gone with it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from audit.log import events
from gateway.anonymisation import asking, making, renditions
from gateway.anonymisation.record import record_of, split_name
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.anonymisation.sealed import finds_of, report_of
from gateway.dossiers import derived, usecases
from gateway.dossiers.tables import DocumentVersion, Dossier, Erasure, Rendition
from gateway.errors import ConflictError, NotFoundError
from gateway.jobs.tables import Job
from gateway.recording import Action
from gateway.reglement import versions
from gateway.storage import StorageUnavailable
from gateway.vault.tables import DataKey
from gateway.worker import Worker
from tests import builders, personas

FILES = Path(__file__).resolve().parents[1] / "data" / "files"
TEXT = """Gespreksverslag over Jip van Zwollebol, geboren 9 maart 2016, BSN 123456782.
Aanwezig waren Mies van Zwollebol (moeder, 06-00000000) en juf Anneloes Kwakkelstein van groep zes.
Zij woont op de Bedachte Kade 7 in Verzinstad. De toets WISC-V wees op een voorsprong.
"""
SECRETS = ("zwollebol", "kwakkelstein", "123456782", "bedachte kade", "verzinstad", "06-00000000")


def submitted(services, files):
    """A submitted dossier with these files; gives its id and those of the documents, in order."""
    dossier_id = builders.draft(services)
    documents = []
    for name, content in files:
        received = builders.upload(services, personas.OWNER, dossier_id, name, content)
        assert received.document_id, received.problem
        builders.describe(services, personas.OWNER, dossier_id, received.document_id, categories=("a", "b", "d", "g"))
        documents.append(received.document_id)
    builders.work(services)
    usecases.submit(services, builders.context(services, personas.OWNER), dossier_id)
    return dossier_id, documents


def asked(services, dossier_id, document_id, email=personas.SWV):
    return asking.ask(services, builders.context(services, email), dossier_id, document_id)


def row_of(services, rendition_id):
    with services.db.reading() as session:
        return session.get_one(AnonymisedRendition, rendition_id)


def pdf_of(services, rendition_id):
    with services.db.reading() as session:
        version = session.get_one(DocumentVersion, session.get_one(AnonymisedRendition, rendition_id).version_id)
        found = renditions.file_of(session, version)
        return b"".join(derived.opened(services, session, version, found))


def text_of(pdf):
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document).lower()


def steps(services, dossier_id):
    with services.db.reading() as session:
        return [
            row.outcome.value for row in events(session.connection(), dossier=dossier_id, action=Action.ANONYMISE).rows
        ]


def test_the_worker_makes_a_proven_pdf_that_waits_for_review_and_dies_with_its_document(services):
    dossier_id, (document_id,) = submitted(services, [("verslag.txt", TEXT.encode())])
    rendition_id = asked(services, dossier_id, document_id)
    assert row_of(services, rendition_id).state == "asked"
    assert asked(services, dossier_id, document_id, personas.CONTACT_PERSON) == rendition_id
    with services.db.reading() as session:
        version = session.get_one(DocumentVersion, row_of(services, rendition_id).version_id)
        assert renditions.usable(services, session, version) is None
    builders.work(services)
    row = row_of(services, rendition_id)
    assert (row.state, row.run, row.pages, row.content_mark) == ("review", 1, 1, version.content_mark)
    said = text_of(pdf_of(services, rendition_id))
    assert "[leerling]" in said
    assert "wisc-v" in said
    assert not [secret for secret in SECRETS if secret in said]
    with services.db.reading() as session:
        report = report_of(services.vault, session, row)
        assert report["proof"]["residue"] == "none"
        groups = {group.kind: group for group in finds_of(services.vault, session, row)}
        assert groups["BSN"].locked
        assert groups["PERSON_PARENT"].replacement == "[moeder]"
        assert "nagekeken" in renditions.why_not(services, session, version)
        for sealed in (row.report, row.finds):
            assert b"Zwollebol" not in sealed
    assert steps(services, dossier_id) == ["success", "success"]
    # Withdrawing erases nothing after submission: what is erased here is the whole document, as retention will.
    with services.db.writing() as session:
        from gateway.dossiers.erasing import erase_document
        from gateway.dossiers.tables import Document

        keys = set(session.scalars(select(Rendition.object_key).where(Rendition.version_id == version.id)))
        dossier = session.get_one(Dossier, dossier_id)
        document = session.get_one(Document, document_id)
        erase_document(services, session, builders.context(services, personas.SWV), dossier, document)
        assert keys <= set(session.scalars(select(Erasure.object_key)))
    with services.db.reading() as session:
        assert session.get(AnonymisedRendition, rendition_id) is None
        assert not session.scalars(select(DataKey).where(DataKey.ref.in_([version.id, document_id]))).all()
    builders.work(services)
    assert not any(services.storage.exists(key) for key in keys)


def test_a_new_version_or_other_family_data_ask_for_a_new_rendition(services):
    dossier_id, (document_id,) = submitted(services, [("verslag.txt", TEXT.encode())])
    rendition_id = asked(services, dossier_id, document_id)
    builders.work(services)
    with services.db.writing() as session:
        row = session.get_one(AnonymisedRendition, rendition_id)
        row.state = "done"
    with services.db.reading() as session:
        version = session.get_one(DocumentVersion, row.version_id)
        assert renditions.usable(services, session, version).id == rendition_id
        record = record_of(services, session, session.get_one(Dossier, dossier_id))
        earlier = {each["tekst"] for each in record["eerder_gevonden"]}
        assert any("Kwakkelstein" in each for each in earlier)
    owner = builders.context(services, personas.OWNER)
    with services.db.reading() as session:
        seen = session.get_one(Dossier, dossier_id).version
    usecases.change_pupil(services, owner, dossier_id, builders.pupil(last_name="Andersheet"), seen_version=seen)
    with services.db.reading() as session:
        assert renditions.usable(services, session, version) is None
        assert "gewijzigd" in renditions.why_not(services, session, version)
    assert asked(services, dossier_id, document_id) == rendition_id
    assert row_of(services, rendition_id).state == "asked"
    with services.db.writing() as session:
        session.get_one(DocumentVersion, version.id).state = "superseded"
    with services.db.reading() as session:
        assert "nieuwe versie" in renditions.why_not(services, session, session.get_one(DocumentVersion, version.id))
    builders.work(services)
    assert (row_of(services, rendition_id).state, row_of(services, rendition_id).code) == ("failed", "gone")


def test_outsiders_find_no_rendition_and_what_cannot_be_read_is_refused(services):
    dossier_id, (document_id,) = submitted(services, [("verslag.txt", TEXT.encode())])
    for email in (personas.OWNER, personas.PARTNER, personas.GUARDIAN, personas.ADMINISTRATOR, personas.OFFICER):
        with pytest.raises(NotFoundError):
            asked(services, dossier_id, document_id, email)
    rendition_id = asked(services, dossier_id, document_id)
    with services.db.reading() as session, pytest.raises(NotFoundError):
        asking.mine(services, session, builders.context(services, personas.PARTNER), rendition_id)
    usecases.withdraw(services, builders.context(services, personas.OWNER), dossier_id, document_id, "Verkeerd stuk.")
    with pytest.raises(ConflictError):
        asked(services, dossier_id, document_id)
    builders.work(services)
    assert row_of(services, rendition_id).code == "gone"


def test_a_run_that_breaks_off_is_done_again_and_one_that_never_succeeds_says_so(services, clock, monkeypatch):
    dossier_id, (document_id,) = submitted(services, [("verslag.txt", TEXT.encode())])
    rendition_id = asked(services, dossier_id, document_id)

    def away(*_, **__):
        raise StorageUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(derived, "seal", away)
        Worker(services).once()
        assert row_of(services, rendition_id).state == "working"
        with services.db.reading() as session:
            assert session.scalar(select(Job.trouble).where(Job.ref == rendition_id)) == "StorageUnavailable"
    for _ in range(4):
        clock.forward(hours=1)
        with monkeypatch.context() as broken:
            broken.setattr(making, "made_in", away)
            Worker(services).once()
    row = row_of(services, rendition_id)
    assert (row.state, row.code) == ("failed", "gave_up")
    assert asked(services, dossier_id, document_id) == rendition_id
    builders.work(services)
    assert row_of(services, rendition_id).state == "review"


def test_what_cannot_be_anonymised_ends_in_a_state_with_what_to_do(services, tmp_path):
    """The upload refuses most of these already; one that came in before must not stay waiting."""
    from gateway.anonymisation.choices import NONE
    from gateway.anonymisation.failures import sentence_for
    from gateway.anonymisation.files.sealed_road import Order, made_in

    locked = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    record = {"leerling": {"achternaam": "Zwollebol"}}
    for content, extension, code, word in (
        (locked.getvalue(), "pdf", "hidden_password", "wachtwoord"),
        (b"%PDF-1.7\nniets", "pdf", "broken", "beschadigd"),
        (b"", "txt", "empty", "leeg"),
        (b"MZ\x90\x00" * 40, "pdf", "unknown_kind", "PDF"),
    ):
        order = Order(record=record, choices=NONE, extension=extension)
        with made_in(services.scratch, lambda path, c=content: path.write_bytes(c), order, lambda *_: None) as made:
            assert (made.code, made.pdf) == (code, None)
        assert word in sentence_for(made.code)
    assert not list(services.scratch.root.iterdir())


@pytest.mark.parametrize(
    ("name", "surname", "prefix"),
    [
        ("Mies van Zwollebol", "Zwollebol", "van"),
        ("Mevr. M.J. van der Zwollebol", "Zwollebol", "van der"),
        ("Fatima El Amrani", "Amrani", "El"),
        ("Zwollebol", "", ""),
        ("A. Zwollebol", "Zwollebol", ""),
        ("Ana Silva Santos", "Santos", ""),
    ],
)
def test_a_typed_name_is_taken_apart_so_that_no_part_goes_unsearched(name, surname, prefix):
    parts = split_name(name)
    assert (parts["achternaam"], parts["tussenvoegsel"]) == (surname, prefix)
    told = set(" ".join(parts.values()).split())
    assert {word for word in name.split() if word.lower() != "mevr."} <= told


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)
def test_ages_and_dates_are_replaced_as_the_reglement_says(services):
    boss = builders.context(services, personas.ADMINISTRATOR)
    with services.db.reading() as session:
        document = dict(versions.in_force(session, boss.person.tenant_id, "po-raad-2014", boss.today).document)
    document["disclose"] = {**document["disclose"], "age_bands": True, "dates_as": "offset"}
    tomorrow = boss.today + timedelta(days=1)
    draft = versions.draft(services, boss, "po-raad-2014", versions.as_json(document), tomorrow)
    versions.decide(services, builders.context(services, "beheer2@demo.example"), draft, approve=True)
    dossier_id, (document_id,) = submitted(services, [("verslag.txt", b"Op 23 november 2025 was Jip 9 jaar.")])
    services.clock.forward(days=2)
    rendition = asked(services, dossier_id, document_id)
    builders.work(services)
    text = text_of(pdf_of(services, rendition))
    assert "op [12 maanden voor aanmelding] was [leerling] [8-9 jaar]" in " ".join(text.split()), text
