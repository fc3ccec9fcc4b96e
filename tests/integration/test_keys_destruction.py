"""Destruction that holds: against backups, copies of the keyring, a kill at any moment, and another process."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from crypto.errors import CryptoError
from crypto.keyring import FileKeyring
from gateway.context import Context
from gateway.db import Database
from gateway.dossiers import usecases
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.ids import new_id
from gateway.services import Services, build
from gateway.vault import renewal
from gateway.vault.keys import DOSSIER, Vault, subject_context
from gateway.vault.tables import DataKey, KeyRenewal, SearchToken, SubjectKey
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHOOL = "school@demo.example"


def system(services: Services) -> Context:
    return Context(actor=None, now=services.clock(), request_id=new_id())


def renew(services: Services, batch: int = 2) -> None:
    renewal.renew(services.db, services.vault, system(services), batch=batch)


@pytest.fixture
def backup(services: Services, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """A way to copy the whole database as it is now, next to it."""
    made: list[Database] = []
    if services.db.is_sqlite:

        def copy() -> Database:
            target = tmp_path / f"backup{len(made)}.sqlite3"
            source = services.db.engine.raw_connection()
            source.cursor().execute(f"VACUUM INTO '{target}'")
            source.close()
            made.append(Database(f"sqlite:///{target}"))
            return made[-1]
    else:
        server = request.getfixturevalue("postgres_server")

        def copy() -> Database:
            name = f"backup{len(made)}_{new_id()[:8]}"
            url = server.fresh_database(name)
            plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
            here = services.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
            dump = subprocess.run([_pg("pg_dump"), "--no-owner", here], capture_output=True, check=True)
            subprocess.run(
                [_pg("psql"), "-q", "-v", "ON_ERROR_STOP=1", plain], input=dump.stdout, check=True, capture_output=True
            )
            made.append(Database(url))
            return made[-1]

    yield copy
    for database in made:
        database.dispose()
        if not database.is_sqlite:
            server.drop_database(database.url.database)


def _pg(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)))
    return str(found)


def readable(db: Database, vault: Vault) -> set[str]:
    """The subjects of which this database and this keyring open the keys."""
    found = set()
    with db.reading() as session:
        for row in session.scalars(select(SubjectKey)):
            try:
                vault.data_key(session, row.subject_id, "fields")
            except CryptoError:
                continue
            found.add(row.subject_id)
    return found


def dossiers(db: Database) -> set[str]:
    with db.reading() as session:
        return set(session.scalars(select(Dossier.id)))


def test_a_backup_and_a_keyring_copy_from_before_open_all_until_the_copy_is_rewritten_and_then_nothing(
    services: Services, backup: Callable[[], Database], tmp_path: Path
) -> None:
    keyring = services.vault.keyring
    assert isinstance(keyring, FileKeyring)
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o700)
    gone = [builders.draft(services, first_name=f"Weg{n}") for n in range(3)]
    kept = builders.draft(services, first_name="Blijft")
    keyring.write_copy(safe / "copy", place="kluis", on=services.clock().date())
    before = backup()
    everything = readable(before, services.vault)
    assert everything >= {*gone, kept}

    for dossier_id in gone:
        usecases.erase_draft(services, builders.context(services, SCHOOL), dossier_id)
    renew(services)

    secret = services.settings.root_secret.encode()
    old_copy = Vault(FileKeyring(safe / "copy", secret))
    assert readable(before, services.vault) == set(), "the live keyring opens nothing of the backup"
    assert readable(before, old_copy) == everything, "the old copy opens all: the destruction is voorlopig"
    with services.db.reading() as session:
        assert {row.state for row in session.scalars(select(KeyRenewal))} == {"voorlopig"}

    keyring.write_copy(safe / "copy", place="kluis", on=services.clock().date())
    renewal.settle(services.db, services.vault, system(services))

    assert readable(before, old_copy) == set(), "also for a process that had the old copy open"
    assert readable(before, Vault(FileKeyring(safe / "copy", secret))) == set()
    assert readable(services.db, services.vault) >= {kept}
    with services.db.reading() as session:
        assert {row.state for row in session.scalars(select(KeyRenewal))} == {"definitief"}


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True))


def _tails() -> list[list[bytes]]:
    """Of each remainder that the first four digits can leave: every end with which they make a valid BSN (elfproef)."""
    tails: list[list[bytes]] = [[] for _ in range(11)]
    for number in range(10_000):
        middle = f"{number:04d}"
        for left, ends in enumerate(tails):
            check = (left + _weighed(middle, (5, 4, 3, 2))) % 11
            if check < 10:
                ends.append(f"{middle}{check}".encode())
    return tails


def valid_bsns(starts: range) -> Iterator[list[bytes]]:
    """Every valid BSN whose first four digits are one of these numbers; 90 909 091 in all for `range(10_000)`."""
    tails = _tails()
    for number in starts:
        start = f"{number:04d}"
        yield [start.encode() + tail for tail in tails[_weighed(start, (9, 8, 7, 6)) % 11]]


def matches(db: Database, keyring: FileKeyring, starts: range) -> set[bytes]:
    """The BSNs that someone finds who has this database and every period key of the keyring, of whatever kind."""
    with db.reading() as session:
        tokens = set(session.scalars(select(SearchToken.token)))
    found: set[bytes] = set()
    for info in keyring.period_keys():
        for candidates in valid_bsns(starts):
            made = keyring.token_many(info.id, "bsn", candidates)
            if not tokens.isdisjoint(made):
                found |= {bsn for bsn, token in zip(candidates, made, strict=True) if token in tokens}
    return found


def _matches_of_part(url: str, path: Path, secret: bytes, starts: range) -> set[bytes]:
    db = Database(url)
    try:
        return matches(db, FileKeyring(path, secret), starts)
    finally:
        db.dispose()


ERASED, KEPT = "123456782", "111222333"


def destroyed_and_backed_up(services: Services, backup: Callable[[], Database]) -> Database:
    """Two dossiers, a backup of the database, and then one of them erased and the keys renewed; gives the backup."""
    gone = builders.draft(services, bsn=ERASED)
    builders.draft(services, bsn=KEPT)
    before = backup()
    assert matches(before, services.vault.keyring, range(1234, 1235)) == {ERASED.encode()}, "before, it is found"
    usecases.erase_draft(services, builders.context(services, SCHOOL), gone)
    with services.db.reading() as session:
        others = {pupil_of(session, services.vault, row).bsn for row in session.scalars(select(Dossier))}
    assert ERASED not in others, "a demo dossier with the same number would be found by right"
    renew(services)
    return before


def test_with_all_live_keys_and_an_old_backup_no_bsn_can_be_guessed(
    services: Services, backup: Callable[[], Database]
) -> None:
    before = destroyed_and_backed_up(services, backup)
    keyring = services.vault.keyring
    assert matches(before, keyring, range(1234, 1235)) == set()
    assert matches(before, keyring, range(1112, 1113)) == set(), "who lives is not found in the old backup either"
    assert matches(services.db, keyring, range(1234, 1235)) == set()
    assert matches(services.db, keyring, range(1112, 1113)) == {KEPT.encode()}


def test_the_enumeration_holds_every_valid_bsn_and_no_other() -> None:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    (made,) = valid_bsns(range(1234, 1235))
    every = {f"{number:09d}" for number in range(123_400_000, 123_500_000)}
    assert {bsn.decode() for bsn in made} == {bsn for bsn in every if _weighed(bsn, weights) % 11 == 0}


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_with_all_live_keys_and_an_old_backup_none_of_all_valid_bsns_is_found(
    services: Services, backup: Callable[[], Database]
) -> None:
    if not services.db.is_sqlite:
        pytest.skip("the tokens are the same in both databases")
    before = destroyed_and_backed_up(services, backup)
    secret, parts = services.settings.root_secret.encode(), os.cpu_count() or 1
    url = before.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(parts, mp_context=multiprocessing.get_context("spawn")) as pool:
        asked = [
            pool.submit(_matches_of_part, url, services.settings.keyring, secret, range(part, 10_000, parts))
            for part in range(parts)
        ]
        assert set().union(*(answer.result() for answer in asked)) == set()


def test_no_file_of_sqlite_holds_an_old_wrap_after_the_renewal(services: Services) -> None:
    if not services.db.is_sqlite:
        pytest.skip("PostgreSQL keeps old rows until VACUUM: there the destroyed period key is what counts")
    for number in range(12):
        builders.draft(services, first_name=f"Kind{number}")
    with services.db.reading() as session:
        wraps = [row.wrapped for row in session.scalars(select(SubjectKey))]
    usecases.erase_draft(services, builders.context(services, SCHOOL), builders.draft(services))
    files = [Path(str(services.db.url.database) + end) for end in ("", "-wal")]
    assert all(any(wrapped in path.read_bytes() for path in files) for wrapped in wraps), "they are there before"
    renew(services)
    held = b"".join(path.read_bytes() for path in files if path.exists())
    assert not [wrapped for wrapped in wraps if wrapped in held]


def test_on_postgresql_an_old_wrap_may_stay_in_the_heap_and_opens_nothing(services: Services) -> None:
    if services.db.is_sqlite:
        pytest.skip("for SQLite see the test above")
    gone = builders.draft(services)
    with services.db.reading() as session:
        row = session.get_one(SubjectKey, gone)
    usecases.erase_draft(services, builders.context(services, SCHOOL), gone)
    renew(services)
    plain = services.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT count(*) FROM subject_key WHERE subject_id = %s", [gone]).fetchone() == (0,)
    with pytest.raises(CryptoError):
        services.vault.keyring.unwrap(row.wrapped, subject_context(row.kind, row.organisation_id, gone))


# -- killed at any point ----------------------------------------------------------------------------------------------


def run_and_be_killed_at(services: Services, point: int) -> bool:
    """Renew in another process, which gets SIGKILL at its write number `point`; false when it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            services.db.engine.dispose(close=False)
            _count_down(point)
            renew(replace(build(services.settings), clock=services.clock))
        except BaseException:  # noqa: BLE001  a child must never return into pytest
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _count_down(point: int) -> None:
    """Make this process kill itself before write `point // 2`, or after it when `point` is odd."""
    seen = 0

    def step() -> None:
        nonlocal seen
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def watched(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            step()
            result = write(*args, **kwargs)
            step()
            return result

        return call

    Session.commit = watched(Session.commit)  # type: ignore[method-assign]
    FileKeyring._change = watched(FileKeyring._change)  # type: ignore[method-assign]


def test_a_renewal_killed_before_or_after_any_write_loses_nothing_and_the_next_one_ends_it(services: Services) -> None:
    for number in range(3):
        builders.draft(services, first_name=f"Kind{number}", bsn="111222333")
    tenant = builders.account(services, SCHOOL).tenant_id
    point, killed = 0, True
    while killed:
        gone = builders.draft(services, first_name="Weg")
        with services.db.reading() as session:
            row = session.get_one(SubjectKey, gone)
        usecases.erase_draft(services, builders.context(services, SCHOOL), gone)
        killed = run_and_be_killed_at(services, point)

        subjects = set()
        with services.db.reading() as session:
            subjects = set(session.scalars(select(SubjectKey.subject_id)))
            for dossier in session.scalars(select(Dossier)):
                pupil = pupil_of(session, services.vault, dossier)
                assert dossier.id in services.vault.find(session, tenant, "bsn", pupil.bsn), f"killed at {point}"
        assert readable(services.db, services.vault) == subjects, f"killed at {point}"

        renew(services)
        assert readable(services.db, services.vault) == subjects, f"ended after {point}"
        with pytest.raises(CryptoError):
            services.vault.keyring.unwrap(row.wrapped, subject_context(row.kind, row.organisation_id, gone))
        with services.db.reading() as session:
            assert {request.state for request in session.scalars(select(KeyRenewal))} == {"definitief"}
        point += 1
    assert point > 12, "supersede, batches, destroy, end: each before and after"


# -- two processes ----------------------------------------------------------------------------------------------------


def _open_dossiers(settings: Any, tenant: str, count: int, made: Any, started: Any) -> None:
    services = build(settings)
    clock = builders.Clock()
    for number in range(count):
        subject_id = new_id()
        with services.db.writing() as session:
            services.vault.create_subject(
                session, kind=DOSSIER, subject_id=subject_id, organisation_id=tenant, opened_on=clock().date()
            )
            services.vault.store_data_key(session, subject_id, "document", "eerste", bytes(32))
        with services.db.writing() as session:
            services.vault.store_data_key(session, subject_id, "document", "tweede", bytes(range(32)))
            if number % 3 == 0:
                services.vault.forget(session, subject_id, "eerste", now=clock())
        made.put(subject_id)
        started.set()


def test_on_sqlite_a_use_case_shuts_other_writers_out_before_its_first_query(services: Services) -> None:
    """A wrap comes before the first query; a key destroyed between the two would take a new dossier with it."""
    if not services.db.is_sqlite:
        pytest.skip("PostgreSQL has advisory locks for this: see the test below")
    other = sqlite3.connect(str(services.db.url.database), timeout=0, isolation_level=None)
    with services.db.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_another_process_opens_and_erases_during_renewals_and_nothing_is_lost(services: Services) -> None:
    tenant = builders.account(services, SCHOOL).tenant_id
    fork = multiprocessing.get_context("spawn")
    made, started = fork.Queue(), fork.Event()
    opener = fork.Process(target=_open_dossiers, args=(services.settings, tenant, 60, made, started))
    opener.start()
    assert started.wait(60)
    subjects, renewals = [], 0
    while opener.is_alive() or not made.empty():
        with services.db.writing() as session:
            renewal.ask_rotation(
                session, services.vault, renewal.Period(organisation_id=tenant, name="2026Q4"), now=services.clock()
            )
        renew(services, batch=7)
        renewals += 1
        while not made.empty():
            subjects.append(made.get())
    opener.join(60)
    assert opener.exitcode == 0
    renew(services)
    assert len(subjects) == 60
    assert renewals > 1
    with services.db.reading() as session:
        for subject_id in subjects:
            assert services.vault.data_key(session, subject_id, "document", "tweede") == bytes(range(32))
        left = session.scalars(select(DataKey.subject_id).where(DataKey.ref == "eerste")).all()
        assert len(left) == 40
        assert {request.state for request in session.scalars(select(KeyRenewal))} == {"definitief"}
