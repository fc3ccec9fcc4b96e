"""What a line of the log says of the answer to an inzage. Pure; a part of `happened`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = frozenset({"inzage", "inzage_document", "inzage_piece"})
"""The kinds of thing that this module has words for."""
_STEPS = {
    "asked": sentence("Gegevens van anderen laten weghalen uit een stuk, voor een inzage"),
    "made": sentence("Gegevens van anderen weggehaald uit een stuk, voor een inzage"),
    "failed": sentence("Gegevens van anderen weghalen uit een stuk is niet gelukt"),
    "decided": sentence("Keuze gemaakt bij een stuk voor een inzage"),
}


def for_staff(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened, for staff."""
    match action:
        case Action.ANONYMISE:
            return _STEPS.get(str(payload.get("step")), "")
        case Action.DECIDE if about == "inzage_piece":
            return sentence("Beslist over een onderdeel van het antwoord op een inzage")
        case Action.DECIDE:
            return sentence("Beslist of een stuk meegaat met een inzage")
        case Action.CONSULT if payload.get("form"):
            return sentence("Ouder of leerling las het antwoord op een inzage")
        case Action.CONSULT:
            return sentence("Antwoord op een inzage voorbereid of bekeken")
        case Action.PRINT:
            return sentence("Antwoord op een inzage afgedrukt om mee te geven")
        case Action.DOWNLOAD:
            return sentence("Ouder of leerling haalde het antwoord op een inzage op")
        case _:
            return ""


def for_family(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened, for a parent or pupil."""
    match action:
        case Action.CONSULT if payload.get("form"):
            return sentence("Las het antwoord op het verzoek om inzage")
        case Action.CONSULT:
            return sentence("Maakte het antwoord op het verzoek om inzage")
        case Action.PRINT:
            return sentence("Drukte het antwoord op het verzoek om inzage af")
        case Action.DOWNLOAD:
            return sentence("Haalde het antwoord op het verzoek om inzage op")
        case Action.DECIDE if about == "inzage_document":
            return sentence("Besliste of een stuk meegaat met het antwoord op het verzoek om inzage")
        case _:
            return ""
