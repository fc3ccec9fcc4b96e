"""Convenants and what belongs to them. Names, functions and what people wrote are sealed for the tenant.

A version is frozen by the hash of what it says; signatures name that hash. `made_by` and the like are accounts.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Convenant(Base):
    """A convenant of this tenant: on second opinions with one partner, or the regional one with many parties.

    `version` counts the changes of everything that hangs under it, so that of two at once one finds it changed.
    """

    __tablename__ = "convenant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)


class ConvenantParty(Base):
    """An organisation in a convenant: the tenant's own SWV (`own`) or another (`partner`).

    Without the signature of every founder a version is not in force; a joiner is bound from its own signature on.
    """

    __tablename__ = "convenant_party"
    __table_args__ = (UniqueConstraint("convenant_id", "organisation_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    standing: Mapped[str] = mapped_column(String(8), default="founder")
    left_on: Mapped[date | None] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)


class ConvenantVersion(Base):
    """What the parties agree: a typed text or an uploaded document, and for a regional convenant who exchanges what.

    `draft` until it is offered; then `content_hash` stands and nothing of it changes. `withdrawn`: never signed by all.
    """

    __tablename__ = "convenant_version"
    __table_args__ = (UniqueConstraint("convenant_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    content: Mapped[bytes] = mapped_column(LargeBinary)
    document_id: Mapped[str | None] = mapped_column(Id)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    offered_at: Mapped[datetime | None] = mapped_column(Instant)


class ConvenantSignature(Base):
    """One party's signature under one version: in the portal, on paper, or by whoever holds its volmacht.

    `signer` is sealed: name, function, and what the authority rests on. On paper it waits for a second person.
    """

    __tablename__ = "convenant_signature"
    __table_args__ = (
        Index(
            "ix_convenant_one_signature",
            "version_id",
            "party_id",
            unique=True,
            sqlite_where=text("state = 'signed'"),
            postgresql_where=text("state = 'signed'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_version.id"), index=True)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    authority: Mapped[str] = mapped_column(String(16))
    signer: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[str | None] = mapped_column(Id)
    factor: Mapped[str | None] = mapped_column(String(12))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signed_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    document_id: Mapped[str | None] = mapped_column(Id)
    proxy_id: Mapped[str | None] = mapped_column(Id)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class ConvenantDocument(Base):
    """A file of a convenant: its text, a signed copy, a volmacht. Sealed, checked like every upload before it opens.

    `sealed_key` is its own key, wrapped for the tenant.
    """

    __tablename__ = "convenant_document"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="in_check")
    file_name: Mapped[bytes] = mapped_column(LargeBinary)
    media_kind: Mapped[str] = mapped_column(String(10))
    object_key: Mapped[str] = mapped_column(String(32))
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_size: Mapped[int] = mapped_column(Integer)
    sealed_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    plain_size: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    verdict_code: Mapped[str | None] = mapped_column(String(40))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)


class ConvenantContact(Base):
    """Who sends and receives for a party under this convenant: its contact person, or a deputy for some days."""

    __tablename__ = "convenant_contact"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)


class ConvenantAgreement(Base):
    """What the contact persons agreed on deliveries: proposed by one side, accepted by the other, numbered.

    `manner` and `term` (ISO length) are codes; `details` holds definitions and demands of quality, sealed.
    """

    __tablename__ = "convenant_agreement"
    __table_args__ = (UniqueConstraint("convenant_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    manner: Mapped[str] = mapped_column(String(16))
    term: Mapped[str] = mapped_column(String(8))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    valid_from: Mapped[date | None] = mapped_column(Date)


class ConvenantEnding(Base):
    """How a convenant ends: `agreement` on a day that both accept, or `notice` by one after consultation (CV10)."""

    __tablename__ = "convenant_ending"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    notice_on: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class ConvenantStep(Base):
    """One line of the history that both parties read. `event_id` names the event in the log that proves it."""

    __tablename__ = "convenant_step"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    party_id: Mapped[str | None] = mapped_column(Id)
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    held_on: Mapped[date | None] = mapped_column(Date)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    event_id: Mapped[str] = mapped_column(Id)


class ConvenantProxy(Base):
    """A volmacht: `holder_id` may sign for the organisations of `ConvenantProxyFor`; who exactly is sealed."""

    __tablename__ = "convenant_proxy"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    holder_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    state: Mapped[str] = mapped_column(String(10))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_document.id"))
    given_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class ConvenantProxyFor(Base):
    """An organisation that gave a volmacht."""

    __tablename__ = "convenant_proxy_for"

    proxy_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_proxy.id"), primary_key=True)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"), primary_key=True)


class ConvenantExchange(Base):
    """One line of who may exchange what with whom under a version of a regional convenant. Source: GR5."""

    __tablename__ = "convenant_exchange"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_version.id"), index=True)
    giver_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    receiver_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    categories: Mapped[str] = mapped_column(String(60))
    purposes: Mapped[str] = mapped_column(String(120))


class CasusMeeting(Base):
    """A casusoverleg about one dossier under a regional convenant. Source: GR6."""

    __tablename__ = "casus_meeting"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    convenant_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    held_on: Mapped[date] = mapped_column(Date)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class CasusParticipant(Base):
    """Who took part in a casusoverleg, for a party of the convenant; name and function are sealed."""

    __tablename__ = "casus_participant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey("casus_meeting.id"), index=True)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)


class CasusItem(Base):
    """An item of the checklist, confirmed with its evidence, which is sealed."""

    __tablename__ = "casus_item"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey("casus_meeting.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(20), primary_key=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_by: Mapped[str] = mapped_column(Id)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)


class CasusExchange(Base):
    """A verstrekking that was made for a casusoverleg, to one of its participants' organisations."""

    __tablename__ = "casus_exchange"

    meeting_id: Mapped[str] = mapped_column(Id, ForeignKey("casus_meeting.id"), primary_key=True)
    verstrekking_id: Mapped[str] = mapped_column(Id, primary_key=True)
    party_id: Mapped[str] = mapped_column(Id, ForeignKey("convenant_party.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
