"""Page images and text of a checked file: what people read in the browser instead of the original."""

import math
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont, ImageOps

from gateway.dossiers.files.drawing import drawn
from gateway.dossiers.files.errors import RefusedError, SandboxUnavailableError
from gateway.dossiers.files.image_checks import open_image
from gateway.dossiers.files.kinds import DOCX, JPEG, ODT, OFFICE_KINDS, PDF, PNG, RTF, TIFF, XLSX, FileKind
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.text_checks import decode_text

PAGE_MEDIA_TYPE: Final = "image/webp"
_POINTS_PER_INCH: Final = 72
_MAX_SIDE: Final = 8_000  # WebP ends at 16 383
_QUALITY: Final = 80

_IMPORT_FILTERS: Final = {
    DOCX: ("docx", "MS Word 2007 XML", "writer_pdf_Export"),
    ODT: ("odt", "writer8", "writer_pdf_Export"),
    RTF: ("rtf", "Rich Text Format", "writer_pdf_Export"),
    XLSX: ("xlsx", "Calc MS Excel 2007 XML", "calc_pdf_Export"),
}
# LibreOffice with nothing that runs, fetches, asks or remembers: path, property, value.
_SETTINGS: Final = (
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Save/Document", "CreateBackup", "false"),
    ("Common/Misc", "FirstRun", "false"),
    ("Recovery/AutoSave", "Enabled", "false"),
    ("Writer/Content/Update", "Link", "2"),
    ("Calc/Content/Update", "Link", "2"),
)
_MONOSPACE: Final = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
_LINES: Final = 62
_COLUMNS: Final = 88


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: `number` from 1, its image (WebP, no metadata) at `path`, size in pixels, and its `text`."""

    number: int
    path: Path
    width: int
    height: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """All pages of a file, in order."""

    pages: tuple[Page, ...]

    @property
    def text_per_page(self) -> tuple[str, ...]:
        """The text of each page; empty for what is only a picture."""
        return tuple(page.text for page in self.pages)


def render(path: Path, kind: FileKind, into: Path, limits: Limits) -> Rendered:
    """Page images and text of the checked file at `path`, written into the directory `into`.

    Raises RefusedError ("broken", "too_many_pages", "too_heavy") for what cannot be rendered, SandboxUnavailableError
    without LibreOffice.
    Parses hostile bytes: call it in `child`.

    Source: issue 2 (Reading = page images and extracted text).
    """
    if kind in OFFICE_KINDS:
        path, kind = office_to_pdf(path, kind, into, limits), PDF
    if kind is PDF:
        pages = _pdf_pages(path, limits)
    elif kind in (JPEG, PNG, TIFF):
        pages = _image_pages(path, kind, limits)
    else:
        pages = _text_pages(path)
    done: list[Page] = []
    for number, (image, text) in enumerate(pages, start=1):
        if number > limits.max_pages:
            raise RefusedError("too_many_pages")
        done.append(_save(image, text, number, into, limits))
    if not done:
        raise RefusedError("broken")
    return Rendered(pages=tuple(done))


def office_command(source: Path, *, profile: Path, reads: str, writes: str, into: Path) -> list[str]:
    """LibreOffice without a screen, with a profile of its own: read this file by one filter, write it by another."""
    return [
        "soffice",
        f"-env:UserInstallation={profile.as_uri()}",
        *("--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
        *("--nofirststartwizard", f"--infilter={reads}"),
        *("--convert-to", writes, "--outdir", str(into), str(source)),
    ]


def office_to_pdf(path: Path, kind: FileKind, into: Path, limits: Limits) -> Path:
    """The PDF that LibreOffice makes of an office file, in a profile directory of its own that dies with `into`."""
    extension, source_filter, pdf_filter = _IMPORT_FILTERS[kind]
    work = into / "office"
    user = work / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(registry(), encoding="utf-8")
    source = work / f"document.{extension}"
    os.link(path, source)
    command = office_command(
        source, profile=work / "profile", reads=source_filter, writes=f"pdf:{pdf_filter}", into=work
    )
    try:
        ended = subprocess.run(  # noqa: S603 - fixed command, our own file names
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=limits.seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise SandboxUnavailableError("no_converter") from error
    except subprocess.TimeoutExpired as error:
        raise RefusedError("too_heavy") from error
    if -ended.returncode in {signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ}:
        raise RefusedError("too_heavy")
    made = work / "document.pdf"
    if ended.returncode != 0 or not made.is_file():
        raise RefusedError("broken")
    return made


def registry() -> str:
    """The settings of such a profile: nothing runs, fetches, asks or remembers."""
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>"
        for path, name, value in _SETTINGS
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    return f"{head}{items}</oor:items>"


def _pdf_pages(path: Path, limits: Limits) -> Iterator[tuple[Image.Image, str]]:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise RefusedError("broken") from error
    try:
        document.init_forms()  # filled-in form fields are part of what one reads
        if len(document) > limits.max_pages:
            raise RefusedError("too_many_pages")
        for index in range(len(document)):
            yield _pdf_page(document, index, limits)
    except pdfium.PdfiumError as error:
        raise RefusedError("broken") from error
    finally:
        document.close()


def _pdf_page(document: pdfium.PdfDocument, index: int, limits: Limits) -> tuple[Image.Image, str]:
    page = document[index]
    try:
        width, height = page.get_size()
        scale = _bounded_scale(width, height, limits.dpi / _POINTS_PER_INCH, limits)
        image = drawn(page, scale)
        reader = page.get_textpage()
        try:
            return image, _clean(reader.get_text_bounded())
        finally:
            reader.close()
    finally:
        page.close()


def _image_pages(path: Path, kind: FileKind, limits: Limits) -> Iterator[tuple[Image.Image, str]]:
    with open_image(path, kind) as source:
        frame = 0
        while True:
            if frame >= limits.max_pages:
                raise RefusedError("too_many_pages")
            yield _upright(source), ""
            frame += 1
            if kind is not TIFF:
                return
            try:
                source.seek(frame)
            except EOFError:
                return


def _upright(source: Image.Image) -> Image.Image:
    """The picture as it was meant to be seen: turned after its EXIF note, on white, in plain RGB, without metadata."""
    try:
        image = ImageOps.exif_transpose(source)
        if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
            image = _eight_bits(image)
        if "A" in image.getbands() or "transparency" in image.info:
            rgba = image.convert("RGBA")
            paper = Image.new("RGBA", rgba.size, "white")
            image = Image.alpha_composite(paper, rgba)
        return image.convert("RGB")
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise what they like on hostile bytes
        raise RefusedError("broken") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit or floating image over its own range of grey."""
    wide = image.convert("F")
    low, high = (float(value) for value in wide.getextrema() if not isinstance(value, tuple))
    factor = 255.0 / max(high - low, 1.0)
    return wide.point(lambda value: value * factor - low * factor).convert("L")


