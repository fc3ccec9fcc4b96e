"""What a line of the log says of letters, and of objection and appeal. Pure; a part of `happened`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.letter_words import TITLES
from gateway.objection_words import KINDS
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = frozenset({"letter", "objection"})
"""The kinds of thing that this module has words for."""


def for_staff(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened with a letter or an objection, for staff."""
    if about == "objection":
        return _objection(action, payload)
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


def for_family(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened with a letter or an objection, for a parent or pupil."""
    if about == "objection":
        return _objection(action, payload)
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


def _objection(action: Action, payload: Mapping[str, Any]) -> str:
    name = {"name": sentence(KINDS[str(payload["objection"])]) if payload.get("objection") in KINDS else ""}
    match action:
        case Action.OBJECT:
            return sentence("Tegen een besluit kwam binnen: %(name)s", **name)
        case Action.ADVISE:
            return sentence("Legde het advies van de commissie vast over: %(name)s", **name)
        case Action.DECIDE:
            return sentence("Legde de beslissing vast op: %(name)s", **name)
        case Action.WITHDRAW:
            return sentence("Legde vast dat dit is ingetrokken: %(name)s", **name)
        case _:
            return sentence("Nam meer tijd voor: %(name)s", **name)


def _title(payload: Mapping[str, Any]) -> str:
    known = TITLES.get(str(payload.get("letter")))
    return sentence(known) if known else ""
