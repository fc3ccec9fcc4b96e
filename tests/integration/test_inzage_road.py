"""An inzage from the officer's desk to who asked: decided per document, one door, nothing for anyone else."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from audit.log import events
from gateway.access.tables import AccessEntry
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.leaving import allowed_now
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.tables import Dossier, DossierPerson, Rendition
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.recording import Action
from gateway.rights import answering, delivering, queries, redaction, redaction_kept
from gateway.rights.inzage_tables import InzageAnswer
from tests import builders, inzages, personas
from tests.builders import context

if TYPE_CHECKING:
    from gateway.services import Services


def dossier(services: Services) -> tuple[str, str]:
    return inzages.demo(services)


def fetched(services: Services, request_id: str, document_id: str, who: str = personas.GUARDIAN) -> bytes:
    return b"".join(delivering.document(services, context(services, who), request_id, document_id).chunks)


def read(content: bytes) -> str:
    """The text of every page."""
    with pdfium.PdfDocument(content) as document:
        return "\n".join(document[at].get_textpage().get_text_range() for at in range(len(document)))


def test_without_an_entry_of_the_list_the_officer_reads_nothing_and_it_ends_with_the_request(
    services: Services,
) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.asked(services, dossier_id)
    officer = context(services, personas.OFFICER)
    with pytest.raises(RefusedError) as refused:
        redaction.look(services, officer, request_id, document_id)
    assert refused.value.article == "PR8.2"
    with pytest.raises(ConflictError, match="geheimhouding"):
        redaction.begin(services, officer, request_id)
    inzages.access.accept_confidentiality(services, officer)
    redaction.begin(services, officer, request_id)
    assert redaction.look(services, officer, request_id, document_id).pages
    with services.db.writing() as session:
        answering.ended(services, session, officer, queries.by_id(session, officer, request_id))
    with pytest.raises(RefusedError):
        redaction.look(services, officer, request_id, document_id)
    with services.db.reading() as session:
        entry = session.scalars(select(AccessEntry).where(AccessEntry.kind == "desk")).one()
        assert (entry.scope, entry.scope_ids, entry.state) == ("dossier", [dossier_id], "ended")


def test_every_document_is_decided_first_and_what_is_withheld_makes_it_partly(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.begun(services, dossier_id)
    officer = context(services, personas.OFFICER)
    with pytest.raises(ConflictError, match="nog niet beslist"):
        inzages.decided(services, request_id)
    with pytest.raises(InvalidInputError):
        redaction.choose(services, officer, request_id, document_id, "withheld", " ")
    redaction.choose(services, officer, request_id, document_id, "withheld", "Het gaat over een ander kind.")
    with pytest.raises(ConflictError, match="voor een deel"):
        inzages.decided(services, request_id)
    inzages.decided(services, request_id, "partly")
    answer = delivering.show(services, context(services, personas.GUARDIAN), request_id)
    assert [each.release.code for each in answer.overview.documents] == ["withheld"]
    with pytest.raises(NotFoundError):
        fetched(services, request_id, document_id)
    with pytest.raises(ConflictError):
        redaction.choose(services, officer, request_id, document_id, "whole")


def test_a_redacted_document_leaves_as_the_redacted_file_and_the_original_by_no_way(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.begun(services, dossier_id)
    officer = context(services, personas.OFFICER)
    inzages.redacted(services, request_id, document_id)
    look = redaction.look(services, officer, request_id, document_id)
    assert [each.text for each in look.groups] == ["Storm"]
    redaction.change(services, officer, request_id, document_id, "keep", key="storm")
    with pytest.raises(ConflictError, match="Opnieuw maken"):
        redaction.finish(services, officer, request_id, document_id)
    redaction.change(services, officer, request_id, document_id, "drop", key="storm")
    redaction.finish(services, officer, request_id, document_id)
    inzages.decided(services, request_id)
    assert fetched(services, request_id, document_id) == inzages.PDF
    with services.db.reading() as session:
        verstrekking = session.scalars(select(Verstrekking).where(Verstrekking.purpose == "inzage")).one()
        assert (verstrekking.form, verstrekking.article, verstrekking.law) == ("redacted", "PR11.1", "AVG 15")
        _row, allowed = allowed_now(services, session, context(services, personas.SWV), verstrekking.id)
        assert allowed == []  # staff cannot take it along: the judge asks who it is for (PRage)
    with services.db.writing() as session:
        row = redaction_kept.of_request(session, request_id)[document_id]
        for file in session.scalars(select(Rendition).where(Rendition.kind == "inzpdf")):
            file.sealed_sha256 = bytes(32)
        assert row.choice == "redacted"
    with pytest.raises(ConflictError):  # made again, it is another file than the one that was decided on
        fetched(services, request_id, document_id)


def test_each_document_is_judged_and_logged_when_it_leaves_alone_and_in_the_package(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.given(services, dossier_id)
    parent = context(services, personas.GUARDIAN)
    assert fetched(services, request_id, document_id)
    made = b"".join(delivering.package(services, parent, request_id, lambda _answer: [("gegevens.json", b"{}")]))
    with zipfile.ZipFile(io.BytesIO(made)) as found:
        assert found.testzip() is None
        assert found.namelist() == ["gegevens.json", "stukken/stuk-01-gespreksverslag.txt"]
    told = json.loads(delivering.as_json(services, parent, request_id))
    assert told["documents"][0]["file"] == "stuk-01-gespreksverslag.txt"
    _answer, paper = delivering.on_paper(services, context(services, personas.OFFICER), request_id)
    assert [(each.title, len(each.pages)) for each in paper] == [("gespreksverslag.txt", 1)]
    with services.db.reading() as session:
        log = events(session.connection(), dossier=dossier_id, limit=50).rows
    told_of = [(each.action, each.object_type, each.article) for each in log if each.purpose == "inzage"]
    assert told_of.count((Action.DOWNLOAD, "document_version", "PR11.1")) == 2
    assert told_of.count((Action.PRINT, "document_version", "PR11.1")) == 1
    assert told_of.count((Action.DISCLOSE, "verstrekking", "PR11.1")) == 1
    assert (Action.DOWNLOAD, "inzage", "PR11.3") in told_of
    assert (Action.PRINT, "inzage", "PR11.3") in told_of


def test_only_who_asked_gets_it_and_only_as_long_as_they_speak_for_the_pupil(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.given(services, dossier_id)
    for who in (personas.PUPIL, personas.OWNER, personas.SWV, personas.PARTNER, personas.OFFICER):
        with pytest.raises(NotFoundError):
            delivering.show(services, context(services, who), request_id)
    with services.db.writing() as session:
        link = session.scalars(select(DossierPerson).where(DossierPerson.dossier_id == dossier_id)).one()
        link.has_authority = False
    with pytest.raises(NotFoundError):
        delivering.show(services, context(services, personas.GUARDIAN), request_id)
    with pytest.raises(NotFoundError):
        fetched(services, request_id, document_id)


def test_from_the_sixteenth_birthday_a_guardian_gets_nothing_any_more(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.given(services, dossier_id)
    with services.db.writing() as session:
        row = session.get_one(Dossier, dossier_id)
        today = context(services, personas.SWV).today
        grown = builders.pupil(born=date(today.year - 16, today.month, today.day), first_name="Jip")
        row.pupil = services.vault.seal_json(session, dossier_id, "pupil", grown.to_json())
    with pytest.raises(NotFoundError):
        fetched(services, request_id, document_id)


def test_what_was_refused_withdrawn_or_is_not_decided_gives_nothing(services: Services) -> None:
    dossier_id, _ = dossier(services)
    running = inzages.begun(services, dossier_id)
    refused = inzages.asked(services, dossier_id)
    inzages.decided(services, refused, "refused")
    withdrawn = inzages.asked(services, dossier_id, state="withdrawn")
    for request_id in (running, refused, withdrawn, inzages.asked(services, dossier_id, kind="correctie")):
        with pytest.raises(NotFoundError):
            delivering.show(services, context(services, personas.GUARDIAN), request_id)
    with services.db.reading() as session:
        assert session.scalars(select(InzageAnswer)).all() == []
        assert session.scalars(select(Verstrekking).where(Verstrekking.purpose == "inzage")).all() == []


def test_the_answer_stays_as_it_was_given_and_closes_after_its_days(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.given(services, dossier_id)
    builders.upload(services, personas.OWNER, dossier_id, "later.txt", b"Later.\n")
    parent = context(services, personas.GUARDIAN)
    assert len(delivering.show(services, parent, request_id).overview.documents) == 1
    services.clock.forward(days=answering.OPEN_DAYS + 1)
    late = replace(context(services, personas.GUARDIAN))
    assert delivering.show(services, late, request_id)
    with pytest.raises(ConflictError, match="voorbij"):
        fetched(services, request_id, document_id)
    with pytest.raises(ConflictError, match="voorbij"):
        delivering.package(services, late, request_id, lambda _answer: [])


def test_a_new_version_asks_a_new_decision(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request_id = inzages.begun(services, dossier_id)
    officer = context(services, personas.OFFICER)
    redaction.choose(services, officer, request_id, document_id, "whole")
    assert answering.prepared(services, officer, request_id).undecided == 0
    part = builders.file_part("nieuw.txt", b"Nieuwe versie.\n")
    builders.receive(services, context(services, personas.OWNER), dossier_id, part, replaces=document_id)
    builders.describe(services, personas.OWNER, dossier_id, document_id)
    builders.work(services)
    assert answering.prepared(services, officer, request_id).undecided == 1
    with pytest.raises(ConflictError):
        inzages.decided(services, request_id)


def test_what_of_another_looks_like_a_person_goes_out_of_every_layer_and_the_pupil_stays(services: Services) -> None:
    if not services.db.is_sqlite:
        pytest.skip("the processes know no database: once is enough")
    dossier_id = builders.draft(services)
    text = (
        "Verslag van het gesprek over Jip van Zwollebol.\nJip werkt goed. Jips moeder Mies van Zwollebol was erbij.\n"
        "Achmed Benali maakte ruzie met Jip. Zijn vader belde met 06-12345678.\nJip woont aan de Bedachte Kade 7.\n"
    )
    received = builders.upload(services, personas.OWNER, dossier_id, "gesprek.txt", text.encode())
    assert received.document_id
    builders.describe(services, personas.OWNER, dossier_id, received.document_id)
    builders.work(services)
    builders.usecases.submit(services, context(services, personas.OWNER), dossier_id)
    with services.db.reading() as session:
        row = session.get_one(Dossier, dossier_id)
        (mother,) = builders.Pupil.from_json(
            services.vault.open_json(session, dossier_id, "pupil", row.pupil)
        ).guardians
    inzages.relative(services, dossier_id, guardian_id=mother.id)
    request_id = inzages.begun(services, dossier_id)
    officer = context(services, personas.OFFICER)
    redaction.ask(services, officer, request_id, received.document_id)
    builders.work(services)
    look = redaction.look(services, officer, request_id, received.document_id)
    assert look.row.state == "review", look.row.code
    went = " ".join(each.text for each in look.groups)
    assert "Achmed" in went
    assert "06-12345678" in went
    assert not {"Jip", "Mies"} & set(went.split())
    redaction.finish(services, officer, request_id, received.document_id)
    inzages.decided(services, request_id)
    content = fetched(services, request_id, received.document_id)
    seen = read(content)
    assert not [each for each in ("Achmed", "Benali", "12345678") if each in seen or each.encode() in content]
    assert [each for each in ("Jip", "Mies", "Bedachte Kade") if each in seen] == ["Jip", "Mies", "Bedachte Kade"]


def test_a_verstrekking_cannot_be_made_for_inzage_by_the_ordinary_form(services: Services) -> None:
    dossier_id, document_id = dossier(services)
    request = builders.verstrekking(services, dossier_id, document_id, purpose="inzage")
    with pytest.raises(InvalidInputError):
        disclosure.prepare(services, context(services, personas.SWV), request)
