"""Objection and appeal: taken in, advised on, given more time, decided; each with its hold, letter and event.

Source: OB1, OB2, PR11.10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.dossiers import seen
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.queries import covered, swv_dossier
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.letters import handing, making
from gateway.letters import queries as letters
from gateway.letters.kinds import Both
from gateway.letters.making import Addressee
from gateway.letters.reading import IN_IT
from gateway.matters import queries as matters
from gateway.matters import usecases as keeping
from gateway.matters.rules import NewHold
from gateway.matters.tables import Hold
from gateway.objections import queries, rules
from gateway.objections.tables import Objection
from gateway.recording import Action, record
from retention.terms import dutch_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.letters.queries import LetterLine
    from gateway.matters.queries import BesluitLine
    from gateway.matters.tables import Besluit
    from gateway.objections.queries import ObjectionLine
    from gateway.objections.rules import Decision, Received
    from gateway.services import Services

ARTICLE = "OB1"
LOOK_AGAIN = timedelta(days=84)
_SEPARATE = Both(nl="U krijgt het nieuwe besluit apart.", en="You will receive the new decision separately.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfBesluit:
    """What came in against one besluit. `others` are the besluiten that can come in its place."""

    besluit: BesluitLine
    lines: Sequence[ObjectionLine]
    letters: Sequence[LetterLine]
    others: Sequence[BesluitLine]
    pupil_name: str = ""


def of_besluit(services: Services, context: Context, dossier_id: str, besluit_id: str) -> OfBesluit:
    """What came in against a besluit, for the SWV's people of the dossier."""
    with services.db.reading() as session:
        dossier = _readable(session, context, dossier_id)
        return _of_besluit(services, session, dossier, besluit_id)


def for_family(services: Services, context: Context, dossier_id: str, besluit_id: str) -> OfBesluit:
    """The besluit for the parent or pupil who may object, with what they sent in themselves."""
    with services.db.reading() as session:
        dossier, pupil = seen.family_dossier(services, session, context, dossier_id)
        found = _of_besluit(services, session, dossier, besluit_id)
        own = [line for line in found.lines if line.row.account_id == context.person.account_id]
        sent = letters.of_account(session, services.vault, context.person.account_id, [dossier.id], about=besluit_id)
        return replace(found, lines=own, letters=sent, others=(), pupil_name=pupil.name)


def object_in_portal(services: Services, context: Context, dossier_id: str, besluit_id: str, new: Received) -> str:
    """A parent or pupil objects in the portal; returns the id. The SWV's people hear of it at once."""
    by = "pupil" if context.person.role is Role.PUPIL else "guardian"
    with services.db.writing() as session:
        dossier, _ = seen.family_dossier(services, session, context, dossier_id)
        besluit = keeping.standing_besluit(session, dossier.id, besluit_id, lock=True)
        mine = select(Objection.state).where(
            Objection.besluit_id == besluit.id, Objection.account_id == context.person.account_id
        )
        states = set(session.scalars(mine))
        if "running" in states:
            raise ConflictError("U maakte al bezwaar tegen dit besluit. Het samenwerkingsverband is ermee bezig.")
        if "decided" in states:
            raise ConflictError("Op uw bezwaar is al beslist. In de brief staat hoe u naar de rechter kunt.")
        account = session.get_one(Account, context.person.account_id)
        person = people.person_or_nameless(session, services.vault, account)
        new = replace(new, kind="bezwaar", by=by, received_on=context.today, who=person.name)
        row = _take_in(services, session, context, dossier, besluit, new, account_id=account.id)
        tell_swv(services, session, context, dossier, "objection")
        return row.id


def register(services: Services, context: Context, dossier_id: str, besluit_id: str, new: Received) -> str:
    """Staff register what came in on paper, or an appeal that the court told of; returns the id."""
    if not new.who.strip():
        raise InvalidInputError("Vul in wie dit deed.", field="who")
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        besluit = keeping.standing_besluit(session, dossier.id, besluit_id, lock=True)
        return _take_in(services, session, context, dossier, besluit, new, account_id=None).id


