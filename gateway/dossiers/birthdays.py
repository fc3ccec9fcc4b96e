"""The sixteenth birthday: from that day the pupil decides alone; who must know is told, and the pupil is asked.

That guardians no longer count needs no job: the rules ask the date at every act. This only tells. Source: PRage.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.consent import requests
from gateway.consent import usecases as consents
from gateway.consent.requests import NewRequest
from gateway.consent.rules import sixteenth_birthday
from gateway.consent.tables import ConsentRequest, SixteenthBirthday
from gateway.context import AMSTERDAM, Context
from gateway.dossiers.guardians import entitled_accounts
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier, DossierPerson
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.consent.tables import Consent
    from gateway.services import Services

BEAT = "birthdays"
ASKED_AGAIN = sentence(
    "U bent 16 jaar geworden en beslist nu zelf. Een ouder gaf hiervoor eerder toestemming. Die telt niet meer. "
    "Wilt u zelf toestemming geven?"
)


def tell_birthdays(services: Services, now: datetime) -> int:
    """Deal with every sixteenth birthday that has come, once each; returns how many. Looks once a day (Amsterdam)."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        last = jobs.last_beat(session, BEAT)
        if last is not None and last.astimezone(AMSTERDAM).date() >= context.today:
            return 0
        due = _due(services, session, context.today)
    told = 0
    for dossier_id, birthday in due:
        with services.db.writing() as session:
            told += _deal_with(services, session, context, dossier_id, birthday)
    with services.db.writing() as session:
        jobs.beat(session, BEAT, now)
    return told


def _due(services: Services, session: Session, today: date) -> list[tuple[str, date]]:
    told = select(SixteenthBirthday.dossier_id)
    query = select(Dossier).where(Dossier.state != "draft", Dossier.id.not_in(told))
    rows = session.scalars(query).all()
    services.vault.preload(session, [row.id for row in rows], purposes=("fields",))
    days = [(row.id, sixteenth_birthday(pupil_of(session, services.vault, row).born)) for row in rows]
    return [(dossier_id, birthday) for dossier_id, birthday in days if birthday <= today]


def _deal_with(services: Services, session: Session, context: Context, dossier_id: str, birthday: date) -> bool:
    """Once for each dossier; a pupil who was sixteen when it was submitted spoke alone from its first day."""
    dossier = session.get(Dossier, dossier_id, with_for_update=True)
    if dossier is None or not requests.first_time(session, dossier_id, context.now):
        return False
    submitted = dossier.submitted_at
    if submitted is not None and submitted.astimezone(AMSTERDAM).date() >= birthday:
        return False
    _tell(services, session, context, dossier)
    return True


def _tell(services: Services, session: Session, context: Context, dossier: Dossier) -> None:
    dossier_id = dossier.id
    links = session.scalars(select(DossierPerson).where(DossierPerson.dossier_id == dossier_id)).all()
    pupils = [link.account_id for link in links if link.capacity == "data_subject"]
    running = _running(session, dossier_id, context.today)
    for consent in running:
        _ask_again(services, session, context, dossier, consent)
    for account_id in pupils:
        tell(services, session, context, dossier, account_id, "sixteen", "/toestemmingen")
    birthday = sixteenth_birthday(pupil_of(session, services.vault, dossier).born)
    for account_id in entitled_accounts(services, session, dossier, birthday - timedelta(days=1)):
        tell(services, session, context, dossier, account_id, "sixteen_guardian", "/")
    if not pupils:
        for account_id in school_staff(session, dossier.school_on(context.today)):
            tell(services, session, context, dossier, account_id, "sixteen_invite", f"/dossiers/{dossier_id}/ouders")
    tell_swv(services, session, context, dossier, "sixteen_swv")
    record(
        session,
        services.vault,
        context,
        Action.NOTIFY,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier_id,
        object_type="sixteenth_birthday",
        object_id=dossier_id,
        article="PRage",
        payload={"consents": [consent.id for consent in running], "pupil_has_account": bool(pupils)},
    )


def _running(session: Session, dossier_id: str, today: date) -> list[Consent]:
    return [
        consent
        for consent in consents.of_dossier(session, dossier_id)
        if consent.given_by == "guardian"
        and consent.withdrawn_on is None
        and (consent.valid_until is None or consent.valid_until >= today)
    ]


def _ask_again(services: Services, session: Session, context: Context, dossier: Dossier, consent: Consent) -> None:
    new = NewRequest(
        purposes=tuple(consent.purposes.split()),
        recipients=tuple(consent.recipients.split()),
        categories=tuple(letter for letter in consent.categories.split() if letter in consents.COVERABLE),
        valid_until=consent.valid_until,
        explanation=ASKED_AGAIN,
    )
    requests.ask(session, services.vault, context, dossier.id, dossier.tenant_id, new, made_by=consent.recorded_by)


def has_open_requests(session: Session, dossier_id: str) -> bool:
    """Whether something waits for an answer: who is let in is told of it."""
    query = select(ConsentRequest.id).where(ConsentRequest.dossier_id == dossier_id, ConsentRequest.closed_at.is_(None))
    return session.scalar(query.limit(1)) is not None
