"""What every test may ask for: real services, started at their first use and shared by the whole run."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher

from gateway.accounts import passwords
from tests.services import processes, shared


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a place for its services; worker processes and runs inside a run inherit it."""
    # People sign in thousands of times here: argon2 at its smallest cost. Processes of their own keep the real one.
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._NOBODY = passwords.hash_password("nobody")
    if shared.RUN not in os.environ and not hasattr(config, "workerinput"):
        shared.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services when the run ends, also after a failure or an interrupt."""
    shared.end_run()


def _service(name: str) -> Any:
    try:
        service = shared.obtain(name)
    except processes.ServiceError as error:
        pytest.fail(str(error), pytrace=False)
    if service is None:
        pytest.skip(f"{shared.WITHOUT} leaves out {name}")
    return service


@pytest.fixture(scope="session")
def postgres_server() -> Any:
    """A running PostgreSQL (`tests.services.postgres.PostgresService`): `fresh_database(name)` gives an empty one."""
    return _service("postgres")


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that this test process has for itself."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    yield postgres_server.fresh_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def s3_service() -> Any:
    """A running S3 server (`tests.services.s3.S3Service`): addresses, keys, `new_bucket()`, `client()`."""
    return _service("s3")


@pytest.fixture(scope="session")
def clamd_socket() -> str:
    """The path of the socket of a running clamd that knows `tests.services.clamd.eicar()`."""
    return str(_service("clamd").socket)
