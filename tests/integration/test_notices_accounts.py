"""Notices over a real mail server, and accounts: links, throttling, sessions. On both databases. Source: PR10.2, issue 2."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import event, func, select

from gateway.accounts import forgotten, invitations, people, sessions, throttle
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, SignedIn
from gateway.context import Context, Role
from gateway.demo import PASSWORD
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError, ThrottledError
from gateway.jobs.tables import Job
from gateway.notices.tables import Notice
from tests import builders
from tests.personas import ADMINISTRATOR, OWNER
from tests.services import processes

GOOD = "vier losse woorden bij paarse regen"


class Letters:
    """A mail server's memory; `answer` is what it says to a letter."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.answer.startswith("250"):
            self.taken.append(envelope.content.decode())
        return self.answer


@contextmanager
def mail_server():
    letters = Letters()
    server = Controller(letters, hostname="127.0.0.1", port=processes.free_port())
    server.start()
    try:
        yield letters, server.port
    finally:
        server.stop()


def with_mail(services, port):
    return replace(
        services, settings=replace(services.settings, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    )


def invite(services, email="nieuw@demo.example"):
    with services.db.reading() as session:
        school = session.scalars(select(Organisation.id).where(Organisation.kind == "school")).first()
    return invitations.invite(
        services,
        builders.context(services, ADMINISTRATOR),
        organisation_id=school,
        role=Role.SCHOOL_STAFF,
        person=Person(name="Nieuwe Collega", email=email),
    )


def anonymous(services):
    return Context(actor=None, now=services.clock(), request_id="r" * 32, network="198.51.100.0/24")


def test_an_invitation_is_mailed_once_with_its_link_and_without_a_name(services):
    with mail_server() as (letters, port):
        mailing = with_mail(services, port)
        builders.work(mailing)
        before = len(letters.taken)
        token = invite(mailing)
        builders.work(mailing)
        builders.work(mailing)
    fresh = letters.taken[before:]
    assert len(fresh) == 1
    assert f"/uitnodiging/{token}" in fresh[0].replace("=\r\n", "")
    assert "Nieuwe Collega" not in fresh[0]


def test_a_notice_about_a_dossier_names_neither_pupil_nor_dossier(services):
    with mail_server() as (letters, port):
        mailing = with_mail(services, port)
        dossier_id, _ = builders.submitted(mailing, first_name="Zonderling", last_name="Naamkund")
        builders.work(mailing)
    assert letters.taken
    assert not any(dossier_id in letter or "Naamkund" in letter for letter in letters.taken)


def test_mail_that_is_refused_is_tried_again_and_arrives_once(services, clock):
    with mail_server() as (letters, port):
        mailing = with_mail(services, port)
        builders.work(mailing)
        letters.taken.clear()
        letters.answer = "451 later"
        invite(mailing)
        builders.work(mailing)
        assert not letters.taken
        with services.db.reading() as session:
            assert session.scalars(select(Job.trouble).where(Job.kind == "mail")).all() == ["SMTPDataError"]
        letters.answer = "250 OK"
        clock.forward(hours=1)
        builders.work(mailing)
        builders.work(mailing)
    assert len(letters.taken) == 1


def test_a_mail_server_that_is_away_loses_no_notice(services, clock):
    away = with_mail(services, processes.free_port())
    invite(away)
    builders.work(away)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Notice.kind == "invitation", Notice.mailed_at.is_(None))) == 1
    clock.forward(hours=1)
    with mail_server() as (letters, port):
        builders.work(with_mail(services, port))
    assert any("/uitnodiging/" in letter.replace("=\r\n", "") for letter in letters.taken)


def test_a_link_works_once_and_not_after_its_time(services, clock):
    token = invite(services)
    assert accounts.link_holder(services, anonymous(services), kind="invitation", token=token).name == "Nieuwe Collega"
    with pytest.raises(NotFoundError):
        accounts.link_holder(services, anonymous(services), kind="password", token=token)
    accounts.set_password(services, anonymous(services), kind="invitation", token=token, password=GOOD)
    with pytest.raises(NotFoundError):
        accounts.set_password(services, anonymous(services), kind="invitation", token=token, password=GOOD)
    late = invite(services, "later@demo.example")
    clock.forward(days=8)
    with pytest.raises(NotFoundError):
        accounts.link_holder(services, anonymous(services), kind="invitation", token=late)


def test_two_who_use_a_link_in_the_same_moment_are_one(services):
    token = invite(services)
    gate, results = threading.Barrier(2), []

    def use():
        gate.wait(20)
        try:
            accounts.set_password(services, anonymous(services), kind="invitation", token=token, password=GOOD)
        except NotFoundError:
            results.append("refused")
        else:
            results.append("set")

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["refused", "set"]


