"""A tenant's own versions of its reglement: drafted by one, approved by another, never changed once in force."""

from __future__ import annotations

import copy
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, record
from gateway.reglement.errors import ProfileError
from gateway.reglement.profiles import Profile, Profiles, differences, parse, shipped
from gateway.reglement.tables import ReglementVersion
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.services import Services

DRAFTERS = (Role.ADMINISTRATOR,)
APPROVERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)


@cache
def shipped_profiles() -> Profiles:
    """The shipped profiles, read once; a wrong one stops the start."""
    return shipped()


def in_force(session: Session, tenant_id: str, profile_id: str, on: date) -> Profile:
    """The version that a tenant's reglement has on this day: its own newest approved one, else the shipped one."""
    query = (
        select(ReglementVersion)
        .where(
            ReglementVersion.tenant_id == tenant_id,
            ReglementVersion.profile_id == profile_id,
            ReglementVersion.state == "approved",
            ReglementVersion.valid_from <= on,
        )
        .order_by(ReglementVersion.valid_from.desc(), ReglementVersion.version.desc())
    )
    row = session.scalars(query.limit(1)).first()
    return parse(row.document) if row is not None else shipped_profiles().get(profile_id, on=on)


def find(session: Session, tenant_id: str, profile_id: str, version: int) -> Profile:
    """The version that an old decision names, so that it can be judged again and give the same answer."""
    query = select(ReglementVersion).where(
        ReglementVersion.tenant_id == tenant_id,
        ReglementVersion.profile_id == profile_id,
        ReglementVersion.version == version,
    )
    row = session.scalars(query).first()
    return parse(row.document) if row is not None else shipped_profiles().get(profile_id, version=version)


def of_tenant(session: Session, tenant_id: str) -> Sequence[ReglementVersion]:
    """The tenant's own versions, newest first."""
    query = select(ReglementVersion).where(ReglementVersion.tenant_id == tenant_id)
    return session.scalars(query.order_by(ReglementVersion.version.desc())).all()


def get(session: Session, tenant_id: str, version_id: str) -> ReglementVersion:
    """One of the tenant's own versions.

    Raises:
        NotFoundError: it is another tenant's, or it does not exist.
    """
    row = session.get(ReglementVersion, version_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError
    return row


def predecessor(session: Session, row: ReglementVersion) -> Profile:
    """The version that this one follows: in force on the day before it starts."""
    query = (
        select(ReglementVersion)
        .where(
            ReglementVersion.tenant_id == row.tenant_id,
            ReglementVersion.profile_id == row.profile_id,
            ReglementVersion.state == "approved",
            ReglementVersion.version < row.version,
        )
        .order_by(ReglementVersion.valid_from.desc(), ReglementVersion.version.desc())
    )
    before = session.scalars(query.limit(1)).first()
    return parse(before.document) if before is not None else shipped_profiles().get(row.profile_id)


def changes(session: Session, row: ReglementVersion) -> list[tuple[str, str | None, str | None]]:
    """What differs from the version before: (place, old, new)."""
    return differences(predecessor(session, row), parse(row.document))


def draft(services: Services, context: Context, profile_id: str, document: dict[str, Any], valid_from: date) -> str:
    """An administrator drafts a version; it changes nothing until a second person approves it. Returns its id.

    Raises:
        InvalidInputError: it starts before tomorrow, or the profile is not right; the sentence says what.
    """
    _require(context, DRAFTERS)
    if valid_from <= context.today:
        raise InvalidInputError("Een nieuwe versie kan op zijn vroegst morgen ingaan.", field="valid_from")
    with services.db.writing() as session:
        tenant = context.person.tenant_id
        newest = session.scalar(
            select(func.max(ReglementVersion.version)).where(
                ReglementVersion.tenant_id == tenant, ReglementVersion.profile_id == profile_id
            )
        )
        version = max(newest or 0, shipped_profiles().get(profile_id).version) + 1
        written = {
            **copy.deepcopy(document),
            "id": profile_id,
            "version": version,
            "valid_from": valid_from.isoformat(),
        }
        try:
            parse(written)
        except ProfileError as error:
            raise InvalidInputError(
                sentence("Dit reglement kan zo niet gelden: %(problem)s", problem=str(error))
            ) from error
        row = ReglementVersion(
            tenant_id=tenant,
            profile_id=profile_id,
            version=version,
            valid_from=valid_from,
            document=written,
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        session.flush()
        _record(services, session, context, row, "drafted")
        return row.id


def decide(services: Services, context: Context, version_id: str, *, approve: bool) -> None:
    """A second person approves or rejects a draft. Source: CV of duties: who approves did not draft.

    Raises:
        ConflictError: it was decided before, its maker tries, or its first day has passed.
    """
    _require(context, APPROVERS)
    with services.db.writing() as session:
        row = get(session, context.person.tenant_id, version_id)
        session.refresh(row, with_for_update=True)  # of two who decide at once, one finds it decided
        if row.state != "draft":
            raise ConflictError("Over deze versie is al beslist. Een versie die geldt, verandert niet meer.")
        if row.made_by == context.person.account_id:
            raise ConflictError("Een tweede persoon moet deze versie goedkeuren. U hebt deze versie zelf gemaakt.")
        if approve and row.valid_from <= context.today:
            raise ConflictError("De ingangsdatum is al geweest. Maak een nieuwe versie met een latere datum.")
        row.state = "approved" if approve else "rejected"
        row.decided_by, row.decided_at = context.person.account_id, context.now
        _record(services, session, context, row, row.state)


def as_json(document: Any) -> Any:
    """A profile's document as plain JSON values: dates become text."""
    if isinstance(document, dict):
        return {key: as_json(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [as_json(value) for value in document]
    return document.isoformat() if isinstance(document, date) else document


def _record(services: Services, session: Session, context: Context, row: ReglementVersion, what: str) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CONFIGURE,
        object_type="reglement_version",
        object_id=row.id,
        article="PR14.2",
        profile=f"{row.profile_id}@{row.version}",
        payload={"reglement": what, "changed": {place: [old, new] for place, old, new in changes(session, row)}},
    )


def _require(context: Context, roles: tuple[Role, ...]) -> None:
    if context.person.role not in roles:
        raise NotFoundError
