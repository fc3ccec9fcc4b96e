"""A pupil changes school: the old school is out that day, the new one in. On both databases. Source: PR9.2, issue 4."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from audit.log import events
from gateway.accounts.tables import Organisation
from gateway.dossiers import enrolled, judging, moving, pages, queries, reading, usecases
from gateway.dossiers.lists import work_list
from gateway.dossiers.moving import ELSEWHERE, Move
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices.tables import Notice
from gateway.references import reference_of
from gateway.text import told as in_words
from tests import builders
from tests.personas import COLLEAGUE, OTHER_SCHOOL, OWNER, SWV


def school_of(services, email):
    return builders.account(services, email).organisation_id


def move(services, dossier_id, to, *, by=OWNER, days=0, name=""):
    context = builders.context(services, by)
    school_id = to if to == ELSEWHERE else school_of(services, to)
    moving.move(
        services,
        context,
        dossier_id,
        Move(from_day=context.today - timedelta(days=days), school_id=school_id, name=name),
    )


def sees(services, email, dossier_id):
    context = builders.context(services, email)
    listed = dossier_id in {line.id for line in work_list(services, context, size=1000).lines}
    try:
        pages.dossier(services, context, dossier_id)
    except NotFoundError:
        assert not listed
        return False
    assert listed
    return True


def test_from_the_move_on_the_new_school_reads_and_the_old_one_gets_the_answer_of_nothing(services):
    dossier_id, document_id = builders.submitted(services)
    opened = reading.open_reading(services, builders.context(services, COLLEAGUE), dossier_id, document_id)
    move(services, dossier_id, OTHER_SCHOOL)
    assert [sees(services, who, dossier_id) for who in (OWNER, COLLEAGUE, OTHER_SCHOOL, SWV)] == [
        False,
        False,
        True,
        True,
    ]
    with pytest.raises(NotFoundError):
        reading.page_image(services, builders.context(services, COLLEAGUE), opened.reading_id, 1)
    read = reading.open_reading(services, builders.context(services, OTHER_SCHOOL), dossier_id, document_id)
    assert read.decision_article == "PR9.2"
    # Who saw what stays visible, also that the old school looked.
    swv = builders.context(services, SWV)
    happened = pages.timeline(services, swv, pages.dossier(services, swv, dossier_id), None)
    who = {line.who for line in happened.lines}
    assert {"Tom Bedachtema", "Noor Verzinsel"} <= who
    with pytest.raises(NotFoundError):
        move(services, dossier_id, OTHER_SCHOOL)


def test_outside_the_tenant_the_enrolment_ends_and_no_school_sees_it(services):
    dossier_id, document_id = builders.submitted(services)
    move(services, dossier_id, ELSEWHERE, by=SWV, name="Verweg College")
    assert [sees(services, who, dossier_id) for who in (OWNER, OTHER_SCHOOL, SWV)] == [False, False, True]
    context = builders.context(services, SWV)
    lines = moving.stretches(services, context, dossier_id)
    assert [(line.school_name, line.in_tenant, line.last) for line in lines] == [
        ("Verweg College", False, None),
        ("Basisschool De Verzonnen Linde (demo)", True, context.today - timedelta(days=1)),
    ]
    with services.db.reading() as session:
        assert b"Verweg" not in b"".join(row.elsewhere or b"" for row in enrolled.rows_of(session, dossier_id))
        left = context.today - timedelta(days=1)
        assert enrolled.left_school_on(session, dossier_id, context.today) == left
        # Someone of the old school who still holds the dossier's row is refused by the judge as well.
        dossier = queries.swv_dossier(session, context, dossier_id)
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).one()
        decision = judging.judge_reading(services, session, builders.context(services, OWNER), dossier, version)
        assert not decision.allowed
    move(services, dossier_id, OTHER_SCHOOL, by=SWV)  # the same day, and back in
    assert sees(services, OTHER_SCHOOL, dossier_id)


def test_the_school_of_enrolment_and_its_board_count_as_enrolled_here_and_no_other(services):
    dossier_id, _ = builders.submitted(services)
    today = builders.context(services, OWNER).today
    with services.db.reading() as session:
        everyone = session.scalars(select(Organisation)).all()
        here = {row.name for row in everyone if enrolled.enrolled_here(session, dossier_id, row, today)}
    assert here == {"Basisschool De Verzonnen Linde (demo)", "Stichting Voorbeeldscholen (demo)"}


def test_a_move_is_in_the_log_and_told_to_the_new_school_the_old_one_and_the_swv(services):
    dossier_id, _ = builders.submitted(services)
    move(services, dossier_id, OTHER_SCHOOL)
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, limit=50).rows
        assert any(row.object_type == "enrolment" and row.article == "PR9.2" for row in rows)
        kinds = {
            email: set(
                session.scalars(select(Notice.kind).where(Notice.account_id == builders.account(services, email).id))
            )
            for email in (OTHER_SCHOOL, COLLEAGUE, SWV)
        }
    assert "moved_in" in kinds[OTHER_SCHOOL]
    assert "moved_away" in kinds[COLLEAGUE]
    assert "moved" in kinds[SWV]


def test_what_cannot_be_is_refused(services):
    dossier_id, _ = builders.submitted(services)
    for days, to, field in (
        (-367, OTHER_SCHOOL, "from_day"),
        (9999, OTHER_SCHOOL, "from_day"),
        (0, OWNER, "school_id"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            move(services, dossier_id, to, days=days)
        assert refused.value.field == field
    with pytest.raises(InvalidInputError):
        moving.move(
            services,
            builders.context(services, OWNER),
            dossier_id,
            Move(from_day=services.clock().date(), school_id=builders.account(services, SWV).organisation_id),
        )
    with pytest.raises(ConflictError):
        move(services, builders.draft(services, bsn="100000009"), OTHER_SCHOOL)


def test_a_change_recorded_ahead_counts_from_its_day_by_the_clock_alone(services, clock):
    dossier_id, document_id = builders.submitted(services)
    move(services, dossier_id, OTHER_SCHOOL, days=-3)
    before = [sees(services, who, dossier_id) for who in (OWNER, COLLEAGUE, OTHER_SCHOOL, SWV)]
    assert before == [True, True, False, True]
    waits = moving.coming(services, builders.context(services, OTHER_SCHOOL))
    assert [line.from_day for line in waits if line.reference == reference_of(dossier_id)] == [
        builders.context(services, OWNER).today + timedelta(days=3)
    ]
    with pytest.raises(ConflictError):  # one change at a time
        move(services, dossier_id, ELSEWHERE)
    clock.forward(days=2, hours=12)
    assert sees(services, OWNER, dossier_id)
    clock.forward(days=1)
    after = [sees(services, who, dossier_id) for who in (OWNER, COLLEAGUE, OTHER_SCHOOL, SWV)]
    assert after == [False, False, True, True]
    there = builders.context(services, OTHER_SCHOOL)
    assert reading.open_reading(services, there, dossier_id, document_id).decision_article == "PR9.2"
    view = pages.dossier(services, there, dossier_id)
    assert (view.school_name, view.pupil.enrolled_from) == ("Basisschool Het Bedachte Pad (demo)", there.today)
    assert reference_of(dossier_id) not in {line.reference for line in moving.coming(services, there)}
    with services.db.reading() as session:
        found = session.scalars(select(Dossier.id).where(Dossier.school_at(there.today) == school_of(services, OWNER)))
        assert dossier_id not in set(found)
        row = session.get_one(Dossier, dossier_id)
        assert row.school_on(there.today - timedelta(days=1)) == school_of(services, OWNER)
    corrected = replace(view.pupil, enrolled_from=there.today - timedelta(days=1))
    usecases.change_pupil(services, there, dossier_id, corrected, seen_version=view.dossier.version)
    days = [(line.first, line.last) for line in moving.stretches(services, there, dossier_id)]
    assert days[0] == (there.today - timedelta(days=1), None)
    with pytest.raises(ConflictError):  # its day has come
        moving.undo(services, there, dossier_id)
    move(services, dossier_id, ELSEWHERE, by=OTHER_SCHOOL)  # and the next change starts from there
    assert not sees(services, OTHER_SCHOOL, dossier_id)


def test_a_change_ahead_is_undone_before_its_day_and_both_sides_hear_of_it(services, clock):
    dossier_id, _ = builders.submitted(services)
    for to in (OTHER_SCHOOL, ELSEWHERE):
        move(services, dossier_id, to, days=-5, name="Verweg College")
        moving.undo(services, builders.context(services, SWV), dossier_id)
    with pytest.raises(ConflictError):
        moving.undo(services, builders.context(services, OWNER), dossier_id)
    with services.db.reading() as session:
        told = {
            email: set(
                session.scalars(select(Notice.kind).where(Notice.account_id == builders.account(services, email).id))
            )
            for email in (OTHER_SCHOOL, OWNER, COLLEAGUE)
        }
        happened = [row.object_type for row in events(session.connection(), dossier=dossier_id, limit=50).rows]
    assert {"moves_in", "move_undone"} <= told[OTHER_SCHOOL]
    assert {"moves_away", "move_undone"} <= told[COLLEAGUE]
    assert happened.count("enrolment") == 4
    swv = builders.context(services, SWV)
    said = [line.what for line in pages.timeline(services, swv, pages.dossier(services, swv, dossier_id), None).lines]
    assert any("ongedaan gemaakt" in in_words(line) for line in said)
    clock.forward(days=6)
    assert [sees(services, who, dossier_id) for who in (OWNER, OTHER_SCHOOL)] == [True, False]
