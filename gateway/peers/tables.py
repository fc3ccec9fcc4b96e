"""Links with partners, the threads of messages over them, and what lies in out-tray and in-tray."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class PeerLink(Base):
    """The line from this SWV to one partner: one that is not ended for each organisation.

    `carrier` is `local` (the partner is a tenant of this installation; `address` is its short name), `https` (`address`
    is where the partner's gateway answers) or `file` (carried by hand). `pin` is the SHA-256 of the public key that the
    partner's server must show, or empty. `heard_at` is when the partner last proved to be there; `trouble` is the code
    of what went wrong last, `next_at` when it is tried again, `told_at` when people were told that the line is down.
    """

    __tablename__ = "peer_link"
    __table_args__ = (
        Index(
            "ix_peer_link_one",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    carrier: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(300), default="")
    pin: Mapped[str] = mapped_column(String(64), default="")
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    heard_at: Mapped[datetime | None] = mapped_column(Instant)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    trouble: Mapped[str] = mapped_column(String(24), default="")
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class PeerThread(Base):
    """Messages that belong together and are applied in order; a subject of the vault, so it can be erased as a whole.

    It belongs to the partner, and goes on when a link is made anew. `name` is the opaque id that both sides
    call it by. `sent` is the last number given out, `applied` the last number of the partner that was dealt with.
    """

    __tablename__ = "peer_thread"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(64))
    sent: Mapped[int] = mapped_column(Integer, default=0)
    applied: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class PeerMessage(Base):
    """One message, of ours (`out`) or the partner's (`in`). `sealed` holds its body, under the key of its thread.

    State of ours: `waiting` → `arrived` → `applied` or `refused`; of the partner's: `waiting` → `applied` or `refused`.
    `void`: the door let its attachments not through; the number travels without content. `reason` is why, sealed.
    `digest` is that of the envelope as it was (last) sent or received.
    """

    __tablename__ = "peer_message"
    __table_args__ = (
        UniqueConstraint("thread_id", "direction", "number"),
        UniqueConstraint("organisation_id", "direction", "message_id"),
        Index("ix_peer_message_state", "organisation_id", "direction", "state", "thread_id", "number"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    thread_id: Mapped[str] = mapped_column(Id, ForeignKey("peer_thread.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(Id)
    direction: Mapped[str] = mapped_column(String(3))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    void: Mapped[bool] = mapped_column(Boolean, default=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64), default="")
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)


class PeerAttachment(Base):
    """A document that came with a message: sealed in storage; name and hash are in the message's sealed body."""

    __tablename__ = "peer_attachment"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("peer_message.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str] = mapped_column(Id, unique=True)


class PeerRefusal(Base):
    """A package that was not taken, and why: the page shows it; the event stands in the log."""

    __tablename__ = "peer_refusal"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    link_id: Mapped[str | None] = mapped_column(Id)
    code: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(Instant)
