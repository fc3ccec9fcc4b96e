"""The log of consultations as a requester gets it: complete, and employees as the reglement says (PR11.1, PR11.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dossiers import seen
from gateway.rights import overview_words
from gateway.rights.overview_values import LogPart
from gateway.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.seen import SeenLine
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services


def parts(services: Services, session: Session, context: Context, dossier: Dossier) -> list[LogPart]:
    """Every line that a family may see, newest first; what is the same on one day is one line with its times."""
    lines: list[SeenLine] = []
    before: str | None = None
    while True:
        page = seen.page(services, session, context, dossier, before, apart=True)
        lines += page.lines
        before = page.next_cursor
        if before is None:
            break
    return [_part(line) for line in seen.merged(lines)]


def _part(line: SeenLine) -> LogPart:
    failed = line.outcome == "failed" and line.action not in {"download", "print"}
    return LogPart(
        day=line.day,
        times=tuple(look.at for look in line.looks),
        who=line.who,
        organisation=line.of,
        what=sentence("%(what)s (dat is niet gelukt)", what=line.what) if failed else line.what,
        purpose=str(overview_words.PURPOSES.get(line.purpose, line.purpose)),
        basis=str(overview_words.BASES.get(line.basis, line.basis)),
        article=line.article,
        why_not=line.reason,
    )
