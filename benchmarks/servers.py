"""A PostgreSQL for a benchmark, at the durability that is shipped: it waits for the disk, as a real one does."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import postgres
from tests.services.processes import ServiceError

ADDRESS = "DOSSIERPOORT_TEST_POSTGRES"


@contextmanager
def durable_postgresql() -> Iterator[bool]:
    """Name a server in the environment while the body runs: the one named there already, or one of our own.

    False, with a line on the error channel, when PostgreSQL is not on this machine.
    """
    if ADDRESS in os.environ:
        yield True
        return
    home = Path(tempfile.mkdtemp(prefix="dossierpoort-bench-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))
    home.chmod(0o711)  # the postgres user must be able to pass through
    try:
        try:
            service = postgres.start(home / "postgres", durable=True)
        except ServiceError as error:
            print(f"bench: without PostgreSQL: {error}", file=sys.stderr, flush=True)
            yield False
            return
        os.environ[ADDRESS] = service.url
        yield True
    finally:
        os.environ.pop(ADDRESS, None)
        postgres.stop(home / "postgres")
        shutil.rmtree(home, ignore_errors=True)
