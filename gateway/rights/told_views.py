"""What the pages of corrections show: to the officer, to who asked, and to who received the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.dossiers import statements
from gateway.dossiers.labels import file_name_of
from gateway.dossiers.queries import kept_versions, pupil_of
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.recording import Action, record
from gateway.references import reference_of
from gateway.restrictions import queries as restrictions
from gateway.rights import correcting, objecting, propagating, queries, rules, storing, told_line, told_rules
from gateway.rights.tables import RightRequest
from gateway.rights.told_tables import CorrectionNotice, RightTold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.statements import StatementLine
    from gateway.restrictions.tables import Restriction
    from gateway.rights.queries import ItemLine, RequestLine
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A document as the officer must know it to decide and carry out; its content is not here."""

    document_id: str
    file_name: str
    kind: str
    categories: Sequence[str]
    made_on: date
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item beside what it is about: what it waits for, and who received it."""

    line: ItemLine
    document: Look | None
    waits: str
    recipients: Sequence[str]
    statement: StatementLine | None

    @property
    def granted(self) -> bool:
        """Whether something of it is to be carried out."""
        return self.line.row.outcome in {rules.GRANTED, rules.PARTLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """One recipient: how they were told, and what they say they did."""

    row: RightTold
    name: str
    expert: str
    changes: Sequence[str]
    done: str
    text: str
    why: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The officer's page of carrying out a request and telling who must know."""

    line: RequestLine
    pupil_name: str
    items: Sequence[ItemView]
    told: Sequence[ToldView]
    standing: Sequence[Restriction]
    choices: Sequence[Look]
    announced: Mapping[str, date]

    @property
    def to_do(self) -> bool:
        """Whether it was decided, and something is to be carried out."""
        return self.line.row.state in correcting.TO_DO and self.line.row.outcome != rules.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """For who asked: what was done, who was told, who answered."""

    line: RequestLine
    pupil_name: str
    items: Sequence[ItemView]
    told: Sequence[ToldView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedChange:
    """Something that changed in what someone received: which verstrekking it was, never whose data."""

    change: str
    on: str
    verstrekkingen: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A correction on the page of who received the data. `over_the_line`: it came from a partner's gateway."""

    id: str
    sender: str
    on: date | None
    due: date | None
    open: bool
    changes: Sequence[ReceivedChange]
    done: str
    text: str
    over_the_line: bool


def panel(services: Services, context: Context, request_id: str) -> Panel:
    """A request of the officer's own SWV, to carry out; a look that stands in the log.

    Raises:
        NotFoundError: another's.
    """
    with services.db.writing() as session:
        row = queries.by_id(session, context, request_id)
        propagating.settle_letters(services, session, context, row.id)
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            dossier_id=row.dossier_id,
            object_type="right_request",
            object_id=row.id,
            article="PR11.4",
            payload={"step": "look", "right": row.kind},
        )
        line = queries.line(session, services.vault, row)
        choosing = row.kind == "wissing" and row.state in rules.UNDECIDED
        standing = [
            each
            for each in restrictions.rows_of(session, row.dossier_id)
            if each.request_id == row.id and each.ended_at is None and each.version_id is None
        ]
        days = {each.id: objecting.announced_on(session, row, each) for each in standing}
        return Panel(
            line=line,
            pupil_name=_pupil_name(services, session, row),
            items=_items(services, session, row, line.items, officer=True),
            told=_told(services, session, context, row),
            standing=standing,
            choices=[_look(services, session, each) for each in kept_versions(session, row.dossier_id)]
            if choosing
            else [],
            announced={each: day for each, day in days.items() if day is not None},
        )


def mine(services: Services, context: Context, request_id: str) -> Mine:
    """The same for who asked, as far as it is theirs to know; a look that stands in the log."""
    with services.db.writing() as session:
        row = correcting.mine(services, session, context, request_id)
        storing.write_event(services, session, context, row, "look")
        propagating.settle_letters(services, session, context, row.id)
        line = queries.line(session, services.vault, row)
        decided = row.state not in rules.UNDECIDED
        return Mine(
            line=line,
            pupil_name=_pupil_name(services, session, row),
            items=_items(services, session, row, line.items, officer=False) if decided else [],
            told=_told(services, session, context, row),
        )


def received(services: Services, context: Context) -> list[Received]:
    """What was corrected of what this person's organisation received, newest first."""
    with services.db.reading() as session:
        found = [_of_row(services, session, told, opened=False) for told in session.scalars(_addressed(context)).all()]
        if context.person.role is Role.CONTACT_PERSON and _is_swv(session, context):
            query = select(CorrectionNotice).where(CorrectionNotice.tenant_id == context.person.tenant_id)
            found += [_of_notice(services, session, row, opened=False) for row in session.scalars(query)]
    return sorted(found, key=lambda each: (not each.open, -(each.on.toordinal() if each.on else 0), each.id))


def show_received(services: Services, context: Context, told_id: str) -> Received:
    """One of them; that it was opened is logged.

    Raises:
        NotFoundError: not for this person.
    """
    with services.db.writing() as session:
        told = session.scalars(_addressed(context).where(RightTold.id == told_id)).first()
        if told is None:
            return _of_notice(services, session, told_line.ours(session, context, told_id), opened=True)
        row = session.get_one(RightRequest, told.request_id)
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            dossier_id=row.dossier_id,
            object_type="right_told",
            object_id=told.id,
            article="PR11.7",
        )
        return _of_row(services, session, told, opened=True)


