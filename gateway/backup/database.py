"""A copy of the database at one moment, trying it out, and putting it in the place of another: SQLite and PostgreSQL.

SQLite by its own backup interface; PostgreSQL by `pg_dump` and `pg_restore`, as programs of their own.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from alembic.migration import MigrationContext
from alembic.util import CommandError
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import MetaData, Sequence, inspect, literal, select, table, text
from sqlalchemy.exc import DatabaseError, DBAPIError, SQLAlchemyError
from sqlalchemy.schema import DropSequence

from gateway import migrate
from gateway.backup.parts import CHUNK, BackupError, create, told
from gateway.db import Database
from gateway.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection

SQLITE, POSTGRESQL = "sqlite", "postgresql"
HOLDING = ("tenant", "account", "audit_event")
"""Tables of which one row says that an installation is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The database at one moment: a connection that shows it, and its bytes."""

    connection: Connection
    content: Callable[[], Iterator[bytes]]


def kind_of(db: Database) -> str:
    """Which of the two it is."""
    return SQLITE if db.is_sqlite else POSTGRESQL


@contextmanager
def copied(db: Database, work: Path) -> Iterator[Copy]:
    """The database as it is now, while others go on writing in it.

    Raises:
        BackupError: it is not there, is not migrated, or the program that copies it is missing or refuses.
    """
    with _copied_sqlite(db, work) if db.is_sqlite else _copied_postgres(db) as copy:
        yield copy


def revision_of(connection: Connection) -> str:
    """The version of its schema; empty: it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def require_known(revision: str) -> None:
    """Refuse a schema that this version of the program has never heard of.

    Raises:
        BackupError: it is of a newer version.
    """
    try:
        found = migrate.knows(revision)
    except CommandError:
        found = False
    if not found:
        raise BackupError("This backup was made by a newer version of Dossierpoort. Install that version first.")


def holds_data(db: Database) -> bool:
    """Whether somebody works with this database; one that was only migrated holds nothing."""
    if db.is_sqlite and not _path(db).exists():
        return False
    try:
        with db.reading() as session:
            connection = session.connection()
            there = set(inspect(connection).get_table_names())
            looked = [select(literal(1)).select_from(table(name)).limit(1) for name in HOLDING if name in there]
            return any(connection.execute(look).first() for look in looked)
    except DatabaseError:
        return True  # a damaged file is somebody's


@contextmanager
def tried(db: Database, pieces: Iterable[bytes], work: Path, tell: Callable[[str], None]) -> Iterator[Database | None]:
    """The copy put back apart from everything, to be looked at; None where this role may make no database.

    The pieces are read to their end in either case, and PostgreSQL has read all of its archive.

    Raises:
        BackupError: it does not come back whole.
    """
    with _tried_sqlite(pieces, work) if db.is_sqlite else _tried_postgres(db, pieces, tell) as found:
        yield found


def put_back(db: Database, pieces: Iterable[bytes]) -> None:
    """Put the copy in the place of this database. Broken off, it can be done again.

    Raises:
        BackupError: somebody is connected, or it cannot be written.
    """
    db.dispose()
    if db.is_sqlite:
        _put_back_sqlite(_path(db), pieces)
    else:
        refuse_in_use(db)
        _empty_postgres(db)
        _pg_restore(db, ["--dbname", _conninfo(db), *_ONLY_CONTENT], pieces)
    db.dispose()


def refuse_in_use(db: Database) -> None:
    """Refuse when portal or worker is at work with this database.

    Raises:
        BackupError: another program is connected.
    """
    db.dispose()
    if db.is_sqlite:
        if _path(db).exists():
            _shut_sqlite(_path(db))
        return
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with db.engine.connect() as connection:
        if connection.scalar(query):
            raise BackupError(_IN_USE)
    db.dispose()


_IN_USE = "Another program is connected to the database. Stop portal and worker, then run this again."


# -- SQLite ------------------------------------------------------------------------------------------------------------


def _path(db: Database) -> Path:
    return Path(db.url.database or "")


