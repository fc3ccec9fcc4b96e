"""Every recipient of what changed is told, and asked what they did (PR11.7, AVG 19), in the caller's transaction.

In the portal where they have an account here, over the line where they have a gateway of their own, else by letter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access import glass
from gateway.access.rules import day_of
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import tell
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.letters import handing, making
from gateway.letters.making import Addressee
from gateway.letters.tables import Letter
from gateway.peers import usecases as peers
from gateway.recording import Action, record
from gateway.references import reference_of
from gateway.rights import queries, told_rules
from gateway.rights.tables import RightRequest
from gateway.rights.told_rules import LETTER, LINE, PORTAL, TO_SEND, Telling
from gateway.rights.told_tables import RightTold
from gateway.rights_told_words import ASKED, CHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.recipients import Got
    from gateway.services import Services

MESSAGE = "rights.correction"
"""The kind of message over the line; `rights.answer` comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed, as recipients hear of it: a code of `rights_told_words.CHANGED`, and the item it is of, if any."""

    code: str
    item_id: str | None = None


def spread(
    services: Services, session: Session, context: Context, row: RightRequest, change: Change, got: Iterable[Got]
) -> int:
    """Tell everyone of these that something changed; gives how many recipients those were.

    Someone who is told already for this request is told of this too, and answers anew.
    """
    by_recipient: dict[tuple[str, str | None], list[Got]] = {}
    for each in got:
        by_recipient.setdefault((each.organisation_id, each.expert_id), []).append(each)
    for (organisation_id, expert_id), theirs in by_recipient.items():
        told = {
            "item": change.item_id,
            "change": change.code,
            "on": context.today.isoformat(),
            "verstrekkingen": [
                {"id": each.verstrekking_id, "made_on": day_of(each.made_at).isoformat(), "places": each.places}
                for each in theirs
            ],
        }
        nameless = any(each.nameless for each in theirs)
        _tell_one(services, session, context, row, organisation_id, expert_id, told, nameless=nameless)
    return len(by_recipient)


def rows_of(session: Session, request_id: str) -> Sequence[RightTold]:
    """Everyone who is told of what this request changed."""
    query = select(RightTold).where(RightTold.request_id == request_id)
    return session.scalars(query.order_by(RightTold.made_at, RightTold.id)).all()


def details_of(services: Services, session: Session, told: RightTold, dossier_id: str) -> dict[str, Any]:
    """What they were told, opened."""
    return dict(services.vault.open_json(session, dossier_id, f"told:{told.id}", told.details))


def telling_of(told: RightTold) -> Telling:
    """Where the telling stands, for the rules."""
    return Telling(way=told.way, state=told.state, due=told.due, reminded_on=told.reminded_on, reminders=told.reminders)


def keep(told: RightTold, after: Telling) -> None:
    """The row stands where the rules put it."""
    told.state, told.due = after.state, after.due
    told.reminded_on, told.reminders = after.reminded_on, after.reminders


def note(
    services: Services, session: Session, context: Context, told: RightTold, dossier_id: str, step: str, **more: Any
) -> None:
    """Write the event of a step: told, asked again, answered, impossible. Source: PR11.7."""
    organisation = session.get_one(Organisation, told.organisation_id)
    record(
        session,
        services.vault,
        context,
        Action.CONFIRM_RECEIPT if step == "answered" else Action.NOTIFY,
        tenant_id=told.tenant_id,
        dossier_id=dossier_id,
        object_type="right_told",
        object_id=told.id,
        article="PR11.7",
        payload={
            "told_step": step,
            "way": told.way,
            "recipient": told.organisation_id,
            "recipient_name": organisation.name,
            "request": told.request_id,
            **more,
        },
    )


def settle_letters(services: Services, session: Session, context: Context, request_id: str) -> None:
    """A letter that someone said went out counts from that day: the gateway notes it, whoever looks."""
    query = select(RightTold).where(
        RightTold.request_id == request_id, RightTold.state == TO_SEND, RightTold.letter_id.is_not(None)
    )
    itself = replace(context, actor=None)
    locked = query.order_by(RightTold.id).with_for_update().execution_options(populate_existing=True)
    for told in session.scalars(locked).all():
        letter = session.get(Letter, told.letter_id)
        if letter is not None and letter.handed_on is not None:
            _went_out(services, session, itself, told, letter.handed_on)


def sent(services: Services, context: Context, request_id: str, told_id: str, on: date) -> None:
    """The officer says when the letter to this recipient went out.

    Raises:
        InvalidInputError: a day before there was something to tell, or in the future.
        ConflictError: it stands already.
    """
    with services.db.writing() as session:
        row, told = of_request(session, context, request_id, told_id)
        if told.state == TO_SEND:
            changes = details_of(services, session, told, row.dossier_id)["changes"]
            if not date.fromisoformat(changes[-1]["on"]) <= on <= context.today:
                raise InvalidInputError(
                    "Deze dag ligt niet voor de dag van de wijziging, en niet in de toekomst.", field="on"
                )
        if told.state == TO_SEND and told.letter_id is not None:
            letter = session.get(Letter, told.letter_id)
            if letter is not None and letter.handed_on is None:
                dossier = session.get_one(Dossier, row.dossier_id)
                handing.hand(services, session, context, dossier=dossier, letter_id=told.letter_id, way="post", on=on)
        _went_out(services, session, context, told, on)


def impossible(services: Services, context: Context, request_id: str, told_id: str, why: str) -> None:
    """The officer records that telling them is impossible or disproportionate, with reasons (AVG 19)."""
    with services.db.writing() as session:
        row, told = of_request(session, context, request_id, told_id)
        keep(told, told_rules.impossible(telling_of(told), why))
        told.why = services.vault.seal_json(session, row.dossier_id, f"told:{told.id}:why", {"why": why.strip()})
        note(services, session, context, told, row.dossier_id, "impossible", reason=why.strip())


def answered_on_paper(
    services: Services, context: Context, request_id: str, told_id: str, done: str, text: str
) -> None:
    """The officer enters an answer that came by letter or telephone."""
    with services.db.writing() as session:
        row, told = of_request(session, context, request_id, told_id)
        take_answer(services, session, context, told, row.dossier_id, done, text)


def take_answer(
    services: Services, session: Session, context: Context, told: RightTold, dossier_id: str, done: str, text: str
) -> None:
    """Keep what a recipient says they did, with its event."""
    keep(told, told_rules.answer(telling_of(told), done, text))
    told.answered_on = context.today
    told.answered_by = context.actor.account_id if context.actor else None
    value = {"done": done, "text": text.strip()}
    told.answer = services.vault.seal_json(session, dossier_id, f"told:{told.id}:answer", value)
    note(services, session, context, told, dossier_id, "answered", done=done)


def tell_back(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """Officers and who asked hear that a recipient answered."""
    dossier = session.get_one(Dossier, row.dossier_id)
    for officer in glass.officers(session, row.tenant_id):
        tell(services, session, context, dossier, officer.id, "correction_answer", f"/verzoeken/{row.id}/correctie")
    if row.asked_by is not None:
        tell(
            services, session, context, dossier, row.asked_by, "correction_answer", f"/rechten/verzoek/{row.id}/gevolg"
        )


def of_request(session: Session, context: Context, request_id: str, told_id: str) -> tuple[RightRequest, RightTold]:
    """One recipient of a request of the officer's own SWV, held.

    Raises:
        NotFoundError: of another request or SWV, or not there.
    """
    row = queries.by_id(session, context, request_id)
    told = session.get(RightTold, told_id, with_for_update=True, populate_existing=True)
    if told is None or told.request_id != row.id:
        raise NotFoundError
    return row, told


def require_told(session: Session, row: RightRequest) -> None:
    """Nobody is left who was neither told nor recorded as impossible.

    Raises:
        ConflictError: a letter did not go out yet.
    """
    for told in rows_of(session, row.id):
        if told.state == TO_SEND and told.letter_id is not None:
            letter = session.get(Letter, told.letter_id)
            if letter is not None and letter.handed_on is not None:
                continue
        if not told_rules.all_told([told.state]):
            raise ConflictError(
                "Nog niet elke ontvanger is ingelicht. Verstuur de brieven, of schrijf waarom het niet kan (PR11.7)."
            )


def readers(session: Session, told: RightTold) -> list[str]:
    """The accounts that a recipient reads it with here; empty when there is none."""
    query = select(Account.id).where(Account.organisation_id == told.organisation_id, Account.active)
    if told.expert_id is not None:
        query = query.where(Account.id == told.expert_id)
    else:
        query = query.where(Account.role == Role.CONTACT_PERSON.value)
    return list(session.scalars(query.order_by(Account.id)))


def _tell_one(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    organisation_id: str,
    expert_id: str | None,
    change: dict[str, Any],
    *,
    nameless: bool,
) -> None:
    told = _row(session, row, organisation_id, expert_id)
    if told is None:
        told = RightTold(
            id=new_id(),
            request_id=row.id,
            tenant_id=row.tenant_id,
            organisation_id=organisation_id,
            expert_id=expert_id,
            nameless=nameless,
            way="",
            state="",
            details=b"",
            made_at=context.now,
            reminders=0,
        )
        told.way = _way(session, told)
        changes = [change]
        after = told_rules.begin(told.way, context.today)
        session.add(told)
    else:
        changes = [*details_of(services, session, told, row.dossier_id)["changes"], change]
        after = told_rules.again(telling_of(told), context.today)
        told.answer = told.why = told.answered_on = told.answered_by = None
        told.nameless = told.nameless or nameless
    keep(told, after)
    told.told_on = None if told.state == TO_SEND else context.today
    told.details = services.vault.seal_json(session, row.dossier_id, f"told:{told.id}", {"changes": changes})
    session.flush()
    _send(services, session, context, row, told, change)
    note(services, session, context, told, row.dossier_id, told.state, change=change["change"])


def _row(session: Session, row: RightRequest, organisation_id: str, expert_id: str | None) -> RightTold | None:
    query = select(RightTold).where(
        RightTold.request_id == row.id,
        RightTold.organisation_id == organisation_id,
        RightTold.expert_id.is_(None) if expert_id is None else RightTold.expert_id == expert_id,
    )
    return session.scalars(query.with_for_update()).first()


def _way(session: Session, told: RightTold) -> str:
    if told.expert_id is None and peers.has_link(session, told.organisation_id):
        return LINE
    return PORTAL if readers(session, told) else LETTER


def _send(
    services: Services, session: Session, context: Context, row: RightRequest, told: RightTold, change: dict[str, Any]
) -> None:
    dossier = session.get_one(Dossier, row.dossier_id)
    if told.way == PORTAL:
        for account_id in readers(session, told):
            tell(services, session, context, dossier, account_id, "correction", f"/correcties/{told.id}")
    elif told.way == LINE:
        body = {"told": told.id, "due": told.due.isoformat() if told.due else "", "changes": [over_the_line(change)]}
        peers.send(services, session, context, told.organisation_id, kind=MESSAGE, thread=told.id, body=body)
    elif not told.nameless:  # a letter names the pupil; who got it without a name must not learn it now
        told.letter_id = making.make(
            services,
            session,
            context,
            dossier=dossier,
            kind="notice_third",
            to=Addressee(name=session.get_one(Organisation, told.organisation_id).name),
            values={
                "change": str(CHANGED[change["change"]]),
                "asked": str(ASKED[change["change"]]),
                "until": context.today + told_rules.ANSWER_DAYS,
            },
            about=row.id,
        )


def over_the_line(change: dict[str, Any]) -> dict[str, Any]:
    """A change as a partner's gateway hears of it: which verstrekking, never whose or what stands in it."""
    return {
        "change": change["change"],
        "on": change["on"],
        "verstrekkingen": [
            {"reference": reference_of(each["id"]), "made_on": each["made_on"], "places": list(each["places"])}
            for each in change["verstrekkingen"]
        ],
    }


def _went_out(services: Services, session: Session, context: Context, told: RightTold, on: date) -> None:
    keep(told, told_rules.sent(telling_of(told), on))
    told.told_on = on
    row = session.get_one(RightRequest, told.request_id)
    note(services, session, context, told, row.dossier_id, "told")
