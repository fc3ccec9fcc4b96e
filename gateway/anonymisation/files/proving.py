"""The proof on an output: other readers than those that made it, and a search in all that they read.

A reader that fails, a part that is not known, a word of the dossier: each blocks.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from PIL import Image

from gateway.anonymisation.choices import NONE, added_in, without
from gateway.anonymisation.files import office, proving_pdf, proving_zip
from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.leftovers import leftovers
from gateway.anonymisation.files.rich_text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from gateway.anonymisation.choices import Choices
    from gateway.anonymisation.identities import KnownIdentities
    from gateway.dossiers.files.limits import Limits

Reading = tuple[str, str, str]
"""Which reader, which part, and the text that it read there."""
_SECONDS: Final = 300
_ROUGH: Final = frozenset({"pdftotext", "pdfium", "pikepdf", "tesseract", "unzip", "bytes"})
_IMAGES: Final = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF"}
_SHEETS: Final = frozenset({"xlsx", "ods"})
_PACKAGES: Final = frozenset({"docx", "xlsx", "odt", "ods"})
_HARMLESS_INFO: Final = frozenset(
    {
        "dpi",
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "compression",
        "progressive",
        "progression",
        "resolution",
    }
)


@dataclass(slots=True)
class Proof:
    """Which readers read how much, and where something was left: (reader, part, kind), never the value."""

    readers: dict[str, Counter[str]] = field(default_factory=dict)
    left: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    pdf_a: dict[str, bool] | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing was left and nothing went unread."""
        return not self.left and not self.unknown and bool(self.readers)


def prove(
    path: Path,
    kind: str,
    known: KnownIdentities,
    found: Iterable[str],
    work: Path,
    limits: Limits,
    progress: Callable[[str, int, int], None],
    choices: Choices = NONE,
) -> Proof:
    """Read the output at `path` with every reader that there is for its kind, and search what each reads.

    What a reviewer let stay (`choices.keep`) does not block, and is counted in `kept`; what was added must be gone.

    Raises FileRefusedError when a reader is not installed or fails. Source: issue 7 (Proof on the output).
    """
    proof = Proof()
    wanted = sorted(set(found))
    done: set[str] = set()
    for reader, part, text in _readings(path, kind, work, limits, proof, progress):
        counts = proof.readers.setdefault(reader, Counter())
        counts["parts"] += 1
        counts["characters"] += len(text)
        if text in done:
            continue  # another reader read the very same
        done.add(text)
        found_again = [*leftovers(text, known, wanted, rough=reader in _ROUGH), *added_in(choices, text)]
        left, stayed = without(found_again, choices, text)
        proof.left += [(reader, part, find.kind) for find in left]
        proof.kept.update(find.kind for find in stayed)
    return proof


def _readings(
    path: Path, kind: str, work: Path, limits: Limits, proof: Proof, progress: Callable[[str, int, int], None]
) -> Iterator[Reading]:
    if kind == "pdf":
        yield from _pdf(path, work, limits, proof, progress)
    elif kind in _PACKAGES:
        yield from proving_zip.parts(path, limits, proof.unknown)
        yield from _on_paper(path, kind, work, limits, progress)
    elif kind == "rtf":
        yield "rtf", "tekst", plain(path.read_bytes())
        yield from _on_paper(path, kind, work, limits, progress)
    elif kind == "txt":
        yield "txt", "tekst", path.read_text(encoding="utf-8")
    else:
        yield from _image(path, kind, limits, proof)


def _on_paper(
    path: Path, kind: str, work: Path, limits: Limits, progress: Callable[[str, int, int], None]
) -> Iterator[Reading]:
    """As LibreOffice shows it. A workbook of ours holds no pictures: there the letters themselves are enough."""
    made = office.convert(path, kind, "pdf", work)
    yield from pdftotext(made)
    if kind not in _SHEETS:
        yield from proving_pdf.rendered(made, work, limits, progress)


def _pdf(
    path: Path, work: Path, limits: Limits, proof: Proof, progress: Callable[[str, int, int], None]
) -> Iterator[Reading]:
    yield from pdftotext(path)
    yield from proving_pdf.pdfium_text(path)
    yield from proving_pdf.objects(path, proof.unknown)
    yield from proving_pdf.rendered(path, work, limits, progress)
    proof.pdf_a = proving_pdf.conformance(path)


def pdftotext(path: Path) -> Iterator[Reading]:
    """Poppler's reading, page by page, in the order of the page and in that of the file."""
    program = shutil.which("pdftotext")
    if program is None:
        raise FileRefusedError("no_poppler")
    for order in ("-layout", "-raw"):
        command = [program, "-q", "-enc", "UTF-8", order, str(path), "-"]
        try:
            ended = subprocess.run(  # noqa: S603 - fixed command, our own file name
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefusedError("too_heavy") from error
        if ended.returncode != 0:
            raise FileRefusedError("unproven")
        for number, page in enumerate(ended.stdout.decode("utf-8", "replace").split("\f"), start=1):
            yield "pdftotext", f"pagina {number}", page


def _image(path: Path, kind: str, limits: Limits, proof: Proof) -> Iterator[Reading]:
    from gateway.anonymisation.files.pictures import DPI, frames  # noqa: PLC0415 - a circle otherwise
    from gateway.anonymisation.files.reading import read  # noqa: PLC0415 - as above
    from gateway.anonymisation.files.sideways import sideways  # noqa: PLC0415 - as above

    with Image.open(path, formats=[_IMAGES[kind]]) as image:
        if set(image.info) - _HARMLESS_INFO or len(image.getexif()) > (_TIFF_TAGS if kind == "tiff" else 0):
            proof.unknown.append("metadata van de afbeelding")
    yield "bytes", "bestand", proving_zip.printable(path.read_bytes())
    for number, frame in enumerate(frames(path, limits, (_IMAGES[kind],)), start=1):
        seen = read(frame, dpi=DPI)
        yield "tesseract", f"pagina {number}", seen.story("").text
        yield "tesseract", f"pagina {number}, gedraaid", sideways(frame, seen.words, dpi=DPI).story("").text


_TIFF_TAGS: Final = 20  # sizes, strips and resolution: TIFF keeps these where a photo keeps its story
