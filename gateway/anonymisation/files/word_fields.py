"""Fields of a Word document: their code goes, what they show stays, and two that hold nobody's words live on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.word_vocabulary import W, local, make

if TYPE_CHECKING:
    from collections import Counter

_COUNTING: Final = re.compile(r"\s*(PAGE|NUMPAGES|SECTIONPAGES)(\s+\\\*\s+\w+)*\s*")
_OFF: Final = frozenset({"0", "false", "off"})


@dataclass(slots=True)
class _Field:
    code: str = ""
    shows: bool = False
    counts: bool = False


class Fields:
    """Where one is in the nested fields of a story, while its runs go by."""

    def __init__(self, layers: Counter[str]) -> None:
        self._open: list[_Field] = []
        self._layers = layers

    @property
    def hidden(self) -> bool:
        """Whether text that goes by now is the code of a field, or a number that will be counted anew."""
        return any(not field.shows or field.counts for field in self._open)

    def code(self, text: str) -> None:
        """A piece of the code of the innermost field."""
        if self._open and not self._open[-1].shows:
            self._open[-1].code += text

    def mark(self, source: Any) -> Any | None:
        """`fldChar`: the begin, the middle or the end of a field; returns an element to put there instead, if any."""
        kind = source.get(f"{W}fldCharType")
        if kind == "begin":
            self._open.append(_Field())
            self._layers["field_codes"] += 1
            return form_value(source)
        if not self._open:
            return None
        made = self._counted() if not self._open[-1].shows else None
        if kind == "separate":
            self._open[-1].shows = True
        elif kind == "end":
            self._open.pop()
        return made

    def _counted(self) -> Any | None:
        field = self._open[-1]
        match = _COUNTING.fullmatch(field.code)
        outer_hidden = any(not other.shows or other.counts for other in self._open[:-1])
        if match is None or outer_hidden:
            return None
        field.counts = True
        return counting(match[1])


def counting(name: str) -> Any:
    """A page number that the reading program fills in."""
    made = make("fldSimple", instr=name)
    run, text = make("r"), make("t")
    text.text = "1"
    run.append(text)
    made.append(run)
    return made


def simple_counting(source: Any) -> Any | None:
    """The same for `fldSimple`; None for any other code."""
    match = _COUNTING.fullmatch(source.get(f"{W}instr", ""))
    return None if match is None else counting(match[1])


def form_value(source: Any) -> Any | None:
    """What a tick box or a list of a form field shows, as a run of text; None for what shows its text by itself."""
    data = source.find(f"{W}ffData")
    box = None if data is None else data.find(f"{W}checkBox")
    chosen = None if data is None else data.find(f"{W}ddList")
    if box is not None:
        state = box.find(f"{W}checked")
        state = box.find(f"{W}default") if state is None else state
        ticked = state is not None and state.get(f"{W}val", "1") not in _OFF
        return _run("☒" if ticked else "☐")
    if chosen is not None:
        entries = [entry.get(f"{W}val", "") for entry in chosen if local(entry) == "listEntry"]
        result = chosen.find(f"{W}result")
        place = "0" if result is None else result.get(f"{W}val", "0")
        if place.isdigit() and int(place) < len(entries):
            return _run(entries[int(place)])
    return None


def _run(text: str) -> Any:
    made, inner = make("r"), make("t")
    inner.text = text
    inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    made.append(inner)
    return made
