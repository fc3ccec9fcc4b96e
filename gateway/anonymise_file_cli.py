"""`dossierpoort anonymise FILE`: one file anonymised at the command line, without configuration, keys or database."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.anonymisation.files.errors import sentence_for
from gateway.anonymisation.files.reporting import FORMAT, Report
from gateway.anonymisation.files.running import LIMITS, Wish, anonymise_file
from gateway.anonymisation.identities import RecordError, known_from_record

if TYPE_CHECKING:
    from pathlib import Path

_RECORD_BYTES: Final = 5 * 1024 * 1024


def run(file: Path, *, dossier: Path, out: Path | None, report: Path | None, as_pdf: bool) -> int:
    """Anonymise `file`, tell what was done on standard output and error, write the report; returns the exit code.

    0: the file was made and proven. 1: there is no output file, and the report and standard error say why. Source:
    issue 7 (Command).
    """
    signal.signal(signal.SIGTERM, _stopped)  # an exception, so that scratch is emptied
    if report is not None and not _may_be_report(report, {file, dossier, out}):
        return _ended("report_place")
    try:
        record = _record(dossier)
    except RecordError as error:
        return _ended("record", str(error))
    done = anonymise_file(Wish(path=file, record=record, out=out, as_pdf=as_pdf), progress=_progress)
    if report is not None and not _write_report(report, done):
        if done.out is not None:
            done.out.unlink(missing_ok=True)
        return _ended("report_place")
    _tell(done)
    return 0 if done.out is not None else 1


def _stopped(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _record(path: Path) -> dict[str, Any]:
    """The dossier record; its sentences name a place and no value."""
    try:
        if not path.is_file() or path.stat().st_size > _RECORD_BYTES:
            raise RecordError("het is geen gewoon bestand van ten hoogste 5 MB.")
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RecordError("het kan niet worden geopend.") from error
    except (ValueError, RecursionError) as error:
        raise RecordError("het is geen JSON.") from error
    known_from_record(record)
    return dict(record)


def _may_be_report(place: Path, others: set[Path | None]) -> bool:
    """Whether a report may be written here: a new file, or over an earlier report."""
    if place.is_symlink() or any(other is not None and place.absolute() == other.absolute() for other in others):
        return False
    if not place.exists():
        return place.parent.is_dir() and os.access(place.parent, os.W_OK)
    try:
        earlier = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(earlier, dict) and earlier.get("format") == FORMAT


def _write_report(place: Path, done: Report) -> bool:
    making = place.with_name(f".{os.urandom(8).hex()}.report")
    try:
        making.write_text(json.dumps(done.written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        making.replace(place)
    except OSError:
        making.unlink(missing_ok=True)
        return False
    return True


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{line}        ", err=True, nl=False)
    else:
        click.echo(line, err=True)


def _tell(done: Report) -> None:
    if sys.stderr.isatty():
        click.echo("", err=True)
    if done.out is None:
        click.echo(f"Fout: {done.sentence}", err=True)
        return
    finds = done.written["finds"]
    click.echo(f"{done.sentence} {done.out}")
    click.echo(f"Vervangen: {finds['total']} (twijfel: {finds['doubtful']}). In het resultaat is niets teruggevonden.")
    for warning in done.written["warnings"]:
        pages = f" (pagina {', '.join(map(str, warning['pages']))})" if warning.get("pages") else ""
        click.echo(f"Let op: {warning['text']}{pages}")


def _ended(code: str, detail: str = "") -> int:
    click.echo(f"Fout: {sentence_for(code, LIMITS, detail)}", err=True)
    return 1
