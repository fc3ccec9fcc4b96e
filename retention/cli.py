"""The command `term`: the last day of a legal term, without configuration, keys or database."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retention.calendar import Calendar, read_days, shipped_calendar
from retention.errors import TermError
from retention.lines import RepeatedKeyError, id_of, is_id, load_strictly
from retention.terms import Length, Suspension, Term, last_day

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD_INPUT = 2
_KEYS = frozenset({"id", "from", "length", "suspended"})
_ISO_LENGTH = len("2026-11-21")


def _day(value: object, name: str) -> date:
    # date.fromisoformat also takes 20261121 and 2026-W47-6: those are not the form we agreed on.
    if isinstance(value, str) and len(value) == _ISO_LENGTH and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise TermError(f"{name}: dit is geen bestaande datum in de vorm jjjj-mm-dd")


def _length(value: object) -> Length:
    if not isinstance(value, str):
        raise TermError("length: schrijf P10D, P4W, P1M of P3Y")
    return Length.parse(value)


def _suspension(pair: object) -> Suspension:
    if not isinstance(pair, list) or len(pair) != len(("asked", "proven")):
        raise TermError("suspended: een opschorting is een paar van twee datums (A/B)")
    return Suspension(asked_on=_day(pair[0], "suspended"), proven_on=_day(pair[1], "suspended"))


def _answer(values: Mapping[str, object], calendar: Calendar) -> Term:
    suspended = values.get("suspended")
    if suspended is None:
        suspended = []
    if not isinstance(suspended, list):
        raise TermError("suspended: hier hoort een lijst van paren te staan")
    pauses = [_suspension(pair) for pair in suspended]
    return last_day(_day(values.get("from"), "from"), _length(values.get("length")), pauses, calendar=calendar)


def answer_line(line: bytes, calendar: Calendar) -> dict[str, object]:
    """The answer to one line of JSON: `{"id", "last_day", "why"}` or `{"id", "error"}`. Never raises for bad input."""
    try:
        values = _values_of(line)
        found = _answer(values, calendar)
    except TermError as error:
        return {"id": id_of(line), "error": str(error)}
    return {"id": values.get("id"), "last_day": found.last_day.isoformat(), "why": found.why}


def _values_of(line: bytes) -> Mapping[str, object]:
    try:
        values = load_strictly(line)
    except RepeatedKeyError as error:
        raise TermError(f"{error.key}: deze sleutel komt twee keer voor") from error
    except ValueError as error:
        raise TermError("deze regel is geen JSON in UTF-8") from error
    if not isinstance(values, dict):
        raise TermError("deze regel is geen JSON-object")
    if not _KEYS.issuperset(values):
        raise TermError("deze regel heeft een onbekende sleutel; bekend zijn id, from, length en suspended")
    if not is_id(values.get("id")):
        raise TermError("id: hier hoort tekst of een getal te staan")
    return values


@click.command()
@click.option("--from", "start", help="De dag van de gebeurtenis (jjjj-mm-dd); die dag telt zelf niet mee.")
@click.option("--length", help="P10D, P4W, P1M of P3Y.")
@click.option("--suspended", multiple=True, metavar="A/B", help="Opschorting: dag van de brief / dag van het bewijs.")
@click.option("--days", "days_file", type=click.Path(path_type=Path), help="TOML met eigen gelijkgestelde dagen.")
@click.option("--jsonl", is_flag=True, help="Lees regels JSON van de invoer, schrijf per regel een antwoord.")
def term(
    *,
    start: str | None,
    length: str | None,
    suspended: tuple[str, ...],
    days_file: Path | None,
    jsonl: bool,
) -> None:
    """Print the last day of a legal term and why."""
    try:
        calendar = shipped_calendar()
        if days_file is not None:
            calendar = calendar.extended(read_days(days_file.read_text(encoding="utf-8")))
        if jsonl:
            # Bytes, so that a line that is no UTF-8 is an error of that line and not of the run.
            for line in sys.stdin.buffer:
                if line.strip():
                    sys.stdout.write(json.dumps(answer_line(line, calendar)) + "\n")
            return
        values = {"from": start, "length": length, "suspended": [pair.split("/") for pair in suspended]}
        found = _answer(values, calendar)
    except TermError as error:
        problem = str(error)
    except (OSError, UnicodeDecodeError):
        problem = "het bestand met gelijkgestelde dagen is niet te lezen"
    else:
        click.echo(json.dumps({"last_day": found.last_day.isoformat(), "why": found.why}, ensure_ascii=False))
        return
    click.echo(json.dumps({"error": problem}, ensure_ascii=False))
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    term()
