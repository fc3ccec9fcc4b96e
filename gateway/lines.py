"""What travels over the lines between SWVs, and what each right does: wired for portal, worker and commands."""

from __future__ import annotations

from gateway.destruction import line as destruction_line
from gateway.disclosure import opened, over_the_line
from gateway.peers import handlers
from gateway.rights import answering, correcting, effects, objecting, overview, told_line
from gateway.rights.redaction import KINDS
from gateway.second_opinion import for_inzage, mirror


def wire() -> None:
    """Register the door for documents, who applies messages, what leaves once approved, and what each right does."""
    over_the_line.register()
    handlers.register("second_opinion.", mirror.handle)
    opened.register(mirror.opened)
    told_line.register()
    destruction_line.register()
    effects.register("correctie", ready=correcting.ready, decided=correcting.decided)
    effects.register(
        "verzet",
        begun=objecting.verzet_begun,
        ready=objecting.verzet_ready,
        decided=objecting.verzet_decided,
        ended=objecting.verzet_ended,
    )
    effects.register("beperking", ready=objecting.beperking_ready, decided=objecting.beperking_decided)
    effects.register("wissing", ready=objecting.wissing_ready, decided=correcting.decided)
    overview.register_opinions(for_inzage.of_dossier)
    for kind in KINDS:
        effects.register(kind, ready=answering.ready, decided=answering.decided, ended=answering.ended)
