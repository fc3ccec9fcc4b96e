"""What travels over the lines between SWVs: wired once for the portal, the worker and the commands."""

from __future__ import annotations

from gateway.disclosure import opened, over_the_line
from gateway.peers import handlers
from gateway.rights import answering, effects, overview
from gateway.rights.redaction import KINDS
from gateway.second_opinion import for_inzage, mirror


def wire() -> None:
    """Register the door for documents, and who applies a partner's messages, and what leaves once approved."""
    over_the_line.register()
    handlers.register("second_opinion.", mirror.handle)
    opened.register(mirror.opened)
    overview.register_opinions(for_inzage.of_dossier)
    for kind in KINDS:
        effects.register(kind, ready=answering.ready, decided=answering.decided, ended=answering.ended)
