"""Lists for a spreadsheet: CSV in which no cell is run as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones count too in some spreadsheets


def as_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as lines of CSV, with semicolons as Dutch spreadsheets read them."""
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";").writerow([harmless(str(cell)) for cell in row])
        yield buffer.getvalue()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return "'" + cell if cell.lstrip().startswith(FORMULA) or cell.startswith(("\t", "\r", "\n")) else cell
