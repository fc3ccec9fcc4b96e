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
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--dossier", metavar="RECORD.json", help="What the dossier knows of the pupil and those around.")
@click.option("--report", metavar="R.json", help="Where the report goes: what was found and cleaned, without values.")
@click.option("--as", "form", type=click.Choice(["pdf"]), help="Make a PDF instead of a file of the same kind.")
@click.option("--jsonl", metavar="IN", help="Rows {id, text, dossier}, one JSON object a line; - is standard input.")
@click.option("--out", metavar="OUT", help="Where the result goes; without it: beside FILE, or standard output.")
def anonymise(
    *, file: str | None, dossier: str | None, report: str | None, form: str | None, jsonl: str | None, out: str | None
) -> None:
    """Anonymise one FILE, or find every identifier in the texts of --jsonl.

    With FILE and --dossier: a new file without history, of the same kind, in which nothing points to the child; it is
    only there when the proof on it found nothing. PDF, DOCX, ODT, XLSX, ODS, RTF, TXT, JPEG, PNG and TIFF.

    With --jsonl: each row {id, text, dossier} gives a row {id, spans: [[start, end, type], …], seconds}. All rows are
    read before the first is answered, and the answer is written as a whole: a row that is not right ends the command
    with a sentence that names its line, and leaves no half answer.
    """
    if jsonl is not None:
        if file is not None or dossier is not None or report is not None or form is not None:
            raise click.UsageError("--jsonl stands alone, with --out at most.")
        anonymise_jsonl(jsonl, _STANDARD if out is None else out)
        return
    if file is None or dossier is None:
        raise click.UsageError("Give FILE with --dossier RECORD.json, or --jsonl IN.")
    from gateway.anonymise_file_cli import run  # noqa: PLC0415 - loads the readers of files

    places = {name: Path(value) if value else None for name, value in (("out", out), ("report", report))}
    raise SystemExit(run(Path(file), dossier=Path(dossier), **places, as_pdf=form == "pdf"))


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
