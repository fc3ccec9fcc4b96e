"""Lists as files: CSV that no spreadsheet runs as a formula, and JSON, both row by row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.sheets import as_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["as_csv", "as_json"]


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A JSON array, one object a line."""
    yield "["
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"
