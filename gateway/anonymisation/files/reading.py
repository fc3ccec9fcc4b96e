"""What tesseract reads in a picture: words with their places, as a text that can be masked by drawing."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.slots import Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image

WHOLE_PAGE: Final = 3
"""Tesseract's way for a page: columns, paragraphs, lines."""
SPARSE: Final = 11
"""Its way for loose words: whatever it can find, in no order; another pair of eyes."""
LANGUAGE: Final = "nld"
_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_SECONDS: Final = 180
_DOUBTFUL: Final = 55.0
_MANY_DOUBTFUL: Final = 0.35
_FEW_WORDS: Final = 8
_TURNS: Final = {90: 270, 180: 180, 270: 90}


@dataclass(slots=True)
class Word:
    """One word in a picture, in pixels; `covered` is what stands in its place once it is boxed (None: it stays)."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    line: tuple[int, ...] = ()
    confidence: float = 100.0
    covered: str | None = None

    def write(self, text: str) -> None:
        """Box this word; `text` is drawn in the box where it fits."""
        self.covered = text


@dataclass(slots=True)
class Scan:
    """The words of one picture, in reading order."""

    words: list[Word] = field(default_factory=list)

    def story(self, name: str) -> Story:
        """The words as a text; masking it marks the words to be boxed."""
        story = Story(name)
        for before, word in zip([None, *self.words], self.words, strict=False):
            if before is not None:
                story.gap(" " if before.line == word.line else "\n")
            story.add(word.text, word)
        return story

    @property
    def doubtful(self) -> float:
        """The share of words that tesseract is not sure of: handwriting, a bad scan, a pattern."""
        if not self.words:
            return 0.0
        return sum(1 for word in self.words if word.confidence < _DOUBTFUL) / len(self.words)


def assert_there() -> None:
    """Raises FileRefusedError("no_tesseract") when tesseract or its Dutch is not installed."""
    program = shutil.which("tesseract")
    listed = "" if program is None else _run([program, "--list-langs"]).stdout.decode(errors="replace")
    if LANGUAGE not in listed.split():
        raise FileRefusedError("no_tesseract")


def read(picture: Image.Image, *, dpi: int, way: int = WHOLE_PAGE, text_pdf: Path | None = None) -> Scan:
    """What stands in `picture`; with `text_pdf` also written there as an invisible text layer.

    Raises FileRefusedError("no_tesseract") without tesseract, ("too_heavy") when it takes too long, ("broken") when it
    fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, base = Path(folder, "in.pgm"), Path(folder, "out")
        picture.convert("L").save(source)
        command = ["tesseract", str(source), str(base), "-l", LANGUAGE, "--psm", str(way), "--dpi", str(dpi)]
        wanted = ["tsv"] if text_pdf is None else ["-c", "textonly_pdf=1", "tsv", "pdf"]
        done = _run([*command, *wanted])
        table = base.with_suffix(".tsv")
        if done.returncode != 0 or not table.is_file():
            raise FileRefusedError("broken")
        if text_pdf is not None:
            shutil.move(base.with_suffix(".pdf"), text_pdf)
        return Scan(words=list(_words(table.read_text(encoding="utf-8", errors="replace").splitlines()[1:])))


def turned(picture: Image.Image, scan: Scan, *, dpi: int) -> int:
    """By how many degrees, counter-clockwise, the picture must be turned to be read; 0 when its words are read well."""
    if len(scan.words) >= _FEW_WORDS and scan.doubtful < _MANY_DOUBTFUL:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.pgm")
        picture.convert("L").save(source)
        done = _run(["tesseract", str(source), "stdout", "-l", "osd", "--psm", "0", "--dpi", str(dpi)])
    for line in done.stdout.decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == "Rotate" and value.strip().isdigit():
            return _TURNS.get(int(value), 0)
    return 0


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - fixed command, our own file names
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except FileNotFoundError as error:
        raise FileRefusedError("no_tesseract") from error
    except subprocess.TimeoutExpired as error:
        raise FileRefusedError("too_heavy") from error


def _words(lines: Iterable[str]) -> Iterable[Word]:
    for line in lines:
        cells = line.split("\t", _COLUMNS - 1)
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        left, top, width, height = (int(cell) for cell in cells[6:10])
        yield Word(
            text=cells[11].strip(),
            left=left,
            top=top,
            right=left + width,
            bottom=top + height,
            line=tuple(int(cell) for cell in cells[1:5]),
            confidence=float(cells[10]),
        )
