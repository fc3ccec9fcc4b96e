"""Is this installation fit to run? Each finding says what was looked at, how it stands and what to do."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crypto.errors import CryptoError, KeyringError
from gateway import doctor_log, doctor_secrets, hardening, migrate
from gateway.backup import places
from gateway.config import Settings, temporary_directory_is_memory
from gateway.db import Database
from gateway.destruction.standing import standing
from gateway.dossiers.files.errors import FilesError
from gateway.dossiers.files.scan import ClamdScanner
from gateway.dossiers.files.scratch import Scratch, swap_in_use
from gateway.errors import GatewayError, UnavailableError
from gateway.jobs import queue
from gateway.services import build, open_keyring, open_storage
from gateway.storage import S3Storage, StorageError, has_object_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.services import Services

BUILT_YEAR = 2026
_NO_DATABASE = "the database is not there or does not answer: for a new one run `dossierpoort migrate`, else start it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `state` is good, warn (works, but mind it) or bad (will not work)."""

    what: str
    state: str
    text: str


def reason_not_to_start(services: Services) -> str | None:
    """The one sentence for which the start must stop: pending migrations, or a scratch directory on a disk."""
    version = migrate.current(services.db)
    if version != migrate.head():
        return "The database is not at the present version. Run `dossierpoort migrate`, then start again."
    try:
        services.scratch.assert_safe()
    except FilesError as error:
        return str(error)
    return None


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed but a probe object that is removed again."""
    looks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("configuration", _configuration),
        ("secrets", _secrets),
        ("strength", _strength),
        ("core dumps", _core),
        ("keyring", _keyring),
        ("escrow", _escrow),
        ("database", _database),
        ("storage", _storage),
        ("scratch", _scratch),
        ("swap", _swap),
        ("temporary files", _temporary),
        ("clamd", _clamd),
        ("gpg", _gpg),
        ("LibreOffice", _office),
        ("clock", _clock),
        ("worker", _worker),
        ("checkpoints elsewhere", _copies),
        ("witnesses", _witnesses),
        ("destruction", _destruction),
        ("backup", _backup),
    )
    findings: list[Finding] = []
    for what, look in looks:
        try:
            findings.append(look(settings))
        except UnavailableError:
            findings.append(Finding(what=what, state="bad", text=_NO_DATABASE))
        except KeyringError as error:
            findings.append(Finding(what=what, state="bad", text=f"{error}; for a new one: `dossierpoort keys init`"))
        except (GatewayError, CryptoError, StorageError, FilesError, OSError) as error:
            findings.append(Finding(what=what, state="bad", text=str(error) or type(error).__name__))
        except SQLAlchemyError:  # a table that is not there yet; the text of the error may hold an address
            findings.append(Finding(what=what, state="bad", text="pending migrations: run `dossierpoort migrate`"))
    return findings


def _good(what: str, said: str) -> Finding:
    return Finding(what=what, state="good", text=said)


def _configuration(settings: Settings) -> Finding:
    if settings.demo:
        return Finding(what="configuration", state="warn", text="this is a demo: everyone knows its passwords")
    if not settings.secure_cookies:
        return Finding(what="configuration", state="warn", text="base_url is not https: cookies travel unprotected")
    return _good("configuration", f"portal at {settings.base_url}")


def _secrets(settings: Settings) -> Finding:
    state, said = doctor_secrets.look_at_secrets(settings)
    return Finding(what="secrets", state=state, text=said)


def _strength(settings: Settings) -> Finding:
    state, said = doctor_secrets.look_at_strength(settings, datetime.now(UTC).date())
    return Finding(what="strength", state=state, text=said)


def _core(_settings: Settings) -> Finding:
    if hardening.dumpable():
        return Finding(what="core dumps", state="warn", text="the kernel would write keys to a disk")
    return _good("core dumps", "off, also for programs that collect them")


def _keyring(settings: Settings) -> Finding:
    keyring = open_keyring(settings)
    if settings.keyring.resolve().is_relative_to(settings.data_dir.resolve()):
        return Finding(
            what="keyring",
            state="warn",
            text="lies in the data directory: its backups would hold keys and data together; move it",
        )
    return _good("keyring", f"{len(keyring.period_keys())} keys")


def _escrow(settings: Settings) -> Finding:
    keyring = open_keyring(settings)
    outdated = [one for one in keyring.escrows() if one.root_id != keyring.root_id]
    made = len(keyring.escrows()) - len(outdated)
    if not made:
        text = "no sheets open this keyring: a lost root secret loses everything; `dossierpoort keys escrow make`"
        return Finding(what="escrow", state="warn", text=text)
    if outdated:
        text = "sheets of an older root secret are still registered: destroy them; `dossierpoort keys escrow list`"
        return Finding(what="escrow", state="warn", text=text)
    return _good("escrow", f"{made} set(s) of sheets")


def _database(settings: Settings) -> Finding:
    db = Database(settings.database)
    with db.reading() as session:
        session.execute(text("SELECT 1"))
    if migrate.current(db) != migrate.head():
        return Finding(what="database", state="bad", text="pending migrations: run `dossierpoort migrate`")
    return _good("database", db.url.get_backend_name())


def _storage(settings: Settings) -> Finding:
    storage = open_storage(settings)
    storage.check()
    if isinstance(storage, S3Storage) and has_object_lock(storage):
        return Finding(
            what="storage",
            state="bad",
            text="the bucket of the dossiers has Object Lock: what is erased would stay. Move to a bucket without.",
        )
    return _good("storage", settings.storage)


def _scratch(settings: Settings) -> Finding:
    Scratch(settings.scratch, limit=settings.scratch_limit).assert_safe()
    return _good("scratch", f"{settings.scratch} in memory")


def _swap(_settings: Settings) -> Finding:
    used = swap_in_use()
    if used:
        return Finding(
            what="swap",
            state="warn",
            text=f"in use ({', '.join(used)}): memory may reach a disk; switch it off or encrypt it",
        )
    return _good("swap", "none")


def _temporary(_settings: Settings) -> Finding:
    if temporary_directory_is_memory():
        return _good("temporary files", "in memory")
    return Finding(
        what="temporary files",
        state="warn",
        text="the system's temporary directory is on a disk; the gateway itself writes nothing readable there",
    )


def _clamd(settings: Settings) -> Finding:
    if not settings.clamd:
        return Finding(
            what="clamd", state="warn", text="no virus scanner is set; the screen says so. Set DOSSIERPOORT_CLAMD."
        )
    if ClamdScanner(settings.clamd).ping():
        return _good("clamd", "answers")
    return Finding(
        what="clamd",
        state="bad",
        text="does not answer: start clamd, or correct DOSSIERPOORT_CLAMD. Documents stay in check.",
    )


def _gpg(_settings: Settings) -> Finding:
    if shutil.which("gpg") is None:
        return Finding(what="gpg", state="bad", text="not installed: OpenPGP packages cannot be made. Install gnupg.")
    found = subprocess.run(["gpg", "--version"], capture_output=True, text=True, check=False, timeout=20)  # noqa: S607 - found on PATH above
    return _good("gpg", found.stdout.splitlines()[0])


def _office(_settings: Settings) -> Finding:
    if shutil.which("soffice") is None:
        return Finding(
            what="LibreOffice",
            state="bad",
            text="not installed: office files stay in check. "
            "Install libreoffice-writer-nogui and libreoffice-calc-nogui.",
        )
    return _good("LibreOffice", "installed")


def _clock(_settings: Settings) -> Finding:
    if datetime.now(UTC).year < BUILT_YEAR:
        return Finding(
            what="clock", state="bad", text="the system clock is years behind: set it, or terms and the log are wrong"
        )
    if abs(time.time() - datetime.now(UTC).timestamp()) > 1:
        return Finding(what="clock", state="bad", text="the system clock jumps: check time synchronisation")
    return _good("clock", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _worker(settings: Settings) -> Finding:
    db = Database(settings.database)
    with db.reading() as session:
        if queue.is_late(session, datetime.now(UTC)):
            return Finding(
                what="worker",
                state="warn",
                text="no heartbeat: start `dossierpoort worker`; new documents stay in check",
            )
        counts = queue.counts(session)
    if counts.get("failed"):
        return Finding(what="worker", state="warn", text=f"lives; {counts['failed']} jobs were given up")
    return _good("worker", f"lives; {counts.get('queued', 0)} jobs wait")


def _copies(settings: Settings) -> Finding:
    state, said = doctor_log.look_at_copies(settings)
    return Finding(what="checkpoints elsewhere", state=state, text=said)


def _witnesses(settings: Settings) -> Finding:
    state, said = doctor_log.look_at_witnesses(settings)
    return Finding(what="witnesses", state=state, text=said)


def _destruction(settings: Settings) -> Finding:
    state, said = standing(build(settings), datetime.now(UTC))
    return Finding(what="destruction", state=state, text=said)


def _backup(settings: Settings) -> Finding:
    state, said = places.standing(settings, datetime.now(UTC))
    return Finding(what="backup", state=state, text=said)
