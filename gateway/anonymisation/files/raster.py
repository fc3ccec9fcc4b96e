"""The road of pictures: each page is drawn, read, boxed, read again, and nothing of the source comes along."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from gateway.anonymisation.files.boxes import boxes, draw
from gateway.anonymisation.files.pictures import DPI
from gateway.anonymisation.files.reading import SPARSE, Scan, Word, read, turned
from gateway.anonymisation.files.sideways import sideways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from gateway.anonymisation.choices import Area
    from gateway.anonymisation.files.pages import Pages
    from gateway.anonymisation.files.slots import Story

_AT_ONCE: Final = 2
_ROUNDS: Final = 3
_QUALITY: Final = 82
_REDUCED: Final = 8
_INK: Final = 150
_PICTURE_SHARE: Final = 0.012
_POOR: Final = 0.35
_POOR_WORDS: Final = 6
_GREY_SPREAD: Final = 12
_SURE: Final = 75.0
_LONG: Final = 4
_ENOUGH: Final = 3
_AGREE: Final = 0.1


@dataclass(slots=True)
class PageRead:
    """What was read on one page, and what a person should look at."""

    number: int
    turn: int
    own: Scan
    seen: Scan
    aside: Scan = field(default_factory=Scan)
    meant: bool = True
    poor: bool = False
    pictures: bool = False
    stories: list[Story] = field(default_factory=list)

    def told(self) -> list[Story]:
        """The texts of this page: what the file says, what is seen, and what stands sideways."""
        self.stories = [scan.story(f"pagina {self.number}") for scan in (self.own, self.seen, self.aside)]
        return self.stories


@dataclass(frozen=True, slots=True)
class PageMade:
    """One boxed page: its pixels, the text layer that was read from those pixels, and how often it was boxed anew."""

    image: Path
    text: Path | None
    width: int
    height: int


class RasterRoad:
    """First `look` at every page, then mask the stories, then `make` the pages. Source: issue 7 (default PDF route)."""

    def __init__(
        self, pages: Pages, work: Path, progress: Callable[[str, int, int], None], areas: Sequence[Area] = ()
    ) -> None:
        self._pages = pages
        self._areas = areas
        self._work = work
        self._progress = progress
        self.read: list[PageRead] = []

    def look(self) -> list[Story]:
        """Read every page; the texts, in order, are to be masked by their owner."""
        self.read = list(self._all(self._look, "lezen"))
        return [story for page in self.read for story in page.told()]

    def make(self, still_there: Callable[[Story], bool], *, text_layer: bool, lossless: bool = False) -> list[PageMade]:
        """Draw every page once more, with its boxes; `still_there` masks what is left in a text and says if it did.

        The boxed page is read as loose words until nothing is left in it, and once more for its text layer.
        """

        def one(index: int) -> PageMade:
            return self._make(index, still_there, text_layer=text_layer, lossless=lossless)

        return list(self._all(one, "afdekken"))

    def _all(self, work: Callable[[int], PageRead | PageMade], doing: str) -> Iterator:  # type: ignore[type-arg]  # of what `work` gives
        hands = min(_AT_ONCE, len(os.sched_getaffinity(0)))
        with ThreadPoolExecutor(hands) as pool:
            for done, result in enumerate(pool.map(work, range(self._pages.count)), start=1):
                self._progress(doing, done, self._pages.count)
                yield result

    def _look(self, index: int) -> PageRead:
        picture = self._pages.picture(index)
        told = self._pages.words(index)
        seen = read(picture, dpi=DPI)
        own = _meant(told, seen)
        turn = 0
        if not told.words:
            turn = turned(picture, seen, dpi=DPI)
            if turn:
                picture = picture.rotate(turn, expand=True, fillcolor="white")
                seen = read(picture, dpi=DPI)
        return PageRead(
            number=index + 1,
            turn=turn,
            own=own,
            seen=seen,
            aside=sideways(picture, [*seen.words, *own.words], dpi=DPI),
            meant=own is told,
            poor=len(seen.words) >= _POOR_WORDS and seen.doubtful >= _POOR,
            pictures=_has_pictures(picture, seen),
        )

    def _make(self, index: int, still_there: Callable[[Story], bool], *, text_layer: bool, lossless: bool) -> PageMade:
        page = self.read[index]
        picture = self._pages.picture(index)
        if page.turn:
            picture = picture.rotate(page.turn, expand=True, fillcolor="white")
        draw(picture, boxes(page.seen.words))
        draw(picture, boxes(page.own.words))
        draw(picture, boxes(page.aside.words))
        for area in self._areas:
            if area.page == page.number:  # as it was drawn: what lies beside it stays
                ImageDraw.Draw(picture).rectangle(_on(picture, area), fill=(0, 0, 0))
        for _round in range(_ROUNDS):
            again = read(picture, dpi=DPI, way=SPARSE)
            if not still_there(again.story("")):
                break
            draw(picture, boxes(again.words))
        text = self._work / f"text-{index:04d}.pdf" if text_layer else None
        if text is not None:
            for _round in range(_ROUNDS):
                again = read(picture, dpi=DPI, text_pdf=text)
                if not still_there(again.story("")):
                    break
                draw(picture, boxes(again.words))
        image = self._work / f"page-{index:04d}.img"
        image.write_bytes(_png(picture) if lossless else as_jpeg(picture))
        return PageMade(image, text, picture.width, picture.height)


def _on(picture: Image.Image, area: Area) -> tuple[int, int, int, int]:
    """A place that a reviewer drew, in this picture."""
    wide, high = picture.size
    return round(area.left * wide), round(area.top * high), round(area.right * wide), round(area.bottom * high)


def _meant(own: Scan, seen: Scan) -> Scan:
    """What the file says of a page; without its letters where they say something else than what is seen.

    Letters whose font does not tell what they mean read as nonsense: what is seen is read all the same, and counts.
    Filled-in fields stay: they are read badly from a picture.
    """
    filled = [word for word in own.words if word.line[:1] == (-1,)]
    told = _squashed(word for word in own.words if word.line[:1] != (-1,))
    read_well = [word for word in seen.words if word.confidence >= _SURE and sum(map(str.isalpha, word.text)) >= _LONG]
    if len(told) < _LONG or len(read_well) < _ENOUGH:
        return own
    shown = _squashed(seen.words)
    there = sum(_squashed([word]) in told for word in read_well)
    here = [text for text in (_squashed([word]) for word in own.words if word not in filled) if len(text) >= _LONG]
    if there > _AGREE * len(read_well) or sum(text in shown for text in here) > _AGREE * len(here):
        return own
    return Scan(words=filled)


def _squashed(words: Iterable[Word]) -> str:
    return "".join(letter for word in words for letter in word.text.lower() if letter.isalnum())


def as_jpeg(picture: Image.Image) -> bytes:
    """The bare pixels as JPEG; grey when there is no colour to speak of."""
    made = io.BytesIO()
    small = picture.reduce(_REDUCED) if min(picture.size) > _REDUCED else picture
    red, green, blue = (band.tobytes() for band in small.convert("RGB").split())
    grey = all(max(c) - min(c) <= _GREY_SPREAD for c in zip(red, green, blue, strict=True))
    (picture.convert("L") if grey else picture).save(made, "JPEG", quality=_QUALITY, dpi=(DPI, DPI))
    return made.getvalue()


def _png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG", compress_level=1)
    return made.getvalue()


def _has_pictures(picture: Image.Image, seen: Scan) -> bool:
    """Whether there is much ink where no word was read: a photo, a drawing, handwriting. It only points."""
    grey = picture.convert("L")
    pencil = ImageDraw.Draw(grey)
    for word in seen.words:
        pencil.rectangle((word.left - 3, word.top - 3, word.right + 3, word.bottom + 3), fill=255)
    small = grey.reduce(_REDUCED) if min(grey.size) > _REDUCED else grey
    dark = sum(small.histogram()[:_INK])
    return dark > _PICTURE_SHARE * small.width * small.height
