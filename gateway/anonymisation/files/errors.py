"""Why a file is not anonymised: a code for machines, and a Dutch sentence for people that holds nothing of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.dossiers.files.messages import MESSAGES as CHECKED
from gateway.dossiers.files.messages import numbers

if TYPE_CHECKING:
    from gateway.dossiers.files.limits import Limits

LIBREOFFICE: Final = "libreoffice-writer-nogui libreoffice-calc-nogui"

SENTENCES: Final[dict[str, str]] = {
    "residue": (
        "Er is geen bestand gemaakt: in het resultaat stond nog iets dat naar de leerling of het gezin wijst. "
        "Het rapport zegt in welk onderdeel."
    ),
    "unproven": (
        "Er is geen bestand gemaakt: het resultaat kon niet helemaal worden nagekeken. Probeer het met --as pdf."
    ),
    "not_a_file": "Dit is geen gewoon bestand (een map, een verwijzing of een apparaat). Geef het bestand zelf op.",
    "missing": "Dit bestand bestaat niet of kan niet worden gelezen.",
    "exists": "Het uitvoerbestand bestaat al en wordt niet overschreven. Geef met --out een andere naam.",
    "no_place": "In de map van het uitvoerbestand kan niet worden geschreven. Geef met --out een andere plaats.",
    "out_kind": (
        "De naam bij --out past niet bij de soort van het resultaat. Houd de extensie van het invoerbestand, of geef "
        "--as pdf en een naam op .pdf."
    ),
    "report_place": "Het rapport kan niet op deze plaats worden geschreven. Geef met --report een andere naam.",
    "record": "Het dossierbestand kan niet worden gelezen: {detail}",
    "hidden_password": "Het bestand is beveiligd met een wachtwoord. Haal de beveiliging eraf en probeer het opnieuw.",
    "no_libreoffice": f"LibreOffice ontbreekt. Installeer de pakketten {LIBREOFFICE}.",
    "no_tesseract": (
        "De tekstherkenning ontbreekt. Installeer de pakketten tesseract-ocr en tesseract-ocr-nld (Nederlands)."
    ),
    "no_poppler": "Het programma om pdf-bestanden na te kijken ontbreekt. Installeer het pakket poppler-utils.",
    "no_sandbox": "Het afgeschermde proces kon niet worden gestart. `dossierpoort doctor` zegt wat er ontbreekt.",
    "no_scratch": (
        "Er is geen werkmap in het geheugen (tmpfs) met genoeg ruimte. Zet DOSSIERPOORT_SCRATCH op zo'n map, "
        "bijvoorbeeld /dev/shm/dossierpoort."
    ),
    "too_heavy": (
        "Het bestand vraagt meer tijd of geheugen dan één bestand mag. Maak het kleiner of verdeel het over meer "
        "bestanden."
    ),
    "internal": "Er ging iets mis bij het anonimiseren. Er is geen bestand gemaakt.",
}
"""Sentences of this package; the codes of the check of an upload have theirs already."""


class FileRefusedError(Exception):
    """No output: `code` is one of `SENTENCES` or of the upload check; `detail` holds no value of file or dossier."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def sentence_for(code: str, limits: Limits, detail: str = "") -> str:
    """What a person reads; a code that is not known reads as `internal`."""
    if code in SENTENCES:
        return SENTENCES[code].format(detail=detail)
    written = CHECKED.get(code, SENTENCES["internal"])
    return written.format(**numbers(limits))
