"""Dossiers leave as codes for research and policy: judged each, noted each, and stopped when one may not (PR4.2)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from gateway.disclosure import exporting, queries, replaying, usecases
from gateway.disclosure.exporting import Wish
from gateway.disclosure.tables import CodedExport, Verstrekking
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from tests import builders
from tests.builders import context
from tests.personas import MUNICIPALITY, OFFICER, PARTNER, SWV

NUMBERS = ("100000009", "100000010", "100000022", "100000034")


@pytest.fixture
def dossiers(services):
    """Five dossiers that are alike, with the one of the demo."""
    for number in NUMBERS:
        builders.submitted(services, bsn=number, born=builders.date(2017, 5, 4))
    with services.db.reading() as session:
        found = list(session.scalars(select(Dossier.id).where(Dossier.state == "submitted")))
    assert len(found) >= 5
    return found


def wish(services, **changes):
    values = {
        "recipient_id": builders.account(services, MUNICIPALITY).organisation_id, "purpose": "policy",
        "recipient_person": "Gerda Gemeentema", "evidence": "De opdracht van 3 november 2026 (verzonnen).",
    }  # fmt: skip
    return Wish(**{**values, **changes})


def test_codes_leave_with_a_verstrekking_for_each_dossier_and_replay_to_the_same_answer(services, dossiers):
    staff = context(services, SWV)
    shown = exporting.preview(services, staff, wish(services))
    assert (len(shown.rows) + shown.left_out, shown.k) == (len(dossiers), 5)
    made = exporting.make(services, staff, wish(services))
    content = exporting.download(services, staff, made, "json")
    assert [tuple(row.values()) for row in json.loads(content)] == [tuple(row) for row in shown.rows]
    low = exporting.download(services, staff, made, "csv").decode().lower()
    assert low.count("\r\n") == len(shown.rows) + 1
    for word in ("jip", "zwollebol", "noa", "voorbeeld", "0000", "kade", "123456782", *NUMBERS, *dossiers):
        assert word not in low
    with services.db.reading() as session:
        rows = session.scalars(select(Verstrekking).where(Verstrekking.export_id == made)).all()
        assert {(row.form, row.article, row.purpose) for row in rows} == {("coded", "PR4.2", "policy")}
        assert all(each.same for row in rows for each in replaying.replay(session, services.vault, row))
        assert {row.dossier_id for row in rows} <= set(dossiers)
        assert b"conversation" not in session.get_one(CodedExport, made).content
        one = rows[0].id
    assert queries.show_registered(services, context(services, OFFICER), one).rules.same is True


def test_one_dossier_that_may_not_leave_any_more_stops_the_whole(services, dossiers):
    staff = context(services, SWV)
    made = exporting.make(services, staff, wish(services))
    with services.db.reading() as session:
        one = session.scalars(select(Verstrekking.id).where(Verstrekking.export_id == made)).first()
    usecases.close(services, staff, one)
    with pytest.raises(ConflictError, match="gesloten"):
        exporting.download(services, staff, made, "csv")


def test_too_few_alike_leave_nothing_and_nobody_else_makes_or_gets_one(services):
    staff = context(services, SWV)
    assert not exporting.preview(services, staff, wish(services)).rows
    with pytest.raises(ConflictError, match="lijken"):
        exporting.make(services, staff, wish(services))
    for field, changes in (("purpose", {"purpose": "second_opinion"}), ("evidence", {"evidence": " "})):
        with pytest.raises(InvalidInputError) as told:
            exporting.preview(services, staff, wish(services, **changes))
        assert told.value.field == field
    for act in (exporting.exports, exporting.periods):
        with pytest.raises(NotFoundError):
            act(services, context(services, PARTNER))