def answer(services: Services, context: Context, told_id: str, done: str, text: str) -> None:
    """Who received it says what they did.

    Raises:
        NotFoundError: not for this person.
        ConflictError, InvalidInputError: as `told_rules.answer`.
    """
    with services.db.writing() as session:
        query = _addressed(context).where(RightTold.id == told_id).with_for_update()
        told = session.scalars(query.execution_options(populate_existing=True)).first()
        if told is not None:
            row = session.get_one(RightRequest, told.request_id)
            propagating.take_answer(services, session, context, told, row.dossier_id, done, text)
            propagating.tell_back(services, session, context, row)
            return
    told_line.answer(services, context, told_id, done, text)


def _addressed(context: Context) -> Any:
    actor = context.person
    mine = RightTold.expert_id == actor.account_id
    if actor.role is Role.CONTACT_PERSON:
        mine = RightTold.expert_id.is_(None)
    return select(RightTold).where(
        RightTold.tenant_id == actor.tenant_id,
        RightTold.organisation_id == actor.organisation_id,
        RightTold.way == told_rules.PORTAL,
        mine,
    )


def _is_swv(session: Session, context: Context) -> bool:
    return session.get_one(Tenant, context.person.tenant_id).swv_id == context.person.organisation_id


def _of_row(services: Services, session: Session, told: RightTold, *, opened: bool) -> Received:
    row = session.get_one(RightRequest, told.request_id)
    details = propagating.details_of(services, session, told, row.dossier_id)
    done, text = _answer(services, session, told, row) if opened else ("", "")
    return Received(
        id=told.id,
        sender=session.get_one(Tenant, told.tenant_id).name,
        on=told.told_on,
        due=told.due,
        open=told.state == told_rules.TOLD,
        changes=[_change({**each, "here": True}) for each in details["changes"]],
        done=done,
        text=text,
        over_the_line=False,
    )


def _of_notice(services: Services, session: Session, notice: CorrectionNotice, *, opened: bool) -> Received:
    found = told_line.changes_of(services, session, notice) if opened else []
    return Received(
        id=notice.id,
        sender=session.get_one(Organisation, notice.organisation_id).name,
        on=notice.received_at.date(),
        due=None,
        open=notice.answered_on is None,
        changes=[_change(each) for each in found],
        done="",
        text="",
        over_the_line=True,
    )


def _change(told: Mapping[str, Any]) -> ReceivedChange:
    return ReceivedChange(
        change=str(told.get("change")),
        on=str(told.get("on")),
        verstrekkingen=[
            {
                "link": f"/ontvangen/{each['id']}" if told.get("here") else "",
                "reference": each.get("reference") or reference_of(str(each["id"])),
                "made_on": str(each.get("made_on")),
                "places": list(each.get("places") or ()),
            }
            for each in told.get("verstrekkingen") or ()
        ],
    )


def _answer(services: Services, session: Session, told: RightTold, row: RightRequest) -> tuple[str, str]:
    if told.answer is None:
        return "", ""
    found = services.vault.open_json(session, row.dossier_id, f"told:{told.id}:answer", told.answer)
    return str(found["done"]), str(found["text"])


def _told(services: Services, session: Session, context: Context, row: RightRequest) -> list[ToldView]:
    rows = propagating.rows_of(session, row.id)
    experts = people.names_of(session, services.vault, [each.expert_id for each in rows if each.expert_id])
    found = []
    for told in rows:
        done, text = _answer(services, session, told, row)
        why = services.vault.open_json(session, row.dossier_id, f"told:{told.id}:why", told.why) if told.why else {}
        details = propagating.details_of(services, session, told, row.dossier_id)
        found.append(
            ToldView(
                row=told,
                name=session.get_one(Organisation, told.organisation_id).name,
                expert=experts[told.expert_id].name if told.expert_id in experts else "",
                changes=list(dict.fromkeys(each["change"] for each in details["changes"])),
                done=done,
                text=text,
                why=str(why.get("why") or ""),
                late=told_rules.is_late(propagating.telling_of(told), context.today),
            )
        )
    return found


def _items(
    services: Services, session: Session, row: RightRequest, lines: Sequence[ItemLine], *, officer: bool
) -> list[ItemView]:
    beside = {each.item_id: each for each in statements.of_dossier(session, services.vault, row.dossier_id)}
    found = []
    for line in lines:
        got = correcting.received(session, row, line.row) if officer and line.row.done_on is None else []
        names = {each.organisation_id: session.get_one(Organisation, each.organisation_id).name for each in got}
        waits = correcting.waits_for(services, session, row, line.row).why if line.row.done_on is None else ""
        found.append(
            ItemView(
                line=line,
                document=_document(services, session, line.row.document_id),
                waits=waits,
                recipients=sorted(names.values()),
                statement=beside.get(line.row.id),
            )
        )
    return found


def _document(services: Services, session: Session, document_id: str | None) -> Look | None:
    if document_id is None or session.get(Document, document_id) is None:
        return None
    query = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
    version = session.scalars(query.order_by(DocumentVersion.number.desc()).limit(1)).first()
    return None if version is None else _look(services, session, version)


def _look(services: Services, session: Session, version: DocumentVersion) -> Look:
    return Look(
        document_id=version.document_id,
        file_name=file_name_of(services.vault, session, version),
        kind=version.kind or "",
        categories=version.category_list,
        made_on=version.made_at.date(),
        versions=version.number,
    )


def _pupil_name(services: Services, session: Session, row: RightRequest) -> str:
    return pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id)).name
