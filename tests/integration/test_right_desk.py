"""The officer over all requests: warnings, the work list, statistics. Both databases."""

from __future__ import annotations

import pytest

from gateway.errors import ConflictError, NotFoundError
from gateway.rights import duties, statistics, treating, worklist
from tests.personas import OFFICER, SWV
from tests.right_requests import (
    SECOND,
    ask,
    context,
    decision,
    family,
    notices,
    step,
    steps_of,
)


def test_the_officer_is_warned_at_fourteen_seven_and_two_days_and_when_it_is_late(services, clock):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    assert duties.do(services, clock.now) == 0
    counts = []
    for days in (14, 0, 7, 5, 3):  # 14, 14, 7, 2 and late
        clock.forward(days=days)
        duties.do(services, clock.now)
        counts.append((notices(services, "right_due"), notices(services, "right_late")))
    assert counts == [(1, 0), (1, 0), (2, 0), (3, 0), (3, 1)]
    assert steps_of(services, request_id) == ["receive", *["remind"] * 4]
    shown = worklist.listed(services, context(services, OFFICER), worklist.chosen("", "", 1))
    assert (shown.count, shown.late, shown.lines[0].late) == (1, 1, True)
    with pytest.raises(ConflictError):
        step(services, treating.extend, request_id, 4, "Te laat bedacht.")


def test_the_work_list_puts_what_is_late_on_top_and_filters_by_kind_and_state(services, clock):
    dossier_id = family(services)
    complaint = ask(services, dossier_id, kind="klacht", text="Dit duurt lang.")
    inzage = ask(services, dossier_id)
    paused = ask(services, dossier_id, SECOND)
    step(services, treating.ask_proof, paused, "Wie bent u?")
    clock.forward(days=29)
    fresh = ask(services, dossier_id, SECOND, kind="overdracht")

    def listed(state="open", kind=""):
        found = worklist.listed(services, context(services, OFFICER), worklist.chosen(state, kind, 1))
        return [line.row.id for line in found.lines]

    assert listed() == [inzage, complaint, fresh, paused]
    assert listed(kind="klacht") == [complaint]
    assert listed("afgelopen") == []
    assert listed("uitvoeren") == []
    with pytest.raises(NotFoundError):
        worklist.listed(services, context(services, SWV), worklist.chosen("open", "", 1))


def test_the_statistics_say_how_often_the_term_was_met(services, clock):
    dossier_id = family(services)
    in_time, late, running = ask(services, dossier_id), ask(services, dossier_id, SECOND), None
    step(services, treating.treat, in_time)
    step(services, treating.decide, in_time, decision())
    clock.forward(days=30)
    step(services, treating.treat, late)
    step(services, treating.decide, late, decision("refused"))
    running = ask(services, dossier_id, kind="klacht", text="Te laat.")
    assert running
    found = statistics.of_year(services, context(services, OFFICER), 2026)
    inzage = next(each for each in found.rows if each.kind == "inzage")
    assert (inzage.received, inzage.in_time, inzage.late, inzage.share) == (2, 1, 1, 50)
    assert (found.total.received, found.total.waiting, found.total.refused) == (3, 1, 1)
    rows = list(statistics.export(services, context(services, OFFICER), 2026))
    assert rows[0][0] == "soort"
    assert rows[1][:4] == ("inzage", "2", "1", "1")
