"""Cases of second opinions: what sorts and counts in the clear, everything that was said sealed.

A case is the fold of its acts; `phase`, `due` and `access_until` are kept beside them so that lists need not open them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class SecondOpinionCase(Base):
    """One case, in the tenant of one side. `subject_id` names whose key seals it: the dossier's where it lies.

    `thread` is the opaque id by which both sides know it. `shown_at`: since when the other side sees it, for a request
    that is not sent yet is nobody else's. `reminded` is the last reminder that went out.
    """

    __tablename__ = "second_opinion_case"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    own_side: Mapped[str] = mapped_column(String(9), default="requester")
    dossier_id: Mapped[str | None] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    subject_id: Mapped[str] = mapped_column(Id)
    partner_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    convenant_id: Mapped[str | None] = mapped_column(Id)
    thread: Mapped[str] = mapped_column(Id, index=True)
    phase: Mapped[str] = mapped_column(String(13), default="draft")
    due: Mapped[date | None] = mapped_column(Date)
    access_until: Mapped[date | None] = mapped_column(Date)
    access_ended_at: Mapped[datetime | None] = mapped_column(Instant)
    acts: Mapped[int] = mapped_column(Integer, default=0)
    shown_at: Mapped[datetime | None] = mapped_column(Instant)
    requested_on: Mapped[date | None] = mapped_column(Date)
    reminded: Mapped[str] = mapped_column(String(24), default="")
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class SecondOpinionAct(Base):
    """One act, never changed. `overtaken`: it came after the case had gone on without it, and changed nothing.

    `event_id` names the event of the log that proves it.
    """

    __tablename__ = "second_opinion_act"

    case_id: Mapped[str] = mapped_column(Id, ForeignKey("second_opinion_case.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    side: Mapped[str] = mapped_column(String(9))
    kind: Mapped[str] = mapped_column(String(12))
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_on: Mapped[date] = mapped_column(Date)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    overtaken: Mapped[bool] = mapped_column(Boolean, default=False)
    event_id: Mapped[str] = mapped_column(Id)


class SecondOpinionExpert(Base):
    """An account that is an expert in a case, with the access entry that lets it read; `ended_at`: no longer."""

    __tablename__ = "second_opinion_expert"

    case_id: Mapped[str] = mapped_column(Id, ForeignKey("second_opinion_case.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True, index=True)
    entry_id: Mapped[str | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SecondOpinionAdvice(Base):
    """The text of an advice: a draft until somebody signs, then frozen as it is. `version` counts what was saved."""

    __tablename__ = "second_opinion_advice"

    case_id: Mapped[str] = mapped_column(Id, ForeignKey("second_opinion_case.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_by: Mapped[str] = mapped_column(Id)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class SecondOpinionWish(Base):
    """Parents who ask for a second opinion, directly or through the school; `case_id` once it became one."""

    __tablename__ = "second_opinion_wish"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    way: Mapped[str] = mapped_column(String(8))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    case_id: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
