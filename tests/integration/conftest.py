"""The integration suite runs on SQLite and on PostgreSQL: ask for `services` and each test runs on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import Clock, Prototype, copy_of, make_prototype

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.services import Services


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Prototype:
    return make_prototype(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def postgres_model(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[Prototype]:
    made = make_prototype(tmp_path_factory.mktemp("model"), server=postgres_server)
    yield made
    postgres_server.drop_database(made.database)


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """A demo installation on the database of this parameter."""
    on_sqlite = request.param == "sqlite"
    model = request.getfixturevalue("sqlite_model" if on_sqlite else "postgres_model")
    server = None if on_sqlite else request.getfixturevalue("postgres_server")
    with copy_of(model, tmp_path, clock=clock, server=server) as built:
        yield built
