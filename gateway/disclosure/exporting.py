"""Dossiers as coded fields for research, policy or evaluation: one verstrekking a dossier, through the one door.

What leaves is fixed when it is made and sealed. Each dossier is judged then, and again at each download; one that may
not leave any more stops the whole, for what was suppressed was counted over all. Source: PR4.2, PR9.3.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crypto.context import SealContext
from gateway.access.facts import ask, valid_entries
from gateway.access.rules import LETTERS, day_of
from gateway.accounts.tables import Organisation, Tenant
from gateway.disclosure import coding, noting
from gateway.disclosure.asking import as_asked
from gateway.disclosure.choosing import CODED
from gateway.disclosure.judging import OPEN_DAYS, refused
from gateway.disclosure.tables import CodedExport, Verstrekking
from gateway.dossiers import facts
from gateway.dossiers.queries import coverage, ids_in_scope, kept_versions, pupil_of
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, Outcome, record
from gateway.reglement import versions
from gateway.restrictions import queries as restrictions
from gateway.restrictions import rules as restriction_rules
from gateway.sheets import as_csv
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.coding import Row
    from gateway.reglement.rules import Decision
    from gateway.restrictions.rules import Standing
    from gateway.services import Services

PURPOSES = ("research", "policy", "evaluation")
FORMATS = {"csv": "text/csv", "json": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: dossiers of these half years (none: all), for whom, why."""

    recipient_id: str
    purpose: str
    periods: tuple[str, ...] = ()
    recipient_person: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Exactly what would leave: the rows in their order, how many dossiers do not leave, and the threshold."""

    wish: Wish
    recipient_name: str
    rows: Sequence[Row]
    left_out: int
    k: int
    refusal: Decision | None
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """What leaves of which dossier, with the judge's word on each."""

    preview: Preview
    rows: dict[str, Row]
    asked: dict[str, dict[str, Any]]
    decisions: dict[str, Decision]


def periods(services: Services, context: Context) -> list[str]:
    """The half years in which dossiers within the actor's reach were notified, newest first."""
    with services.db.reading() as session:
        _swv(session, context)
        days = session.scalars(select(Dossier.submitted_at).where(Dossier.id.in_(ids_in_scope(session, context))))
        return sorted({coding.half_year(day_of(day)) for day in days if day is not None}, reverse=True)


def preview(services: Services, context: Context, wish: Wish) -> Preview:
    """What would leave, without doing it; that it was looked at is in the log.

    Raises:
        InvalidInputError: something was not chosen or said.
    """
    with services.db.writing() as session:
        found = _weigh(services, session, context, wish).preview
        seen = {"rows": len(found.rows)}
        _record(services, session, context, Action.CONSULT, "coded_export", None, wish, seen)
    return found


def make(services: Services, context: Context, wish: Wish) -> str:
    """Make the export with a verstrekking for each dossier in it; gives its id.

    Raises:
        InvalidInputError: something was not chosen or said.
        ConflictError: nothing is left to leave: too few dossiers are alike.
        RefusedError: the reglement says no to one of the dossiers; the refusal is in the log.
    """
    refusal: Decision | None = None
    with services.db.writing() as session:
        weighed = _weigh(services, session, context, wish)
        refusal = weighed.preview.refusal
        if refusal is not None:
            _record(services, session, context, Action.REFUSE, "coded_export", None, wish, {}, decision=refusal)
            made = ""
        else:
            if not weighed.rows:
                raise ConflictError(
                    "Te weinig dossiers lijken op elkaar. Er kan niets weg zonder dat iemand herkenbaar is."
                )
            made = _commit(services, session, context, wish, weighed)
    if refusal is not None:
        raise refused(refusal)
    return made


def _commit(services: Services, session: Session, context: Context, wish: Wish, weighed: _Weighed) -> str:
    content = json.dumps([list(row) for row in weighed.preview.rows], ensure_ascii=False).encode()
    tenant_id = context.person.tenant_id
    export = CodedExport(
        id=new_id(),
        tenant_id=tenant_id,
        recipient_id=wish.recipient_id,
        purpose=wish.purpose,
        k=weighed.preview.k,
        rows=len(weighed.preview.rows),
        left_out=weighed.preview.left_out,
        content=b"",
        sha256=hashlib.sha256(content).hexdigest(),
        made_by=context.person.account_id,
        made_at=context.now,
        open_until=context.today + timedelta(days=OPEN_DAYS),
    )
    export.content = sealed(services, export, content)
    session.add(export)
    session.flush()
    for dossier_id, decision in weighed.decisions.items():
        _verstrekking(services, session, context, wish, export, dossier_id, weighed.asked[dossier_id], decision)
    told = {"rows": export.rows, "left_out": export.left_out, "k": export.k, "sha256": export.sha256}
    _record(services, session, context, Action.EXPORT, "coded_export", export.id, wish, told)
    return export.id


