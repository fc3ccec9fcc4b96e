"""LibreOffice, with a profile of its own that dies with the work: from one kind of document to another."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.dossiers.files.renditions import office_command, registry

if TYPE_CHECKING:
    from pathlib import Path

_PDF_A: Final = json.dumps(
    {
        "SelectPdfVersion": {"type": "long", "value": "2"},
        "ExportBookmarks": {"type": "boolean", "value": "false"},
        "ExportFormFields": {"type": "boolean", "value": "false"},
        "UseTaggedPDF": {"type": "boolean", "value": "true"},
    }
)
_IN: Final = {
    "docx": "MS Word 2007 XML",
    "odt": "writer8",
    "rtf": "Rich Text Format",
    "xlsx": "Calc MS Excel 2007 XML",
    "ods": "calc8",
    "txt": "Text (encoded):UTF8,LF,,,",
}
_SECONDS: Final = 240
_CALC: Final = frozenset({"xlsx", "ods"})
_OUT: Final = {"odt": "odt:writer8", "rtf": "rtf:Rich Text Format"}


def assert_there() -> None:
    """Raises FileRefusedError("no_libreoffice") when there is no LibreOffice."""
    if shutil.which("soffice") is None:
        raise FileRefusedError("no_libreoffice")


def convert(source: Path, kind: str, to: str, work: Path) -> Path:
    """The document at `source`, of this kind, as `to` (pdf, odt, rtf); written under `work`.

    Raises FileRefusedError: "no_libreoffice", "too_heavy", "broken".
    """
    folder = work / f"office-{to}-{source.stem}"
    profile = work / "office-profile"
    user = profile / "user"
    if not user.is_dir():
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(registry(), encoding="utf-8")
    folder.mkdir()
    named = folder / f"document.{kind}"
    shutil.copyfile(source, named)
    made_filter = f"pdf:{'calc' if kind in _CALC else 'writer'}_pdf_Export:{_PDF_A}" if to == "pdf" else _OUT[to]
    command = office_command(named, profile=profile, reads=_IN[kind], writes=made_filter, into=folder / "made")
    try:
        ended = subprocess.run(  # noqa: S603 - fixed command, our own file names
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise FileRefusedError("no_libreoffice") from error
    except subprocess.TimeoutExpired as error:
        raise FileRefusedError("too_heavy") from error
    made = folder / "made" / f"document.{to}"
    if -ended.returncode in {signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ}:
        raise FileRefusedError("too_heavy")
    if ended.returncode != 0 or not made.is_file():
        raise FileRefusedError("broken")
    return made
