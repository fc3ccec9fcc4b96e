"""Second opinions for the tests: a convenant in force, experts of the partner, and a case brought as far as is asked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people, totp
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.convenant.tables import Convenant, ConvenantParty, ConvenantSignature, ConvenantVersion
from gateway.demo import seed_of
from gateway.dossiers.tables import Document
from gateway.ids import new_id
from gateway.second_opinion import acting, advising, delivering, parents, requesting
from gateway.second_opinion.delivering import Wanted
from gateway.second_opinion.experts import NewExpert
from gateway.second_opinion.naming import NamedExpert
from gateway.second_opinion.requesting import Written
from gateway.second_opinion.state import CHECKS
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.second_opinion_words import ADVICE
from tests import builders, personas
from tests.builders import context

if TYPE_CHECKING:
    from gateway.services import Services

EXPERT = "eerste.deskundige@demo.example"
SECOND = "tweede.deskundige@demo.example"
US, THEM = personas.CONTACT_PERSON, personas.PARTNER
TEXT = {name: f"{label} (verzonnen)." for name, label in ADVICE.items()}


def partner_id(services: Services) -> str:
    """The demo's partner SWV."""
    return builders.account(services, THEM).organisation_id


def convenant(services: Services, *, notice_on: date | None = None) -> str:
    """A convenant with the demo's partner that both signed a year ago."""
    us, them = builders.account(services, US), builders.account(services, THEM)
    return convenant_of(services, us.tenant_id, US, them.organisation_id)


def convenant_of(services: Services, tenant_id: str, contact: str, organisation_id: str) -> str:
    """A convenant of this tenant with an organisation in it that stands for the partner, signed a year ago."""
    us = builders.account(services, contact)
    signed = services.clock().date() - timedelta(days=365)
    with services.db.writing() as session:
        row = Convenant(
            tenant_id=tenant_id, kind="second_opinion", name="Verzonnen", made_by=us.id, made_at=services.clock()
        )
        session.add(row)
        session.flush()
        version = ConvenantVersion(
            convenant_id=row.id,
            number=1,
            state="offered",
            content=b"",
            content_hash=bytes(32),
            made_by=us.id,
            made_at=services.clock(),
        )
        session.add(version)
        session.flush()
        for side, organisation in (("own", us.organisation_id), ("partner", organisation_id)):
            party = ConvenantParty(
                convenant_id=row.id, organisation_id=organisation, side=side, made_at=services.clock()
            )
            session.add(party)
            session.flush()
            session.add(
                ConvenantSignature(
                    version_id=version.id,
                    party_id=party.id,
                    way="portal",
                    state="signed",
                    authority="director",
                    signer=b"",
                    content_hash=bytes(32),
                    signed_on=signed,
                    made_by=us.id,
                    made_at=services.clock(),
                )
            )
        return row.id


def expert(services: Services, email: str = EXPERT, name: str = "Eef Deskundig") -> str:
    """An expert with an account at the demo's partner; gives the account's id."""
    with services.db.writing() as session:
        known = people.by_email(session, services.vault, email)
        if known is not None:
            return known.id
        organisation = session.get_one(Organisation, partner_id(services))
        made = people.create(
            session,
            services.vault,
            organisation=organisation,
            role=Role.EXPERT,
            person=Person(name=name, email=email, function="orthopedagoog"),
            now=services.clock(),
        )
        totp.store(session, services.vault, made, seed_of(email), services.clock(), confirmed=True)
        return made.id


def written(**changes: Any) -> Written:
    """A request about an OPP, of which the parents were told."""
    values: dict[str, Any] = {
        "about": "opp",
        "question": "Past de uitstroombestemming in het OPP bij de leerresultaten? (verzonnen)",
        "task": "Adviseren over de ondersteuningsbehoefte (WPO 18a).",
        "necessity": "Ouders en school zien het verschillend (verzonnen).",
        "proportionality": "Alleen het OPP en het gespreksverslag (verzonnen).",
        "parents": "told",
        "parents_how": "In een gesprek op 2 november (verzonnen).",
    }
    return Written(**{**values, **changes})


