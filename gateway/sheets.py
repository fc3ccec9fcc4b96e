"""Lists for a spreadsheet: CSV in which no cell is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones count too in some spreadsheets
UNSEEN = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + '\u200b\u200c\u200d\u2060\ufeff"'
"""What may stand before a formula without being seen, and a quote, which a reader takes away."""
_ENDS = re.compile(r"([;,|\t\r\n])")


def as_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as lines of CSV, with semicolons as Dutch spreadsheets read them."""
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";").writerow([harmless(str(cell)) for cell in row])
        yield buffer.getvalue()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula, nor any part of it.

    A spreadsheet of another country splits at commas or tabs, and a careless one at line ends within quotes: what would
    then be the beginning of a cell is made harmless too.
    """
    parts = ("'" + part if part.lstrip(UNSEEN).startswith(FORMULA) else part for part in _ENDS.split(cell))
    joined = "".join(parts)
    return "'" + joined if joined.startswith(("\t", "\r", "\n")) else joined
