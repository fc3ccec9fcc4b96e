"""`dossierpoort anonymise`: finds identifiers without configuration, keys or database. See docs/anonymisation.md."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retention.lines import is_id, load_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.anonymisation.identities import KnownIdentities

_STANDARD = "-"


@click.command()
@click.option("--jsonl", metavar="IN", help="Rows {id, text, dossier}, one JSON object a line; - is standard input.")
@click.option("--out", metavar="OUT", default=_STANDARD, show_default=True, help="Where the answer goes.")
def anonymise(*, jsonl: str | None, out: str) -> None:
    """Find every identifier in a text.

    With --jsonl: each row {id, text, dossier} gives a row {id, spans: [[start, end, type], …], seconds}. All rows are
    read before the first is answered, and the answer is written as a whole: a row that is not right ends the command
    with a sentence that names its line, and leaves no half answer.
    """
    if jsonl is None:
        raise click.UsageError("Give --jsonl IN.")
    anonymise_jsonl(jsonl, out)


def anonymise_jsonl(source: str, out: str) -> None:
    """Answer rows with their spans; `click.ClickException` with a Dutch sentence where a row is not right."""
    rows = list(_rows(_lines(source)))
    answers = [json.dumps(_answer(*row), ensure_ascii=False) + "\n" for row in rows]
    if out == _STANDARD:
        click.echo("".join(answers), nl=False)
    else:
        _write_whole(Path(out), answers)


def _lines(source: str) -> Iterable[bytes]:
    try:
        if source == _STANDARD:
            return sys.stdin.buffer.read().split(b"\n")
        return Path(source).read_bytes().split(b"\n")
    except OSError as error:
        raise click.ClickException("De invoer kan niet worden gelezen: bestaat het bestand?") from error


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[Any, str, KnownIdentities]]:
    from gateway.anonymisation.identities import RecordError, known_from_record  # noqa: PLC0415 - other commands do not pay

    seen = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = load_strictly(line)
        except ValueError as error:
            raise _wrong(number, "dit is geen geldige JSON in UTF-8, met elke sleutel één keer") from error
        if not isinstance(row, dict) or not {"id", "text", "dossier"} <= row.keys():
            raise _wrong(number, "een rij heeft een id, een text en een dossier")
        if row["id"] is None or not is_id(row["id"]):
            raise _wrong(number, "id is geen tekst of getal")
        if row["id"] in seen:
            raise _wrong(number, "dit id kwam al voor")
        seen.add(row["id"])
        if not isinstance(row["text"], str):
            raise _wrong(number, "text is geen tekst")
        try:
            yield row["id"], row["text"], known_from_record(row["dossier"])
        except RecordError as error:
            raise _wrong(number, str(error).removesuffix(".")) from error


def _wrong(number: int, what: str) -> click.ClickException:
    return click.ClickException(f"Regel {number}: {what}. Er is niets geschreven.")


def _answer(name: Any, text: str, known: KnownIdentities) -> dict[str, Any]:
    from gateway.anonymisation.detection import Detector  # noqa: PLC0415 - loads the lists and the model

    began = time.perf_counter()
    finds = Detector(known).find(text)
    seconds = time.perf_counter() - began
    return {"id": name, "spans": [[find.start, find.end, find.kind] for find in finds], "seconds": round(seconds, 6)}


def _write_whole(out: Path, lines: list[str]) -> None:
    """All of it or nothing: written beside its place, then put there."""
    try:
        handle, beside = tempfile.mkstemp(dir=out.parent, prefix=".anonymise-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(lines)
            Path(beside).replace(out)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        raise click.ClickException("De uitvoer kan niet worden geschreven op die plaats.") from error
