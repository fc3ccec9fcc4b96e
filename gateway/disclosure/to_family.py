"""A disclosure to the pupil or a guardian: the answer of an inzage, as one verstrekking with its documents (PR11.1).

It is made with the decision on the request, by the slice that treats it; what leaves is judged there, each document at
each way out. The ordinary ways of a verstrekking give nothing of it: asked who it is for, the judge says no (PRage).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.disclosure import noting
from gateway.disclosure.asking import as_asked
from gateway.disclosure.choosing import ORIGINAL, REDACTED
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.family import family_of
from gateway.dossiers.tables import Dossier
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.reglement.rules import Decision
    from gateway.services import Services

PURPOSE, BASIS = "inzage", "law"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: the dossier, the opaque id of the request, the law it rests on, and its last day."""

    dossier_id: str
    about: str
    law: str
    open_until: date


def disclose(
    services: Services,
    session: Session,
    context: Context,
    answer: Answer,
    judged: Sequence[tuple[Outgoing, dict[str, Any], Decision]],
) -> Verstrekking:
    """Commit the verstrekking and its event in the caller's transaction; the caller saw that each was allowed."""
    first, dossier = judged[0][2], session.get_one(Dossier, answer.dossier_id)
    row = Verstrekking(
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        recipient_id=family_of(session, dossier.tenant_id).id,
        purpose=PURPOSE,
        basis=BASIS,
        law=answer.law,
        categories=" ".join(sorted({category for each, _, _ in judged for category in each.categories})),
        form=REDACTED if any(each.form == REDACTED for each, _, _ in judged) else ORIGINAL,
        article=first.article,
        profile=f"{first.profile_id}@{first.profile_version}",
        statement=services.vault.seal_json(
            session, dossier.id, "statement", sentence("Antwoord op een verzoek om inzage.")
        ),
        details=services.vault.seal_json(session, dossier.id, "verstrekking", {"request": answer.about}),
        state="open",
        made_by=context.person.account_id,
        made_at=context.now,
        open_until=answer.open_until,
    )
    session.add(row)
    session.flush()
    for each, told, decision in judged:
        facts = as_asked(told, decision, context.today)
        session.add(
            VerstrekkingDocument(
                verstrekking_id=row.id,
                version_id=each.version.id,
                categories=" ".join(each.categories),
                article=decision.article,
                facts=services.vault.seal_json(session, dossier.id, f"facts:{row.id}:{each.version.id}", facts),
                form=each.form,
                mark=each.mark,
            )
        )
    session.flush()
    noting.record_disclosed(services, session, context, row)
    return row