def _verstrekking(
    services: Services,
    session: Session,
    context: Context,
    wish: Wish,
    export: CodedExport,
    dossier_id: str,
    asked: dict[str, Any],
    decision: Decision,
) -> None:
    told = {"recipient_person": wish.recipient_person.strip(), "evidence": wish.evidence.strip()}
    row = Verstrekking(
        id=new_id(),
        tenant_id=export.tenant_id,
        dossier_id=dossier_id,
        recipient_id=wish.recipient_id,
        purpose=wish.purpose,
        basis="public_task",
        categories=" ".join(asked["data"]["categories"]),
        form=CODED,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        statement=services.vault.seal_json(session, dossier_id, "statement", ""),
        details=services.vault.seal_json(
            session, dossier_id, "verstrekking", {**told, "asked": as_asked(asked, decision, context.today)}
        ),
        state="open",
        made_by=context.person.account_id,
        made_at=context.now,
        open_until=export.open_until,
        export_id=export.id,
    )
    session.add(row)
    session.flush()
    noting.record_disclosed(services, session, context, row)


def _weigh(services: Services, session: Session, context: Context, wish: Wish) -> _Weighed:
    tenant = session.get_one(Tenant, _swv(session, context))
    recipient = session.get(Organisation, wish.recipient_id) if wish.recipient_id else None
    _check(wish, recipient, tenant)
    assert recipient is not None  # noqa: S101 - `_check` saw to it
    profile = versions.in_force(session, tenant.id, tenant.profile_id, context.today)
    everyone = _population(services, session, context)
    shared = coding.suppressed({key: row for key, (row, _) in everyone.items()}, profile.coded_minimum)
    chosen = [key for key, (row, _) in everyone.items() if not wish.periods or row[coding.PERIOD] in wish.periods]
    rows = {key: shared[key] for key in chosen if key in shared}
    asked = {key: _asked(services, session, context, wish, recipient, everyone[key][1], rows[key]) for key in rows}
    decisions = {key: ask(session, tenant.id, told, context.today) for key, told in asked.items()}
    refusal = next((each for each in decisions.values() if not each.allowed), None)
    return _Weighed(
        preview=Preview(
            wish=wish,
            recipient_name=recipient.name,
            rows=sorted(rows.values()),
            left_out=len(chosen) - len(rows),
            k=profile.coded_minimum,
            refusal=refusal,
            decision=refusal or next(iter(decisions.values()), None),
        ),
        rows=rows,
        asked=asked,
        decisions=decisions,
    )


def _check(wish: Wish, recipient: Organisation | None, tenant: Tenant) -> None:
    if recipient is None or recipient.tenant_id != tenant.id or not recipient.active:
        raise InvalidInputError("Kies aan wie u verstrekt.", field="recipient_id")
    if wish.purpose not in PURPOSES:
        raise InvalidInputError("Kies waarvoor u verstrekt.", field="purpose")
    if not wish.recipient_person.strip():
        raise InvalidInputError("Schrijf voor wie bij deze organisatie het is.", field="recipient_person")
    if not wish.evidence.strip():
        raise InvalidInputError("Schrijf waar dat uit blijkt.", field="evidence")


def _population(services: Services, session: Session, context: Context) -> dict[str, tuple[Row, Dossier]]:
    """Every dossier that the actor works on and may see whole, coded: the crowd in which one must not stand out.

    A dossier on which verzet or a restriction lies is not in it, and of a shielded document nothing is told (PR11.8).
    """
    found = session.scalars(select(Dossier).where(Dossier.id.in_(ids_in_scope(session, context))).order_by(Dossier.id))
    dossiers = [row for row in found.all() if row.submitted_at is not None]
    restricted = restrictions.standing_of(session, [row.id for row in dossiers])
    dossiers = [row for row in dossiers if not _stopped(restricted.get(row.id, ()))]
    services.vault.preload(session, [row.id for row in dossiers])
    coded: dict[str, tuple[Row, Dossier]] = {}
    for row, letters in coverage(session, context, dossiers):
        kept = kept_versions(session, row.id)
        if row.id in restricted:
            kept = [version for version in kept if not facts.shielded_of(session, version)]
        categories = frozenset(category for version in kept for category in version.category_list)
        if not {category[0] for category in categories} <= letters or row.submitted_at is None:
            continue
        pupil = pupil_of(session, services.vault, row)
        told = coding.Told(
            born=pupil.born,
            notified_on=day_of(row.submitted_at),
            enrolled_from=pupil.enrolled_from,
            kinds=tuple(version.kind for version in kept if version.kind is not None),
            categories=categories,
        )
        coded[row.id] = (coding.coded(told, context.today), row)
    return coded


def _stopped(standing: Sequence[Standing]) -> bool:
    """Whether what stands on a dossier keeps it as a whole out of every export."""
    return restriction_rules.verzet(standing) != "none" or bool(restriction_rules.shielded(standing, {"g"}))


