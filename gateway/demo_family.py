"""More of the example: a pupil who soon turns sixteen, parents, consents, a court order, a change of school.

Clearly invented, as the rest of the demo. Loaded by `dossierpoort demo` only, after `gateway.demo.load`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.accounts import people
from gateway.consent import requests
from gateway.consent.requests import NewRequest
from gateway.context import Context
from gateway.disclosure import consenting
from gateway.dossiers import guardians, moving, pages, usecases
from gateway.dossiers.describing import Description
from gateway.dossiers.multipart_stream import FilePart
from gateway.dossiers.rules import Guardian, Pupil
from gateway.dossiers.upload import receive
from gateway.ids import new_id
from gateway.worker import Worker

if TYPE_CHECKING:
    from gateway.services import Services

ORDER = Description(kind="court_order", categories=("a", "d", "p"), origin="guardian", purpose="support_allocation")


def load(services: Services) -> None:
    """Two dossiers beside the first: one about consent and authority, one that came from another school."""
    school = _context(services, "school@demo.example")
    soon = school.today + timedelta(days=20)
    guardian = (
        Guardian(name="Maryam Voorbeeld", relation="moeder", contact="ouder@demo.example"),
        Guardian(name="Ko Tweedema", relation="vader", contact="06-00000000"),
        Guardian(name="Wim Derdema", relation="stiefvader", has_authority=False),
    )
    sam = _submitted(
        services,
        school,
        _pupil("Sam", "de", "Bijnazestien", "100000009", date(soon.year - 16, soon.month, min(soon.day, 28)), guardian),
        _account(services, "ouder@demo.example"),
    )
    _consents(services, sam)
    _order(services, school, sam)
    other = _context(services, "andere.school@demo.example")
    bo = _submitted(
        services, other, _pupil("Bo", "", "Verhuizing", "100000010", date(school.today.year - 8, 3, 1), guardian[1:2])
    )
    there = school.person.organisation_id
    moving.move(
        services, _context(services, "swv@demo.example"), bo, moving.Move(from_day=school.today, school_id=there)
    )
    Worker(services).once()


def _context(services: Services, email: str) -> Context:
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
    if account is None:
        raise LookupError("the example has no such account")
    return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())


def _account(services: Services, email: str) -> str:
    return _context(services, email).person.account_id


def _pupil(first: str, infix: str, last: str, bsn: str, born: date, guardians_: tuple[Guardian, ...]) -> Pupil:
    return Pupil(
        first_name=first,
        infix=infix,
        last_name=last,
        born=born,
        bsn=bsn,
        street="Verzonnenstraat 2",
        postcode="0000 AA",
        town="Voorbeeldstad",
        enrolled_from=date(born.year + 5, 8, 20),
        reason=f"{first} heeft meer hulp nodig dan de school kan geven (voorbeeld).",
        guardians=guardians_,
    )


def _submitted(services: Services, context: Context, pupil: Pupil, guardian: str | None = None) -> str:
    dossier_id = usecases.open_dossier(services, context, pupil)
    part = FilePart(name="file", file_name="gespreksverslag.txt", chunks=iter([f"Verslag over {pupil.name}.".encode()]))
    received = receive(services, context, dossier_id, part)
    description = Description(kind="conversation", categories=("g", "k"), origin="school", purpose="support_allocation")
    usecases.describe(services, context, dossier_id, received.document_id or "", description)
    Worker(services).once()
    if guardian is not None:
        with services.db.writing() as session:
            pages.link_family(
                session,
                dossier_id=dossier_id,
                account_id=guardian,
                capacity="guardian",
                has_authority=True,
                guardian_id=pages.first_guardian(services, session, dossier_id),
            )
    usecases.submit(services, context, dossier_id)
    return dossier_id


def _consents(services: Services, dossier_id: str) -> None:
    """One request that was answered, and one that waits for the parent."""
    staff = _context(services, "swv@demo.example")
    for explanation, answered in (
        ("Wij willen dat een ander samenwerkingsverband meekijkt of de hulp past (voorbeeld).", True),
        ("Wij willen met de gemeente overleggen over hulp thuis (voorbeeld).", False),
    ):
        new = NewRequest(
            purposes=("second_opinion",) if answered else ("case_consultation",),
            recipients=("partner_swv",) if answered else ("municipality",),
            categories=("g", "k"),
            valid_until=staff.today + timedelta(days=180),
            explanation=explanation,
        )
        consenting.ask(services, staff, dossier_id, new)
        if answered:
            with services.db.reading() as session:
                request_id = requests.of_dossier(session, dossier_id)[0].id
            consenting.answer(services, _context(services, "ouder@demo.example"), request_id, gives=True)


def _order(services: Services, context: Context, dossier_id: str) -> None:
    part = FilePart(name="file", file_name="uitspraak.txt", chunks=iter([b"Uitspraak van de rechter (verzonnen)."]))
    received = receive(services, context, dossier_id, part, described=ORDER)
    named, _ = guardians.choices(services, context, dossier_id)
    form = guardians.OrderForm(
        guardian=next(each.key for each in named if each.name == "Ko Tweedema"),
        from_day=context.today,
        until_day=context.today + timedelta(days=90),
        document_id=received.document_id or "",
        note="Geen informatie en geen toestemming (voorbeeld).",
    )
    guardians.add_order(services, context, dossier_id, form)
