"""Where the bars of a chart stand: plain geometry for a picture that the server draws. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 640, 240
LEFT, BOTTOM, TOP = 44, 28, 8
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A piece of a bar: place, size, and the number of its series."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars with their axis; `series` are the names for the legend."""

    bars: Sequence[Bar]
    labels: Sequence[tuple[float, str]]
    ticks: Sequence[tuple[float, int]]
    series: Sequence[str]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def stacked(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """One bar a label, with a piece for each series on top of the one before."""
    most = max((sum(values[at] for _, values in series) for at in range(len(labels))), default=0)
    top = _round_up(most)
    room = HEIGHT - BOTTOM - TOP
    step = (WIDTH - LEFT) / max(len(labels), 1)
    bars: list[Bar] = []
    for at in range(len(labels)):
        height = 0.0
        for number, (_, values) in enumerate(series):
            piece = room * values[at] / top
            height += piece
            if values[at]:
                bars.append(
                    Bar(
                        x=round(LEFT + at * step + step * 0.15, 1),
                        y=round(HEIGHT - BOTTOM - height, 1),
                        width=round(step * 0.7, 1),
                        height=round(piece, 1),
                        series=number,
                    )
                )
    return Chart(
        bars=bars,
        labels=[(round(LEFT + (at + 0.5) * step, 1), label) for at, label in enumerate(labels)],
        ticks=[(round(HEIGHT - BOTTOM - room * part / top, 1), part) for part in sorted({0, top // 2, top})],
        series=[name for name, _ in series],
    )


def _round_up(most: int) -> int:
    """The next round number that is even, so that its half is a whole number too."""
    size = 2
    while True:
        for step in STEPS:
            if most <= step * size:
                return step * size
        size *= 10
