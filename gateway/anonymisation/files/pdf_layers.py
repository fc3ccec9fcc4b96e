"""Which layers a PDF holds, for the report: none of them comes along, for only pictures of pages do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pikepdf

if TYPE_CHECKING:
    from pathlib import Path

_KEYS: Final = {
    "/Metadata": "document_properties",
    "/EmbeddedFiles": "attachments",
    "/EF": "attachments",
    "/JavaScript": "active_content",
    "/JS": "active_content",
    "/AcroForm": "form_fields",
    "/StructTreeRoot": "structure_tree",
    "/OCProperties": "hidden_layers",
    "/Outlines": "bookmarks",
    "/ActualText": "structure_tree",
    "/Alt": "alternative_texts",
    "/Thumb": "thumbnails",
    "/URI": "link_targets",
    "/PieceInfo": "document_properties",
}


Filled = tuple[str, tuple[float, float, float, float]]
"""What stands in a form field or a note, and its place on the page in points."""
_MOST_PARENTS: Final = 10


def filled(path: Path) -> dict[int, list[Filled]]:
    """Values of form fields and texts of notes by page (from 0): digits in boxes are read badly from a picture."""
    found: dict[int, list[Filled]] = {}
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            for index, page in enumerate(pdf.pages):
                notes: Any = page.get("/Annots", pikepdf.Array([]))
                for note in notes:
                    text = _said(note)
                    if text and "/Rect" in note:
                        left, bottom, right, top = (float(side) for side in note["/Rect"])
                        found.setdefault(index, []).append((text, (left, bottom, right, top)))
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        return found  # it is drawn and read all the same
    return found


def _said(note: Any) -> str:
    holder = note
    for _step in range(_MOST_PARENTS):
        if not isinstance(holder, pikepdf.Dictionary):
            break
        for key in ("/V", "/Contents"):
            value = holder.get(key)
            if isinstance(value, pikepdf.String):
                return str(value)
        holder = holder.get("/Parent")
    return ""


def count_layers(path: Path) -> Counter[str]:
    """How often each layer is met; a file that cannot be looked through says `not_counted`."""
    layers: Counter[str] = Counter()
    data = path.read_bytes()
    layers["old_revisions"] = max(0, data.count(b"%%EOF") - 1)
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            layers["document_properties"] += len(pdf.docinfo)
            for item in pdf.objects:
                entry = item.stream_dict if isinstance(item, pikepdf.Stream) else item
                if not isinstance(entry, pikepdf.Dictionary):
                    continue
                for key in entry.keys():  # noqa: SIM118 - not a dict
                    if key in _KEYS:
                        layers[_KEYS[key]] += 1
                if "/Rect" in entry and "/Subtype" in entry:
                    layers["annotations"] += 1
                if entry.get("/FT") is not None:
                    layers["form_fields"] += 1
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        layers["not_counted"] += 1
    return layers
