"""Example organisations, people and a dossier, clearly invented, to try the portal. Never in a real installation."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access import usecases as access
from gateway.access.usecases import NewEntry
from gateway.accounts import passwords, people, totp
from gateway.accounts.invitation_tables import MailDomain
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.context import Context, Role
from gateway.dossiers import pages, usecases
from gateway.dossiers.multipart_stream import FilePart
from gateway.dossiers.rules import Guardian, Pupil
from gateway.dossiers.upload import receive
from gateway.dossiers.usecases import Description
from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.letters import house as letter_house
from gateway.worker import Worker

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.services import Services

PASSWORD = "demo-poort-open-2026"  # noqa: S105 - a demo's password is meant to be known; a demo refuses real data
SLUG = "demo"
DOMAIN = "demo.example"
SWV_NAME = "Samenwerkingsverband Voorbeeldstreek (demo)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One example account."""

    email: str
    name: str
    function: str
    role: Role
    organisation: str


ORGANISATIONS: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("board", "school_board", "Stichting Voorbeeldscholen (demo)", None, None),
    ("school", "school", "Basisschool De Verzonnen Linde (demo)", "99ZX00", "board"),
    ("other_school", "school", "Basisschool Het Bedachte Pad (demo)", "99ZY00", "board"),
    ("partner", "partner_swv", "Samenwerkingsverband Buurtland (demo)", None, None),
    ("experts", "expert_body", "Bureau Denkbeeldig Advies (demo)", None, None),
    ("municipality", "municipality", "Gemeente Voorbeeldstad (demo)", None, None),
    ("family", "family", "Ouders en leerlingen (demo)", None, None),
)
ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(
        email="school@demo.example",
        name="Ilse van der Verzonnen",
        function="intern begeleider",
        role=Role.SCHOOL_STAFF,
        organisation="school",
    ),
    DemoAccount(
        email="collega@demo.example",
        name="Tom Bedachtema",
        function="leerkracht",
        role=Role.SCHOOL_STAFF,
        organisation="school",
    ),
    DemoAccount(
        email="andere.school@demo.example",
        name="Noor Verzinsel",
        function="intern begeleider",
        role=Role.SCHOOL_STAFF,
        organisation="other_school",
    ),
    DemoAccount(
        email="swv@demo.example",
        name="Samira Voorbeeldi",
        function="trajectbegeleider",
        role=Role.SWV_STAFF,
        organisation="swv",
    ),
    DemoAccount(
        email="swv2@demo.example",
        name="Joris Invallersma",
        function="gedragswetenschapper",
        role=Role.SWV_STAFF,
        organisation="swv",
    ),
    DemoAccount(
        email="contactpersoon@demo.example",
        name="Dirk Denkbeeld",
        function="directeur",
        role=Role.CONTACT_PERSON,
        organisation="swv",
    ),
    DemoAccount(
        email="partner@demo.example",
        name="Petra Fictief",
        function="directeur",
        role=Role.CONTACT_PERSON,
        organisation="partner",
    ),
    DemoAccount(
        email="gemeente@demo.example",
        name="Gerda Gemeentema",
        function="leerplichtambtenaar",
        role=Role.CONTACT_PERSON,
        organisation="municipality",
    ),
    DemoAccount(
        email="deskundige@demo.example",
        name="Onno Orthovoorbeeld",
        function="orthopedagoog",
        role=Role.EXPERT,
        organisation="experts",
    ),
    DemoAccount(
        email="deskundige.partner@demo.example",
        name="Ella Meedenkster",
        function="orthopedagoog",
        role=Role.EXPERT,
        organisation="partner",
    ),
    DemoAccount(
        email="ouder@demo.example", name="Maryam Voorbeeld", function="", role=Role.GUARDIAN, organisation="family"
    ),
    DemoAccount(
        email="leerling@demo.example", name="Jip de Bedachte", function="", role=Role.PUPIL, organisation="family"
    ),
    DemoAccount(
        email="privacy@demo.example",
        name="Fenna Gegevens",
        function="functionaris gegevensbescherming",
        role=Role.PRIVACY_OFFICER,
        organisation="swv",
    ),
    DemoAccount(
        email="beheer@demo.example",
        name="Bas Beheerder",
        function="beheerder",
        role=Role.ADMINISTRATOR,
        organisation="swv",
    ),
    DemoAccount(
        email="beheer2@demo.example",
        name="Bente Tweedelezer",
        function="bestuurssecretaris",
        role=Role.ADMINISTRATOR,
        organisation="swv",
    ),
)

