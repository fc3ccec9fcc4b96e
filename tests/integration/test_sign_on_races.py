"""Single sign-on on both databases: what counts once counts once, also when it comes twice in the same moment (issue 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.accounts.sign_on import attempts, connections, links
from gateway.accounts.sign_on.attempts import SIGN_IN, SignOnError
from gateway.accounts.sign_on.rules import Terms
from gateway.accounts.sign_on.tables import ACTIVE, PROPOSED, SignOnAttempt, SignOnConnection, SignOnLink
from gateway.accounts.usecases import sweep
from gateway.errors import ConflictError
from tests import builders, personas
from tests.builders import context


def at_once(act, number=4):
    """The same act by several at the same moment: what each got, an error counting as None."""
    ready = Barrier(number)

    def one(_):
        ready.wait(10)
        try:
            return act() or True
        except (SignOnError, ConflictError, IntegrityError):
            return None

    with ThreadPoolExecutor(number) as pool:
        return [result for result in pool.map(one, range(number)) if result is not None]


@pytest.fixture
def school(services):
    return builders.account(services, personas.OWNER).organisation_id


def terms(**changes):
    values = {"issuer": "https://login.school.example", "client": "poort", "secret": "geheim"}
    return Terms(**{**values, "domains": ("school.example",), **changes})


def test_of_proposals_approvals_answers_and_links_at_the_same_moment_one_counts(services, school):
    admin, officer = context(services, personas.ADMINISTRATOR), context(services, personas.OFFICER)
    made = at_once(lambda: connections.propose(services, admin, school, terms()))
    assert len(made) == 1
    assert len(at_once(lambda: connections.decide(services, officer, made[0], approve=True))) == 1
    with services.db.reading() as session:
        states = list(session.scalars(select(SignOnConnection.state)))
    assert sorted(states) == [ACTIVE]

    with services.db.writing() as session:
        session.add(
            SignOnAttempt(
                state_hash=attempts._hash("state"), connection_id=made[0], organisation_id=school, purpose=SIGN_IN,
                browser_hash=attempts._hash("browser"), expires_at=services.clock() + attempts.VALID,
            )
        )  # fmt: skip
    taken = at_once(lambda: attempts.take(services, admin, school, state="state", browser="browser"))
    assert len(taken) == 1

    people = iter([builders.account(services, email) for email in (personas.OWNER, personas.COLLEAGUE)])

    def join():
        account = next(people)
        with services.db.writing() as session:
            connection = connections.active(session, school)
            links.make(session, services, admin, connection, account, subject="jan", way="own")

    assert len(at_once(join, 2)) == 1
    with services.db.reading() as session:
        assert len(session.scalars(select(SignOnLink)).all()) == 1


def test_what_passed_is_swept_and_a_change_leaves_its_secret_out_of_the_log(services, school, clock):
    admin, officer = context(services, personas.ADMINISTRATOR), context(services, personas.OFFICER)
    first = connections.propose(services, admin, school, terms())
    connections.decide(services, officer, first, approve=True)
    with services.db.reading() as session:
        row = connections.active(session, school)
        assert connections.client_of(services.vault, row).secret == "geheim"
        assert b"geheim" not in row.secret
    second = connections.propose(services, admin, school, terms(secret="", required=True))
    with services.db.reading() as session:
        waiting = session.get_one(SignOnConnection, second)
        assert (waiting.state, connections.client_of(services.vault, waiting).secret) == (PROPOSED, "geheim")
        assert connections.changes(row, waiting) == {"required": [False, True]}
        session.expunge_all()
    with services.db.writing() as session:
        session.add(
            SignOnAttempt(
                state_hash=b"x" * 32, connection_id=first, organisation_id=school, purpose=SIGN_IN,
                browser_hash=b"y" * 32, expires_at=services.clock(),
            )
        )  # fmt: skip
    clock.forward(minutes=1)
    sweep(services, services.clock())
    with services.db.reading() as session:
        assert session.scalars(select(SignOnAttempt)).all() == []