@contextmanager
def _copied_sqlite(db: Database, work: Path) -> Iterator[Copy]:
    target = work / "copy.sqlite3"
    if not _path(db).exists():
        raise BackupError("There is no database yet. `dossierpoort doctor` says what is missing.")
    try:
        with (
            contextlib.closing(sqlite3.connect(_path(db), timeout=15)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.execute("PRAGMA query_only=ON")
            source.backup(copy)  # at once: one moment, and writers need not wait for it
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(_said("The database could not be copied", str(error))) from error
    found = Database(f"sqlite:///{target}")
    try:
        with found.reading() as session:
            yield Copy(connection=session.connection(), content=lambda: _read(target))
    finally:
        found.dispose()


@contextmanager
def _tried_sqlite(pieces: Iterable[bytes], work: Path) -> Iterator[Database]:
    target = work / "trial.sqlite3"
    _write(target, pieces)
    found = Database(f"sqlite:///{target}")
    try:
        with found.reading() as session:
            whole = [row[0] for row in session.execute(text("PRAGMA integrity_check(3)"))]
            loose = session.execute(text("PRAGMA foreign_key_check")).first()
        if whole != ["ok"] or loose is not None:
            raise BackupError("The copy of the database is damaged. Look at the disk of the database itself.")
        yield found
    except DBAPIError as error:
        raise BackupError("The copy of the database does not open. Take another backup.") from error
    finally:
        found.dispose()


def _put_back_sqlite(path: Path, pieces: Iterable[bytes]) -> None:
    draft = path.with_name(path.name + ".restoring")
    with told(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.unlink(missing_ok=True)
    _write(draft, pieces)
    if path.exists():
        _shut_sqlite(path)
    with told(path.parent):
        for beside in ("-wal", "-shm"):  # of the old file: beside the new one they would spoil it
            path.with_name(path.name + beside).unlink(missing_ok=True)
        draft.replace(path)
        os.sync()


def _shut_sqlite(path: Path) -> None:
    """Only who is alone may end write-ahead logging; the log itself goes into the file."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise BackupError(_IN_USE) from error
    except sqlite3.DatabaseError:
        return  # it is damaged, which may be why a backup is put back


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with told(path.parent), create(path) as descriptor, os.fdopen(os.dup(descriptor), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(descriptor)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


# -- PostgreSQL --------------------------------------------------------------------------------------------------------

_ONLY_CONTENT = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")


@contextmanager
def _copied_postgres(db: Database) -> Iterator[Copy]:
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        yield Copy(connection=connection, content=lambda: _output(db, [*command, "--dbname", _conninfo(db)]))


@contextmanager
def _tried_postgres(db: Database, pieces: Iterable[bytes], tell: Callable[[str], None]) -> Iterator[Database | None]:
    name = f"dossierpoort_trial_{new_id()[:16]}"
    if not _made_database(db, name):
        tell("this role may make no database: the copy is read to its end, and not put back in a trial")
        _pg_restore(db, ["--file=/dev/null", "--no-owner", "--no-privileges"], pieces)
        yield None
        return
    trial = Database(db.url.set(database=name).render_as_string(hide_password=False))
    try:
        _pg_restore(db, ["--dbname", _conninfo(trial), *_ONLY_CONTENT], pieces)
        yield trial
    finally:
        trial.dispose()
        with _by_itself(db) as connection:
            _named(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _made_database(db: Database, name: str) -> bool:
    try:
        with _by_itself(db) as connection:
            _named(connection, "CREATE DATABASE {} TEMPLATE template0", name)
    except (SQLAlchemyError, psycopg.Error):
        return False
    return True


def _by_itself(db: Database) -> Connection:
    return db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _empty_postgres(db: Database) -> None:
    """Take away every table: also those that a newer version made and the backup does not know."""
    with db.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)
        for name in inspect(connection).get_sequence_names():
            connection.execute(DropSequence(Sequence(name)))


def _named(connection: Connection, words: LiteralString, name: str) -> None:
    """A command on something with a name, which SQLAlchemy has no words for."""
    driver: Any = connection.connection.driver_connection
    quoted = sql.SQL(words).format(sql.Identifier(name))
    driver.execute(quoted)


def _conninfo(db: Database) -> str:
    """How libpq reaches it; the password goes by the environment, where other users do not see it."""
    return make_conninfo(**{name: value for name, value in _arguments(db).items() if name not in _NOT_FOR_PROGRAMS})


_NOT_FOR_PROGRAMS = {"password", "options", "context"}


def _arguments(db: Database) -> dict[str, Any]:
    _, named = db.engine.dialect.create_connect_args(db.url)
    return dict(named)


def _environment(db: Database) -> dict[str, str]:
    password = _arguments(db).get("password")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIERPOORT_")}
    return {**kept, "LC_ALL": "C.UTF-8", **({"PGPASSWORD": str(password)} if password else {})}


def _output(db: Database, command: list[str]) -> Iterator[bytes]:
    with _complaints() as complaints, _started(db, command, stdout=subprocess.PIPE, stderr=complaints) as process:
        if process.stdout is None:
            raise BackupError(_said(f"{command[0]} gives nothing"))
        with process.stdout as output:
            while piece := output.read(CHUNK):
                yield piece
        if process.wait():
            raise BackupError(_said("The database could not be copied", _first(complaints)))


def _pg_restore(db: Database, options: list[str], pieces: Iterable[bytes]) -> None:
    with (
        _complaints() as complaints,
        _started(db, ["pg_restore", *options], stdin=subprocess.PIPE, stderr=complaints) as process,
    ):
        if process.stdin is None:
            raise BackupError(_said("pg_restore takes nothing"))
        refused = False
        for piece in pieces:  # to the end also when it stopped listening: what is wrong with the archive comes first
            if not refused:
                try:
                    process.stdin.write(piece)
                except BrokenPipeError:
                    refused = True
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        if process.wait():
            raise BackupError(_said("The copy of the database could not be put back", _first(complaints)))


@contextmanager
def _started(db: Database, command: list[str], **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(command, env=_environment(db), **streams)  # noqa: S603 - two fixed programs, no shell
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is not installed: run `script/packages run` (postgresql-client).") from error
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextmanager
def _complaints() -> Iterator[int]:
    descriptor = os.memfd_create("complaints")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _first(descriptor: int) -> str:
    """The first complaint of a program: what follows it may quote a row."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    said = os.read(descriptor, CHUNK).decode("utf-8", "replace").splitlines()
    return next((each for each in said if "error:" in each), "")


def _said(what: str, why: str = "") -> str:
    return f"{what}: {why}" if why else f"{what}."