LETTER = (
    "Verslag van een gesprek (verzonnen voorbeeld)\n\n"
    "De leerling leest graag en werkt goed samen. Bij rekenen is extra uitleg nodig.\n"
    "Afspraak: drie keer per week twintig minuten in een klein groepje.\n"
)


LETTER_HOUSE = letter_house.House(
    name=SWV_NAME,
    street="Voorbeeldplein 1",
    postcode="1234 AB",
    town="Voorbeeldstad",
    contact="Telefoon 000 000 00 00, brieven@demo.example",
    objections=f"{SWV_NAME}, Voorbeeldplein 1, 1234 AB Voorbeeldstad",
    court="Rechtbank Voorbeeldland, sector bestuursrecht, Postbus 1, 1234 AA Voorbeeldstad",
    signatory="B. van den Berg",
    function="directeur",
    on_behalf="het bestuur",
    mandate="mandaatbesluit 2026 (verzonnen)",
)


def load(services: Services) -> bool:
    """Fill an empty database; returns False when there was a tenant already."""
    now = services.clock()
    with services.db.writing() as session:
        if session.scalars(select(Tenant)).first() is not None:
            return False
        tenant, swv = make_tenant(session, swv=SWV_NAME, slug=SLUG, profile="po-raad-2014", now=now)
        organisations = {"swv": swv, **_organisations(session, tenant)}
        hashed = passwords.hash_password(PASSWORD)
        accounts = {
            item.email: people.create(
                session,
                services.vault,
                organisation=organisations[item.organisation],
                role=item.role,
                person=Person(name=item.name, email=item.email, function=item.function),
                now=now,
                password_hash=hashed,
            )
            for item in ACCOUNTS
        }
        for organisation in organisations.values():
            session.add(MailDomain(organisation_id=organisation.id, domain=DOMAIN, confirmed_at=now))
        for email, account in accounts.items():
            totp.store(session, services.vault, account, seed_of(email), now, confirmed=True)
    _access_list(services, accounts)
    letter_house.change(services, _context(services, accounts["privacy@demo.example"]), LETTER_HOUSE, seen=0)
    _expert(services, accounts, _dossier(services, accounts))
    return True


def _organisations(session: Session, tenant: Tenant) -> dict[str, Organisation]:
    made: dict[str, Organisation] = {}
    for key, kind, name, brin, parent in ORGANISATIONS:
        made[key] = Organisation(
            id=new_id(),
            tenant_id=tenant.id,
            kind=kind,
            name=name,
            brin=brin,
            parent_id=made[parent].id if parent else None,
        )
        session.add(made[key])
        session.flush()
    return made


def _context(services: Services, account: Account) -> Context:
    return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())


def _access_list(services: Services, accounts: dict[str, Account]) -> None:
    """Two people for everything; one for one school, which ends soon, with a change of it that waits for approval."""
    administrator = _context(services, accounts["beheer@demo.example"])
    today = administrator.today
    for email in ("swv@demo.example", "contactpersoon@demo.example"):
        reason = "Beoordeelt aanvragen om extra ondersteuning (voorbeeld)."
        _listed(services, accounts, email, valid_from=today - timedelta(days=30), motivation=reason)
    ends = today + timedelta(days=20)
    values: dict[str, Any] = {
        "categories": "aghijk",
        "scope": "schools",
        "school_ids": (accounts["andere.school@demo.example"].organisation_id,),
        "valid_from": today - timedelta(days=60),
    }
    made = _listed(
        services,
        accounts,
        "swv2@demo.example",
        motivation="Valt in voor een zieke collega (voorbeeld).",
        valid_until=ends,
        **values,
    )
    longer = NewEntry(
        account_id=accounts["swv2@demo.example"].id,
        motivation="Valt langer in voor een zieke collega (voorbeeld).",
        valid_until=ends + timedelta(days=90),
        **values,
    )
    access.change_entry(services, administrator, made, longer, seen=2)


