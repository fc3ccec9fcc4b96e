"""What a line of the log says of verzet, shields and restrictions. Pure; a part of `happened`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.restrictions.rules import PENDING, RESTRICTED, UPHELD
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping


def for_staff(payload: Mapping[str, Any], *, name: str) -> str:
    """What happened, for staff; `name` is what the reader may call the document."""
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


def for_family(payload: Mapping[str, Any]) -> str:
    """What happened, for a parent or pupil."""
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
