"""The chain of the one door: a second person, judged again each time, on paper, and what fails is said. On both databases.

Source: PR9.1, PR9.3, PR10.1, CV4.6; issue 4 ("One way to open, one door out").
"""

from __future__ import annotations

import io

import pikepdf
import pytest

from audit.events import Action, Outcome
from audit.log import events
from gateway.disclosure import approving, noting, paper, queries, usecases
from gateway.disclosure.replaying import replay_all
from gateway.disclosure.tables import VerstrekkingDocument
from gateway.dossiers import reading
from gateway.dossiers import usecases as dossiers
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.oversight import register
from gateway.oversight.queries import Filter, log_page
from gateway.oversight.register import Chosen
from tests import builders, reglements
from tests.personas import CONTACT_PERSON, MUNICIPALITY, OFFICER, OWNER, SWV
from tests.web.matrix_people import consent


def happened(services, dossier_id, action):
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, action=action, limit=50).rows
    return [(row.outcome, row.article) for row in rows if row.object_type in {"verstrekking", "document_version"}]


@pytest.fixture
def asked(services, clock):
    """A verstrekking that waits for a second person, as the reglement asks for partners."""
    reglements.new_version(services, clock, second_person=["municipality"])
    dossier, document = builders.submitted(services)
    given = consent(services, dossier)
    wanted = builders.verstrekking(services, dossier, document, consent_id=given)
    return dossier, document, given, usecases.disclose(services, builders.context(services, SWV), wanted)


def test_where_the_reglement_asks_it_nothing_leaves_before_a_second_person_approves(services, asked):
    dossier, _, _, verstrekking = asked
    maker, second = builders.context(services, SWV), builders.context(services, CONTACT_PERSON)
    with pytest.raises(NotFoundError):
        queries.show_received(services, builders.context(services, MUNICIPALITY), verstrekking)
    with pytest.raises(ConflictError, match="niet goedgekeurd"):
        paper.printed(services, maker, verstrekking, lambda *_: "")
    assert happened(services, dossier, Action.DISCLOSE) == []
    assert len(happened(services, dossier, Action.REQUEST)) == 1
    with pytest.raises(ConflictError, match="tweede persoon"):
        approving.approve(services, maker, verstrekking)
    approving.approve(services, second, verstrekking)
    assert happened(services, dossier, Action.DISCLOSE) == [(Outcome.SUCCESS, "PR9.1b")]
    view = queries.show_received(services, builders.context(services, MUNICIPALITY), verstrekking)
    assert view.decided_by
    with pytest.raises(ConflictError, match="al beslist"):
        approving.reject(services, second, verstrekking, "Te laat.")


def test_the_facts_are_judged_again_at_approval_and_a_no_has_its_reason(services, asked):
    dossier, _, given, verstrekking = asked
    second = builders.context(services, CONTACT_PERSON)
    usecases.withdraw_consent(services, builders.context(services, SWV), dossier, given)
    with pytest.raises(RefusedError) as refused:
        approving.approve(services, second, verstrekking)
    assert refused.value.article == "PR9.1b"
    assert happened(services, dossier, Action.REFUSE) == [(Outcome.REFUSED, "PR9.1b")]
    with pytest.raises(InvalidInputError):
        approving.reject(services, second, verstrekking, "  ")
    approving.reject(services, second, verstrekking, "De ouders zijn nog niet gebeld.")
    view = queries.show_sent(services, builders.context(services, SWV), verstrekking)
    assert view.details["rejected_because"] == "De ouders zijn nog niet gebeld."
    assert happened(services, dossier, Action.DECIDE) == [(Outcome.REFUSED, "PR9.1b")]
    assert happened(services, dossier, Action.DISCLOSE) == []
    assert register.page(services, builders.context(services, OFFICER), Chosen()).lines == []


@pytest.fixture
def made(services):
    dossier, document = builders.submitted(services)
    given = consent(services, dossier)
    wanted = builders.verstrekking(services, dossier, document, consent_id=given)
    return dossier, document, given, usecases.disclose(services, builders.context(services, SWV), wanted)


