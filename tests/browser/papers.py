"""Real files about a pupil who does not exist, made anew for each run so that a search for their words finds only them."""

from __future__ import annotations

import io
import random
import string
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "files"
MARKER = "De paarse olifant van Fenna telt zeventien knikkers."
NAME = "Fenna Voorbeeld"


def _word(length: int = 9) -> str:
    """A word that stands nowhere else, to be said as a name."""
    pairs = ("".join((random.choice("bdfgklmnprstvw"), random.choice("aeiou"))) for _ in range(length // 2 + 1))
    return "".join(pairs)[:length]


def bsn() -> str:
    """Nine digits that pass the 11-proof."""
    while True:
        digits = [random.choice(string.digits) for _ in range(8)]
        last = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
        if last < 10 and digits[0] != "0":
            return "".join(digits) + str(last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """The pupil of this run, with words that must be found nowhere."""

    token: str = field(default_factory=lambda: _word(10))
    first_name: str = field(default_factory=lambda: _word(8).capitalize())
    last_name: str = field(default_factory=lambda: _word(11).capitalize())
    guardian: str = field(default_factory=lambda: f"{_word(7).capitalize()} {_word(9).capitalize()}")
    street: str = field(default_factory=lambda: f"{_word(10).capitalize()}straat 12")
    bsn: str = field(default_factory=bsn)
    born: date = date(2016, 3, 9)

    @property
    def name(self) -> str:
        return f"{self.first_name} van {self.last_name}"

    def sentence(self, kind: str) -> str:
        """The sentence that stands in the document of this kind, and in no other."""
        return f"De {self.token} olifant telt {kind} knikkers."

    @property
    def texts(self) -> dict[str, str]:
        """Everything typed about this pupil by which one could know them."""
        kinds = ("pdf", "scan", "docx", "odt", "foto", "tekst", "reden", "noodzaak", "verklaring", "bewijs")
        return {
            "first name": self.first_name,
            "last name": self.last_name,
            "guardian": self.guardian,
            "street": self.street,
            "bsn": self.bsn,
            "words": self.token,  # also in every file name
            **{f"sentence of {kind}": self.sentence(kind) for kind in kinds},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file to send."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def papers(child: Child) -> dict[str, Paper]:
    """The five real files of the issue, a text, and two that must fail."""
    odt = _rewritten("verslag.odt", child, "odt")
    pdf = _pdf_of(_rewritten("verslag.odt", child, "pdf"))
    picture = _picture_of(pdf, child)
    scan = io.BytesIO()
    picture.convert("L").save(scan, "PDF", resolution=110, title=child.sentence("scan"))
    return {
        "pdf": Paper(name=f"OPP {child.token}.pdf", media_type="application/pdf", content=pdf),
        "scan": Paper(name=f"gescand {child.token}.pdf", media_type="application/pdf", content=scan.getvalue()),
        "docx": Paper(
            name=f"onderzoek {child.token}.docx",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            content=_rewritten("verslag.docx", child, "docx"),
        ),
        "odt": Paper(
            name=f"zienswijze {child.token}.odt", media_type="application/vnd.oasis.opendocument.text", content=odt
        ),
        "foto": Paper(name=f"foto {child.token}.jpg", media_type="image/jpeg", content=_photo(picture, child)),
        "tekst": Paper(
            name=f"gesprek {child.token}.txt",
            media_type="text/plain",
            content=f"Gesprek over {child.name}.\n{child.sentence('tekst')}\n".encode(),
        ),
        "broken": Paper(name=f"afgebroken {child.token}.pdf", media_type="application/pdf", content=pdf[: len(pdf) // 2]),
        "program": Paper(name=f"spel {child.token}.exe", media_type="application/octet-stream", content=b"MZ" + bytes(4000)),
    }  # fmt: skip


def _rewritten(name: str, child: Child, kind: str) -> bytes:
    """A sample with this pupil and sentence in it; stored, not packed, so that a raw copy of it can be found."""
    target = io.BytesIO()
    with zipfile.ZipFile(SAMPLES / name) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename in {"content.xml", "word/document.xml"}:
                text = data.decode()
                assert MARKER in text
                data = text.replace(MARKER, child.sentence(kind)).replace(NAME, child.name).encode()
            new.writestr(item.filename, data)
    return target.getvalue()


def _pdf_of(odt: bytes) -> bytes:
    """What LibreOffice makes of it; in memory, since the test looks for these words on the disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        work = Path(folder)
        (work / "verslag.odt").write_bytes(odt)
        profile = f"-env:UserInstallation={(work / 'profile').as_uri()}"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(work),
            str(work / "verslag.odt"),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (work / "verslag.pdf").read_bytes()


def _picture_of(pdf: bytes, child: Child) -> Image.Image:
    with pdfium.PdfDocument(pdf) as document:
        return document[0].render(scale=110 / 72).to_pil().convert("RGB")


def _photo(picture: Image.Image, child: Child) -> bytes:
    """A photo of the page, large enough to be some time on its way, with words in its EXIF that must not come along."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010E] = child.sentence("foto")
    noise = Image.effect_noise(picture.size, 60).convert("RGB")
    target = io.BytesIO()
    Image.blend(picture, noise, 0.25).rotate(90, expand=True).save(target, "JPEG", quality=92, exif=exif)
    return target.getvalue()
