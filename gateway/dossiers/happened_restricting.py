"""What a line of the log says of verzet and shields, corrections that were carried out, and who was told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.recording import Action
from gateway.restrictions.rules import PENDING, RESTRICTED, UPHELD
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = frozenset({"restriction", "right_item", "right_told", "statement"})
"""The kinds of thing that this module has words for."""


def for_staff(action: Action, payload: Mapping[str, Any], about: str, *, name: str) -> str:
    """What happened, for staff; `name` is what the reader may call the document."""
    recipient = {"name": str(payload.get("recipient_name") or "")}
    if about == "statement":
        return sentence("Eigen tekst van ouder of leerling bij het stuk gezet: %(name)s", name=name)
    if about == "right_item":
        return sentence("Correctie uitgevoerd")
    if about == "right_told":
        return _told(action, payload, recipient)
    ended = bool(payload.get("ended"))
    match payload.get("restriction"):
        case kind if kind == PENDING:
            return sentence("Verzet afgehandeld") if ended else sentence("Verzet ontvangen: verstrekken is gestopt")
        case kind if kind == UPHELD:
            return sentence("Verzet beëindigd") if ended else sentence("Verzet was terecht: het gebruik is gestopt")
        case kind if kind == RESTRICTED:
            return sentence("Beperking van het gebruik beëindigd") if ended else sentence("Gebruik beperkt (AVG 18)")
        case _ if payload.get("document") is None:
            return sentence("Afscherming beëindigd") if ended else sentence("Gegevens afgeschermd")
        case _ if ended:
            return sentence("Afscherming beëindigd: %(name)s", name=name)
        case _:
            return sentence("Stuk afgeschermd: %(name)s", name=name)


def _told(action: Action, payload: Mapping[str, Any], recipient: dict[str, str]) -> str:
    if action is Action.CONSULT:
        return sentence("Ontvanger bekeek een correctie")
    match payload.get("told_step"):
        case "answered":
            return sentence("%(name)s schreef wat er met de correctie is gedaan", **recipient)
        case "impossible":
            return sentence("Vastgelegd waarom %(name)s niet kan worden ingelicht", **recipient)
        case "reminded":
            return sentence("%(name)s herinnerd aan een correctie", **recipient)
        case "to_send":
            return sentence("Brief over een correctie gemaakt voor %(name)s", **recipient)
        case _:
            return sentence("%(name)s ingelicht over een correctie", **recipient)


def for_family(action: Action, payload: Mapping[str, Any], about: str) -> str:
    """What happened, for a parent or pupil."""
    if about == "statement":
        return sentence("Zette een eigen tekst bij een stuk")
    if about == "right_item":
        return sentence("Voerde een correctie uit")
    if about == "right_told":
        return _told_family(action, payload)
    ended = bool(payload.get("ended"))
    match payload.get("restriction"):
        case kind if kind == PENDING:
            return (
                sentence("Handelde een verzet af") if ended else sentence("Stopte het delen van gegevens: er is verzet")
            )
        case kind if kind == UPHELD:
            return (
                sentence("Beëindigde het verzet") if ended else sentence("Stopte het gebruik: het verzet was terecht")
            )
        case kind if kind == RESTRICTED:
            return sentence("Beëindigde de beperking van het gebruik") if ended else sentence("Beperkte het gebruik")
        case _:
            return sentence("Beëindigde de afscherming") if ended else sentence("Schermde gegevens af")


def _told_family(action: Action, payload: Mapping[str, Any]) -> str:
    recipient = {"name": str(payload.get("recipient_name") or "")}
    if action is Action.CONSULT:
        return sentence("Bekeek wat er aan de gegevens is veranderd")
    match payload.get("told_step"):
        case "answered":
            return sentence("Schreef wat er met de veranderde gegevens is gedaan")
        case "impossible":
            return sentence("Legde vast waarom %(name)s niet kan worden ingelicht", **recipient)
        case "reminded":
            return sentence("Herinnerde %(name)s aan de veranderde gegevens", **recipient)
        case "to_send":
            return sentence("Schreef %(name)s een brief over wat er is veranderd", **recipient)
        case _:
            return sentence("Liet %(name)s weten wat er is veranderd", **recipient)