def test_on_paper_a_cover_sheet_goes_before_every_page_and_the_log_counts_them(services, made):
    dossier, _, _, verstrekking = made
    sender = builders.context(services, SWV)
    shown = []

    def cover(documents, count):
        shown.append((len(documents), count, happened(services, dossier, Action.PRINT)))
        return "<h1>Voorblad</h1>"

    printed = paper.printed(services, sender, verstrekking, cover)
    with pikepdf.open(io.BytesIO(printed.content)) as pdf:
        assert len(pdf.pages) == 1 + printed.pages
    documents, count, before = shown[0]
    assert (documents, count) == (1, printed.pages)
    assert before == [(Outcome.SUCCESS, "PR9.1b")] * 2  # the whole and its document, before a byte was made
    assert queries.show_sent(services, sender, verstrekking).row.printed_pages == printed.pages


def test_what_fails_after_its_event_is_logged_as_failed_and_shown_so(services, made, monkeypatch):
    dossier, document, _, verstrekking = made
    sender = builders.context(services, SWV)

    def broken(*_):
        raise OSError("the printer burns")

    with pytest.raises(OSError, match="burns"):
        paper.printed(services, sender, verstrekking, broken)
    assert (Outcome.FAILED, "PR9.1b") in happened(services, dossier, Action.PRINT)
    row = queries.show_sent(services, sender, verstrekking).row
    assert row.failed_at is not None
    assert row.printed_at is None
    assert register.page(services, builders.context(services, OFFICER), Chosen()).lines[0].state == "failed"
    lines = log_page(services, builders.context(services, OFFICER), Filter(action="print"), None).lines
    assert "failed" in {line.outcome for line in lines}

    def breaking():
        yield b"begin"
        raise OSError("storage is gone")

    stream = noting.watched(services, builders.context(services, MUNICIPALITY), verstrekking, breaking())
    assert next(stream) == b"begin"
    with pytest.raises(OSError, match="gone"):
        next(stream)
    assert happened(services, dossier, Action.DOWNLOAD) == [(Outcome.FAILED, "PR9.1b")]
    monkeypatch.setattr(reading, "open_content", lambda *_, **__: breaking())
    taken = reading.download(services, sender, dossier, document).chunks
    with pytest.raises(OSError, match="gone"):
        list(taken)
    assert happened(services, dossier, Action.DOWNLOAD)[:2] == [(Outcome.FAILED, "PR8.1"), (Outcome.SUCCESS, "PR8.1")]


def test_a_withdrawn_consent_stops_the_package_and_the_paper_that_were_not_made_yet(services, made):
    dossier, document, given, verstrekking = made
    sender = builders.context(services, SWV)
    usecases.withdraw_consent(services, sender, dossier, given)
    with pytest.raises(RefusedError):
        paper.printed(services, sender, verstrekking, lambda *_: "")
    assert happened(services, dossier, Action.PRINT) == []
    dossiers.withdraw(services, builders.context(services, OWNER), dossier, document, "Verkeerde leerling.")
    with pytest.raises(ConflictError, match="ingetrokken"):
        paper.printed(services, sender, verstrekking, lambda *_: "")
    usecases.close(services, sender, verstrekking)
    with pytest.raises(ConflictError, match="gesloten"):
        paper.printed(services, sender, verstrekking, lambda *_: "")


def test_an_old_decision_replays_to_the_same_answer_after_the_swv_switched_versions(services, clock, made):
    dossier, document, given, verstrekking = made
    reglements.new_version(services, clock, recipients=["school_board", "swv", "expert"])  # partners fall off the list
    wanted = builders.verstrekking(services, dossier, document, consent_id=given)
    with pytest.raises(RefusedError) as refused:
        usecases.disclose(services, builders.context(services, SWV), wanted)
    assert refused.value.article == "PR9.1"
    assert [(each.kept, each.again, each.profile) for each in replay_all(services)] == [
        ("PR9.1b", "PR9.1b", "po-raad-2014@1")
    ]
    rules = queries.show_sent(services, builders.context(services, SWV), verstrekking).rules
    assert (rules.number, rules.now, rules.same) == (1, 2, True)
    with services.db.writing() as session:
        for item in session.query(VerstrekkingDocument):
            item.article = "PR9.2"
    assert [each.same for each in replay_all(services)] == [False], "a changed decision would not be found"
