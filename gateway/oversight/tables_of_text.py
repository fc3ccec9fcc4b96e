"""Lists as files: CSV that no spreadsheet runs as a formula, and JSON, both row by row."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones count too in some spreadsheets


def as_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row as a line of CSV, with semicolons as Dutch spreadsheets expect."""
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";").writerow([_harmless(str(cell)) for cell in row])
        yield buffer.getvalue()


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A JSON array, one object a line."""
    yield "["
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return "'" + cell if cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
