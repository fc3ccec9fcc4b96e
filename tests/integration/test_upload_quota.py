"""One school never fills the portal: what it may store, what may wait, how many send at once (issue 6, Availability)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.log import events
from gateway.dossiers.quota import Places
from gateway.errors import UnavailableError
from gateway.recording import Action, Outcome
from tests import builders
from tests.personas import OTHER_SCHOOL, OWNER


def limited(services, **limits):
    return replace(services, settings=replace(services.settings, **limits))


def refusals(services, dossier_id):
    with services.db.reading() as session:
        found = events(session.connection(), dossier=dossier_id, action=Action.RECORD, limit=20).rows
    return [row for row in found if row.outcome is Outcome.REFUSED]


def test_a_school_that_stores_all_it_may_is_refused_with_a_sentence_and_an_event_and_another_school_is_not(services):
    first, second = builders.draft(services), builders.draft(services, bsn="100000009")
    theirs = builders.draft(services, OTHER_SCHOOL, bsn="100000010")
    builders.upload(services, OWNER, first, "een.txt", b"Verzonnen verslag een.\n" * 100)
    with services.db.reading() as session:
        from sqlalchemy import func, select

        from gateway.dossiers.tables import Dossier

        school = builders.account(services, OWNER).organisation_id
        stored = session.scalar(select(func.sum(Dossier.stored_bytes)).where(Dossier.school_id == school))
    tight = limited(services, max_school_bytes=stored + 100)
    refused = builders.upload(tight, OWNER, second, "twee.txt", b"Verzonnen verslag twee.\n" * 100)
    assert "meer op dan is afgesproken" in refused.problem
    assert len(refusals(services, second)) == 1
    assert builders.upload(tight, OWNER, second, "klein.txt", b"Past nog.\n").problem is None
    assert builders.upload(tight, OTHER_SCHOOL, theirs, "drie.txt", b"Hun verslag.\n").problem is None


def test_a_school_whose_documents_wait_for_their_check_waits_with_the_next(services):
    dossier = builders.draft(services)
    tight = limited(services, max_in_check=2)
    for number in range(2):
        assert builders.upload(tight, OWNER, dossier, f"{number}.txt", f"Verslag {number}.\n".encode()).problem is None
    refused = builders.upload(tight, OWNER, dossier, "drie.txt", b"Verslag drie.\n")
    assert "wachten nog 2 stukken" in refused.problem
    assert len(refusals(services, dossier)) == 1
    builders.work(services)
    assert builders.upload(tight, OWNER, dossier, "drie.txt", b"Verslag drie.\n").problem is None


def test_more_uploads_than_places_are_asked_to_come_back_and_a_place_is_given_back():
    places = Places(1)
    with places.one(), pytest.raises(UnavailableError, match="tegelijk"), places.one():
        pass
    with places.one():
        pass
