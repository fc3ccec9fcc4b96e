"""Alembic, driven from the settings: no ini file, the same migrations on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from gateway.db import Database

SCRIPTS = Path(__file__).parent / "migrations"


def configuration(db: Database) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["engine"] = db.engine.execution_options(dossierpoort_write=True)
    return config


def current(db: Database) -> str | None:
    """The version that the database is at, or None when it is empty.

    Raises:
        gateway.errors.UnavailableError: the database does not answer.
    """
    with db.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def head() -> str:
    """The newest version that this program knows."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return str(ScriptDirectory.from_config(config).get_current_head())


def knows(revision: str) -> bool:
    """Whether this program knows that version of the database.

    Raises:
        alembic.util.CommandError: it does not.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(config).get_revision(revision) is not None


def upgrade(db: Database) -> tuple[str | None, str]:
    """Bring the database to the newest version; returns the version before and after."""
    before = current(db)
    command.upgrade(configuration(db), "head")
    return before, head()