def test_a_fresh_invitation_ends_the_old_link(services):
    old = invite(services)
    with services.db.reading() as session:
        account_id = people.by_email(session, services.vault, "nieuw@demo.example").id
    invitations.invite_again(services, builders.context(services, ADMINISTRATOR), account_id)
    with pytest.raises(NotFoundError):
        accounts.link_holder(services, anonymous(services), kind="invitation", token=old)


@pytest.mark.parametrize("email", ["geen adres", "", "a@b", "a@demo.example\nBcc: x@y.z", OWNER, OWNER.upper()])
def test_an_address_that_is_wrong_or_taken_is_refused(services, email):
    with pytest.raises((InvalidInputError, ConflictError)):
        invite(services, email)


def test_only_an_administrator_invites_and_ends(services):
    school = builders.context(services, OWNER)
    with pytest.raises(RefusedError):
        accounts.end_account(services, school, builders.account(services, OWNER).id)
    administrator = builders.context(services, ADMINISTRATOR)
    with pytest.raises(ConflictError):
        accounts.end_account(services, administrator, administrator.person.account_id)


def test_an_ended_account_is_out_at_once(services):
    token = accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)
    assert sessions.resume(services, token, services.clock())
    accounts.end_account(services, builders.context(services, ADMINISTRATOR), builders.account(services, OWNER).id)
    assert sessions.resume(services, token, services.clock()) is None
    with pytest.raises(InvalidInputError):
        accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)


def test_a_session_ends_when_idle_and_at_its_hours(services, clock):
    token = accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)
    clock.forward(minutes=19)
    assert sessions.resume(services, token, services.clock())
    clock.forward(minutes=21)
    assert sessions.resume(services, token, services.clock()) is None
    token = accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)
    for _ in range(8 * 4):
        clock.forward(minutes=15)
        sessions.resume(services, token, services.clock())
    clock.forward(minutes=1)
    assert sessions.resume(services, token, services.clock()) is None
    accounts.sweep(services, services.clock() + timedelta(hours=9))
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignedIn)) == 0


def test_guessing_is_throttled_for_the_account_and_ends_with_the_window(services, clock):
    for _ in range(throttle.SIGN_IN_ACCOUNT.tries):
        with pytest.raises(InvalidInputError):
            accounts.sign_in(services, anonymous(services), email=OWNER, password="fout")
    with pytest.raises(ThrottledError) as refused:
        accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)
    assert 0 < refused.value.retry_after <= 901
    clock.forward(minutes=16)
    assert accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)


@pytest.mark.parametrize(
    ("kind", "parent", "field"),
    [("onbekend", None, "kind"), ("school", "0" * 32, "parent_id"), ("school", "school", "parent_id")],
)
def test_an_organisation_has_a_kind_of_the_list_and_a_board_above_it(services, kind, parent, field):
    above = builders.account(services, OWNER).organisation_id if parent == "school" else parent
    administrator = builders.context(services, ADMINISTRATOR)
    with pytest.raises(InvalidInputError) as refused:
        accounts.add_organisation(services, administrator, kind=kind, name="Nieuw", brin="98ZY00", parent_id=above)
    assert refused.value.field == field
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Organisation.name == "Nieuw")) == 0


def test_asking_a_new_password_runs_the_same_statements_for_every_address(services):
    """What differs between a known and an unknown address happens in the worker, where nobody can time it."""
    said = []
    event.listen(services.db.engine, "before_cursor_execute", lambda *given: said.append(given[2]))

    def statements(email):
        said.clear()
        forgotten.ask(services, anonymous(services), email=email)
        return list(said)

    statements("eerste@demo.example")  # counts the first try, which the later ones do not
    assert statements("niemand@demo.example") == statements(OWNER)
    assert len(said) >= 3


def test_a_forgotten_password_looks_the_same_for_every_address_and_its_link_ends_older_sessions(services):
    def notices():
        with services.db.reading() as session:
            return session.scalar(select(func.count()).where(Notice.kind == "password"))

    signed_in = accounts.sign_in(services, anonymous(services), email=OWNER, password=PASSWORD)
    forgotten.ask(services, anonymous(services), email="niemand@demo.example")
    builders.work(services)
    assert notices() == 0
    forgotten.ask(services, anonymous(services), email=f" {OWNER.upper()}")
    builders.work(services)
    assert notices() == 1
    account = builders.account(services, OWNER)
    with services.db.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "password")).one()
        link = services.vault.open_json(session, account.id, "notice", notice.sealed)["link"]
    token = link.rsplit("/", 1)[-1]
    with pytest.raises(InvalidInputError):
        accounts.set_password(services, anonymous(services), kind="password", token=token, password="wachtwoord")
    accounts.set_password(services, anonymous(services), kind="password", token=token, password=GOOD)
    assert sessions.resume(services, signed_in, services.clock()) is None
    assert accounts.sign_in(services, anonymous(services), email=OWNER, password=GOOD)