def _text_pages(path: Path) -> Iterator[tuple[Image.Image, str]]:
    """A4 pages of a plain text, in a fixed-width letter; long lines are broken, a form feed starts a page."""
    size = 17
    font = ImageFont.truetype(_MONOSPACE, size) if _MONOSPACE.is_file() else ImageFont.load_default(size)
    for lines in _paginate(decode_text(path.read_bytes())):
        image = Image.new("RGB", (1075, 1520), "white")
        ImageDraw.Draw(image).multiline_text((80, 80), "\n".join(lines), fill="black", font=font, spacing=5)
        yield image, "\n".join(lines)


def _paginate(text: str) -> Iterator[list[str]]:
    page: list[str] = []
    for part in text.split("\f"):
        for line in part.splitlines():
            whole = line.expandtabs(4)
            for start in range(0, max(len(whole), 1), _COLUMNS):
                page.append(whole[start : start + _COLUMNS])
                if len(page) == _LINES:
                    yield page
                    page = []
        if page:
            yield page
            page = []


def _save(image: Image.Image, text: str, number: int, into: Path, limits: Limits) -> Page:
    scale = _bounded_scale(image.width, image.height, 1.0, limits)
    if scale < 1.0:
        image = image.resize(
            (max(1, int(image.width * scale)), max(1, int(image.height * scale))), Image.Resampling.BOX
        )
    # A fresh image of the bare pixels: no EXIF, colour profile or text chunk can come along.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    path = into / f"page-{number:04d}.webp"
    bare.save(path, "WEBP", quality=_QUALITY, method=2)
    return Page(number=number, path=path, width=bare.width, height=bare.height, text=text[: limits.max_text_chars])


def _bounded_scale(width: float, height: float, wanted: float, limits: Limits) -> float:
    if not (math.isfinite(width) and math.isfinite(height)) or width <= 0 or height <= 0:
        raise RefusedError("broken")
    return min(wanted, math.sqrt(limits.max_page_pixels / (width * height)), _MAX_SIDE / max(width, height))


def _clean(text: str) -> str:
    """Text as a screen reader wants it: plain line ends, soft hyphens joined, nothing unprintable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x02", "").replace("\ufffe", "").replace("\xad", "")
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= ord(" ") and not 0xD800 <= ord(c) <= 0xDFFF))  # noqa: PLR2004 - surrogates
