"""How a choice stands before it is judged: in which form it would leave, what that asks, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.anonymisation import renditions
from gateway.disclosure import choosing
from gateway.disclosure.judging import experts_of, towards_of
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.queries import documents_of, swv_dossier
from gateway.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.judging import Request
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A chosen document and, where it must leave anonymised and cannot yet, why not."""

    document_id: str
    file_name: str
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HowItLeaves:
    """The form, and what it asks of the sender: a reason, or one of these experts (account, name).

    `known_by_name`: this recipient got documents with the name of this pupil before, so it may know whom an anonymised
    set is about.
    """

    form: str
    asks_reason: bool
    asks_expert: bool
    experts: Sequence[tuple[str, str]]
    pieces: Sequence[Piece]
    known_by_name: bool

    @property
    def missing(self) -> Sequence[Piece]:
        """What has no reviewed anonymised rendition yet."""
        return [piece for piece in self.pieces if piece.why_not]


def how_it_leaves(services: Services, context: Context, request: Request) -> HowItLeaves | None:
    """How this choice would leave; None while no recipient was chosen.

    Raises:
        NotFoundError: the dossier is not within the actor's reach.
    """
    with services.db.reading() as session:
        dossier = swv_dossier(session, context, request.dossier_id)
        recipient = session.get(Organisation, request.recipient_id) if request.recipient_id else None
        if recipient is None or recipient.tenant_id != dossier.tenant_id:
            return None
        experts = experts_of(session, context, dossier, recipient)
        named = people.names_of(session, services.vault, experts)
        try:
            towards = towards_of(session, context, dossier, recipient, request)
        except InvalidInputError:
            towards = towards_of(session, context, dossier, recipient, replace(request, expert_id=None))
        form = choosing.form_of(towards, identifiable=request.identifiable)
        lines, _ = documents_of(services, session, context, dossier)
        return HowItLeaves(
            form=form,
            asks_reason=choosing.asks_reason(towards, identifiable=request.identifiable),
            asks_expert=towards.kind == choosing.PARTNER and request.identifiable,
            experts=[(account_id, named[account_id].name) for account_id in experts if account_id in named],
            pieces=[
                Piece(
                    document_id=line.document.id,
                    file_name=line.file_name,
                    why_not=renditions.why_not(services, session, line.version)
                    if form == choosing.ANONYMISED and renditions.usable(services, session, line.version) is None
                    else "",
                )
                for line in lines
                if line.document.id in request.document_ids
            ],
            known_by_name=form == choosing.ANONYMISED and _known_by_name(session, dossier.id, recipient.id),
        )


def _known_by_name(session: Session, dossier_id: str, recipient_id: str) -> bool:
    found = session.query(Verstrekking.id).where(
        Verstrekking.dossier_id == dossier_id,
        Verstrekking.recipient_id == recipient_id,
        Verstrekking.form == choosing.ORIGINAL,
        Verstrekking.state == "open",
    )
    return found.first() is not None
