"""A real portal for a test: gunicorn and the worker as processes of their own, on a free port, with their own directories."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from crypto.keyring_file import generate_root_secret
from gateway.config import load
from gateway.ids import new_id
from gateway.services import build
from tests.services import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.services import Services

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "gateway.cli")


@dataclass
class Portal:
    """Where everything of this portal lies, and its processes."""

    root: Path
    port: int = field(default_factory=processes.free_port)
    web: psutil.Process | None = None
    worker: psutil.Process | None = None
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.data, self.keys, self.temporary, self.home, self.logs):
            path.mkdir(parents=True, mode=0o700)
        self.scratch = Path("/dev/shm") / f"dossierpoort-test-{new_id()[:12]}"
        self.secrets = {
            name: generate_root_secret() for name in ("DOSSIERPOORT_ROOT_SECRET", "DOSSIERPOORT_COOKIE_SECRET")
        }

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def on_disk(self) -> tuple[Path, ...]:
        """Every place where this portal may write a file that outlives a power cut."""
        return (self.data, self.keys, self.temporary, self.home, self.logs)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.secrets,
            "DOSSIERPOORT_DATA_DIR": str(self.data),
            "DOSSIERPOORT_KEYRING": str(self.keys / "keyring"),
            "DOSSIERPOORT_SCRATCH": str(self.scratch),
            "DOSSIERPOORT_SCRATCH_LIMIT": "1000000000",
            "DOSSIERPOORT_DEMO": "1",
            "DOSSIERPOORT_BASE_URL": self.address,
            "TMPDIR": str(self.temporary),
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        }

    def run(self, *words: str) -> str:
        """Run one command of the command line to its end; raises ServiceError with its last words."""
        return processes.run([*COMMAND, *words], env=self.environment)

    def services(self) -> Services:
        """The same installation in this process: to prepare data, or to look at what the portal kept."""
        return build(load(self.environment))

    def start_web(self) -> None:
        """Start gunicorn and wait until it answers."""
        self.web = processes.spawn(
            self.logs, "web", [*COMMAND, "serve", "--bind", f"127.0.0.1:{self.port}"], env=self.environment
        )
        processes.wait_until(self._answers, process=self.web, log=self.logs / "web.out", what="The portal")

    def start_worker(self) -> None:
        """Start the worker."""
        self.worker = processes.spawn(self.logs, "worker", [*COMMAND, "worker"], env=self.environment)

    def tree(self) -> list[psutil.Process]:
        """All processes of this portal that live now."""
        found = []
        for parent in (self.web, self.worker):
            if parent is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    found += [parent, *parent.children(recursive=True)]
        return found

    def kill(self, parent: psutil.Process | None) -> None:
        """Kill a process with all it started, without a word of warning."""
        assert parent is not None
        family = [parent, *parent.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=10)

    def log_texts(self) -> dict[str, str]:
        """What the processes wrote so far."""
        return {path.name: path.read_text(errors="replace") for path in self.logs.glob("*.out")}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


@contextlib.contextmanager
def running(root: Path, *, web: bool = True, worker: bool = True) -> Iterator[Portal]:
    """A portal with the demo's people, started as its README says; it is stopped for certain, also when this process dies."""
    portal = Portal(root)
    guard = _guard(portal)
    try:
        portal.run("keys", "init")
        portal.run("migrate")
        portal.run("demo", "--quiet")
        if web:
            portal.start_web()
        if worker:
            portal.start_worker()
        yield portal
    finally:
        processes.stop(portal.logs, patience=20)
        shutil.rmtree(portal.scratch, ignore_errors=True)
        guard.terminate()
        guard.wait(timeout=10)


def _guard(portal: Portal) -> subprocess.Popen[bytes]:
    """A small process that stops the portal when this one is gone without having done so."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.browser.portal", str(os.getpid()), str(portal.logs), str(portal.scratch)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _watch(owner: int, logs: Path, scratch: Path) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(owner).wait()
    processes.stop(logs)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    _watch(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
