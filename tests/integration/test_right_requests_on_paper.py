"""Requests that came on paper: from the day they came, with scan and identification. Both databases."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.restrictions import queries as restrictions
from gateway.rights import asking, rules, treating, views
from gateway.rights.asking import NewRequest
from tests.personas import ADMINISTRATOR, GUARDIAN, OFFICER, OTHER_SCHOOL, OWNER, SWV
from tests.right_requests import (
    ask,
    context,
    decision,
    enter,
    family,
    letters_of,
    notices,
    paper,
    row,
    scanned,
    step,
)


def test_a_request_on_paper_runs_from_the_day_it_came_with_its_scan_and_who_was_identified(services):
    dossier_id = family(services)
    made = paper(services, dossier_id, scanned(services, dossier_id, SWV), asker="other", who="Opa Verzonnen")
    request_id = enter(services, dossier_id, made)
    found = row(services, request_id)
    assert (found.way, found.received_on, found.due) == ("paper", date(2026, 11, 20), date(2026, 12, 18))
    assert found.capacity == rules.OTHER
    shown = views.for_officer(services, context(services, OFFICER), request_id)
    assert (shown.who, shown.line.identified, shown.scan) == (
        "Opa Verzonnen",
        "Paspoort gezien aan de balie.",
        "verzoek.txt",
    )
    assert letters_of(services, request_id)[0].handed_on is None  # by post
    with pytest.raises(ConflictError, match="scan"):
        enter(services, dossier_id, made)
    step(services, treating.treat, request_id)
    with pytest.raises(ConflictError):
        step(services, treating.decide, request_id, decision())
    step(services, treating.withdraw, request_id, "Brief van vandaag.")
    assert row(services, request_id).state == "withdrawn"


def test_a_verzet_of_someone_who_does_not_speak_for_the_pupil_stops_nothing(services):
    for asker, stands in (("other", "none"), ("", "pending")):
        dossier_id = family(services)
        changes = {"asker": asker, "who": "Buurman Verzonnen"} if asker else {}
        made = paper(services, dossier_id, scanned(services, dossier_id, SWV), **changes)
        asking.enter(services, context(services, SWV), dossier_id, NewRequest(kind="verzet", text="Nee."), made)
        with services.db.reading() as session:
            assert restrictions.verzet_of(session, dossier_id) == stands
        assert bool(notices(services, "verzet_begun")) is (stands == "pending")


def test_a_request_on_paper_says_who_asked_how_that_is_known_and_where_the_paper_is(services):
    dossier_id = family(services)
    scan_id = scanned(services, dossier_id, OFFICER)
    for changes, field in (
        ({"asker": "somebody"}, "asker"),
        ({"asker": "other", "who": " "}, "who"),
        ({"identified": " "}, "identified"),
        ({"scan_id": None}, "scan_id"),
        ({"received_on": date(2026, 11, 24)}, "received_on"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            enter(services, dossier_id, paper(services, dossier_id, scan_id, **changes), OFFICER)
        assert caught.value.field == field


def test_who_has_no_reach_enters_nothing_and_sees_nothing(services):
    dossier_id = family(services)
    for email in (OTHER_SCHOOL, ADMINISTRATOR):
        with pytest.raises(NotFoundError):
            views.of_dossier(services, context(services, email), dossier_id)
    request_id = ask(services, dossier_id)
    assert len(views.of_dossier(services, context(services, OWNER), dossier_id).lines) == 1
    for email in (SWV, OWNER, GUARDIAN):
        with pytest.raises(NotFoundError):
            views.for_officer(services, context(services, email), request_id)
