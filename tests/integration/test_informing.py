"""Who is entitled hears what is recorded and why; sign-in links stay nowhere. On both databases. Source: PR6.2."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pytest
from sqlalchemy import func, select

from gateway.accounts import invitations
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import Person
from gateway.context import Role
from gateway.dossiers import informing, pages
from gateway.dossiers.letters import pdf_of
from gateway.dossiers.rules import Guardian
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.notices.tables import Notice
from tests import builders
from tests.personas import ADMINISTRATOR, GUARDIAN, OTHER_SCHOOL, OWNER, SWV

PARENTS = (
    Guardian(name="Maryam Voorbeeld"),
    Guardian(name="Mies van Zwollebol"),
    Guardian(name="Oom Zondergezag", has_authority=False),
)


def made(services, **changes):
    """A dossier of which one parent has an account and another has none; submitted with one document."""
    dossier_id = builders.draft(services, **{"guardians": PARENTS, **changes})
    account_id = builders.account(services, GUARDIAN).id
    with services.db.writing() as session:
        pages.link_family(
            session,
            dossier_id=dossier_id,
            account_id=account_id,
            capacity="guardian",
            has_authority=True,
            guardian_id=pages.first_guardian(services, session, dossier_id),
        )
    received = builders.upload(services, OWNER, dossier_id, "verslag.txt", f"Verslag {dossier_id}.\n".encode())
    builders.describe(services, OWNER, dossier_id, received.document_id)
    builders.work(services)
    return dossier_id


def submit(services, dossier_id):
    from gateway.dossiers import usecases

    usecases.submit(services, builders.context(services, OWNER), dossier_id)


def add(services, dossier_id, number):
    received = builders.upload(services, OWNER, dossier_id, f"stuk{number}.txt", f"Stuk {number} {dossier_id}".encode())
    builders.describe(services, OWNER, dossier_id, received.document_id, categories=("h",), purpose="support_advice")


def lines(services, dossier_id, email=OWNER):
    return informing.of_dossier(services, builders.context(services, email), dossier_id)


def notices(services, email):
    with services.db.reading() as session:
        account_id = builders.account(services, email).id
        query = select(func.count()).where(Notice.account_id == account_id, Notice.kind == "recorded")
        return session.scalar(query)


def test_nothing_is_told_of_a_draft_and_everyone_entitled_is_told_at_submission(services):
    dossier_id = made(services)
    assert lines(services, dossier_id) == []
    submit(services, dossier_id)
    (line,) = lines(services, dossier_id, SWV)
    assert {(person.name, person.way, person.told_on is None) for person in line.persons} == {
        ("Maryam Voorbeeld", "portal", False),
        ("Mies van Zwollebol", "letter", True),
    }
    assert [(item.kind, item.purpose) for item in line.items] == [("conversation", "support_allocation")]
    assert "verslag.txt" not in repr(line)


def test_many_documents_in_one_evening_are_one_mail_and_the_next_day_is_another(services, clock):
    dossier_id = made(services)
    before = notices(services, GUARDIAN)
    submit(services, dossier_id)
    for number in range(5):
        add(services, dossier_id, number)
    assert notices(services, GUARDIAN) == before + 1
    (line,) = lines(services, dossier_id)
    assert len(line.items) == 6
    assert line.purposes == ["support_advice", "support_allocation"]
    seen = next(v for v in pages.family(services, builders.context(services, GUARDIAN)) if "Zwollebol" in v.pupil_name)
    assert len(seen.informed[0].items) == 6
    clock.forward(hours=13)
    add(services, dossier_id, 99)
    assert notices(services, GUARDIAN) == before + 2
    assert [len(line.items) for line in lines(services, dossier_id)] == [1, 6]


def test_a_letter_waits_until_it_was_sent_or_until_it_is_said_how_someone_knew(services):
    dossier_id = made(services)
    submit(services, dossier_id)
    context = builders.context(services, OWNER)
    waiting = next(person for person in lines(services, dossier_id)[0].persons if person.told_on is None)
    for on, way, how in (
        (context.today + timedelta(days=1), informing.LETTER, ""),
        (context.today, informing.ALREADY, " "),
    ):
        with pytest.raises(InvalidInputError):
            informing.settle(services, context, dossier_id, waiting.id, on=on, way=way, how=how)
    with pytest.raises(NotFoundError):
        informing.letter(services, builders.context(services, OTHER_SCHOOL), dossier_id, waiting.id)
    informing.settle(services, context, dossier_id, waiting.id, on=context.today, way=informing.LETTER)
    with pytest.raises(ConflictError):
        informing.settle(services, context, dossier_id, waiting.id, on=context.today, way=informing.LETTER)
    add(services, dossier_id, 1)  # what comes after the letter was sent is not in it: a letter of its own
    assert [len(line.items) for line in lines(services, dossier_id)] == [1, 1]
    later = next(person for line in lines(services, dossier_id) for person in line.persons if person.told_on is None)
    informing.settle(
        services, context, dossier_id, later.id, on=context.today, way=informing.ALREADY, how="Gesprek op school."
    )
    settled = next(person for line in lines(services, dossier_id) for person in line.persons if person.id == later.id)
    assert (settled.way, settled.how) == ("already", "Gesprek op school.")
    happened = pages.timeline(services, context, pages.dossier(services, context, dossier_id), None)
    what = " ".join(line.what for line in happened.lines)
    assert "Brief over vastgelegde gegevens verstuurd" in what


def test_for_a_pupil_of_sixteen_without_account_the_letter_is_to_the_pupil(services, clock):
    dossier_id = made(services, born=clock.now.date().replace(year=clock.now.year - 17))
    submit(services, dossier_id)
    assert [(p.name, p.way) for p in lines(services, dossier_id)[0].persons] == [("Jip van Zwollebol", "letter")]


def test_a_letter_is_a_tagged_pdf_and_fetches_nothing():
    made = pdf_of("<h1>Kop</h1><p>Tekst.</p>", title="Brief")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "nl"
    with_image = pdf_of('<p>Tekst<img src="http://elders.invalid/x.png" alt=""></p>', title="Brief")
    with pikepdf.open(io.BytesIO(with_image)) as pdf:
        assert not pdf.pages[0].images


def kept_links(services):
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(Notice.kind.in_(outbox.LINKS)))


def test_a_sign_in_link_stays_in_no_notice_once_it_is_used_or_past_its_day(services, clock):
    context = builders.context(services, ADMINISTRATOR)
    where = context.person.organisation_id
    for name in ("een", "twee"):
        person = Person(name=f"Nieuw {name}", email=f"{name}@demo.example")
        token = invitations.invite(services, context, organisation_id=where, role=Role.SWV_STAFF, person=person)
    builders.work(services)
    assert kept_links(services) == 2  # a demo shows them in its outbox
    accounts.set_password(services, context, kind="invitation", token=token, password="vier losse woorden fietsbel")
    assert kept_links(services) == 1
    clock.forward(days=8)
    builders.work(services)
    assert kept_links(services) == 0


def test_old_notices_go_read_ones_sooner(services, clock):
    submit(services, made(services))
    context = builders.context(services, SWV)
    with services.db.writing() as session:
        outbox.mark_all_read(session, context.person.account_id, context.now)
    for days, left in ((179, (True, True)), (2, (False, True)), (600, (False, False))):
        clock.forward(days=days)
        with services.db.writing() as session:
            outbox.sweep(session, clock.now)
            found = tuple(
                session.scalar(
                    select(Notice.id).where(Notice.account_id == builders.account(services, who).id).limit(1)
                )
                is not None
                for who in (SWV, GUARDIAN)
            )
        assert found == left
