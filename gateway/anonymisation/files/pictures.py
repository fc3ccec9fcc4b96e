"""Pictures: opened within bounds, bare pixels only; those inside a document are read, boxed and written anew."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from gateway.anonymisation.files.boxes import boxes, draw
from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.reading import SPARSE, WHOLE_PAGE, Scan, read

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.anonymisation.files.slots import Story
    from gateway.dossiers.files.limits import Limits

FORMATS: Final = ("JPEG", "PNG", "TIFF", "BMP", "GIF")
MOST_PIXELS: Final = 20_000_000
"""A larger picture is made smaller: an A4 at 480 dpi is enough to read, and to box."""
_SMALL_SIDE: Final = 24
_FINE_SIDE: Final = 700
DPI: Final = 200


@dataclass(slots=True)
class CleanPicture:
    """One picture of a document: its number, its pixels, and the words that were read in it."""

    number: int
    image: Image.Image
    scan: Scan
    scale: int

    @property
    def width(self) -> int:
        """Pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.image.height

    def cover(self) -> None:
        """Box what was marked, in the pixels themselves."""
        covered = [word for word in self.scan.words if word.covered is not None]
        for word in covered:
            word.left, word.top = word.left // self.scale, word.top // self.scale
            word.right, word.bottom = math.ceil(word.right / self.scale), math.ceil(word.bottom / self.scale)
        draw(self.image, boxes(self.scan.words))
        self.scan.words = [word for word in self.scan.words if word.covered is None]

    def look_again(self) -> None:
        """Read the boxed picture as loose words, in the place of what was read before."""
        self.scan = read(enlarged(self.image, self.scale), dpi=DPI, way=SPARSE)

    def data(self) -> bytes:
        """A PNG of nothing but pixels."""
        made = io.BytesIO()
        self.image.save(made, "PNG")
        return made.getvalue()


class Pictures:
    """The pictures of one document, as they come by; `stories` are their texts, to be masked with all others."""

    def __init__(self, limits: Limits, layers: Counter[str]) -> None:
        self._limits = limits
        self._layers = layers
        self.made: list[CleanPicture] = []
        self.stories: list[Story] = []

    def take(self, data: bytes, crop: tuple[float, float, float, float]) -> CleanPicture | None:
        """The picture without what was cut off on show; None for what is no picture of points (a drawing of lines)."""
        try:
            image = next(frames(io.BytesIO(data), self._limits))
        except (FileRefusedError, StopIteration):
            self._layers["pictures_dropped"] += 1
            return None
        cut = _cropped(image, crop)
        if cut is None:
            self._layers["pictures_dropped"] += 1
            return None
        self._layers["pictures"] += 1
        image = cut
        scale = 2 if max(image.size) < _FINE_SIDE else 1
        scan = Scan()
        if min(image.size) >= _SMALL_SIDE:
            big = enlarged(image, scale)
            scan = read(big, dpi=DPI, way=WHOLE_PAGE if max(big.size) > 2 * _FINE_SIDE else SPARSE)
        made = CleanPicture(number=len(self.made) + 1, image=image, scan=scan, scale=scale)
        self.made.append(made)
        self.stories.append(scan.story(f"afbeelding {made.number}"))
        return made


def enlarged(image: Image.Image, scale: int) -> Image.Image:
    """A small picture made larger, so that its letters are as tall as tesseract wants them."""
    return image if scale == 1 else image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)


def frames(source: Path | io.BytesIO, limits: Limits, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """The frames of a picture: upright, on white, in RGB, within bounds, without any of its metadata.

    Raises FileRefusedError: "broken", "too_many_pixels", "too_many_pages".
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limit stands in its place
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(source, formats=formats)
        with image:
            yield from _each(image, limits)
    except (FileRefusedError, MemoryError, GeneratorExit):
        raise
    except Exception as error:  # Pillow's plugins raise what they like on hostile bytes
        raise FileRefusedError("broken") from error


def _each(image: Image.Image, limits: Limits) -> Iterator[Image.Image]:
    for number in range(limits.max_pages + 1):
        try:
            image.seek(number)
        except EOFError:
            return
        if number == limits.max_pages:
            raise FileRefusedError("too_many_pages")
        if image.width * image.height > limits.max_pixels:
            raise FileRefusedError("too_many_pixels")
        yield bare(image)
        if image.format != "TIFF":
            return


def bare(source: Image.Image) -> Image.Image:
    """The pixels as they were meant to be seen, and nothing else; larger pictures are made smaller."""
    image: Image.Image = source
    if image.width * image.height > MOST_PIXELS:
        share = math.sqrt(MOST_PIXELS / (image.width * image.height))
        image = image.convert("RGB" if "transparency" not in image.info else "RGBA")
        image = image.resize(
            (max(1, int(image.width * share)), max(1, int(image.height * share))), Image.Resampling.BOX
        )
    upright = ImageOps.exif_transpose(image)
    if upright is not None:
        image = upright
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        wide = image.convert("F")
        low, high = (float(value) for value in wide.getextrema() if not isinstance(value, tuple))
        factor = 255.0 / max(high - low, 1.0)
        image = wide.point(lambda value: value * factor - low * factor).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    rgb = image.convert("RGB")
    return Image.frombytes("RGB", rgb.size, rgb.tobytes())


def _cropped(image: Image.Image, crop: tuple[float, float, float, float]) -> Image.Image | None:
    left, top, right, bottom = crop
    area = (
        int(image.width * left),
        int(image.height * top),
        math.ceil(image.width * (1 - right)),
        math.ceil(image.height * (1 - bottom)),
    )
    if area[2] <= area[0] or area[3] <= area[1]:
        return None
    cut = image.crop(area)
    return Image.frombytes("RGB", cut.size, cut.tobytes())
