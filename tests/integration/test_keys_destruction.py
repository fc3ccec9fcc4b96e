"""Destruction that holds: against backups, copies of the keyring, a kill at any moment, and another process."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
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


def bsns(around: int, count: int) -> Iterator[str]:
    """Valid BSNs (elfproef) from `around` upwards."""
    number, found = around, 0
    while found < count:
        digits = [int(digit) for digit in f"{number:09d}"]
        if (sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=False)) - digits[8]) % 11 == 0:
            yield f"{number:09d}"
            found += 1
        number += 1


def matches(db: Database, keyring: FileKeyring, organisation_id: str, candidates: Iterator[str]) -> set[str]:
    with db.reading() as session:
        tokens = set(session.scalars(select(SearchToken.token).where(SearchToken.kind == "bsn")))
    keys = keyring.live_key_ids(organisation_id)
    return {bsn for bsn in candidates if any(keyring.token(key, "bsn", bsn.encode()) in tokens for key in keys)}


def enumerate_after_destruction(services: Services, backup: Callable[[], Database], count: int) -> None:
    erased, kept = "123456782", "111222333"
    gone = builders.draft(services, bsn=erased)
    builders.draft(services, bsn=kept)
    organisation_id = builders.account(services, SCHOOL).tenant_id
    before = backup()
    keyring = services.vault.keyring
    assert isinstance(keyring, FileKeyring)
    start = int(erased) - count // 2
    assert erased in set(bsns(start, count)), "the enumeration must hold the real one"
    assert matches(before, keyring, organisation_id, bsns(start, count)) >= {erased}, "before, it is found"
    usecases.erase_draft(services, builders.context(services, SCHOOL), gone)
    renew(services)
    assert matches(before, keyring, organisation_id, bsns(start, count)) == set()
    assert matches(before, keyring, organisation_id, iter([kept])) == set()
    assert matches(services.db, keyring, organisation_id, iter([erased, kept])) >= {kept}


def test_with_all_live_keys_and_an_old_backup_no_bsn_can_be_guessed(
    services: Services, backup: Callable[[], Database]
) -> None:
    enumerate_after_destruction(services, backup, 400)


@pytest.mark.long
def test_with_all_live_keys_and_an_old_backup_no_bsn_of_many_can_be_guessed(
    services: Services, backup: Callable[[], Database]
) -> None:
    enumerate_after_destruction(services, backup, 1_000_000)


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
