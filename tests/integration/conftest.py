"""The integration suite runs on SQLite and on PostgreSQL: ask for `services` and each test runs on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import Clock, demo_installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.services import Services


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """A demo installation on the database of this parameter."""
    if request.param == "sqlite":
        with demo_installation(tmp_path, clock=clock) as built:
            yield built
        return
    server = request.getfixturevalue("postgres_server")
    name = f"case_{tmp_path.name[-40:]}".lower().replace("-", "_")
    url = server.fresh_database(name)
    try:
        with demo_installation(tmp_path, clock=clock, database_url=url) as built:
            yield built
    finally:
        server.drop_database(name)
