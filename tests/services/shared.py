"""One running copy of each service for a whole test run, however many processes the run has."""

import contextlib
import fcntl
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.services import processes

NAMES = ("postgres", "s3", "clamd")
RUN = "DOSSIERPOORT_TEST_RUN"  # the directory of this test run, inherited by its worker processes
OWNER = "DOSSIERPOORT_TEST_OWNER"  # the process id of the test run
WITHOUT = "DOSSIERPOORT_TEST_WITHOUT"
DESCRIPTION = "service.json"

_SHAPES = {"postgres": "PostgresService", "s3": "S3Service", "clamd": "ClamdService"}


def start(name: str, directory: Path) -> Any:
    """Start the service in `directory`/name, or return the one that runs there already; raises ServiceError."""
    own = directory.absolute() / name
    description = own / DESCRIPTION
    with _locked(directory, name):
        if processes.alive(own) and description.exists():
            return _read(name, description)
        module = _module(name)
        module.stop(own)
        try:
            service = module.start(own)
        except BaseException:
            module.stop(own)
            raise
        description.touch(mode=0o600)
        description.write_text(json.dumps(asdict(service)))
        return service


def stop(name: str, directory: Path) -> None:
    """Stop the service that `start` started in this directory; that none runs there is no error."""
    with _locked(directory, name):
        own = directory.absolute() / name
        if own.exists():
            _module(name).stop(own)


def stop_all(directory: Path) -> None:
    """Stop all services in this directory and remove it."""
    if directory.exists():
        for name in NAMES:
            stop(name, directory)
        shutil.rmtree(directory, ignore_errors=True)


def variable(name: str) -> str:
    """The environment variable that names a service that runs already: `DOSSIERPOORT_TEST_POSTGRES` and so on."""
    return f"DOSSIERPOORT_TEST_{name.upper()}"


def obtain(name: str) -> Any:
    """The service of this test run, started at its first use; None when the environment says to do without it.

    `DOSSIERPOORT_TEST_POSTGRES`, `_S3` and `_CLAMD` hold the `service.json` of one that runs already (the command
    line prints it), for PostgreSQL also a URL. Raises ServiceError, with a sentence that says what to do.
    """
    if name in os.environ.get(WITHOUT, "").replace(",", " ").split():
        return None
    given = os.environ.get(variable(name))
    if given is None:
        directory = Path(os.environ[RUN])
        _guard(directory)
        return start(name, directory)
    if name == "postgres" and "://" in given:
        return _shape(name)(url=given)
    return _read(name, Path(given))


def begin_run() -> None:
    """Choose the directory of a test run and tell it, by the environment, to the processes of the run."""
    directory = Path(tempfile.mkdtemp(prefix="dossierpoort-", dir=_roomy()))
    directory.chmod(0o711)  # the postgres user must be able to pass through
    os.environ[RUN] = str(directory)
    os.environ[OWNER] = str(os.getpid())


def end_run() -> None:
    """Stop what this process began, and only that: a run inside a run leaves the outer one's services alone."""
    if os.environ.get(OWNER) == str(os.getpid()):
        stop_all(Path(os.environ.pop(RUN)))
        del os.environ[OWNER]


def _guard(directory: Path) -> None:
    """Start the process that clears the directory when the run ends without doing so, by kill -9 for instance."""
    with _locked(directory, "guard"):
        started = directory / "guard"
        if started.exists():
            return
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.services.guard", directory, os.environ[OWNER]],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
        )
        child.returncode = 0  # it outlives us on purpose; Popen would warn
        started.touch()


def _roomy() -> Path:
    """Memory when there is plenty, else the usual place."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 6 << 30:
        return memory
    return Path(tempfile.gettempdir())


def _module(name: str) -> ModuleType:
    """The module of a service; a run that does not need it does not pay for loading its client."""
    return importlib.import_module(f"tests.services.{name}")


def _shape(name: str) -> Any:
    return getattr(_module(name), _SHAPES[name])


def _read(name: str, description: Path) -> Any:
    try:
        return _shape(name)(**json.loads(description.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise processes.ServiceError(f"{variable(name)}: {description} describes no such service.") from error


@contextlib.contextmanager
def _locked(directory: Path, name: str) -> Iterator[None]:
    """Only one process at a time starts or stops this service; the lock ends with its holder."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
