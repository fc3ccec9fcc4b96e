"""The migrations make on both databases what the tables in the program say. Source: issue 2, "Database"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from gateway import migrate, tables
from gateway.db import Base, Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

assert tables


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield db
        db.dispose()
        return
    server = request.getfixturevalue("postgres_server")
    db = Database(server.fresh_database("migrations"))
    try:
        yield db
    finally:
        db.dispose()
        server.drop_database("migrations")


def test_an_empty_database_is_at_no_version_and_comes_to_the_newest(empty):
    assert migrate.current(empty) is None
    assert migrate.upgrade(empty) == (None, migrate.head())
    assert migrate.current(empty) == migrate.head()


def test_migrating_again_changes_nothing(empty):
    migrate.upgrade(empty)
    assert migrate.upgrade(empty) == (migrate.head(), migrate.head())


def test_after_migrating_the_tables_are_those_of_the_program(empty):
    migrate.upgrade(empty)

    def ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        # The queue's own tables and those of the log have their own makers and their own tests.
        return not (kind == "table" and reflected and compare_to is None)

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        found = compare_metadata(context, Base.metadata)
        present = set(inspect(connection).get_table_names())
    assert found == []
    assert set(Base.metadata.tables) <= present


def test_the_log_has_its_tables_after_migrating(empty):
    from audit.tables import metadata

    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())


def test_foreign_keys_hold_on_both(empty):
    from sqlalchemy.exc import IntegrityError

    from gateway.dossiers.tables import Document
    from gateway.services import utc_now

    migrate.upgrade(empty)
    with pytest.raises(IntegrityError), empty.writing() as session:
        session.add(Document(id="d" * 32, dossier_id="0" * 32, made_by="a" * 32, made_at=utc_now()))


def test_an_instant_comes_back_aware_and_a_naive_one_is_refused(empty):
    from datetime import datetime

    from sqlalchemy.exc import StatementError

    from gateway.jobs import queue
    from gateway.services import utc_now

    migrate.upgrade(empty)
    now = utc_now()
    with empty.writing() as session:
        queue.beat(session, "test", now)
    with empty.reading() as session:
        assert queue.last_beat(session, "test") == now
    with pytest.raises(StatementError), empty.writing() as session:
        queue.beat(session, "test", datetime(2026, 1, 1))


def test_the_embedded_database_keeps_its_promises(tmp_path):
    db = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with db.engine.connect() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "synchronous", "temp_store")
        }
    db.dispose()
    assert values == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "synchronous": 2, "temp_store": 2}


def test_a_dossier_of_before_the_enrolment_history_gets_its_first_stretch(empty):
    from alembic import command
    from alembic.script import ScriptDirectory
    from sqlalchemy import text

    config = migrate.configuration(empty)
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    this = next(item for item in revisions if "enrolment is a history" in (item.doc or ""))
    command.upgrade(config, str(this.down_revision))
    ids = {"t": "1" * 32, "s": "2" * 32, "d": "3" * 32, "a": "4" * 32, "at": "2026-11-01 09:00:00+00:00"}
    with empty.engine.begin() as connection:
        for statement in (
            "INSERT INTO tenant (id, name, slug, profile_id, created_at) VALUES (:t, 'T', 't', 'avg-2018', :at)",
            "INSERT INTO organisation (id, tenant_id, kind, name, active) VALUES (:s, :t, 'school', 'S', true)",
            (
                "INSERT INTO dossier (id, tenant_id, school_id, state, pupil, version, possible_double, stored_bytes, "
                "made_by, made_at, changed_at) VALUES (:d, :t, :s, 'draft', '', 1, false, 0, :a, :at, :at)"
            ),
        ):
            connection.execute(text(statement), ids)
    command.upgrade(config, "head")
    with empty.engine.connect() as connection:
        rows = connection.execute(text("SELECT dossier_id, school_id, from_day, until_day FROM enrolment")).all()
    assert [tuple(row) for row in rows] == [("3" * 32, "2" * 32, None, None)]
