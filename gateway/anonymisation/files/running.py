"""One file anonymised from beginning to end: two bounded processes, scratch in memory, and an output only if proven."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.kinds import ALL, kind_of
from gateway.anonymisation.files.reporting import Answers, Report
from gateway.dossiers.files.confine import landlock_version
from gateway.dossiers.files.errors import FilesError, RefusedError
from gateway.dossiers.files.limits import MIB, Limits
from gateway.dossiers.files.sandbox import isolation, run_child
from gateway.dossiers.files.scratch import DEFAULT_LIMIT, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHILD: Final = "gateway.anonymisation.files.child"
_FIRST_SECONDS: Final = 300
_SECONDS_PER_PAGE: Final = 25
LIMITS: Final = Limits(
    max_pixels=100_000_000,
    seconds=_FIRST_SECONDS + 500 * _SECONDS_PER_PAGE,
    cpu_seconds=_FIRST_SECONDS + 500 * _SECONDS_PER_PAGE,
    memory_bytes=4 * 1024 * MIB,
)
"""Time for 500 pages read four times each; the parts of a page have bounds of their own."""
_LEAST_SCRATCH: Final = 200 * MIB
_SCRATCH_SHARE: Final = 0.8
STALLED_SECONDS: Final = 300.0
"""Longest time for one step of the work: a page, a conversion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: the file, the dossier record, and the form of the result; `out` None: a name is chosen."""

    path: Path
    record: Mapping[str, Any]
    out: Path | None = None
    as_pdf: bool = False


def anonymise_file(
    wish: Wish, *, limits: Limits = LIMITS, progress: Callable[[str], None] = lambda _line: None
) -> Report:
    """Make the anonymised file and say how; the report's `out` is None, and there is no output file, when it failed.

    Raises nothing for what a file, a dossier or a machine does wrong: the report says it, in Dutch, without a value.

    Source: issue 7 (True redaction of files, Proof on the output).
    """
    answers = Answers(network=bool(isolation()), landlock=landlock_version(), limits=limits)
    try:
        return _anonymise(wish, limits, progress, answers)
    except (FileRefusedError, RefusedError) as refusal:
        return Report.refused(answers, refusal.code, getattr(refusal, "detail", ""))
    except FilesError:
        return Report.refused(answers, "no_sandbox")


def _anonymise(wish: Wish, limits: Limits, progress: Callable[[str], None], answers: Answers) -> Report:
    source = _opened(wish.path, limits)
    with source:
        scratch = _scratch()
        limits = replace(limits, max_scratch_bytes=scratch.limit)
        with scratch.directory() as work:
            into = work / "out"
            into.mkdir(mode=0o700)
            original = work / "original"
            with original.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            answers.input_bytes, answers.input_sha256 = original.stat().st_size, digest_of(original)
            kind = kind_of(original, wish.path.suffix.removeprefix("."))
            answers.input_kind = kind.name
            answers.output_kind = "pdf" if wish.as_pdf else kind.name
            out = _wanted(wish, answers.output_kind)
            _assert_writable((out or wish.path).parent)
            return _stages(wish, limits, progress, answers, work, out)


def _stages(
    wish: Wish, limits: Limits, progress: Callable[[str], None], answers: Answers, work: Path, out: Path | None
) -> Report:
    made = work / f"made.{answers.output_kind}"
    job = {
        "work": str(work),
        "into": str(work / "out"),
        "path": str(work / "original"),
        "out": str(made),
        "kind": answers.input_kind,
        "as_pdf": wish.as_pdf,
        "record": dict(wish.record),
        "stem": wish.path.stem,
        "limits": asdict(limits),
    }
    tell = _teller(work, progress)
    redacted = answer_of(run_child(CHILD, {**job, "stage": "redact"}, work, limits, on_tick=tell))
    answers.redacted = redacted
    assert_ok(redacted)
    (work / "original").unlink()
    shutil.rmtree(work / "out", ignore_errors=True)
    (work / "out").mkdir(mode=0o700)
    if made.is_symlink() or not made.is_file():
        raise FileRefusedError("internal")
    digest = digest_of(made)
    proving = {**job, "stage": "prove", "kind": answers.output_kind, "found": redacted.get("found", [])}
    answers.proven = answer_of(run_child(CHILD, proving, work, limits, on_tick=tell))
    assert_ok(answers.proven)
    if digest_of(made) != digest:
        raise FileRefusedError("internal")
    answers.output_bytes, answers.output_sha256 = made.stat().st_size, digest
    place = out or _chosen(wish, answers)
    _put(made, place)
    return Report.made(answers, place)


def _opened(path: Path, limits: Limits) -> Any:
    """The file, opened without following a link; raises FileRefusedError for what is no plain file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError("not_a_file" if path.is_symlink() else "missing") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0 or status.st_size > limits.max_bytes:
        os.close(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileRefusedError("not_a_file")
        raise FileRefusedError("too_large" if status.st_size else "empty")
    return os.fdopen(handle, "rb")


def _scratch() -> Scratch:
    """A scratch directory in memory: where the setting says, or where a machine usually has one."""
    places = [os.environ.get("DOSSIERPOORT_SCRATCH"), f"/dev/shm/dossierpoort-{os.geteuid()}"]  # noqa: S108 - tmpfs on purpose, made private by Scratch
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for place in filter(None, [*places, runtime and f"{runtime}/dossierpoort"]):
        with contextlib.suppress(FilesError, OSError):
            root = Path(place)
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = int(shutil.disk_usage(root).free * _SCRATCH_SHARE)
            scratch = Scratch(root, limit=min(DEFAULT_LIMIT, free))
            scratch.sweep()  # what a process that was killed left behind
            if free >= _LEAST_SCRATCH:
                return scratch
    raise FileRefusedError("no_scratch")


def _wanted(wish: Wish, kind: str) -> Path | None:
    """The place asked for, when it fits and is free."""
    if wish.out is None:
        return None
    if wish.out.suffix.removeprefix(".").lower() not in ALL[kind].extensions:
        raise FileRefusedError("out_kind")
    _assert_free(wish.out)
    return wish.out


def _assert_free(place: Path) -> None:
    if place.is_symlink() or place.exists():
        raise FileRefusedError("exists")
    _assert_writable(place.parent)


def _assert_writable(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise FileRefusedError("no_place")


def _chosen(wish: Wish, answers: Answers) -> Path:
    """A name that says what it is; the name of the source only where that points to nobody."""
    stem = wish.path.stem if answers.redacted.get("name_is_clean") is True else "document"
    suffix = wish.path.suffix if not wish.as_pdf else ".pdf"
    place = wish.path.parent / f"{stem}-geanonimiseerd{suffix}"
    _assert_free(place)
    return place


def _put(made: Path, place: Path) -> None:
    """Copy to its place in one step: whole or not at all, and never over another file."""
    making = place.parent / f".{os.urandom(8).hex()}.dossierpoort"
    try:
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as target, made.open("rb") as source:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        os.link(making, place)
    except FileExistsError as error:
        raise FileRefusedError("exists") from error
    except OSError as error:
        raise FileRefusedError("no_place") from error
    finally:
        making.unlink(missing_ok=True)


def answer_of(written: bytes) -> dict[str, Any]:
    """The child parsed hostile bytes: its answer is believed as far as its form goes, its output is proven."""
    try:
        answer = json.loads(written)
    except ValueError as error:
        raise FileRefusedError("internal") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), str):
        raise FileRefusedError("internal")
    return answer


def assert_ok(answer: dict[str, Any]) -> None:
    """Raise FileRefusedError with the code of an answer that is not `ok`."""
    if answer["code"] != "ok":
        raise FileRefusedError(answer["code"])


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _teller(work: Path, progress: Callable[[str], None]) -> Callable[[], None]:
    told, since = "", time.monotonic()

    def tell() -> None:
        nonlocal told, since
        with contextlib.suppress(OSError):
            line = (work / "progress").read_text(encoding="ascii", errors="replace")[:80]
            if line != told:
                told, since = line, time.monotonic()
                doing, _, numbers = line.partition(" ")
                done, _, of = numbers.partition(" ")
                progress(f"{doing} {done}/{of}")
        if time.monotonic() - since > STALLED_SECONDS:
            raise FileRefusedError("too_heavy")

    return tell
