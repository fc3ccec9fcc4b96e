"""A letter on paper: PDF/A, tagged so that it can be read aloud, in the SWV's house style, signed where that can be.

The Dutch text is the legal one; who asked for English reads that first, and finds the Dutch behind it.
Source: PR11.10, issue 9, Letters.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway import paper
from gateway.letters.making import worded
from gateway.letters.signing import signed, signs_for
from gateway.references import reference_of
from gateway.text import TEMPLATES

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.letters.queries import Opened
    from gateway.services import Services

_WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "dear": "Beste",
        "day": "Datum",
        "reference": "Ons kenmerk",
        "subject": "Onderwerp",
        "greeting": "Met vriendelijke groet,",
        "on_behalf": "namens",
        "mandate": "volgens",
        "signed": "Deze brief is digitaal ondertekend. Uw pdf-programma laat zien met welk certificaat.",
        "unsigned": "Deze brief is gemaakt in Dossierpoort en heeft geen digitale handtekening.",
        "legal": "",
        "page": "bladzijde",
    },
    "en": {
        "dear": "Dear",
        "day": "Date",
        "reference": "Our reference",
        "subject": "Subject",
        "greeting": "Yours sincerely,",
        "on_behalf": "on behalf of",
        "mandate": "under",
        "signed": "This letter has a digital signature. Your PDF program shows with which certificate.",
        "unsigned": "This letter was made in Dossierpoort and has no digital signature.",
        "legal": "This is a translation. The Dutch letter that follows is the legal one.",
        "page": "page",
    },
}


def pdf(services: Services, letter: Opened) -> bytes:
    """The letter as it leaves; the caller has written that it does.

    Raises:
        UnavailableError: the certificate is configured and cannot be used.
    """
    row = letter.row
    if row is None:
        raise LookupError("an example is nobody's letter")
    with services.db.reading() as session:
        certified = signs_for(services, session, row.tenant_id)
    content = _pdf(letter, reference_of(row.id), row.made_on, row.made_at, certified=certified)
    if not certified:
        return content
    return signed(services.settings, content, reason=letter.texts["nl"]["subject"])


def example(letter: Opened, on: datetime, day: date) -> bytes:
    """A preview with values that are made up; it is nobody's letter and is never signed."""
    return _pdf(letter, "0000-0000", day, on, certified=False, watermark="VOORBEELD")


def spoken(letter: Opened) -> list[dict[str, Any]]:
    """The letter in each of its languages, that of its reader first, with the words around it."""
    languages = sorted(letter.texts, key=lambda each: each == "nl")
    return [{"language": each, "words": _WORDS[each], **letter.texts[each]} for each in languages]


def _pdf(
    letter: Opened, reference: str, day: date, made_at: datetime, *, certified: bool, watermark: str = ""
) -> bytes:
    html = (
        _environment()
        .get_template("letters/paper.html")
        .render(
            letter=letter,
            parts=spoken(letter),
            reference=reference,
            day={each: worded(day, each) for each in ("nl", "en")},
            logo=b64encode(letter.logo).decode() if letter.logo else "",
            certified=certified,
            watermark=watermark,
        )
    )
    return paper.pdf(html, made_at=made_at)


@cache
def _environment() -> Environment:
    """The letter knows no request and no language of a screen: its words are its own."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