def advise(
    services: Services, context: Context, dossier_id: str, objection_id: str, *, on: date, advice: str, text: str
) -> str:
    """Record what the committee advises (OB1); returns the besluit's id, as every act below."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        row = queries.get(session, dossier.id, objection_id, running=True)
        text = rules.checked_advice(
            committee=row.committee,
            received_on=row.received_on,
            advised_on=on,
            advice=advice,
            text=text,
            today=context.today,
        )
        row.advice, row.advised_on = advice, on
        _write(services, session, row, advice=text)
        _note(services, session, context, row, Action.ADVISE, {"advice": advice, "on": on.isoformat()})
        return row.besluit_id


def extend(services: Services, context: Context, dossier_id: str, objection_id: str, *, reason: str) -> str:
    """Take six weeks more, once, and tell who objected (Awb 7:10)."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        row = queries.get(session, dossier.id, objection_id, running=True)
        before = queries.term(row)
        rules.checked_extension(
            kind=row.kind,
            extended=row.extended_on is not None,
            last=before.last_day if before else context.today,
            today=context.today,
        )
        row.extended_on = context.today
        _write(services, session, row, extension=rules.reasoned(reason, "reason"))
        after = queries.term(row)
        last = after.last_day if after else context.today
        _letter(
            services,
            session,
            context,
            dossier,
            row,
            "extension",
            {"request": "bezwaar", "received_on": row.received_on, "until": last, "reasons": reason},
        )
        _note(services, session, context, row, Action.RECORD, {"extended": last.isoformat()})
        return row.besluit_id


