"""A document with names in the example, for which an anonymised rendition is asked: the worker makes it meanwhile.

Loaded last by `dossierpoort demo`, so that nothing waits for it. A visitor looks it over and sends it to the partner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.anonymisation import asking
from gateway.context import Context
from gateway.dossiers import usecases
from gateway.dossiers.describing import Description
from gateway.dossiers.multipart_stream import FilePart
from gateway.dossiers.tables import Document
from gateway.dossiers.upload import receive
from gateway.ids import new_id
from gateway.worker import Worker

if TYPE_CHECKING:
    from gateway.services import Services

NAME = "observatie in de klas.txt"
TEXT = (
    "Observatie in de klas (verzonnen voorbeeld)\n\n"
    "Leerling: Noa de Voorbeeld, geboren op 4 mei, Verzonnenstraat 1 in Voorbeeldstad.\n"
    "Moeder: Maryam Voorbeeld. School: Basisschool De Verzonnen Linde (demo).\n\n"
    "Noa begint rustig aan het rekenwerk. Na tien minuten vraagt Noa om uitleg.\n"
    "Intern begeleider Ilse van der Verzonnen legt de som uit met blokjes, en daarna lukt het.\n"
    "Met Tom Bedachtema is afgesproken dat Noa elke ochtend eerst twee sommen samen maakt.\n"
)


def load(services: Services) -> None:
    """Add the document to the first dossier and ask for its rendition."""
    with services.db.reading() as session:
        first = session.scalars(select(Document).order_by(Document.made_at)).first()
    if first is None:
        return
    school, staff = (_context(services, f"{name}@demo.example") for name in ("school", "swv"))
    part = FilePart(name="file", file_name=NAME, chunks=iter([TEXT.encode()]))
    received = receive(services, school, first.dossier_id, part)
    if received.document_id is None:
        return
    described = Description(
        kind="conversation", categories=("a", "d", "g"), origin="school", purpose="support_allocation"
    )
    usecases.describe(services, school, first.dossier_id, received.document_id, described)
    Worker(services).once()
    asking.ask(services, staff, first.dossier_id, received.document_id)


def _context(services: Services, email: str) -> Context:
    with services.db.reading() as session:
        account = people.by_email(session, services.vault, email)
    if account is None:
        raise LookupError("the example has no such account")
    return Context(actor=people.actor_of(account), now=services.clock(), request_id=new_id())
