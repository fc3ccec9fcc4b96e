"""A throw-away clamd on a Unix socket that knows one signature: the harmless test file of EICAR."""

import contextlib
import shutil
import signal
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.services import processes

_MEMORY = Path("/dev/shm")
_SPOOL = "spool"
SIGNATURE = "Eicar-Test-Signature"
# Kept reversed, so that no scanner of a workstation takes this source file for the test file itself.
_EICAR = rb"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X"


def eicar() -> bytes:
    """The 68 bytes that every scanner reports and that do nothing."""
    return _EICAR[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClamdService:
    """The path of the socket, and the directory on tmpfs where clamd spools what it is sent."""

    socket: str
    scratch: str


def start(directory: Path) -> ClamdService:
    """Start clamd in this new directory, with its spool in memory; raises ServiceError."""
    server = processes.program("clamd", package="clamav-daemon")
    database = directory / "db"
    database.mkdir(parents=True, mode=0o700)
    spool = _spool(directory)
    (database / "local.ndb").write_text(f"{SIGNATURE}:0:*:{eicar().hex()}\n")
    address = directory / "clamd.sock"
    settings = {
        "DatabaseDirectory": database,
        "LocalSocket": address,
        "LocalSocketMode": "600",
        "TemporaryDirectory": spool,
        "StreamMaxLength": "300M",
        "MaxScanSize": "400M",
        "MaxFileSize": "300M",
        "AlertExceedsMax": "yes",
        "MaxThreads": "4",
        "SelfCheck": "0",
        "Foreground": "yes",
        "LogFile": directory / "clamd.log",
    }
    config = directory / "clamd.conf"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = processes.spawn(directory, "clamd", [server, "--config-file", config])
    processes.wait_until(
        lambda: _answers(address), process=process, log=directory / "clamd.out", what="clamd", seconds=30
    )
    return ClamdService(socket=str(address), scratch=str(spool))


def stop(directory: Path) -> None:
    """Stop clamd and remove its directory and its spool."""
    spool = (directory / _SPOOL).resolve()
    processes.stop(directory, how=signal.SIGTERM)
    shutil.rmtree(spool, ignore_errors=True)


def _spool(directory: Path) -> Path:
    """A private directory in memory, with a link to it: clamd writes there what it is sent, readable."""
    if not _MEMORY.is_dir():
        raise processes.ServiceError("clamd needs /dev/shm: what it is sent may not touch a disk, not even in tests.")
    spool = Path(tempfile.mkdtemp(prefix="dossierpoort-spool-", dir=_MEMORY))
    (directory / _SPOOL).symlink_to(spool)
    return spool


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.settimeout(2)
        probe.connect(str(address))
        probe.sendall(b"zPING\0")
        return probe.recv(16) == b"PONG\0"
    return False