def decide(services: Services, context: Context, dossier_id: str, objection_id: str, new: Decision) -> str:
    """Decide on an objection, or record the court's judgment: the hold ends, the term restarts, a letter goes (OB2)."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        row = queries.get(session, dossier.id, objection_id, running=True)
        new = rules.checked_decision(
            new,
            kind=row.kind,
            committee=row.committee,
            advised=row.advised_on is not None,
            received_on=row.received_on,
            today=context.today,
        )
        if new.new_besluit_id is not None:
            keeping.standing_besluit(session, dossier.id, new.new_besluit_id)
            row.new_besluit_id = new.new_besluit_id
        row.outcome = new.outcome
        _write(services, session, row, reasons=new.reasons, article=new.article)
        _end(services, session, context, row, "decided", new.decided_on)
        if row.kind == "bezwaar":
            _letter(
                services, session, context, dossier, row, "objection_decided", _decided(services, session, row, new)
            )
        _tell_school(services, session, context, dossier, row)
        _note(services, session, context, row, Action.DECIDE, {"outcome": new.outcome})
        return row.besluit_id


def withdraw(services: Services, context: Context, dossier_id: str, objection_id: str, *, reason: str) -> str:
    """Who objected or appealed took it back (Awb 6:21); the hold ends."""
    with services.db.writing() as session:
        dossier = _mine(session, context, dossier_id)
        row = queries.get(session, dossier.id, objection_id, running=True)
        _write(services, session, row, reasons=rules.reasoned(reason, "reason"))
        _end(services, session, context, row, "withdrawn", context.today)
        _note(services, session, context, row, Action.WITHDRAW, {})
        return row.besluit_id


def _take_in(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    besluit: Besluit,
    new: Received,
    *,
    account_id: str | None,
) -> Objection:
    answers = _decided_before(session, besluit.id) if new.kind == "beroep" else None
    known_on = besluit.announced_on if answers is None else _known_on(services, session, context, answers)
    until = rules.appeal_until(known_on)
    new = rules.checked(
        new, besluit_kind=besluit.kind, announced_on=besluit.announced_on, until=until, today=context.today
    )
    row = Objection(
        id=new_id(),
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        besluit_id=besluit.id,
        answers_id=answers.id if answers is not None else None,
        kind=new.kind,
        by=new.by,
        account_id=account_id,
        state="running",
        received_on=new.received_on,
        until=until,
        late=new.received_on > until,
        committee=new.committee,
        details=b"",
        made_by=context.person.account_id,
        made_at=context.now,
    )
    told = ("who", "street", "postcode", "town", "grounds", "late_reason", "court", "language")
    _write(services, session, row, **{name: getattr(new, name) for name in told})
    row.hold_id = _hold(services, session, context, row, besluit)
    session.add(row)
    session.flush()
    dossier.changed_at = context.now
    if new.kind == "bezwaar":
        # What came in through the portal nobody wrote an answer to: the gateway confirms it.
        by = context if account_id is None else replace(context, actor=None)
        _letter(services, session, by, dossier, row, "objection_received", _received(row, besluit))
    _tell_school(services, session, context, dossier, row)
    _note(services, session, context, row, Action.OBJECT, {"by": new.by, "late": row.late})
    return row


def _hold(services: Services, session: Session, context: Context, row: Objection, besluit: Besluit) -> str:
    """Nothing of the dossier is destroyed while this runs (OB2); who registered it looks again."""
    term = queries.term(row)
    look = max(term.last_day if term else context.today, context.today + LOOK_AGAIN)
    owner = context.person.account_id if context.person.role not in seen.FAMILY else besluit.made_by
    new = NewHold(
        kind=row.kind,
        started_on=row.received_on,
        review_on=look,
        reason=f"{row.kind.capitalize()} tegen het besluit van {dutch_date(besluit.decided_on)}.",
        owner_id=owner,
    )
    return keeping.add_hold(session, services.vault, context, row.dossier_id, new)


def _end(services: Services, session: Session, context: Context, row: Objection, state: str, on: date) -> None:
    row.state, row.ended_on = state, on
    hold = session.get(Hold, row.hold_id)
    if hold is not None and hold.ended_at is None:  # else a person ended it before
        keeping.end_hold(
            session,
            services.vault,
            context,
            row.dossier_id,
            row.hold_id,
            reason="Beslist." if state == "decided" else "Ingetrokken.",
            final_decision_on=on,
        )


def _received(row: Objection, besluit: Besluit) -> dict[str, Any]:
    term = queries.term(row)
    last = {language: making.worded(row.until, language) for language in ("nl", "en")}
    late = Both(
        nl=f"Uw bezwaar kwam na de laatste dag, {last['nl']}. Wij kijken eerst of uw reden daarvoor telt.",
        en=f"Your objection came after the last day, {last['en']}. We first see whether your reason counts.",
    )
    return {
        "besluit": f"besluit_{besluit.kind}",
        "decided_on": besluit.decided_on,
        "received_on": row.received_on,
        "until": term.last_day if term else row.until,
        "late": late if row.late else "",
    }


def _decided(services: Services, session: Session, row: Objection, new: Decision) -> dict[str, Any]:
    besluit = matters.besluiten_of(session, services.vault, row.dossier_id)
    of = next(line.row for line in besluit if line.row.id == row.besluit_id)
    return {
        "besluit": f"besluit_{of.kind}",
        "decided_on": of.decided_on,
        "received_on": row.received_on,
        "advice": f"advise_{row.advice}" if row.advice else "",
        "outcome": new.outcome,
        "reasons": new.reasons,
        "article": new.article,
        "what_next": _SEPARATE if new.outcome in {"revised", "revised_partly"} else "",
    }


def _letter(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    row: Objection,
    kind: str,
    values: dict[str, Any],
) -> None:
    """Write to who objected; who objected in the portal and may still look there gets it there at once."""
    details = queries.details(session, services.vault, row)
    account = session.get(Account, row.account_id) if row.account_id else None
    reads = (
        account is not None
        and account.active
        and account.id in entitled_accounts(services, session, dossier, context.today)
    )
    to = Addressee(
        name=details["who"],
        street=details["street"],
        postcode=details["postcode"],
        town=details["town"],
        account_id=account.id if account is not None and reads else None,
    )
    letter_id = making.make(
        services,
        session,
        context,
        dossier=dossier,
        kind=kind,
        to=to,
        values=values,
        about=row.besluit_id,
        language=details["language"],
    )
    if to.account_id is not None:
        handing.hand(services, session, context, dossier=dossier, letter_id=letter_id, way="portal", on=context.today)


def _tell_school(services: Services, session: Session, context: Context, dossier: Dossier, row: Objection) -> None:
    """School and board hear that a besluit about their pupil is under review, and that it was decided."""
    school_id = dossier.school_on(context.today)
    board_id = session.get_one(Organisation, school_id).parent_id
    kind = "objection_school" if row.state == "running" else "objection_over"
    for account_id in dict.fromkeys((*school_staff(session, school_id), *school_staff(session, board_id))):
        tell(services, session, context, dossier, account_id, kind, f"/dossiers/{dossier.id}/zaken")


def _decided_before(session: Session, besluit_id: str) -> Objection | None:
    query = select(Objection).where(
        Objection.besluit_id == besluit_id, Objection.kind == "bezwaar", Objection.state == "decided"
    )
    return session.scalars(query.order_by(Objection.ended_on.desc()).limit(1)).first()


def _known_on(services: Services, session: Session, context: Context, answers: Objection) -> date:
    """The day on which the decision on an objection went out: the term to appeal runs from the day after (Awb 6:8).

    While its letter still lies here no term runs: then it is today. Without a letter it is the day of the decision.
    """
    who = queries.details(session, services.vault, answers)["who"]
    for line in letters.of(session, services.vault, answers.besluit_id):
        if line.kind == "objection_decided" and line.to == who:
            return line.handed_on or context.today
    return answers.ended_on or context.today


def _of_besluit(services: Services, session: Session, dossier: Dossier, besluit_id: str) -> OfBesluit:
    every = matters.besluiten_of(session, services.vault, dossier.id)
    found = next((each for each in every if each.row.id == besluit_id), None)
    if found is None or not rules.objection_open(found.row.kind):
        raise NotFoundError
    before = [besluit_id]
    while (row := next((each.row for each in every if each.row.id == before[-1]), None)) and row.replaces_id:
        before.append(row.replaces_id)
    return OfBesluit(
        besluit=found,
        lines=queries.of_besluit(session, services.vault, dossier.id, before),
        letters=[line for each in before for line in letters.of(session, services.vault, each)],
        others=[each for each in every if each.row.id not in before and each.row.replaced_at is None],
    )


def _mine(session: Session, context: Context, dossier_id: str) -> Dossier:
    """The dossier as the SWV may act on it, and that it changed."""
    dossier = _readable(session, context, dossier_id)
    dossier.changed_at = context.now
    return dossier


def _readable(session: Session, context: Context, dossier_id: str) -> Dossier:
    """The dossier, for who may see who it is about and what the law has the SWV write (PR10.2)."""
    dossier = swv_dossier(session, context, dossier_id)
    if not covered(session, context, dossier) >= IN_IT:
        raise NotFoundError
    return dossier


def _write(services: Services, session: Session, row: Objection, **values: str) -> None:
    place = f"objection:{row.id}"
    before = services.vault.open_json(session, row.dossier_id, place, row.details) if row.details else {}
    row.details = services.vault.seal_json(session, row.dossier_id, place, {**before, **values})


def _note(
    services: Services, session: Session, context: Context, row: Objection, action: Action, payload: dict[str, Any]
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        dossier_id=row.dossier_id,
        object_type="objection",
        object_id=row.id,
        article=ARTICLE,
        payload={"objection": row.kind, **payload},
    )