def _listed(services: Services, accounts: dict[str, Account], email: str, **changes: Any) -> str:
    """Someone on the list who accepted confidentiality: written by one administrator, approved by the other."""
    values: dict[str, Any] = {
        "account_id": accounts[email].id,
        "valid_until": None,
        "categories": "abcdefghijklmnop",
        "scope": "tenant",
        "school_ids": (),
    }
    entry = NewEntry(**{**values, **changes})
    made = access.add_entry(services, _context(services, accounts["beheer@demo.example"]), entry)
    access.decide(services, _context(services, accounts["beheer2@demo.example"]), made, seen=1, approve=True)
    access.accept_confidentiality(services, _context(services, accounts[email]))
    return made


def _dossier(services: Services, accounts: dict[str, Account]) -> str:
    school = _context(services, accounts["school@demo.example"])
    pupil = Pupil(
        first_name="Noa",
        infix="de",
        last_name="Voorbeeld",
        born=date(school.today.year - 9, 5, 4),
        bsn="111222333",
        street="Verzonnenstraat 1",
        postcode="0000 AA",
        town="Voorbeeldstad",
        enrolled_from=date(school.today.year - 4, 8, 20),
        reason="Noa heeft bij rekenen meer hulp nodig dan de school kan geven (voorbeeld).",
        guardians=(Guardian(name="Maryam Voorbeeld", relation="moeder", contact="ouder@demo.example"),),
    )
    dossier_id = usecases.open_dossier(services, school, pupil)
    part = FilePart(name="file", file_name="gespreksverslag.txt", chunks=iter([LETTER.encode()]))
    received = receive(services, school, dossier_id, part)
    description = Description(kind="conversation", categories=("g", "k"), origin="school", purpose="support_allocation")
    usecases.describe(services, school, dossier_id, received.document_id or "", description)
    Worker(services).once()
    usecases.submit(services, _context(services, accounts["school@demo.example"]), dossier_id)
    with services.db.writing() as session:
        pages.link_family(
            session,
            guardian_id=pages.first_guardian(services, session, dossier_id),
            dossier_id=dossier_id,
            account_id=accounts["ouder@demo.example"].id,
            capacity="guardian",
            has_authority=True,
        )
    return dossier_id


def _expert(services: Services, accounts: dict[str, Account], dossier_id: str) -> None:
    """An expert with a registration, for this one dossier."""
    today = _context(services, accounts["beheer@demo.example"]).today
    _listed(
        services,
        accounts,
        "deskundige@demo.example",
        motivation="Adviseert over de ondersteuning in dit ene dossier (voorbeeld).",
        categories="aghijkn",
        scope="dossier",
        dossier_id=dossier_id,
        valid_from=today,
        valid_until=today + timedelta(days=180),
        profession="orthopedagogue",
        register="NVO",
        register_number="NVO-000000",
        register_from=today.replace(month=1, day=1),
        register_until=today + timedelta(days=700),
    )


def seed_of(email: str) -> str:
    """The secret of the app of a demo account: known to all, as its password is."""
    return base64.b32encode(hashlib.sha256(f"dossierpoort demo {email}".encode()).digest()[:20]).decode()


def code_now(services: Services, email: str) -> str:
    """The code that this demo account can sign in with now; while that of this half minute was used, the next one.

    Raises:
        ConflictError: this is no demo, there is no such demo account, or it has an app of its own now.
    """
    email = email.strip().lower()
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
        tenant = session.get(Tenant, account.tenant_id) if account is not None else None
        if not services.settings.demo or session.scalar(select(Tenant.id).where(Tenant.slug != SLUG).limit(1)):
            raise ConflictError("Codes zijn er alleen voor een demo. Deze installatie is geen demo.")
        if account is None or tenant is None or email not in {item.email for item in ACCOUNTS}:
            raise ConflictError("Dit is geen voorbeeldaccount.")
        used = totp.last_used(session, services.vault, account.id, seed_of(email))
    if used is None:
        raise ConflictError("Dit account heeft nu een eigen app: kijk daar.")
    counter = max(totp.counter_at(services.clock()), used + 1)
    return totp.code_for(seed_of(email), counter)


def accounts_table() -> list[str]:
    """The demo's accounts, one a line."""
    lines = [f"{'e-mailadres':32} rol"]
    for item in ACCOUNTS:
        words = dict.fromkeys(word for word in (item.role.label, item.function) if word)
        lines.append(f"{item.email:32} {', '.join(words)}")
    lines.append(f"wachtwoord voor allemaal: {PASSWORD}")
    return [*lines, "tweede stap: de code van nu met `dossierpoort demo code E-MAILADRES`"]
