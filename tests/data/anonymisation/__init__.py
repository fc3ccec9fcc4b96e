"""Texts made by our own generator from the pack of templates that the model never saw; and how well they were masked."""

from __future__ import annotations

from typing import Any

_DIRECT = {"PERSON_PUPIL", "PERSON_PARENT", "BSN", "DATE_BIRTH", "ADDRESS", "POSTCODE", "PHONE", "EMAIL"}


def measure(rows: list[dict[str, Any]], found: list[list[Any]]) -> dict[str, float]:
    """Shares over all rows: labelled ranges wholly masked, masked letters that were labelled, documents that leak."""
    ranges = whole = inside = masked = leaking = known_open = 0
    for row, finds in zip(rows, found, strict=True):
        taken = {place for find in finds for place in range(find.start, find.end) if row["text"][place].isalnum()}
        gold: set[int] = set()
        leaks = False
        for (start, end, kind), about in zip(row["spans"], row["meta"], strict=True):
            places = {place for place in range(start, end) if row["text"][place].isalnum()}
            gold |= places
            ranges += 1
            whole += places <= taken
            if places - taken and kind != "AGE":
                leaks |= kind in _DIRECT and about["owner"] in ("pupil", "parent")
                known_open += about["known"] and row["noise"] != "ocr"
        inside += len(taken & gold)
        masked += len(taken)
        leaking += leaks
    return {
        "recall": whole / ranges,
        "precision": inside / max(1, masked),
        "documents_leaking": leaking,
        "known_open_without_ocr": known_open,
    }
