"""A sealed document made into its anonymised PDF: opened in scratch only, in the same two bounded processes.

The command writes a file where its user asks; here what was made exists while the block runs, and is sealed in it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.kinds import kind_of
from gateway.anonymisation.files.looking import LOOK
from gateway.anonymisation.files.reporting import Answers, Report
from gateway.anonymisation.files.running import CHILD, LIMITS, STALLED_SECONDS, answer_of, assert_ok, digest_of
from gateway.dossiers.files.confine import landlock_version
from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.sandbox import isolation, run_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gateway.anonymisation.choices import Choices
    from gateway.dossiers.files.limits import Limits
    from gateway.dossiers.files.scratch import Scratch

_LOOK_BYTES: Final = 64 * 1024 * 1024
_SIDE: Final = 16_383
_DOING: Final = frozenset({"lezen", "afdekken", "herschrijven", "nakijken"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Order:
    """What is to be made: whom the dossier knows, what the reviewer chose, and the extension of the file's name."""

    record: Mapping[str, Any]
    choices: Choices
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Picture:
    """One page of the result."""

    path: Path
    width: int
    height: int


@dataclass(slots=True, kw_only=True, repr=False)
class Made:
    """What came of it: `pdf` is None unless it was made and proven; `look` is what the process left for the review.

    `look` was written by a process that read hostile bytes: `gateway.anonymisation.looks` believes its form only.
    """

    code: str = "internal"
    written: dict[str, Any] = field(default_factory=dict)
    pdf: Path | None = None
    pictures: list[Picture] = field(default_factory=list)
    look: Any = None
    kept: dict[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def made_in(
    scratch: Scratch,
    write: Callable[[Path], None],
    order: Order,
    progress: Callable[[str, int, int], None],
    limits: Limits = LIMITS,
) -> Iterator[Made]:
    """Make and prove the anonymised PDF of what `write` puts in a file; it exists until the block ends.

    What the file does, refuses or holds becomes a code. Raises FilesError for what is not the file's fault (scratch
    full or unsafe, no child process), and whatever `write` raises: then the job is tried again.

    Source: issue 7 (True redaction of files, Proof on the output).
    """
    limits = replace(limits, max_scratch_bytes=scratch.limit)
    answers = Answers(network=bool(isolation()), landlock=landlock_version(), limits=limits)
    made = Made()
    with scratch.directory() as work:
        original = work / "original"
        write(original)
        try:
            _make(work, original, order, progress, answers, made)
            made.code = "ok"
        except (FileRefusedError, RefusedError) as refusal:
            made.code, made.pdf = refusal.code, None
        report = Report.made(answers, original) if made.pdf is not None else Report.refused(answers, made.code)
        made.written = report.written
        yield made


def _make(
    work: Path,
    original: Path,
    order: Order,
    progress: Callable[[str, int, int], None],
    answers: Answers,
    made: Made,
) -> None:
    limits, into, pdf = answers.limits, work / "out", work / "made.pdf"
    into.mkdir(mode=0o700)
    answers.input_bytes, answers.input_sha256 = original.stat().st_size, digest_of(original)
    if answers.input_bytes > limits.max_bytes:
        raise FileRefusedError("too_large")
    answers.input_kind, answers.output_kind = kind_of(original, order.extension).name, "pdf"
    job = {
        "work": str(work),
        "into": str(into),
        "path": str(original),
        "out": str(pdf),
        "kind": answers.input_kind,
        "as_pdf": True,
        "record": dict(order.record),
        "choices": order.choices.to_json(),
        "stem": "document",
        "look": True,
        "pages": True,
        "limits": asdict(limits),
    }
    tell = _teller(work, progress)
    redacted = answer_of(run_child(CHILD, {**job, "stage": "redact"}, work, limits, on_tick=tell))
    answers.redacted = redacted
    made.look = _look(into)
    assert_ok(redacted)
    original.unlink()
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(mode=0o700)
    if pdf.is_symlink() or not pdf.is_file():
        raise FileRefusedError("internal")
    digest = digest_of(pdf)
    proving = {**job, "stage": "prove", "kind": "pdf", "found": redacted.get("found", [])}
    answers.proven = answer_of(run_child(CHILD, proving, work, limits, on_tick=tell))
    assert_ok(answers.proven)
    if digest_of(pdf) != digest:
        raise FileRefusedError("internal")
    made.pictures = _pictures(into, answers.proven.get("pictures"), limits)
    made.kept = {str(kind): int(count) for kind, count in dict(answers.proven.get("kept") or {}).items()}
    answers.output_bytes, answers.output_sha256 = pdf.stat().st_size, digest
    answers.redacted["pages"] = len(made.pictures)
    made.pdf = pdf


def _look(into: Path) -> Any:
    """What the review may show; nothing where the process left nothing that can be read."""
    place = into / LOOK
    try:
        if place.is_symlink() or place.stat().st_size > _LOOK_BYTES:
            return None
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _pictures(into: Path, told: object, limits: Limits) -> list[Picture]:
    """The pages as pictures, as far as what was told fits what is there."""
    pictures: list[Picture] = []
    if not isinstance(told, list) or not 0 < len(told) <= limits.max_pages:
        raise FileRefusedError("internal")
    for number, size in enumerate(told, start=1):
        path = into / f"page-{number:04d}.webp"
        if path.is_symlink() or not path.is_file() or not _is_size(size):
            raise FileRefusedError("internal")
        with path.open("rb") as file:
            head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WEBP":
            raise FileRefusedError("internal")
        pictures.append(Picture(path=path, width=size[0], height=size[1]))
    return pictures


def _is_size(told: object) -> bool:
    pair = 2
    return isinstance(told, list) and len(told) == pair and all(isinstance(x, int) and 0 < x <= _SIDE for x in told)


def _teller(work: Path, progress: Callable[[str, int, int], None]) -> Callable[[], None]:
    """Reads the line that the process leaves, and stops what stands still too long."""
    told, since = "", time.monotonic()

    def tell() -> None:
        nonlocal told, since
        with contextlib.suppress(OSError):
            line = (work / "progress").read_text(encoding="ascii", errors="replace")[:80]
            if line != told:
                told, since = line, time.monotonic()
                doing, *numbers = line.split()
                if doing in _DOING and all(map(str.isdigit, numbers)):
                    done, of = (int(number) for number in (*numbers, "0", "0")[:2])
                    progress(doing, done, of)
        if time.monotonic() - since > STALLED_SECONDS:
            raise FileRefusedError("too_heavy")

    return tell
