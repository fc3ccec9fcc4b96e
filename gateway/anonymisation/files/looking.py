"""What the bounded process leaves for the review: the texts with their finds, and the result's pages as pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pypdfium2 as pdfium

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.other_pupil import about_other_pupil

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.anonymisation.files.masker import Looked, Masker
    from gateway.anonymisation.finds import Find
    from gateway.anonymisation.identities import KnownIdentities
    from gateway.dossiers.files.limits import Limits

LOOK: Final = "look.json"
TEXT_MAX: Final = 6_000_000
"""Characters of all texts together that a person gets to see; what is beyond is masked all the same."""
_POINTS: Final = 72
_DPI: Final = 110
_QUALITY: Final = 80
_MOST_PIXELS: Final = 3_000_000


def looked(masker: Masker, known: KnownIdentities) -> dict[str, Any]:
    """The texts as they were, what went and what stayed, and why this may be about another pupil."""
    stories: list[dict[str, Any]] = []
    room = TEXT_MAX
    for each in masker.looked:
        text = each.text[: max(room, 0)]
        room -= len(text)
        stories.append({"name": each.name, "text": text, "finds": _finds(each, len(text))})
    whole = "\n".join(each.text for each in masker.looked)[:TEXT_MAX]
    return {"stories": stories, "other_pupil": list(about_other_pupil(whole, known)), "cut": room < 0}


def _finds(story: Looked, most: int) -> list[list[Any]]:
    told = [(find, False) for find in story.went] + [(find, True) for find in story.stayed]
    return [_find(find, stays=stays) for find, stays in sorted(told, key=_place) if find.end <= most]


def _place(told: tuple[Find, bool]) -> tuple[int, int]:
    return told[0].start, -told[0].end


def _find(find: Find, *, stays: bool) -> list[Any]:
    return [find.start, find.end, find.kind, find.source, find.certainty, find.replacement, stays]


def draw_pages(made: Path, into: Path, limits: Limits) -> list[list[int]]:
    """Draw each page of the proven PDF as `page-0001.webp` and so on; gives width and height of each."""
    sizes: list[list[int]] = []
    try:
        document = pdfium.PdfDocument(made)
        for number in range(min(len(document), limits.max_pages)):
            page = document[number]
            width, height = page.get_size()
            scale = min(_DPI / _POINTS, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
            bitmap = page.render(scale=scale)
            picture = bitmap.to_pil().convert("RGB")
            picture.save(into / f"page-{number + 1:04d}.webp", "WEBP", quality=_QUALITY, method=2)
            sizes.append([picture.width, picture.height])
            bitmap.close()
            page.close()
        document.close()
    except pdfium.PdfiumError as error:
        raise FileRefusedError("unproven") from error
    return sizes
