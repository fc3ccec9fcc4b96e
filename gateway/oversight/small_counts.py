"""Tables of counts that tell nothing about one child: one to four is "minder dan 5", and no total gives it away.

What is published is a function of the counts that may be shown, and of which cells are empty; a hidden count changes
nothing in it, so no subtraction brings it back. Pure. Source: issue 5 (small counts suppressed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEAST = 5
SHARE_STEP = 5
SHARE_LEAST = 20
Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A count as it may be shown: `hidden` for one to four. `at_least` is a total in which something is hidden."""

    number: int
    hidden: bool = False
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of counts as it may be published."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[Place, Cell]
    row_totals: Mapping[str, Cell]
    column_totals: Mapping[str, Cell]
    total: Cell

    @property
    def hides(self) -> bool:
        """Whether something is hidden."""
        return any(cell.hidden for cell in self.cells.values())


def cell(count: int) -> Cell:
    """One count."""
    return Cell(number=0, hidden=True) if 0 < count < LEAST else Cell(number=count)


def publish(rows: Sequence[str], columns: Sequence[str], counts: Mapping[Place, int]) -> Table:
    """The table with what may be shown; totals add up what is shown, and say "ten minste" where something is hidden."""
    cells = {(row, column): cell(counts.get((row, column), 0)) for row in rows for column in columns}
    return Table(
        rows=rows,
        columns=columns,
        cells=cells,
        row_totals={row: _sum([cells[row, column] for column in columns]) for row in rows},
        column_totals={column: _sum([cells[row, column] for row in rows]) for column in columns},
        total=_sum(list(cells.values())),
    )


def share(table: Table, columns: Sequence[str]) -> int | None:
    """The percentage of these columns in what is shown, in steps of five; None when there is too little to say it."""
    if table.total.number < SHARE_LEAST:
        return None
    part = sum(table.column_totals[column].number for column in columns)
    return SHARE_STEP * round(100 * part / table.total.number / SHARE_STEP)


def _sum(cells: Sequence[Cell]) -> Cell:
    return Cell(number=sum(each.number for each in cells), at_least=any(each.hidden for each in cells))
