"""What a line of the log says of matters, besluiten and holds. Pure; a part of `happened`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.matters.rules import BESLUIT_KINDS, HOLD_KINDS, MATTER_KINDS
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = frozenset({"matter", "besluit", "legal_hold"})
"""The kinds of thing that this module has words for."""


def for_staff(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened, for staff."""
    if about == "matter":
        kind = {"name": _word(MATTER_KINDS, payload.get("matter"))}
        if payload.get("withdrawn"):
            return sentence("Zaak ingetrokken: %(name)s", **kind)
        if action is Action.CORRECT:
            return sentence("Zaak verbeterd: %(name)s", **kind)
        if payload.get("ended"):
            return sentence("Zaak afgesloten: %(name)s", **kind)
        return sentence("Zaak begonnen: %(name)s", **kind)
    if about == "besluit":
        return _of_besluit(action, payload)
    kind = {"name": _word(HOLD_KINDS, payload.get("hold"))}
    if payload.get("reminded"):
        return sentence("Herinnerd om opnieuw te kijken naar uitstel van vernietiging: %(name)s", **kind)
    if payload.get("ended"):
        return sentence("Uitstel van vernietiging beëindigd: %(name)s", **kind)
    if payload.get("review"):
        return sentence("Uitstel van vernietiging opnieuw bekeken: %(name)s", **kind)
    return sentence("Vernietiging uitgesteld: %(name)s", **kind)


def _of_besluit(action: Action, payload: Mapping[str, Any]) -> str:
    kind = {"name": _word(BESLUIT_KINDS, payload.get("besluit"))}
    match action:
        case Action.CONSULT:
            return sentence("Ouder of leerling bekeek de besluiten")
        case Action.PRINT:
            return sentence("Besluit als PDF gemaakt: %(name)s", **kind)
        case Action.EXPORT:
            return sentence("Gegevens voor BRON gemaakt")
        case Action.CORRECT:
            return sentence("Besluit verbeterd: %(name)s", **kind)
        case _:
            return sentence("Besluit vastgelegd: %(name)s", **kind)


def _word(table: Mapping[str, str], code: object) -> str:
    known = table.get(str(code))
    return sentence(known) if known else ""


def for_family(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened, for a parent or pupil. Empty: nothing to tell them."""
    if about == "legal_hold":
        if payload.get("reminded") or payload.get("review"):
            return ""
        if payload.get("ended"):
            return sentence("Legde vast dat het dossier na zijn termijn weer vernietigd mag worden")
        return sentence("Legde vast dat het dossier nog niet vernietigd mag worden")
    if about == "matter":
        return sentence("Verbeterde de gegevens van een zaak") if action is Action.CORRECT else ""
    match action:
        case Action.CONSULT:
            return sentence("Bekeek de besluiten")
        case Action.PRINT:
            return sentence("Maakte een PDF van een besluit")
        case Action.EXPORT:
            return sentence("Maakte de gegevens van een verklaring voor BRON")
        case Action.CORRECT:
            return sentence("Verbeterde een besluit")
        case _:
            return sentence("Nam een besluit")
