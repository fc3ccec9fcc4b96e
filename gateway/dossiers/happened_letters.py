"""What a line of the log says of letters. Pure; a part of `happened`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = frozenset({"letter"})
"""The kinds of thing that this module has words for."""
TITLES: dict[str, str] = {
    "receipt": "ontvangstbevestiging",
    "proof_asked": "vraag om bewijs van wie u bent",
    "extension": "meer tijd nodig",
    "decision": "beslissing op een verzoek",
    "refusal": "afwijzing van een verzoek",
    "notice_third": "bericht aan wie de gegevens kreeg",
    "reminder": "herinnering",
    "complaint_answer": "antwoord op een klacht",
    "consent_withdrawn": "bevestiging dat toestemming is ingetrokken",
    "objection_received": "ontvangst van een bezwaar",
    "objection_decided": "beslissing op een bezwaar",
}
"""How a kind of letter is called in a sentence; a test holds it to the kinds of `gateway.letters`."""


def for_staff(action: Action, payload: Mapping[str, Any], _about: str) -> str:
    """What happened with a letter, for staff."""
    name = {"name": _title(payload)}
    match action:
        case Action.CONSULT:
            return sentence("Brief gelezen: %(name)s", **name)
        case Action.PRINT:
            return sentence("Brief als PDF gemaakt: %(name)s", **name)
        case Action.NOTIFY:
            return sentence("Brief verstuurd: %(name)s", **name)
        case _:
            return sentence("Brief gemaakt: %(name)s", **name)


def for_family(action: Action, payload: Mapping[str, Any], _about: str) -> str:
    """What happened with a letter, for a parent or pupil."""
    name = {"name": _title(payload)}
    match action:
        case Action.CONSULT:
            return sentence("Las een brief: %(name)s", **name)
        case Action.PRINT:
            return sentence("Maakte een PDF van een brief: %(name)s", **name)
        case Action.NOTIFY:
            return sentence("Verstuurde een brief: %(name)s", **name)
        case _:
            return sentence("Maakte een brief: %(name)s", **name)


def _title(payload: Mapping[str, Any]) -> str:
    known = TITLES.get(str(payload.get("letter")))
    return sentence(known) if known else ""
