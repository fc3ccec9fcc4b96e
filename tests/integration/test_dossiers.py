"""A dossier from draft to submitted on both databases, with the names and dates people really type. Source: PR3, PR6, PR7."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from audit.events import Action
from audit.log import events
from gateway.app import create_app
from gateway.dossiers import pages, usecases
from gateway.dossiers.lists import work_list
from gateway.dossiers.queries import pupil_of, school_dossier
from gateway.dossiers.rules import Guardian
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices.tables import Notice
from gateway.vault.tables import DataKey, SearchToken, SubjectKey
from tests import builders
from tests.personas import COLLEAGUE, CONTACT_PERSON, GUARDIAN, OFFICER, OTHER_SCHOOL, OWNER, PARTNER, SWV, visitor

NAMES = (
    "O'Neill-d'Été",
    "🎈🎈",
    "محمد الطيب",
    "ע‎ברי",
    "Ł" * 300,
    "Robert'); DROP TABLE dossier;--",
    "{{ 7*7 }}",
    "<b>x</b>",
    "%s %(a)s",
)


def pupil_now(services, dossier_id, email=OWNER):
    context = builders.context(services, email)
    with services.db.reading() as session:
        return pupil_of(session, services.vault, school_dossier(session, context, dossier_id))


def waiting_for(services, email):
    """Every line of this person's list."""
    return work_list(services, builders.context(services, email), size=1000).lines


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_back_as_it_was_typed_and_is_found(services, name):
    dossier_id = builders.draft(services, first_name=name, last_name=name)
    assert pupil_now(services, dossier_id).first_name == name
    assert dossier_id in [line.id for line in waiting_for(services, OWNER)]
    builders.draft(services, first_name="Ander", last_name="Kind")
    pages.search(services, builders.context(services, OWNER), name, "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bsn": "123456789"}, "bsn"),
        ({"bsn": ""}, "bsn"),
        ({"bsn": "12345678\uff12"}, "bsn"),  # a fullwidth 2
        ({"bsn": "000000000"}, "bsn"),
        ({"born": date(2027, 1, 1)}, "born"),
        ({"born": date(1900, 1, 1)}, "born"),
        ({"enrolled_from": date(2010, 1, 1)}, "enrolled_from"),
        ({"first_name": "   "}, "first_name"),
        ({"last_name": "x" * 301}, "last_name"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field_and_nothing_is_made(services, changes, field):
    def count() -> int:
        with services.db.reading() as session:
            return session.scalar(select(func.count()).select_from(Dossier))

    before = count()
    with pytest.raises(InvalidInputError) as refused:
        builders.draft(services, **changes)
    assert refused.value.field == field
    assert count() == before


def test_a_child_born_today_may_be_new_and_one_of_tomorrow_not(services):
    today = builders.context(services, OWNER).today
    builders.draft(services, born=today, enrolled_from=today)
    with pytest.raises(InvalidInputError):
        builders.draft(services, born=today + timedelta(days=1), enrolled_from=today + timedelta(days=2))


def test_nothing_of_a_pupil_lies_readable_in_the_database(services):
    builders.draft(
        services,
        first_name="Zonderling",
        last_name="Naamkund",
        bsn="123456782",
        guardians=(Guardian(name="Ouderling"),),
    )
    tables = (Dossier, Document, DocumentVersion, SearchToken, SubjectKey, DataKey)
    with services.db.reading() as session:
        for table in tables:
            for row in session.execute(select(table.__table__)):
                text = repr(tuple(row)).encode()
                for secret in (b"Zonderling", b"Naamkund", b"123456782", b"Ouderling"):
                    assert secret not in text


def test_a_colleague_of_the_school_works_on_the_same_dossier_and_others_see_nothing(services):
    dossier_id = builders.draft(services)
    assert pupil_now(services, dossier_id, COLLEAGUE).last_name == "Zwollebol"
    for email in (OTHER_SCHOOL, SWV, GUARDIAN, PARTNER):
        with pytest.raises(NotFoundError):
            pages.dossier(services, builders.context(services, email), dossier_id)


def test_the_swv_sees_a_dossier_only_after_it_was_submitted(services):
    dossier_id, _ = builders.submitted(services)
    draft_id = builders.draft(services)
    ids = [line.id for line in waiting_for(services, SWV)]
    assert dossier_id in ids
    assert draft_id not in ids


def test_a_page_of_the_work_list_opens_only_the_pupils_it_shows_oldest_submission_first(services, clock):
    before = waiting_for(services, SWV)
    made = [builders.draft(services) for _ in range(4)]
    with services.db.writing() as session:
        for number, dossier_id in enumerate(made):
            at = services.clock() + timedelta(days=1 + number)
            session.execute(update(Dossier).where(Dossier.id == dossier_id).values(state="submitted", submitted_at=at))
        beyond = [line.id for line in before] + made[2:]
        session.execute(update(Dossier).where(Dossier.id.in_(beyond)).values(pupil=b"not to be opened"))
    first = len(before) + 1
    shown = [work_list(services, builders.context(services, SWV), page=first + n, size=1) for n in range(2)]
    assert [[line.id for line in found.lines] for found in shown] == [made[:1], made[1:2]]
    assert {(found.count, found.total, found.pages) for found in shown} == {(len(before) + 4,) * 3}
    found = work_list(services, builders.context(services, SWV), among={made[1]}, state="submitted", page=9)
    assert ([line.id for line in found.lines], found.count, found.total, found.page) == (
        [made[1]],
        1,
        len(before) + 4,
        1,
    )
    assert work_list(services, builders.context(services, SWV), among=set()).lines == []


def test_submitting_needs_a_document_that_passed_and_is_described_and_says_what_is_missing(services):
    context = builders.context(services, OWNER)
    dossier_id = builders.draft(services)
    with pytest.raises(ConflictError, match="ten minste één stuk"):
        usecases.submit(services, context, dossier_id)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    with pytest.raises(ConflictError, match="nog gecontroleerd"):
        usecases.submit(services, context, dossier_id)
    builders.work(services)
    with pytest.raises(ConflictError, match="Beschrijf eerst nog 1 stuk"):
        usecases.submit(services, context, dossier_id)
    builders.describe(services, OWNER, dossier_id, received.document_id)
    usecases.submit(services, context, dossier_id)
    with pytest.raises(ConflictError, match="al ingediend"):
        usecases.submit(services, context, dossier_id)


def test_health_data_need_a_reason(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    with pytest.raises(InvalidInputError) as refused:
        builders.describe(services, OWNER, dossier_id, received.document_id, categories=("e", "g"))
    assert refused.value.field == "necessity"


def test_a_bsn_that_has_a_dossier_already_is_told_to_the_swv_and_not_to_the_school(services):
    builders.submitted(services, OTHER_SCHOOL)
    dossier_id, _ = builders.submitted(services, OWNER)
    line = next(line for line in waiting_for(services, SWV) if line.id == dossier_id)
    assert line.possible_double
    usecases.settle_double(services, builders.context(services, SWV), dossier_id)
    line = next(line for line in waiting_for(services, SWV) if line.id == dossier_id)
    assert not line.possible_double


def test_a_bsn_with_dots_is_the_same_bsn(services):
    builders.submitted(services, OTHER_SCHOOL, bsn="100000010")
    dossier_id, _ = builders.submitted(services, OWNER, bsn="1000.00.010")
    assert pages.dossier(services, builders.context(services, SWV), dossier_id).dossier.possible_double


def test_the_school_sees_nothing_of_a_possible_double(services):
    builders.submitted(services, OTHER_SCHOOL)
    dossier_id, _ = builders.submitted(services, OWNER)
    app = create_app(services)
    address = f"/dossiers/{dossier_id}"
    assert "Mogelijk dubbel" in visitor(app, SWV).get(address).get_data(as_text=True)
    shown = visitor(app, OWNER).get(address).get_data(as_text=True)
    assert "al eerder" not in shown
    assert "dubbel" not in shown


@pytest.mark.parametrize("typed", ["100000010", "1000.00.010"])
def test_a_bsn_that_is_put_right_after_submission_is_compared_too(services, typed):
    builders.submitted(services, OTHER_SCHOOL, bsn="100000010")
    dossier_id, _ = builders.submitted(services, OWNER)
    context = builders.context(services, OWNER)
    version = pages.dossier(services, context, dossier_id).dossier.version
    usecases.change_pupil(services, context, dossier_id, builders.pupil(bsn=typed), seen_version=version)
    assert pages.dossier(services, builders.context(services, SWV), dossier_id).dossier.possible_double
    usecases.change_pupil(services, context, dossier_id, builders.pupil(), seen_version=version + 1)
    assert not pages.dossier(services, builders.context(services, SWV), dossier_id).dossier.possible_double


def test_a_wrong_upload_in_a_draft_is_erased_with_its_object(services):
    dossier_id = builders.draft(services)
    received = builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    with services.db.reading() as session:
        key = session.scalars(select(DocumentVersion.object_key).where(DocumentVersion.dossier_id == dossier_id)).one()
    usecases.withdraw(
        services, builders.context(services, OWNER), dossier_id, received.document_id, "Verkeerde leerling."
    )
    builders.work(services)
    with services.db.reading() as session:
        assert session.get(Document, received.document_id) is None
        assert session.get_one(Dossier, dossier_id).stored_bytes == 0
    assert not services.storage.exists(key)


def test_a_wrong_upload_after_submission_is_shielded_at_once_and_the_swv_is_told(services):
    from gateway.dossiers import reading

    dossier_id, document_id = builders.submitted(services)
    reader = builders.context(services, SWV)
    opened = reading.open_reading(services, reader, dossier_id, document_id)
    usecases.withdraw(services, builders.context(services, OWNER), dossier_id, document_id, "Verkeerde leerling.")
    with pytest.raises(ConflictError):
        reading.page_image(services, reader, opened.reading_id, 1)
    for email in (SWV, OWNER):
        with pytest.raises(ConflictError, match="ingetrokken"):
            reading.download(services, builders.context(services, email), dossier_id, document_id)
    assert pages.readers(services, builders.context(services, OWNER), dossier_id, document_id)
    with services.db.reading() as session:
        kinds = session.scalars(select(Notice.kind).where(Notice.dossier_id == dossier_id)).all()
    assert "withdrawn" in kinds


def test_earlier_readers_are_found_however_often_the_dossier_was_opened(services, monkeypatch):
    from gateway.dossiers import reading

    dossier_id, document_id = builders.submitted(services)
    reading.download(services, builders.context(services, SWV), dossier_id, document_id)
    for _ in range(3):
        reading.open_reading(services, builders.context(services, OWNER), dossier_id, document_id)
        pages.consult(services, builders.context(services, CONTACT_PERSON), dossier_id)
    monkeypatch.setattr(reading, "READERS_PAGE", 2)
    found = pages.readers(services, builders.context(services, OWNER), dossier_id, document_id)
    assert len(found) == 1  # the SWV's reader; opening the dossier is not opening this document


def test_opening_a_dossier_is_a_consultation_in_the_log_and_a_refused_try_is_none(services):
    dossier_id, _ = builders.submitted(services)
    app = create_app(services)
    for email, status in ((SWV, 200), (OWNER, 200), (OTHER_SCHOOL, 404), (PARTNER, 404)):
        assert visitor(app, email).get(f"/dossiers/{dossier_id}").status_code == status
    visitor(app, COLLEAGUE).get(f"/dossiers/{dossier_id}/wijzigen")
    with services.db.reading() as session:
        rows = events(session.connection(), dossier=dossier_id, action=Action.CONSULT).rows
    readers = {builders.account(services, email).id for email in (SWV, OWNER, COLLEAGUE)}
    assert [row.object_id for row in rows] == [dossier_id] * 3
    assert {row.actor for row in rows} == readers
    assert {row.article for row in rows} == {"PR8.1"}


def test_who_reads_the_log_or_the_register_stands_in_the_log(services):
    officer = visitor(create_app(services), OFFICER)
    with services.db.reading() as session:
        some = events(session.connection(), limit=1).rows[0]
    for address in ("/logboek", f"/logboek/{some.event_id}", "/register"):
        assert officer.get(address).status_code == 200
    with services.db.reading() as session:
        rows = events(session.connection(), actor=builders.account(services, OFFICER).id, action=Action.CONSULT).rows
    assert [row.object_type for row in rows] == ["register", "event", "log"]


def test_a_draft_that_is_thrown_away_leaves_no_row_no_key_and_no_object(services):
    dossier_id = builders.draft(services)
    builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    builders.work(services)
    with services.db.reading() as session:
        keys = session.scalars(select(DocumentVersion.object_key).where(DocumentVersion.dossier_id == dossier_id)).all()
    usecases.erase_draft(services, builders.context(services, OWNER), dossier_id)
    builders.work(services)
    with services.db.reading() as session:
        assert session.get(Dossier, dossier_id) is None
        for table in (SubjectKey, DataKey, SearchToken):
            assert session.scalar(select(func.count()).select_from(table).where(table.subject_id == dossier_id)) == 0
    assert not any(services.storage.exists(key) for key in keys)


def test_a_draft_erased_while_its_file_is_checked_stops_nothing(services):
    dossier_id = builders.draft(services)
    builders.upload(services, OWNER, dossier_id, "a.txt", b"Een verslag.")
    usecases.erase_draft(services, builders.context(services, OWNER), dossier_id)
    builders.work(services)
    assert builders.work(services) == 0


def test_a_submitted_dossier_is_not_thrown_away(services):
    dossier_id, _ = builders.submitted(services)
    with pytest.raises(ConflictError):
        usecases.erase_draft(services, builders.context(services, OWNER), dossier_id)