def new_expert(services: Services, account_id: str, **changes: Any) -> NewExpert:
    """An orthopedagoog with a valid NVO registration."""
    values: dict[str, Any] = {
        "account_id": account_id,
        "profession": "orthopedagogue",
        "register": "NVO",
        "number": "NVO-000001",
        "valid_from": services.clock().date() - timedelta(days=100),
        "valid_until": services.clock().date() + timedelta(days=400),
    }
    return NewExpert(**{**values, **changes})


def named(services: Services, email: str, **changes: Any) -> NamedExpert:
    """The same registration, of an expert whom the partner names in its own portal."""
    values = {"name": "Noor Genoemd", "email": email, **asdict(new_expert(services, "")), **changes}
    values.pop("account_id")
    return NamedExpert(**values)


def wanted(services: Services, dossier_id: str, **changes: Any) -> Wanted:
    """A delivery of every document to part a, with names for the case's experts, and a reason for the others."""
    with services.db.reading() as session:
        documents = tuple(session.scalars(select(Document.id).where(Document.dossier_id == dossier_id)))
    values: dict[str, Any] = {
        "parts": {"a": documents},
        "missing": dict.fromkeys("bcd", "Is er niet (verzonnen)."),
        "statements": dict.fromkeys(documents, "Juist, volledig en actueel."),
        "form": "expert",
        "why_identifiable": "De deskundige spreekt het kind zelf (verzonnen).",
        "once": (new_id(), new_id()),
    }
    return Wanted(**{**values, **changes})


def swv_name(services: Services) -> str:
    """The name of the demo's SWV."""
    with services.db.reading() as session:
        return session.get_one(Tenant, builders.account(services, US).tenant_id).name


STEPS = (
    "start", "send", "accept", "propose", "agree", "assign", "admit", "declare", "deliver", "receive",
    "write", "sign", "hand_over", "confirm", "parents", "close",
)  # fmt: skip


def case(
    services: Services, dossier_id: str, *, until: str = "close", experts: tuple[str, ...] = (EXPERT,), **request: Any
) -> str:
    """A case on this dossier, up to and with this step; gives its id. The convenant must be there for `send`."""
    ids = [expert(services, each, f"Deskundige {number}") for number, each in enumerate(experts, start=1)]
    made = requesting.start(
        services, context(services, personas.SWV), dossier_id, partner_id(services), written(**request)
    )
    for step in STEPS[1 : STEPS.index(until) + 1]:
        do(services, step, made, dossier_id, ids, experts)
    return made


def do(  # noqa: PLR0912 - a table: one line a step
    services: Services, step: str, case_id: str, dossier_id: str, ids: list[str], experts: tuple[str, ...]
) -> None:
    """One step of the road without a quarrel."""
    us, them = context(services, US), context(services, THEM)
    match step:
        case "send":
            requesting.check_and_send(services, us, case_id, dict.fromkeys(CHECKS, True), "", seen=1)
        case "propose":
            day = services.clock().date() + timedelta(days=10)
            acting.propose(
                services,
                them,
                case_id,
                manner="In het portaal",
                deliver_by=day,
                review="P2W",
                definitions="",
                access_days=14,
            )
        case "agree":
            acting.agree(services, us, case_id)
        case "assign":
            for each in ids:
                acting.assign(services, them, case_id, new_expert(services, each))
        case "admit":
            for each in ids:
                acting.admit(services, us, case_id, each)
        case "declare":
            for email in experts:
                acting.declare(services, context(services, email), case_id, confidential=True, involved=False)
        case "deliver":
            delivering.deliver(services, us, case_id, wanted(services, dossier_id))
        case "receive":
            delivering.receive(services, them, case_id)
        case "write":
            advising.save(services, context(services, experts[0]), case_id, TEXT, seen=0)
        case "sign":
            for email in experts:
                sign(services, email, case_id)
        case "accept" | "hand_over":
            acting.contact_step(services, them, case_id, step, {})
        case "confirm" | "close":
            acting.contact_step(services, us, case_id, step, {})
        case "parents":
            parents.tell(services, us, case_id)


def sign(services: Services, email: str, case_id: str) -> None:
    """Sign the text as it stands."""
    with services.db.reading() as session:
        draft = advising.draft_of(services, session, session.get_one(SecondOpinionCase, case_id))
    assert draft is not None
    advising.sign(services, context(services, email), case_id, draft.hash)
