"""The house style of an SWV's letters: who writes, where one can object or appeal, who signs by which mandate.

Each change is a new version; an old letter keeps the logo it was made with. Source: PR11.10, issue 9, Letters.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError
from sqlalchemy import func, select

from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.letters import sealing
from gateway.letters.clauses import Places
from gateway.letters.tables import LetterHouse
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Actor, Context
    from gateway.services import Services
    from gateway.vault.keys import Vault

WRITERS = (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR, Role.CONTACT_PERSON)
"""Who looks after the letters of an SWV."""
LINE_MAX = 200
LOGO_BYTES = 500_000
LOGO_SIDE = 2000
_LOGO_KEPT = (800, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who writes. `objections` and `court` are addresses on one line; empty `signatory`: who made the letter signs.

    `on_behalf` is for whom the signatory signs, such as the board; `mandate` the decision that lets them.
    """

    name: str
    street: str = ""
    postcode: str = ""
    town: str = ""
    contact: str = ""
    objections: str = ""
    court: str = ""
    signatory: str = ""
    function: str = ""
    on_behalf: str = ""
    mandate: str = ""

    @property
    def places(self) -> Places:
        """Where one can go.

        Raises:
            ConflictError: it is not known yet, and a letter that decides may not leave it out (Awb 3:45).
        """
        if not self.court or not self.objections:
            raise ConflictError(
                "Een brief met een beslissing noemt waar iemand terecht kan (Awb 3:45). Laat de privacyfunctionaris "
                "eerst bij Brieven het adres voor bezwaar en de rechtbank invullen."
            )
        return Places(swv=self.objections, court=self.court)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseVersion:
    """A version of the house style with who made it when; `id` None: nothing was filled in yet."""

    house: House
    logo: bytes | None = None
    id: str | None = None
    version: int = 0
    made_by: str | None = None
    made_at: datetime | None = None


NEEDED = {
    "name": "Vul de naam in waaronder u schrijft.",
    "street": "Vul straat en nummer of postbus in.",
    "postcode": "Vul de postcode in.",
    "town": "Vul de plaats in.",
    "objections": "Vul in waar iemand bezwaar maakt: naam, adres en plaats.",
    "court": "Vul de rechtbank in: naam, adres en plaats.",
}


def of_tenant(session: Session, vault: Vault, tenant_id: str) -> HouseVersion:
    """The house style that counts now; before the first, the SWV's name only."""
    query = select(LetterHouse).where(LetterHouse.tenant_id == tenant_id).order_by(LetterHouse.version.desc())
    row = session.scalars(query.limit(1)).first()
    if row is None:
        return HouseVersion(house=House(name=session.get_one(Tenant, tenant_id).name))
    return _opened(vault, row)


def history(session: Session, vault: Vault, tenant_id: str) -> Sequence[HouseVersion]:
    """Every version, newest first."""
    query = select(LetterHouse).where(LetterHouse.tenant_id == tenant_id).order_by(LetterHouse.version.desc())
    return [_opened(vault, row) for row in session.scalars(query)]


def logo_of(session: Session, house_id: str | None) -> bytes | None:
    """The logo that a letter was made with."""
    row = session.get(LetterHouse, house_id) if house_id else None
    return row.logo if row is not None else None


def change(
    services: Services, context: Context, house: House, *, seen: int, logo: bytes | None = None, drop_logo: bool = False
) -> None:
    """Write a new version of the house style; without a new logo the old one stays unless dropped.

    Raises:
        InvalidInputError: a part is missing, or the logo is no PNG.
        ConflictError: someone else changed it since version `seen`.
    """
    house = checked(house)
    picture = clean_logo(logo) if logo else None
    with services.db.writing() as session:
        tenant = own_tenant(session, context.person)
        newest = session.scalar(select(func.max(LetterHouse.version)).where(LetterHouse.tenant_id == tenant.id)) or 0
        if newest != seen:
            raise ConflictError("Iemand anders veranderde dit intussen. Kijk wat er nu staat en vul het opnieuw in.")
        before = of_tenant(session, services.vault, tenant.id)
        row_id = new_id()
        session.add(
            LetterHouse(
                id=row_id,
                tenant_id=tenant.id,
                version=newest + 1,
                details=sealing.seal(services.vault, tenant.id, "house", row_id, asdict(house)),
                logo=picture or (None if drop_logo else before.logo),
                made_by=context.person.account_id,
                made_at=context.now,
            )
        )
        session.flush()
        pairs = {each.name: [getattr(before.house, each.name), getattr(house, each.name)] for each in fields(House)}
        changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        record(
            session,
            services.vault,
            context,
            Action.CONFIGURE,
            object_type="letter_house",
            object_id=row_id,
            article="PR11.10",
            payload={
                "changed": {"version": [newest, newest + 1], **changed, **_logo_change(before.logo, picture, drop_logo)}
            },
        )


def _logo_change(before: bytes | None, picture: bytes | None, drop: bool) -> dict[str, list[str | None]]:
    marks = [hashlib.sha256(each).hexdigest() if each else None for each in (before, picture)]
    return {"logo": marks} if picture or (drop and before) else {}


def checked(house: House) -> House:
    """The same with its spaces tidied, or an `InvalidInputError` at the field that is wrong."""
    tidy = House(**{each.name: " ".join(getattr(house, each.name).split()) for each in fields(House)})
    for name, wrong in NEEDED.items():
        if not getattr(tidy, name):
            raise InvalidInputError(wrong, field=name)
    for each in fields(House):
        if len(getattr(tidy, each.name)) > LINE_MAX:
            raise InvalidInputError("Gebruik ten hoogste 200 tekens.", field=each.name)
    if bool(tidy.signatory) != bool(tidy.function):
        wrong = "function" if tidy.signatory else "signatory"
        raise InvalidInputError("Vul de naam en de functie van wie tekent allebei in, of geen van beide.", field=wrong)
    return tidy


def clean_logo(content: bytes) -> bytes:
    """The picture made anew as a small PNG without anything else in it; only a PNG is taken.

    Raises:
        InvalidInputError: it is too large, or no PNG that can be read.
    """
    if len(content) > LOGO_BYTES:
        raise InvalidInputError("Het logo is te groot: kies een PNG van ten hoogste 500 kB.", field="logo")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as found:
            if max(found.size) > LOGO_SIDE:
                raise InvalidInputError("Het logo is te groot: ten hoogste 2000 beeldpunten breed.", field="logo")
            picture = found.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInputError("Dit is geen PNG die wij kunnen lezen. Kies een logo als PNG.", field="logo") from error
    picture.thumbnail(_LOGO_KEPT)
    flat = Image.new("RGB", picture.size, "white")  # PDF/A and print want no transparency
    flat.paste(picture, mask=picture.getchannel("A"))
    made = io.BytesIO()
    flat.save(made, "PNG", optimize=True)
    return made.getvalue()


def own_tenant(session: Session, actor: Actor) -> Tenant:
    """The tenant of an actor who looks after the letters of its SWV.

    Raises:
        NotFoundError: another role, or of another organisation, such as a partner.
    """
    organisation = session.get_one(Organisation, actor.organisation_id)
    if actor.role not in WRITERS or organisation.kind != "swv":
        raise NotFoundError
    return session.get_one(Tenant, actor.tenant_id)


def _opened(vault: Vault, row: LetterHouse) -> HouseVersion:
    return HouseVersion(
        house=House(**sealing.opened(vault, "house", row.id, row.details)),
        logo=row.logo,
        id=row.id,
        version=row.version,
        made_by=row.made_by,
        made_at=row.made_at,
    )
