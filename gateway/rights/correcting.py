"""A granted correctie is carried out item by item, and everyone who had the wrong data is told.

Improve: staff put the new version in its place (or change the pupil's data), and the old one is shielded. Add: the
family's own words are linked. Remove: cryptographic erasure of that document. Shield (of a document): the judge
enforces it from the decision on. What is not granted can be answered with a *zienswijze*.
Source: PR11.4, PR11.5, PR11.6, PR11.7, AVG 16, 17, 18.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit.log import events
from gateway.context import Role
from gateway.disclosure import recipients
from gateway.dossiers import seen, statements
from gateway.dossiers.erasing import erase_document
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, LogSealer, record
from gateway.restrictions import usecases as restrictions
from gateway.restrictions.rules import SHIELD
from gateway.rights import keeping_law, propagating, queries, rules
from gateway.rights.propagating import Change
from gateway.rights.tables import RightItem, RightRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.recipients import Got
    from gateway.rights.rules import Decision
    from gateway.services import Services

FIELD_LETTERS: Mapping[str, str] = {"bsn": "b", "address": "a", "guardians": "d", "reason": "j"}
"""The category (PR7) in which a field of the pupil's data leaves; the others leave with every name."""
FIELD_PARTS: Mapping[str, frozenset[str]] = {
    "name": frozenset({"first_name", "infix", "last_name"}),
    "born": frozenset({"born"}),
    "bsn": frozenset({"bsn"}),
    "address": frozenset({"street", "postcode", "town"}),
    "guardians": frozenset({"guardians"}),
    "school": frozenset({"enrolled_from"}),
    "reason": frozenset({"reason"}),
}
"""What of the pupil's data a field is, as an event of a change names it; of `other` any change counts."""
TO_DO = (rules.DECIDED, rules.CARRIED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Why an item cannot be carried out yet: what staff must do first; empty when nothing stands in the way."""

    why: str = ""


def decided(services: Services, session: Session, context: Context, row: RightRequest, decision: Decision) -> None:
    """In the deciding transaction: shields hold at once, and staff hear what they must improve.

    Raises:
        ConflictError: a removal is granted that the law forbids: it could never be carried out.
    """
    del decision
    dossier = session.get_one(Dossier, row.dossier_id)
    granted = [item for item in items_of(session, row.id) if item.outcome in {rules.GRANTED, rules.PARTLY}]
    for item in granted:
        if item.change == "remove" and (document := _document(session, item)) is not None:
            keeping_law.require_removable(session, context, row, dossier, document, deciding=True)
        if item.change == "shield" and item.document_id is not None:
            carry_out(services, session, context, row, item)
    if any(item.change in {"improve", "add"} for item in granted):
        for account_id in school_staff(session, dossier.school_on(context.today)):
            tell(services, session, context, dossier, account_id, "correction_asked", f"/dossiers/{dossier.id}/stukken")
        tell_swv(services, session, context, dossier, "correction_asked")


def ready(services: Services, session: Session, row: RightRequest) -> None:
    """Before it counts as carried out or is closed: every granted item is done, and every recipient was told.

    Raises:
        ConflictError: what must be done first.
    """
    del services
    if row.state not in TO_DO:
        return
    left = [
        item
        for item in items_of(session, row.id)
        if item.outcome in {rules.GRANTED, rules.PARTLY} and item.done_on is None
    ]
    if left:
        raise ConflictError("Nog niet alles wat is toegewezen, is uitgevoerd. Doe dat eerst, per onderdeel.")
    propagating.require_told(session, row)


def do_item(services: Services, context: Context, request_id: str, item_id: str, *, name: str = "") -> None:
    """The officer carries out one granted item; `name` is what must be typed before a document is removed.

    Raises:
        NotFoundError: not of a request of the officer's SWV.
        ConflictError: it was not granted, was done already, waits for staff, or may not be removed.
        InvalidInputError: the confirmation was not typed.
    """
    with services.db.writing() as session:
        row, item = of_request(session, context, request_id, item_id)
        if row.state not in TO_DO or item.outcome not in {rules.GRANTED, rules.PARTLY}:
            raise ConflictError("Dit onderdeel is niet toegewezen. Er is niets uit te voeren.")
        if item.done_on is not None:
            raise ConflictError("Dit onderdeel is al uitgevoerd.")
        there = _document(session, item) is not None
        if item.change == "remove" and there and name.strip().casefold() != "verwijderen":
            raise InvalidInputError("Typ verwijderen om het stuk te verwijderen.", field="confirm_name")
        carry_out(services, session, context, row, item)


def carry_out(services: Services, session: Session, context: Context, row: RightRequest, item: RightItem) -> None:
    """One item, in the caller's transaction, with the recipients told.

    Of a document that another item removed already nothing is left to do: its recipients heard it then.
    """
    waits = waits_for(services, session, row, item)
    if waits.why:
        raise ConflictError(waits.why)
    got = received(session, row, item)
    gone = item.document_id is not None and _document(session, item) is None
    if gone:
        item.document_id = None
    elif item.change == "remove" and item.document_id is not None:
        remove(services, session, context, row, item.document_id)
        item.document_id = None
    elif item.change == "shield" and item.document_id is not None:
        _shield(services, session, context, row, item.document_id)
    elif item.change == "improve" and item.document_id is not None:
        for version in _older(session, item.document_id):
            _shield(services, session, context, row, item.document_id, version_id=version.id)
    elif item.change == "add" and item.document_id is not None:
        line = next(each for each in queries.items_of(session, services.vault, row) if each.row.id == item.id)
        _state(services, session, context, row, item, statements.ADDITION, line.should_be)
    item.done_on = context.today
    record(
        session,
        services.vault,
        context,
        Action.CORRECT,
        dossier_id=row.dossier_id,
        object_type="right_item",
        object_id=item.id,
        article="PR11.6",
        payload={"change": item.change, "field": item.field, "request": row.id, **({"gone": True} if gone else {})},
    )
    code = "improve_field" if item.change == "improve" and item.field is not None else item.change
    propagating.spread(services, session, context, row, Change(code=code, item_id=item.id), got)


def remove(services: Services, session: Session, context: Context, row: RightRequest, document_id: str) -> None:
    """Erase one document: its keys, versions, renditions and labels; verstrekkingen let go of it.

    Raises:
        ConflictError: a law obliges keeping it, or something other than this request holds the dossier.
    """
    dossier = session.get_one(Dossier, row.dossier_id, with_for_update=True, populate_existing=True)
    document = session.get(Document, document_id)
    if document is None or document.dossier_id != dossier.id:
        raise ConflictError("Dit stuk is er niet meer.")
    keeping_law.require_removable(session, context, row, dossier, document)
    recipients.let_go(services, session, context, dossier.id, document.id)
    erase_document(services, session, context, dossier, document)
    dossier.changed_at = context.now
    record(
        session,
        services.vault,
        context,
        Action.DESTROY,
        dossier_id=dossier.id,
        object_type="document",
        object_id=document_id,
        article="PR11.4",
        payload={"erased": True, "request": row.id},
    )


def waits_for(services: Services, session: Session, row: RightRequest, item: RightItem) -> Waits:
    """What staff must do before an item can be carried out."""
    if item.document_id is not None and _document(session, item) is None:
        return Waits()
    if item.change == "improve" and item.document_id is not None:
        newest = _newest(session, item.document_id)
        if newest is None or newest.state != "ready" or newest.kind is None or newest.made_at <= row.made_at:
            return Waits(why="De school voegt eerst de verbeterde versie toe, bij het stuk zelf, en beschrijft haar.")
    if item.field is not None and not _field_changed(services, session, row, item.field):
        return Waits(why="De school wijzigt eerst de gegevens van de leerling. Daarna rondt u dit onderdeel af.")
    return Waits()


def received(session: Session, row: RightRequest, item: RightItem) -> list[Got]:
    """Who received what this item is about."""
    if item.document_id is not None:
        return recipients.of_document(session, row.dossier_id, item.document_id)
    letters = FIELD_LETTERS.get(item.field or "", "")
    return recipients.of_dossier(session, row.dossier_id, letters, with_name=True)


def say(services: Services, context: Context, request_id: str, item_id: str, text: str) -> bool:
    """Who asked puts their own words (*zienswijze*) beside what was not corrected.

    Beside a document (True) they go along with it from now on; beside a field staff read them with the pupil's data.
    What came on paper the officer enters, in the words of who asked.

    Raises:
        NotFoundError: another's request, or who asks does not speak for the pupil today.
        ConflictError: it was granted, is not decided, or there stands one already.
        InvalidInputError: nothing was written.
    """
    text = text.strip()
    if not text or len(text) > rules.TEXT_MAX:
        raise InvalidInputError("Schrijf uw zienswijze, in ten hoogste 4000 tekens.", field="text")
    with services.db.writing() as session:
        if context.person.role is Role.PRIVACY_OFFICER:
            row, item = of_request(session, context, request_id, item_id)
        else:
            row = mine(services, session, context, request_id, lock=True)
            item = session.get_one(RightItem, item_id) if item_id in _ids(session, row) else _missing()
        if item.outcome not in {rules.REFUSED, rules.PARTLY} or row.state in rules.UNDECIDED:
            raise ConflictError("Een zienswijze hoort bij wat niet is toegewezen.")
        if item.document_id is not None and session.get(Document, item.document_id) is None:
            raise ConflictError("Dit stuk is er niet meer.")
        _state(services, session, context, row, item, statements.ZIENSWIJZE, text)
        return item.document_id is not None


def mine(
    services: Services, session: Session, context: Context, request_id: str, *, lock: bool = False
) -> RightRequest:
    """A request of this person themselves, about a pupil for whom they speak today; never the other parent's.

    Raises:
        NotFoundError: another's, or they do not speak for the pupil (any more).
    """
    row = session.get(RightRequest, request_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.asked_by != context.person.account_id:
        raise NotFoundError
    dossier, _pupil = seen.family_dossier(services, session, context, row.dossier_id)
    if context.person.account_id not in entitled_accounts(services, session, dossier, context.today):
        raise NotFoundError
    return row


def items_of(session: Session, request_id: str) -> Sequence[RightItem]:
    """The items of a request, in order."""
    query = select(RightItem).where(RightItem.request_id == request_id)
    return session.scalars(query.order_by(RightItem.position, RightItem.id)).all()


def of_request(session: Session, context: Context, request_id: str, item_id: str) -> tuple[RightRequest, RightItem]:
    """An item of a request of the officer's own SWV, held; who asked it does not carry it out.

    Raises:
        NotFoundError: of another.
    """
    row = queries.by_id(session, context, request_id, lock=True)
    item = session.get(RightItem, item_id)
    if item is None or item.request_id != row.id or row.asked_by == context.person.account_id:
        raise NotFoundError
    return row, item


def _ids(session: Session, row: RightRequest) -> set[str]:
    return {item.id for item in items_of(session, row.id)}


def _missing() -> RightItem:
    raise NotFoundError


def _state(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    item: RightItem,
    kind: str,
    text: str,
) -> None:
    statements.add(
        services,
        session,
        context,
        dossier_id=row.dossier_id,
        document_id=item.document_id,
        kind=kind,
        item_id=item.id,
        text=text,
    )


def _shield(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    document_id: str,
    *,
    version_id: str | None = None,
) -> None:
    restrictions.put(
        session,
        services.vault,
        context,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        request_id=row.id,
        kind=SHIELD,
        document_id=document_id,
        version_id=version_id,
    )


def _document(session: Session, item: RightItem) -> Document | None:
    """What the item is about; None: a field, or it was removed since."""
    return None if item.document_id is None else session.get(Document, item.document_id)


def _newest(session: Session, document_id: str) -> DocumentVersion | None:
    query = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
    return session.scalars(query.order_by(DocumentVersion.number.desc()).limit(1)).first()


def _older(session: Session, document_id: str) -> list[DocumentVersion]:
    query = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
    return list(session.scalars(query.order_by(DocumentVersion.number)))[:-1]


def _field_changed(services: Services, session: Session, row: RightRequest, field: str) -> bool:
    """Whether someone changed this of the pupil's data since the request, as the events say."""
    found = events(session.connection(), dossier=row.dossier_id, action=Action.CORRECT, since=row.made_at, limit=500)
    sealer = LogSealer(session, services.vault, organisation_id=row.tenant_id, year=row.made_at.year)
    mine = FIELD_PARTS.get(field)
    for each in found.rows:
        if each.object_type == "enrolment" and field in {"school", "other"}:
            return True
        if each.object_type == "dossier":
            changed = set(seen.opened(each, sealer).get("fields") or ())
            if changed and (mine is None or changed & mine):
                return True
    return False
