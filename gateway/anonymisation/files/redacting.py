"""From a file to a new file in which everything found is gone: which road each kind takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from gateway.anonymisation.files import office, reading
from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.opendocument import OpenDocument
from gateway.anonymisation.files.packages import Package
from gateway.anonymisation.files.pages import ImagePages, PdfPages
from gateway.anonymisation.files.pdf_layers import count_layers
from gateway.anonymisation.files.pdf_writing import write_pdf
from gateway.anonymisation.files.pictures import Pictures
from gateway.anonymisation.files.raster import RasterRoad
from gateway.anonymisation.files.residual import Hint, hints
from gateway.anonymisation.files.sheets import Workbook
from gateway.anonymisation.files.slots import Story
from gateway.anonymisation.files.word import WordDocument
from gateway.anonymisation.language import in_another_language
from gateway.dossiers.files.text_checks import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.anonymisation.choices import Area
    from gateway.anonymisation.files.masker import Masker
    from gateway.anonymisation.files.raster import PageMade
    from gateway.dossiers.files.limits import Limits

_IMAGES: Final = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF"}
_PICTURE_ROUNDS: Final = 3


@dataclass(slots=True, kw_only=True)
class Redacted:
    """What was made at `path`, and what a report says of it."""

    path: Path
    pages: int | None = None
    layers: Counter[str] = field(default_factory=Counter)
    warnings: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    hints: tuple[Hint, ...] = ()


class Redaction:
    """One file, from reading to writing; `work` is its scratch. Source: issue 7 (True redaction of files)."""

    def __init__(
        self,
        masker: Masker,
        work: Path,
        limits: Limits,
        progress: Callable[[str, int, int], None],
        areas: Sequence[Area] = (),
    ) -> None:
        self._masker = masker
        self._areas = areas
        self._work = work
        self._limits = limits
        self._progress = progress
        self._layers: Counter[str] = Counter()
        self._warnings: list[tuple[str, tuple[int, ...]]] = []
        self._stories: list[Story] = []

    def run(self, path: Path, kind: str, out: Path, *, as_pdf: bool) -> Redacted:
        """Make `out` from the file at `path`; raises FileRefusedError with the reason why not."""
        pages = None
        if kind == "pdf" or kind in _IMAGES:
            pages = self._by_pictures(path, kind, out, as_pdf=as_pdf)
        elif kind == "txt":
            self._plain(path, out, as_pdf=as_pdf)
        else:
            self._office(path, kind, out, as_pdf=as_pdf)
        if pages is None and as_pdf and self._areas:
            self._cover(out)
        self._look_at_whole()
        if not any(story.text.strip() for story in self._stories):
            self._warnings.append(("no_text", ()))
        if self._layers["pictures"]:
            self._warnings.append(("pictures_in_document", ()))
        if self._layers["pictures_dropped"] or self._layers["drawings"] or self._layers["charts"]:
            self._warnings.append(("pictures_dropped", ()))
        if self._layers["formulas"]:
            self._warnings.append(("formulas", ()))
        return Redacted(
            path=out,
            pages=pages,
            layers=self._layers,
            warnings=self._warnings,
            hints=hints([(story.name, story.text) for story in self._stories]),
        )

    def _look_at_whole(self) -> None:
        """What only shows in the whole: the heading names another pupil, or the language is another."""
        whole = "\n".join(looked.text for looked in self._masker.looked)
        if self._masker.names_another(whole):
            self._warnings.append(("other_pupil_named", ()))
        if in_another_language(whole):
            self._warnings.append(("other_language", ()))

    def _mask(self, stories: list[Story]) -> None:
        self._stories = stories
        self._masker.mask(stories)

    def _plain(self, path: Path, out: Path, *, as_pdf: bool) -> None:
        holder = _Plain()
        story = Story("tekst")
        story.add(decode_text(path.read_bytes()), holder)
        self._mask([story])
        made = out if not as_pdf else self._work / "clean.txt"
        made.write_text(story.text, encoding="utf-8", newline="")
        if as_pdf:
            office.assert_there()
            self._move(office.convert(made, "txt", "pdf", self._work), out)

    def _office(self, path: Path, kind: str, out: Path, *, as_pdf: bool) -> None:
        reading.assert_there()
        inner = "odt" if kind == "rtf" else kind
        if as_pdf or kind == "rtf":
            office.assert_there()
        source = office.convert(path, "rtf", "odt", self._work) if kind == "rtf" else path
        made = self._work / f"clean.{inner}"
        self._progress("lezen", 0, 1)
        self._rewrite(source, inner, made, on_paper=as_pdf)
        self._progress("herschrijven", 1, 1)
        to = "pdf" if as_pdf else kind
        if to != inner:
            made = office.convert(made, inner, to, self._work)
        self._move(made, out)

    def _rewrite(self, source: Path, kind: str, made: Path, *, on_paper: bool) -> None:
        package = Package(source, self._limits)
        pictures = Pictures(self._limits, self._layers)
        document: Any
        if kind == "docx":
            document = WordDocument(package, pictures, self._layers)
        elif kind == "xlsx":
            document = Workbook(package, self._layers)
        else:
            document = OpenDocument(package, pictures, self._layers)
        self._mask([*document.stories, *pictures.stories])
        for picture in pictures.made:
            for _round in range(_PICTURE_ROUNDS):
                picture.cover()
                picture.look_again()
                if not self._masker.still_there(picture.scan.story("")):
                    break
        if isinstance(document, Workbook):
            document.save(made, on_paper=on_paper)
        else:
            document.save(made)

    def _by_pictures(self, path: Path, kind: str, out: Path, *, as_pdf: bool) -> int:
        reading.assert_there()
        to_pdf = as_pdf or kind == "pdf"
        pages = PdfPages(path, self._limits) if kind == "pdf" else ImagePages(path, self._limits, _IMAGES[kind])
        self._layers.update(count_layers(path) if kind == "pdf" else {"image_metadata": 1})
        road = RasterRoad(pages, self._work, self._progress, self._areas)
        self._mask(road.look())
        made = road.make(self._masker.still_there, text_layer=to_pdf, lossless=kind in {"png", "tiff"} and not to_pdf)
        for code, marked in (
            ("doubtful_reading", [page.number for page in road.read if page.poor]),
            ("other_letters", [page.number for page in road.read if not page.meant]),
            ("pictures_on_pages", [page.number for page in road.read if page.pictures]),
            ("empty_pages", [page.number for page in road.read if not page.own.words and not page.seen.words]),
        ):
            if marked:
                self._warnings.append((code, tuple(marked)))
        if to_pdf:
            write_pdf(made, out)
        elif kind == "tiff":
            _write_tiff(made, out)
        else:
            self._move(made[0].image, out)
        return pages.count

    def _cover(self, out: Path) -> None:
        """Draw the places that a reviewer chose on a PDF of text: its pages become pictures with a new text layer."""
        road = RasterRoad(PdfPages(out, self._limits), self._work, self._progress, self._areas)
        for story in road.look():
            self._masker.still_there(story)
        write_pdf(road.make(self._masker.still_there, text_layer=True), out)

    @staticmethod
    def _move(made: Path, out: Path) -> None:
        if not made.is_file() or made.stat().st_size == 0:
            raise FileRefusedError("internal")
        made.replace(out)


class _Plain:
    """A text that stands nowhere but in its story."""

    def write(self, text: str) -> None:
        """Nothing: the story keeps it."""


def _write_tiff(pages: list[PageMade], out: Path) -> None:
    opened = [Image.open(page.image) for page in pages]
    try:
        opened[0].save(out, "TIFF", save_all=True, append_images=opened[1:], compression="tiff_deflate", dpi=(200, 200))
    finally:
        for image in opened:
            image.close()