def _asked(
    services: Services,
    session: Session,
    context: Context,
    wish: Wish,
    recipient: Organisation,
    dossier: Dossier,
    row: Row,
) -> dict[str, Any]:
    """What the judge is asked: a set of general codes (g), with the categories that the row itself names."""
    shown = row[coding.CATEGORIES].split() if row[coding.CATEGORIES] != coding.SUPPRESSED else []
    question = facts.Question(
        act="disclose",
        purpose=wish.purpose,
        data={"categories": sorted({"g", *shown}), "anonymised": True, "necessity": None, "origin": None},
        actor=facts.actor(context, kind="swv_staff"),
        recipient=facts.recipient(session, dossier, recipient, context.today),
        basis=facts.basis("public_task"),
        shielded=facts.shielded_in(session, dossier, {"g", *shown}),
    )
    return facts.facts_of(services, session, dossier, context.today, question)


def exports(services: Services, context: Context) -> list[CodedExport]:
    """The exports of the tenant, newest first; an export is seen by those who may make one."""
    with services.db.reading() as session:
        query = select(CodedExport).where(CodedExport.tenant_id == _swv(session, context))
        return list(session.scalars(query.order_by(CodedExport.made_at.desc(), CodedExport.id)))


def download(services: Services, context: Context, export_id: str, form: str) -> bytes:
    """The export as CSV or JSON; each of its dossiers judged again, and written in the log before it leaves.

    Raises:
        NotFoundError: not an export of the actor's tenant, or no such form.
        ConflictError: its last day has passed, or one of its dossiers is gone.
        RefusedError: the reglement says no to one of its dossiers by now.
    """
    refusal: Decision | None = None
    with services.db.writing() as session:
        export = session.get(CodedExport, export_id)
        if export is None or export.tenant_id != _swv(session, context) or form not in FORMATS:
            raise NotFoundError
        if export.open_until < context.today:
            raise ConflictError("De termijn van deze uitvoer is voorbij. Maak een nieuwe.")
        rows = session.scalars(select(Verstrekking).where(Verstrekking.export_id == export.id)).all()
        if len(rows) != export.rows:
            raise ConflictError("Een van deze dossiers is er niet meer. Maak een nieuwe uitvoer.")
        for row in rows:
            if row.closed_at is not None:
                raise ConflictError("Deze verstrekking is gesloten. Er gaat niets weg.")
            refusal = refusal or _again(services, session, context, row)
        wish = Wish(recipient_id=export.recipient_id, purpose=export.purpose)
        action = Action.REFUSE if refusal else Action.DOWNLOAD
        _record(services, session, context, action, "coded_export", export.id, wish, {"form": form}, decision=refusal)
        if refusal is None:
            for row in rows:
                row.packaged_at = context.now
        content = open_box(services.vault.keyring, _box(export), export.content)
    if refusal is not None:
        raise refused(refusal)
    return written([tuple(row) for row in json.loads(content)], form)


def _again(services: Services, session: Session, context: Context, row: Verstrekking) -> Decision | None:
    """The refusal by today's facts, or None."""
    dossier = session.get_one(Dossier, row.dossier_id)
    recipient = session.get_one(Organisation, row.recipient_id)
    wish = Wish(recipient_id=row.recipient_id, purpose=row.purpose)
    codes = list(coding.NOTHING)
    codes[coding.CATEGORIES] = row.categories
    decision = ask(
        session,
        row.tenant_id,
        _asked(services, session, context, wish, recipient, dossier, tuple(codes)),
        context.today,
    )
    return None if decision.allowed else decision


def written(rows: Sequence[Row], form: str) -> bytes:
    """The rows as CSV or JSON with the same names of fields; nothing but codes."""
    if form == "json":
        told = [dict(zip(coding.FIELDS, row, strict=True)) for row in rows]
        return json.dumps(told, ensure_ascii=False, indent=1).encode()
    return "".join(as_csv([tuple(coding.FIELDS), *rows])).encode()


def _swv(session: Session, context: Context) -> str:
    """The tenant of an actor of the SWV itself who is on the list for all of its dossiers and categories (PR8.2)."""
    tenant = session.get_one(Tenant, context.person.tenant_id)
    entries = valid_entries(session, context.person.account_id, context.today)
    whole = any(entry.scope == "tenant" and set(entry.categories) >= LETTERS for entry in entries)
    if context.person.organisation_id != tenant.swv_id or not whole:
        raise NotFoundError
    return tenant.id


def sealed(services: Services, export: CodedExport, content: bytes) -> bytes:
    """What leaves, sealed for this export."""
    return seal_box(services.vault.keyring, export.tenant_id, STANDING, _box(export), content)


def _box(export: CodedExport) -> SealContext:
    return SealContext(purpose="coded-export", organisation=export.tenant_id, document=export.id)


def _record(
    services: Services,
    session: Session,
    context: Context,
    action: Action,
    what: str,
    export_id: str | None,
    wish: Wish,
    told: dict[str, Any],
    *,
    decision: Decision | None = None,
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.REFUSED if action is Action.REFUSE else Outcome.SUCCESS,
        object_type=what,
        object_id=export_id,
        purpose=wish.purpose,
        article=decision.article if decision is not None else "PR4.2",
        payload={**told, "recipient": wish.recipient_id},
    )
